using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

public sealed partial class Model
{
    /// <summary>The outputs of the network for every image of a set, in its order, as they are. The same bits as one by one, and much faster: 16 images ride side by side.</summary>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <returns>For each image planar channels x height x width of <see cref="Network.Output"/>.</returns>
    /// <exception cref="ShapeException">The images have another shape than the network's input.</exception>
    public IReadOnlyList<float[]> ComputeMany(ImageSet set, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.ImageShape != Network.Input)
            throw NetworkInput.Refuse(Network, $"the set '{set.Name}' has {set.ImageShape}. For larger images there is ComputeTiled.");
        var outputs = new float[set.Count][];
        Run(set.Count, threads, (image, pixels) => set.Pixels(image).CopyTo(pixels), (image, output) => outputs[image] = output.ToArray());
        return outputs;
    }

    /// <summary>
    /// The output for an image larger than the network's input, such as a mask of a whole micrograph from a network for patches: the image is covered by overlapping tiles, and each pixel
    /// of the result is taken from the tile in which it lies farthest from an edge (the overlap-tile strategy). Source: Ronneberger, Fischer and Brox, "U-Net", arXiv 1505.04597, section 2.
    /// </summary>
    /// <param name="pixels">The image: planar bytes of <paramref name="shape"/>.</param>
    /// <param name="shape">Its shape, at least as high and wide as the network's input.</param>
    /// <param name="overlap">
    /// Pixels that neighbouring tiles have in common, at least; half of it is what each pixel sees of its surroundings at least. Where that is more than the network's receptive field reaches,
    /// the result is that of a network for the whole image, except at its edges.
    /// </param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <returns>Planar: the channels of the network's output x the size of the image, times as much as the network enlarges.</returns>
    /// <exception cref="ShapeException">The image is smaller than the network's input, has other channels, or the network gives no map.</exception>
    /// <exception cref="UsageException">The overlap is negative or not below the network's input.</exception>
    public float[] ComputeTiled(ReadOnlySpan<byte> pixels, Shape shape, int overlap = 32, int threads = 0)
    {
        Shape input = Network.Input, output = Network.Output;
        if (pixels.Length != shape.Count) throw new ShapeException($"An image of {shape} has {shape.Count:N0} pixels: received {pixels.Length:N0}.");
        if (shape.Channels != input.Channels || shape.Height < input.Height || shape.Width < input.Width)
            throw new ShapeException($"The network takes tiles of {input} (channels x height x width); an image of {shape} does not hold one. Enlarge it by a border, or build the network for smaller images.");
        var scale = output.Height / input.Height;
        if (scale < 1 || output.Height != scale * input.Height || output.Width != scale * input.Width)
            throw new ShapeException($"The network makes {output} of {input}: for tiles it must give a map as large as its input, or a whole multiple of it.");
        if (overlap < 0 || overlap >= Math.Min(input.Height, input.Width))
            throw new UsageException($"Tiles of {input} overlap by 0 to {Math.Min(input.Height, input.Width) - 1} pixels: received {overlap}.");
        TileSpan[] rows = TileSpan.Cover(shape.Height, input.Height, overlap), columns = TileSpan.Cover(shape.Width, input.Width, overlap);
        var image = pixels.ToArray();
        var large = new Shape(output.Channels, shape.Height * scale, shape.Width * scale);
        var result = new float[large.Count];
        Run(rows.Length * columns.Length, threads, Cut, Paste);
        return result;

        void Cut(int tile, Span<byte> destination)
        {
            var (row, column) = (rows[tile / columns.Length], columns[tile % columns.Length]);
            for (var channel = 0; channel < input.Channels; channel++)
                for (var y = 0; y < input.Height; y++)
                    image.AsSpan((channel * shape.Area) + ((row.Start + y) * shape.Width) + column.Start, input.Width).CopyTo(destination.Slice((channel * input.Area) + (y * input.Width), input.Width));
        }

        void Paste(int tile, ReadOnlySpan<float> values)
        {
            var (row, column) = (rows[tile / columns.Length], columns[tile % columns.Length]);
            var (left, width) = (column.First * scale, (column.End - column.First) * scale);
            for (var channel = 0; channel < output.Channels; channel++)
                for (var y = row.First * scale; y < row.End * scale; y++)
                    values.Slice((channel * output.Area) + ((y - (row.Start * scale)) * output.Width) + left - (column.Start * scale), width)
                        .CopyTo(result.AsSpan((channel * large.Area) + (y * large.Width) + left, width));
        }
    }

    private delegate void PixelFiller(int image, Span<byte> pixels);

    private delegate void OutputReader(int image, ReadOnlySpan<float> output);

    private void Run(int count, int threads, PixelFiller fill, OutputReader read)
    {
        // Maps are large: more than a few shards at a time would only take memory.
        var threadCount = Lanes.ThreadTeam.Count(threads);
        var batch = Network.Output.IsVector ? Batch : Lanes.LaneLayout.Lanes * threadCount;
        using var many = new Predictor(this, Weights, Math.Min(batch, count), threadCount);
        many.Prepare();
        for (var start = 0; start < count; start += many.Capacity)
        {
            var part = Math.Min(many.Capacity, count - start);
            for (var i = 0; i < part; i++)
                fill(start + i, many.Pixels(i));
            many.Run(part);
            for (var i = 0; i < part; i++)
                read(start + i, many.Scores(i));
        }
    }
}
