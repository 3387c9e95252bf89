using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Maps as pictures: signed numbers in blue and orange around 0, others darker the larger they are.</summary>
internal static class WalkPicture
{
    private const int LargestSide = 64;

    /// <summary>A map as an element; large ones are averaged down.</summary>
    /// <param name="html">Receives it.</param>
    /// <param name="map">The map.</param>
    /// <param name="least">The smallest number of those that are compared with it.</param>
    /// <param name="most">The largest.</param>
    /// <param name="side">Pixels of the longer side on the page.</param>
    /// <param name="words">What it shows.</param>
    public static void Write(HtmlBuilder html, WalkMap map, double least, double most, int side, string words)
    {
        var factor = Math.Max(1, (Math.Max(map.Height, map.Width) + LargestSide - 1) / LargestSide);
        var (rows, columns) = ((map.Height + factor - 1) / factor, (map.Width + factor - 1) / factor);
        var (pixels, largest) = (new byte[rows * columns * 3], Math.Max(Math.Abs(least), Math.Abs(most)));
        for (var i = 0; i < rows * columns; i++)
        {
            var value = Mean(map, i / columns * factor, i % columns * factor, factor);
            var colour = Shade.Colour(ScaleOf(least) == GridScale.Signed ? Shade.Signed(value, largest)
                : Shade.Between(value, least, most));
            (pixels[i * 3], pixels[(i * 3) + 1], pixels[(i * 3) + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        }
        var scale = (double)side / Math.Max(rows, columns);
        html.AddPicture(PngWriter.Encode(pixels, columns, rows, 3), Math.Max(1, (int)(columns * scale)),
            Math.Max(1, (int)(rows * scale)), words, "pixelated");
    }

    /// <summary>How numbers are coloured of which this is the smallest.</summary>
    public static GridScale ScaleOf(double least) => least < 0 ? GridScale.Signed : GridScale.Sequential;

    /// <summary>The class of a number among others.</summary>
    public static string ShadeOf(double value, double least, double most) => ScaleOf(least) == GridScale.Signed
        ? Shade.Signed(value, Math.Max(Math.Abs(least), Math.Abs(most))) : Shade.Between(value, least, most);

    private static double Mean(WalkMap map, int top, int left, int factor)
    {
        var (sum, count) = (0.0, 0);
        for (var row = top; row < Math.Min(top + factor, map.Height); row++)
            foreach (var value in map.Values.Span.Slice((row * map.Width) + left, Math.Min(factor, map.Width - left)))
                (sum, count) = (sum + value, count + 1);
        return sum / count;
    }
}
