namespace FeatureMap.Analysis;

/// <summary>
/// A number for each pixel of an image: how much it mattered. Knows how to draw itself, alone or over the image. Maps that cannot be below
/// 0 go from transparent over violet to yellow,
/// signed ones from blue (against) over nothing to red (for); the scale always ends at the largest absolute value, <see cref="Largest"/>.
/// </summary>
public sealed class Heatmap
{
    private readonly float[] values;

    /// <summary>A map of the given numbers.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="values">Row by row; copied.</param>
    /// <param name="isSigned">Whether numbers below 0 mean something: drawn blue. False where they cannot occur.</param>
    /// <exception cref="ShapeException">The numbers are not height x width.</exception>
    public Heatmap(int height, int width, ReadOnlySpan<float> values, bool isSigned = false)
    {
        if (height < 1 || width < 1 || values.Length != (long)height * width)
            throw new ShapeException($"A heat map of {height} x {width} pixels has {(long)height * width:N0} numbers: "
                + $"received {values.Length:N0}.");
        (Height, Width, this.values, IsSigned) = (height, width, values.ToArray(), isSigned);
        foreach (var value in values)
            if (float.IsFinite(value))
                Largest = Math.Max(Largest, Math.Abs(value));
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Whether numbers below 0 mean something.</summary>
    public bool IsSigned { get; }

    /// <summary>The largest absolute value; 0 where the map is empty.</summary>
    public float Largest { get; }

    /// <summary>All numbers, row by row.</summary>
    public IReadOnlyList<float> Values => values;

    /// <summary>The number of one pixel.</summary>
    public float this[int row, int column] => values[(row * Width) + column];

    /// <summary>Row and column of the largest number; the first in reading order among equal ones.</summary>
    public (int Row, int Column) Peak
    {
        get
        {
            var best = 0;
            for (var i = 1; i < values.Length; i++)
                if (values[i] > values[best])
                    best = i;
            return (best / Width, best % Width);
        }
    }

    /// <summary>The map alone, as an RGB picture.</summary>
    public byte[] ToPng(int zoom = 1) => Draw(new byte[values.Length], new Shape(1, Height, Width), zoom, 1);

    /// <summary>The map over its image, which is shown in grey and darker, so that only the map has colours.</summary>
    /// <param name="pixels">Planar bytes of the image: channels x height x width.</param>
    /// <param name="shape">Shape of the image, of the map's height and width; 3 channels become grey, of any other number the first is
    /// shown.</param>
    /// <param name="zoom">Every pixel becomes a square of this side.</param>
    /// <returns>The bytes of a PNG file.</returns>
    /// <exception cref="ShapeException">The image has another size than the map, or the pixels another length.</exception>
    public byte[] Over(ReadOnlySpan<byte> pixels, Shape shape, int zoom = 1) => Draw(pixels, shape, zoom, 0.85);

    /// <summary>The colour of a share of <see cref="Largest"/>, from -1 to 1, and how much it covers: small numbers let the image
    /// through.</summary>
    internal static (byte[] Color, double Cover) ColorOf(double share, bool isSigned)
    {
        // The root lifts what is small but there; a map without sign is never below 0.
        var size = Math.Sqrt(Math.Clamp(Math.Abs(share), 0, 1));
        return isSigned
            ? (share < 0 ? [(byte)(90 - (60 * size)), (byte)(160 - (50 * size)), 255]
                : [255, (byte)(150 - (90 * size)), (byte)(90 - (60 * size))], size)
            : ([(byte)(120 + (135 * Math.Min(1, 1.4 * size))), (byte)(20 + (210 * size * size)), (byte)(140 - (120 * size))], size);
    }

    private byte[] Draw(ReadOnlySpan<byte> pixels, Shape shape, int zoom, double most)
    {
        if (zoom is < 1 or > 64) throw new UsageException($"A picture is enlarged 1 to 64 times: received {zoom}.");
        if ((shape.Height, shape.Width) != (Height, Width) || pixels.Length != shape.Count)
            throw new ShapeException($"The heat map has {Height} x {Width} pixels; the image is {shape} (channels x height x width) "
                + $"with {pixels.Length:N0} bytes. Both must be of one size.");
        var picture = new HeatmapCanvas(Height, Width, zoom);
        for (var i = 0; i < values.Length; i++)
        {
            var gray = HeatmapCanvas.Gray(pixels, shape, i) * 0.75;
            var (color, cover) = ColorOf(Largest > 0 && float.IsFinite(values[i]) ? values[i] / Largest : 0, IsSigned);
            cover *= most;
            picture.Fill(i / Width, i % Width, Blend(gray, color[0], cover), Blend(gray, color[1], cover), Blend(gray, color[2], cover));
        }
        return picture.Encode();
    }

    private static byte Blend(double under, byte over, double cover) => (byte)Math.Round(under + (cover * (over - under)));
}
