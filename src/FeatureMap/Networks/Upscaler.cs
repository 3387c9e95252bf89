using FeatureMap.Analysis;
using FeatureMap.Data;

namespace FeatureMap.Networks;

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

    private readonly Model model;
    private readonly int threads, margin;
    private Predictor? predictor;
    private Shape prepared;

    /// <summary>Takes a model that was trained to give the luminance of a larger picture, from 0 (black) to 1 (white), out of that of a smaller one.</summary>
    /// <param name="model">Its network may be built for another size: only its layers count.</param>
    /// <param name="threads">Threads to use; 0 means one per logical processor. The result does not depend on it.</param>
    /// <exception cref="ShapeException">The network does not make one plane of one, larger by a whole factor, or it sees the whole picture at once.</exception>
    public Upscaler(Model model, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (threads is < 0 or > 1024)
            throw new UsageException($"The number of threads must be between 0 and 1024: received {threads}. 0 means one per logical processor.");
        (this.model, this.threads) = (model, threads == 0 ? Environment.ProcessorCount : threads);
        var (small, large) = (model.Network.Input, model.Network.Output);
        Factor = large.Height / small.Height;
        if (small.Channels != 1 || Factor < 1 || large != new Shape(1, small.Height * Factor, small.Width * Factor))
            throw new ShapeException($"The network makes {large} of {small} (channels x height x width); to enlarge pictures it must make one plane of one plane, larger by a whole factor, as 1x51x51 of 1x17x17.");
        var fields = ReceptiveField.Of(model.Network);
        if (fields.Any(field => field.IsGlobal))
            throw new ShapeException("The network sees the whole picture at once (a global pool or a dense layer), so it cannot work on parts of one. Take a network of convolutions, such as ESPCN.");
        margin = (int)Math.Ceiling(Math.Max(fields[^1].Vertical.Size, fields[^1].Horizontal.Size) / 2) + 1;
    }

    /// <summary>How many times wider and higher a picture becomes.</summary>
    public int Factor { get; }

    /// <summary>Enlarges a picture, gray or in colour.</summary>
    /// <exception cref="DataException">The result would have more than <see cref="ImageFile.MostPixels"/> pixels.</exception>
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
        var rows = TileSpan.Cover(shape.Height, Math.Min(Tile, shape.Height), 2 * margin);
        var columns = TileSpan.Cover(shape.Width, Math.Min(Tile, shape.Width), 2 * margin);
        var tiles = (from row in rows from column in columns select (Row: row, Column: column)).ToArray();
        var work = Prepare(new Shape(1, Math.Min(Tile, shape.Height), Math.Min(Tile, shape.Width)));
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

    private Predictor Prepare(Shape tile)
    {
        if (predictor is not null && prepared == tile) return predictor;
        predictor?.Dispose();
        var weights = Weights.Blank(model.Network.WithInput(tile));
        weights.TakeFrom(model.Weights);
        predictor = new Predictor(model, weights, Lanes.LaneLayout.Lanes * threads, threads);
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
