using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>
/// Enlarges pictures of any size with a super-resolution network. The network gives the luminance; the colours, in which the eye sees little detail, are enlarged by
/// <see cref="BicubicResize"/>. Large pictures go through in overlapping tiles, 16 at a time; as the overlap is wider than what an output pixel sees, no seam is left, and memory does not grow with the picture.
/// </summary>
/// <example><code>
/// using var upscaler = new Upscaler(ModelFile.Load("runs/super-resolution"));
/// upscaler.Apply(Picture.Load("small.png")).Save("large.png");
/// </code></example>
public sealed class Upscaler : IDisposable
{
    /// <summary>Sides of a tile before it is enlarged: as large as stays in the caches.</summary>
    private const int Tile = 64;

    // Of a network that sees far only the middle of a tile is used. So much of it at least, or tiles would be made for next to nothing.
    private const int MostMiddle = 128;

    // Bytes that may go into the tiles that are worked on at the same time.
    private const long MostBytes = 2L << 30;

    private readonly Model model;
    private readonly int threads;
    private readonly TileReach vertical, horizontal;
    private Predictor? predictor;
    private Shape prepared;

    /// <summary>Takes a model that was trained to give the luminance of a larger picture, from 0 (black) to 1 (white), out of that of a smaller one.</summary>
    /// <param name="model">Its network may be built for another size: only its layers count.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The network does not make one plane of one, larger by a whole factor, or it sees the whole picture at once.</exception>
    public Upscaler(Model model, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        (this.model, this.threads) = (model, Lanes.ThreadTeam.Count(threads));
        var (small, large) = (model.Network.Input, model.Network.Output);
        Factor = large.Height / small.Height;
        if (small.Channels != 1 || Factor < 1 || large != new Shape(1, small.Height * Factor, small.Width * Factor))
            throw new ShapeException($"The network makes {large} of {small} (channels x height x width); to enlarge pictures it must make one plane of one plane, larger by a whole factor, as 1x51x51 of 1x17x17.");
        if (model.Network.Layers.Any(layer => layer is { Op: { } op, Inputs.Count: > 0 } && op.Reach(layer.InputShapes).IsGlobal))
            throw new ShapeException("The network sees the whole picture at once (a global pool or a dense layer), so it cannot work on parts of one. Take a network of convolutions, such as ESPCN.");
        (vertical, horizontal) = (TileReach.Of(model.Network, reach => reach.Vertical), TileReach.Of(model.Network, reach => reach.Horizontal));
    }

    /// <summary>How many times wider and higher a picture becomes.</summary>
    public int Factor { get; }

    /// <summary>Enlarges a picture, gray or in colour.</summary>
    /// <exception cref="DataException">The result would have more than <see cref="ImageFile.MostPixels"/> pixels, or the network sees so
    /// far that the tiles do not fit into memory.</exception>
    /// <exception cref="ShapeException">The network shrinks maps on its way, and a side of the picture is no multiple of its
    /// stride.</exception>
    public Picture Apply(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        CheckSize(picture);
        return LumaChroma.Recolour(Enlarge(LumaChroma.Luminance(picture)), picture);
    }

    /// <summary>Enlarges a luminance plane, or any gray picture.</summary>
    /// <param name="plane">One channel.</param>
    /// <returns>The network's answer, rounded to 8 bits.</returns>
    /// <exception cref="DataException">The picture is in colour, or the result would have more than <see cref="ImageFile.MostPixels"/> pixels.</exception>
    public Picture Enlarge(Picture plane)
    {
        ArgumentNullException.ThrowIfNull(plane);
        if (!plane.IsGray) throw new DataException($"The picture {plane.Name} is {plane.Shape} (channels x height x width): the network enlarges one plane. Apply takes pictures in colour.");
        CheckSize(plane);
        var shape = plane.Shape;
        // The answer of a tile is right wherever it does not see over a cut; at the edge of the picture there is none.
        var tile = new Shape(1, Side(vertical, shape.Height), Side(horizontal, shape.Width));
        var rows = TileSpan.Cover(shape.Height, tile.Height, 2 * vertical.Margin, vertical.Unit);
        var columns = TileSpan.Cover(shape.Width, tile.Width, 2 * horizontal.Margin, horizontal.Unit);
        var tiles = (from row in rows from column in columns select (Row: row, Column: column)).ToArray();
        var work = Prepare(tile, plane);
        var large = new Shape(1, shape.Height * Factor, shape.Width * Factor);
        var result = new byte[large.Count];
        for (var start = 0; start < tiles.Length; start += work.Capacity)
        {
            var count = Math.Min(work.Capacity, tiles.Length - start);
            for (var i = 0; i < count; i++)
                plane.Crop(tiles[start + i].Row.Start, tiles[start + i].Column.Start, prepared.Height, prepared.Width).Pixels.CopyTo(work.Pixels(i));
            work.Run(count);
            for (var i = 0; i < count; i++)
                Paste(work.Scores(i), tiles[start + i].Row, tiles[start + i].Column, result, large.Width);
        }
        return new Picture(plane.Name, large, result);
    }

