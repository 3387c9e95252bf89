using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Contrast-limited adaptive histogram equalisation: equalises in tiles, so that dark and bright parts of a picture both get contrast. In each tile the frequency of a value is cut at
/// <see cref="ClipLimit"/> times the mean frequency and the excess spread over all values, which keeps noise from being blown up; between the middles of
/// tiles their curves are interpolated. Images of three channels change in brightness only, others channel by channel. A tile of a single
/// value has nothing to equalise and keeps it. Source: Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994;
/// the clipping and the mirrored rest tiles are those of OpenCV.
/// </summary>
public sealed record Clahe : ToneChange
{
    private const int Levels = 256;

    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">An option is out of its range.</exception>
    public Clahe(float clipLimit = 2, int tiles = 4) => (ClipLimit, Tiles) = (clipLimit, tiles);

    /// <summary>How often a value may occur in a tile, in multiples of the mean, 0.1 to 256. Large limits mean no limit.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float ClipLimit { get; init => field = AugmentationOption.InRange<Clahe>(value, 0.1f, Levels); }

    /// <summary>Tiles along each side, 1 to 64. A tile should have some hundred pixels: 2 to 4 tiles for 28x28 or 32x32, 8 for photographs.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Tiles { get; init => field = AugmentationOption.InRange<Clahe>(value, 1, 64); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Clahe>("clahe", "equalises in tiles with limited contrast", new())
        .Number("clip-limit", c => c.ClipLimit, (c, v) => c with { ClipLimit = v })
        .Whole("tiles", c => c.Tiles, (c, v) => c with { Tiles = v });

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => checked((Tiles * Tiles * Levels) + shape.Area);

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var pixels = work.Pixels;
        var shape = work.Shape;
        var curves = work.Scratch[..(Tiles * Tiles * Levels)];
        var plane = work.Scratch.Slice(curves.Length, shape.Area);
        if (shape.Channels == 3)
        {
            Span<float> red = pixels[..shape.Area], green = pixels.Slice(shape.Area, shape.Area), blue = pixels[(2 * shape.Area)..];
            for (var i = 0; i < plane.Length; i++)
                plane[i] = ColorMath.Luma(red[i], green[i], blue[i]);
            Curves(plane, shape, curves);
            // The same summand for all three channels leaves the differences between the colours as they are.
            for (var i = 0; i < plane.Length; i++)
            {
                var change = Change(curves, shape, plane[i], i / shape.Width, i % shape.Width);
                red[i] = Math.Clamp(red[i] + change, 0, 255);
                green[i] = Math.Clamp(green[i] + change, 0, 255);
                blue[i] = Math.Clamp(blue[i] + change, 0, 255);
            }
            return;
        }
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var values = pixels.Slice(channel * shape.Area, shape.Area);
            Curves(values, shape, curves);
            for (var i = 0; i < values.Length; i++)
                values[i] = Math.Clamp(values[i] + Change(curves, shape, values[i], i / shape.Width, i % shape.Width), 0, 255);
        }
    }

    private (int Height, int Width) TileSize(Shape shape) => ((shape.Height + Tiles - 1) / Tiles, (shape.Width + Tiles - 1) / Tiles);

    // What is added to each level in each tile, Levels numbers per tile.
    private void Curves(ReadOnlySpan<float> plane, Shape shape, Span<float> curves)
    {
        var (height, width) = TileSize(shape);
        var mirror = new Border(FillMode.Mirror, 0); // completes the last tiles where the sides are no multiples of their number
        Span<int> counts = stackalloc int[Levels];
        for (var tile = 0; tile < Tiles * Tiles; tile++)
        {
            counts.Clear();
            int top = tile / Tiles * height, left = tile % Tiles * width, area = height * width, most = 0;
            for (var y = top; y < top + height; y++)
            {
                var row = plane.Slice(mirror.Place(y, shape.Height) * shape.Width, shape.Width);
                for (var x = left; x < left + width; x++)
                    most = Math.Max(most, ++counts[ColorMath.Level(row[mirror.Place(x, shape.Width)])]);
            }
            var curve = curves.Slice(tile * Levels, Levels);
            if (most == area)
            {
                curve.Clear();
                continue;
            }
            Clip(counts, Math.Max(1, (int)(ClipLimit * area / Levels)));
            for (int level = 0, sum = 0; level < Levels; level++)
            {
                sum += counts[level];
                curve[level] = (sum * ((Levels - 1f) / area)) - level;
            }
        }
    }

    private static void Clip(Span<int> counts, int limit)
    {
        var excess = 0;
        foreach (ref var count in counts)
        {
            excess += Math.Max(0, count - limit);
            count = Math.Min(count, limit);
        }
        var rest = excess % Levels;
        foreach (ref var count in counts)
            count += excess / Levels;
        if (rest == 0) return;
        // What is left over goes to levels at equal distances.
        for (int level = 0, step = Math.Max(1, Levels / rest); level < Levels && rest > 0; level += step, rest--)
            counts[level]++;
    }

    // The four tiles whose middles are around the pixel, weighted by nearness; beyond the outermost middles the curves of the edge hold.
    private float Change(ReadOnlySpan<float> curves, Shape shape, float pixel, int y, int x)
    {
        var (height, width) = TileSize(shape);
        float down = ((y + 0.5f) / height) - 0.5f, across = ((x + 0.5f) / width) - 0.5f;
        int top = (int)MathF.Floor(down), left = (int)MathF.Floor(across), level = ColorMath.Level(pixel);
        float weightY = down - top, weightX = across - left;
        int bottom = Math.Min(top + 1, Tiles - 1), right = Math.Min(left + 1, Tiles - 1);
        (top, left) = (Math.Max(top, 0), Math.Max(left, 0));
        float topLeft = curves[(((top * Tiles) + left) * Levels) + level], topRight = curves[(((top * Tiles) + right) * Levels) + level];
        float bottomLeft = curves[(((bottom * Tiles) + left) * Levels) + level], bottomRight = curves[(((bottom * Tiles) + right) * Levels) + level];
        float upper = topLeft + ((topRight - topLeft) * weightX), lower = bottomLeft + ((bottomRight - bottomLeft) * weightX);
        return upper + ((lower - upper) * weightY);
    }
}
