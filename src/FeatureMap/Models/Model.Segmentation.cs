using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

// Models whose answer is a class for every pixel.
public sealed partial class Model
{
    /// <summary>
    /// Whether the answer is a class for every pixel: the network ends in a map as large as its input, with a channel for each class of
    /// <see cref="ClassNames"/>, or one for the second of two.
    /// </summary>
    public bool GivesLabelMaps => !Network.Output.IsVector && GivesLabelMapsOf(ClassNames.Count);

    /// <summary>
    /// What neighbouring tiles have in common where a picture is larger than the network's input, in pixels: three eighths of its shorter
    /// side, so that what is taken of a tile is at least 3/16 of it away from its edges.
    /// </summary>
    public int TileOverlap => Math.Min(Network.Input.Height, Network.Input.Width) * 3 / 8;

    /// <summary>The class of every pixel of an image file of any size (PNG, JPEG or BMP).</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="DataException">The file is missing, damaged, too large or not an image; or what the network gives is not a
    /// number.</exception>
    /// <exception cref="ShapeException">The network gives no class for each pixel.</exception>
    /// <example><code>run.Model.Segment("street.png").Save("street-mask.png");</code></example>
    public LabelMap Segment(string path, int threads = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        CheckLabelMaps();
        var header = ImageFile.ReadHeader(path);
        var shape = Shape.Image(Network.Input.Channels, header.Height, header.Width);
        return Segment(ImageFile.Load(path, shape), shape, threads);
    }

    /// <summary>The same for pixels of an image of any size.</summary>
    /// <param name="pixels">The image: planar bytes of <paramref name="shape"/>.</param>
    /// <param name="shape">Its shape. Larger than the network's input it is covered by overlapping tiles (<see cref="ComputeTiled"/>);
    /// where a side is shorter, the image is mirrored at its edges.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The image has another number of channels, or the network gives no class for each pixel.</exception>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    public LabelMap Segment(ReadOnlySpan<byte> pixels, Shape shape, int threads = 0)
    {
        CheckLabelMaps();
        var labels = new byte[shape.Area];
        ReadLabels(pixels, shape, labels, "the image", threads);
        return new(shape.Height, shape.Width, labels, ClassNames);
    }

    /// <summary>Whether the network ends in a map of its input's size for so many classes.</summary>
    internal bool GivesLabelMapsOf(int classes) => classes >= 2
        && (Network.Output.Height, Network.Output.Width) == (Network.Input.Height, Network.Input.Width)
        && (Network.Output.Channels == classes || (classes == 2 && Network.Output.Channels == 1));

    /// <summary>The class of every pixel.</summary>
    /// <exception cref="DataException">What the network gives is not a number.</exception>
    internal void ReadLabels(ReadOnlySpan<byte> pixels, Shape shape, Span<byte> labels, string name, int threads)
    {
        var input = Network.Input;
        var whole = new Shape(shape.Channels, Math.Max(shape.Height, input.Height), Math.Max(shape.Width, input.Width));
        var numbers = ComputeTiled(whole == shape ? pixels : Mirrored(pixels, shape, whole), whole, TileOverlap, threads);
        ReadLabels(numbers, whole, shape, labels, name);
    }

    /// <summary>The class of every pixel of what the network gave.</summary>
    /// <param name="numbers">Planar: the network's channels x what was computed.</param>
    /// <param name="computed">The size of what was computed.</param>
    /// <param name="shape">The part of it, from the upper left corner, that is read.</param>
    /// <param name="labels">Receives the classes.</param>
    /// <param name="name">The image in messages.</param>
    /// <exception cref="DataException">A number is not one.</exception>
    internal void ReadLabels(ReadOnlySpan<float> numbers, Shape computed, Shape shape, Span<byte> labels, string name)
    {
        var (channels, least) = (Network.Output.Channels, Network.OutputValues == OutputValues.Scores ? 0 : 0.5f);
        foreach (var number in numbers)
            if (float.IsNaN(number))
                throw new DataException($"What the network gives for {name} is not a number, so nothing can be told of its pixels. Its "
                    + "weights or its normalisation are broken.");
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
            {
                var (pixel, best) = ((y * computed.Width) + x, 0);
                for (var channel = 1; channel < channels; channel++)
                    if (numbers[(channel * computed.Area) + pixel] > numbers[(best * computed.Area) + pixel])
                        best = channel;
                labels[(y * shape.Width) + x] = channels == 1 ? (byte)(numbers[pixel] > least ? 1 : 0) : (byte)best;
            }
    }

    private static byte[] Mirrored(ReadOnlySpan<byte> pixels, Shape shape, Shape whole)
    {
        var (result, border) = (new byte[whole.Count], new Border(FillMode.Mirror, 0));
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = 0; y < whole.Height; y++)
            {
                var row = pixels.Slice((channel * shape.Area) + (border.Place(y, shape.Height) * shape.Width), shape.Width);
                for (var x = 0; x < whole.Width; x++)
                    result[(channel * whole.Area) + (y * whole.Width) + x] = row[border.Place(x, shape.Width)];
            }
        return result;
    }

    private void CheckLabelMaps()
    {
        if (!GivesLabelMaps)
            throw new ShapeException($"The network gives {Network.Output} for images of {Network.Input} (channels x height x width), in "
                + $"{ClassNames.Count} classes: for a class at every pixel it must end in a map as large as the image, with a channel for "
                    + "each class, or one channel for two. UNet.Build makes such networks.");
    }
}
