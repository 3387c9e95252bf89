using FeatureMap.Data;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Numbers as a picture with a legend, and rectangles on it.</summary>
internal static class MapWriter
{
    private const double Side = 440;
    private const int MostKept = 12;

    // Of the pictures of a page most are the same with the next key: the last ones are kept.
    private static readonly Lock Gate = new();
    private static readonly List<(Map Map, double[] Values, string Base64)> Kept = [];

    public static void Write(HtmlBuilder html, Map map)
    {
        var finite = map.Values.Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        var (least, most, largest) = (finite.Min(), finite.Max(), finite.Max(Math.Abs));
        var margin = Margin(map);
        var (width, height) = (map.Columns + (2 * margin), map.Rows + (2 * margin));
        var zoom = Math.Max(1, Side / Math.Max(width, height));
        html.Join($"""<figure class="map" id="b-{map.Key}"><figcaption>{map.Caption} <small>{map.Rows} × {map.Columns}</small>""");
        html.Join($"""</figcaption>""");
        html.Join($"""<svg class="boxes pixels" viewBox="{-margin * zoom} {-margin * zoom} {width * zoom} {height * zoom}" """);
        html.Join($"""width="{width * zoom}" height="{height * zoom}" role="img" aria-label="{Description(map, least, most)}">""");
        html.Join($"""<image href="data:image/png;base64,{Base64(map, least, most, largest)}" """);
        html.Join($"""width="{map.Columns * zoom}" height="{map.Rows * zoom}" preserveAspectRatio="none"/>""");
        foreach (var (index, box) in map.Boxes.Index())
        {
            var (x, y) = (box.Column * zoom, box.Row * zoom);
            html.Join($"""<g class="c{index % ChartMarks.Colors}"><rect class="box" x="{x}" y="{y}" width="{box.Width * zoom}" """);
            html.Join($"""height="{box.Height * zoom}"/>""");
            html.Join($"""<text x="{x}" y="{Math.Max(y - 5, (-margin * zoom) + 14)}">{box.Label}</text></g>""");
        }
        html.Add($"</svg>");
        if (map.Channels == 1) Legend(html, map.Scale, least, most, largest);
        html.Add($"</figure>");
    }

    // As shades are classes, so is the legend: its steps are those of the picture.
    private static void Legend(HtmlBuilder html, GridScale scale, double least, double most, double largest)
    {
        var isSigned = scale == GridScale.Signed;
        html.Join($"""<p class="shades"><span>{NumberText.Of(isSigned ? -largest : scale == GridScale.Count ? 0 : least)}</span>""");
        for (var step = 0; step <= 16; step++)
            html.Join($"""<i class="{(isSigned ? Shade.Signed(step - 8, 8) : Shade.Between(step, 0, 16))}"></i>""");
        html.Add($"<span>{NumberText.Of(isSigned ? largest : most)}</span></p>");
    }

    private static string Base64(Map map, double least, double most, double largest)
    {
        double[] values = [.. map.Values];
        lock (Gate)
        {
            var place = Kept.FindIndex(one => (one.Map.Channels, one.Map.Rows, one.Map.Scale) == (map.Channels, map.Rows, map.Scale)
                && values.AsSpan().SequenceEqual(one.Values));
            if (place >= 0) return Kept[place].Base64;
        }
        var made = Convert.ToBase64String(Picture(map, least, most, largest));
        lock (Gate)
        {
            Kept.Insert(0, (map, values, made));
            if (Kept.Count > MostKept) Kept.RemoveAt(MostKept);
        }
        return made;
    }

    private static byte[] Picture(Map map, double least, double most, double largest)
    {
        var area = map.Rows * map.Columns;
        var pixels = new byte[area * 3];
        for (var i = 0; i < area; i++)
        {
            if (map.Channels == 3)
                for (var channel = 0; channel < 3; channel++)
                    pixels[(i * 3) + channel] = (byte)Math.Round(Math.Clamp(map.Values[(channel * area) + i], 0, 1) * 255);
            else
            {
                var value = map.Values[i];
                var colour = Shade.Colour(map.Scale == GridScale.Signed ? Shade.Signed(value, largest) : Shade.Between(value,
                    map.Scale == GridScale.Count ? 0 : least, most));
                (pixels[i * 3], pixels[(i * 3) + 1], pixels[(i * 3) + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
            }
        }
        return PngWriter.Encode(pixels, map.Columns, map.Rows, 3);
    }

    private static double Margin(Map map) => map.Boxes.Select(box => Math.Max(
        Math.Max(-box.Row, -box.Column), Math.Max(box.Row + box.Height - map.Rows, box.Column + box.Width - map.Columns)))
            .DefaultIfEmpty(0).Max() is > 0 and var outside
        ? Math.Min(outside, Math.Max(map.Rows, map.Columns)) + 0.5 : 0;

    private static string Description(Map map, double least, double most) =>
        $"{map.Caption}: {map.Rows} by {map.Columns} numbers from {NumberText.Of(least)} to {NumberText.Of(most)}"
        + string.Concat(map.Boxes.Select(box =>
            $"; {box.Label}: rows {NumberText.Of(box.Row)} to {NumberText.Of(box.Row + box.Height)}, columns {NumberText.Of(box.Column)} to {NumberText.Of(box.Column + box.Width)}"));
}
