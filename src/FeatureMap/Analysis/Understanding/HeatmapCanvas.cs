using FeatureMap.Data;

namespace FeatureMap.Analysis;

/// <summary>
/// An RGB picture whose pixels are squares, and boxes around some of them: what heat maps and pages of images are drawn on.
/// </summary>
public sealed class HeatmapCanvas
{
    private readonly int zoom;
    private readonly byte[] pixels;

    /// <summary>A black picture.</summary>
    /// <param name="height">Rows of the image.</param>
    /// <param name="width">Columns of the image.</param>
    /// <param name="zoom">Every pixel of the image becomes a square of this side.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side or the zoom is below 1.</exception>
    public HeatmapCanvas(int height, int width, int zoom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(zoom, 1);
        this.zoom = zoom;
        (Height, Width) = (height * zoom, width * zoom);
        pixels = new byte[Height * Width * 3];
    }

    /// <summary>Rows of the picture: those of the image times the zoom.</summary>
    public int Height { get; }

    /// <summary>Columns of the picture: those of the image times the zoom.</summary>
    public int Width { get; }

    /// <summary>The brightness of a pixel of a planar image, 0 to 255.</summary>
    internal static double Gray(ReadOnlySpan<byte> planar, Shape shape, int pixel) => shape.Channels == 3
        ? ((77 * planar[pixel]) + (150 * planar[shape.Area + pixel]) + (29 * planar[(2 * shape.Area) + pixel])) / 256.0
        : planar[pixel];

    /// <summary>An image in its own colours.</summary>
    /// <param name="planar">Its bytes: channels x height x width.</param>
    /// <param name="shape">Its shape; 3 channels are red, green and blue, of any other number the first is shown in grey.</param>
    /// <param name="zoom">Every pixel becomes a square of this side.</param>
    /// <exception cref="ShapeException">The bytes are not those of the shape.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side or the zoom is below 1.</exception>
    public static HeatmapCanvas Of(ReadOnlySpan<byte> planar, Shape shape, int zoom)
    {
        if (planar.Length != shape.Count)
            throw new ShapeException($"A picture of the shape {shape} takes {shape.Count:N0} bytes; received {planar.Length:N0}.");
        var picture = new HeatmapCanvas(shape.Height, shape.Width, zoom);
        for (var i = 0; i < shape.Area; i++)
            picture.Fill(i / shape.Width, i % shape.Width, planar[i], planar[shape.Channels == 3 ? shape.Area + i : i],
                planar[shape.Channels == 3 ? (2 * shape.Area) + i : i]);
        return picture;
    }

    /// <summary>Gives one pixel of the image a colour.</summary>
    /// <param name="row">Its row in the image.</param>
    /// <param name="column">Its column in the image.</param>
    /// <param name="red">Red, 0 to 255.</param>
    /// <param name="green">Green.</param>
    /// <param name="blue">Blue.</param>
    public void Fill(int row, int column, byte red, byte green, byte blue)
    {
        for (var y = row * zoom; y < (row + 1) * zoom; y++)
            for (var x = column * zoom; x < (column + 1) * zoom; x++)
                Set(y, x, red, green, blue);
    }

    /// <summary>The outline of a box of image pixels, both ends included; what lies outside of the image is not drawn.</summary>
    /// <param name="firstRow">Its first row; a pixel's centre is its number.</param>
    /// <param name="firstColumn">Its first column.</param>
    /// <param name="lastRow">Its last row.</param>
    /// <param name="lastColumn">Its last column.</param>
    /// <param name="red">Red, 0 to 255.</param>
    /// <param name="green">Green.</param>
    /// <param name="blue">Blue.</param>
    public void Box(double firstRow, double firstColumn, double lastRow, double lastColumn, byte red, byte green, byte blue)
    {
        // A pixel's centre is its number, so its square reaches half a pixel around.
        int top = Edge(firstRow - 0.5), left = Edge(firstColumn - 0.5), bottom = Edge(lastRow + 0.5) - 1,
            right = Edge(lastColumn + 0.5) - 1;
        for (var line = 0; line < Math.Clamp(zoom / 4, 1, 2); line++)
        {
            for (var x = left; x <= right; x++)
            {
                Set(top + line, x, red, green, blue);
                Set(bottom - line, x, red, green, blue);
            }
            for (var y = top; y <= bottom; y++)
            {
                Set(y, left + line, red, green, blue);
                Set(y, right - line, red, green, blue);
            }
        }
    }

    /// <summary>The picture as the bytes of a PNG file.</summary>
    public byte[] Encode() => PngWriter.Encode(pixels, Width, Height, 3);

    private int Edge(double at) => (int)Math.Round((at + 0.5) * zoom);

    private void Set(int y, int x, byte red, byte green, byte blue)
    {
        if (y < 0 || x < 0 || y >= Height || x >= Width) return;
        var at = ((y * Width) + x) * 3;
        (pixels[at], pixels[at + 1], pixels[at + 2]) = (red, green, blue);
    }
}