    /// <inheritdoc/>
    public void Dispose() => predictor?.Dispose();

    // All of a small picture; otherwise at least half of a tile is used, or enough of it.
    private static int Side(TileReach reach, int length)
    {
        var side = Math.Max(Tile, (2L * reach.Margin) + Math.Max(2L * reach.Unit, Math.Min(2L * reach.Margin, MostMiddle)));
        return (int)Math.Min(length, (side + reach.Unit - 1) / reach.Unit * reach.Unit);
    }

    private Predictor Prepare(Shape tile, Picture picture)
    {
        if (predictor is not null && prepared == tile) return predictor;
        var enlarged = new Shape(1, tile.Height * Factor, tile.Width * Factor);
        if (picture.Shape.Height % vertical.Unit != 0 || picture.Shape.Width % horizontal.Unit != 0)
            throw new ShapeException("The network shrinks a picture on its way and enlarges it again: both sides must be multiples of "
                + $"its stride, {vertical.Unit} x {horizontal.Unit} (height x width). The picture {picture.Name} is "
                + $"{picture.Shape.Height:N0} x {picture.Shape.Width:N0}: cut it to "
                + $"{picture.Shape.Height / vertical.Unit * vertical.Unit:N0} x "
                + $"{picture.Shape.Width / horizontal.Unit * horizontal.Unit:N0}, or enlarge it by a border.");
        var network = model.Network.WithInput(tile);
        if (network.Output != enlarged)
            throw new ShapeException($"The network makes {network.Output} of a tile of {tile} (channels x height x width), which should "
                + $"become {enlarged}: its layers fit only some sizes. Take a network of convolutions with padding, such as ESPCN.");
        // Inputs and output of the largest layer are there at the same time, each for 16 images.
        var shardBytes = sizeof(float) * Lanes.LaneLayout.Lanes * (network.Layers.Max((Layer layer) => layer.InputShapes.Sum((Shape shape) => (long)shape.Count) + layer.Output.Count) + (2L * enlarged.Count));
        if (shardBytes > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes || Lanes.LaneLayout.Lanes * (long)enlarged.Count > Array.MaxLength)
            throw new DataException($"An output pixel of the network sees {vertical.Margin:N0} x {horizontal.Margin:N0} pixels to each "
                + $"side (height x width), so the picture {picture.Name} of {picture.Shape.Height:N0} x {picture.Shape.Width:N0} goes "
                + $"through it in tiles of {tile.Height:N0} x {tile.Width:N0}, which take about {shardBytes / 1e9:0.0} GB: more than this "
                + "machine has. Cut it into parts.");
        predictor?.Dispose();
        predictor = null;
        var images = Lanes.LaneLayout.Lanes * (int)Math.Clamp(MostBytes / shardBytes, 1, threads);
        predictor = new Predictor(model, model.Weights.Derive(network), images, threads);
        predictor.Prepare();
        prepared = tile;
        return predictor;
    }

    private void Paste(ReadOnlySpan<float> answer, TileSpan row, TileSpan column, byte[] result, int width)
    {
        for (var y = row.First * Factor; y < row.End * Factor; y++)
        {
            var from = ((y - (row.Start * Factor)) * prepared.Width * Factor) - (column.Start * Factor);
            for (var x = column.First * Factor; x < column.End * Factor; x++)
                result[(y * width) + x] = PixelRounding.ToByte(answer[from + x] * 255.0);
        }
    }

    private void CheckSize(Picture picture)
    {
        var pixels = (long)picture.Shape.Area * Factor * Factor;
        if (pixels > ImageFile.MostPixels)
            throw new DataException($"The picture {picture.Name} of {picture.Shape.Height:N0} x {picture.Shape.Width:N0} pixels (height x width) would become {pixels:N0} pixels, {Factor} x {Factor} times as many: at most {ImageFile.MostPixels:N0} are made. Cut it into parts.");
    }
}
