using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// A function of two variables as shaded cells, with paths over it. The shades are ranks of heights, so that a steep wall does not hide
/// the valley.
/// </summary>
internal static class SurfaceWriter
{
    private const double Left = 52, Top = 10, Width = 520, Height = 420;

    public static void Write(HtmlBuilder html, Surface surface)
    {
        var x = AxisScale.Within((surface.Left, surface.Right), Left, Left + Width);
        var y = AxisScale.Within((surface.Bottom, surface.Top), Top + Height, Top);
        html.Join($"""<figure class="chart card" id="b-{surface.Key}"><figcaption><h3>{surface.Caption}</h3></figcaption>""");
        html.Join($"""<svg viewBox="0 0 {Left + Width + 130} {Top + Height + 48}" role="img" """);
        html.Join($"""aria-label="{surface.Caption}. {Description(surface)}">""");
        Heights(html, surface);
        html.Join($"""<g class="axis">""");
        foreach (var tick in x.Ticks)
            html.Join($"""<text x="{x.Position(tick)}" y="{Top + Height + 18}" text-anchor="middle">{ReportText.Number(tick)}</text>""");
        foreach (var tick in y.Ticks)
            html.Join($"""<text x="{Left - 8}" y="{y.Position(tick) + 4}" text-anchor="end">{ReportText.Number(tick)}</text>""");
        html.Join($"""<text x="{Left + (Width / 2)}" y="{Top + Height + 40}" """);
        html.Join($"""text-anchor="middle">{surface.Horizontal.Label} → , {surface.Vertical.Label} ↑</text></g>""");
        html.Join($"""<clipPath id="clip-{surface.Key}"><rect x="{Left}" y="{Top}" width="{Width}" height="{Height}"/></clipPath>""");
        foreach (var (index, path) in surface.Paths.Index())
            Path(html, surface, path, index, x, y);
        html.Add($"</svg>");
        ChartWriter.AsTable(html, surface.Caption, ["", surface.Horizontal.Label, surface.Vertical.Label], surface.Paths.SelectMany(path =>
            path.X.Zip(path.Y).Select(point => (IReadOnlyList<string>)[path.Name, NumberText.Of(point.First),
                NumberText.Of(point.Second)])));
        html.Add($"</figure>");
    }

    private static void Heights(HtmlBuilder html, Surface surface)
    {
        var sorted = surface.Heights.Where(double.IsFinite).Order().ToArray();
        var (width, height) = (Width / surface.Columns, Height / surface.Rows);
        html.Join($"""<g class="heights">""");
        for (var row = 0; row < surface.Rows; row++)
            for (var column = 0; column < surface.Columns; column++)
            {
                var rank = Array.BinarySearch(sorted, surface.Heights[(row * surface.Columns) + column]);
                html.Join($"""<rect class="{Shade.Between(rank < 0 ? ~rank : rank, 0, sorted.Length - 1)}" """);
                html.Join($"""x="{Left + (column * width)}" y="{Top + Height - ((row + 1) * height)}" """);
                html.Join($"""width="{width + 0.5}" height="{height + 0.5}"/>""");
            }
        html.Add($"</g>");
    }

    private static void Path(HtmlBuilder html, Surface surface, Series path, int index, AxisScale x, AxisScale y)
    {
        var points = path.X.Zip(path.Y).Where(point => double.IsFinite(point.First) && double.IsFinite(point.Second)).ToList();
        if (points.Count == 0) return;
        string Place((double, double) point) =>
            $"{x.Position(point.Item1).ToString("0.##", CultureInfo.InvariantCulture)},{y.Position(point.Item2).ToString("0.##", CultureInfo.InvariantCulture)}";
        html.Join($"""<g class="{ChartMarks.Style(index)} path" clip-path="url(#clip-{surface.Key})"><polyline class="under" """);
        html.Join($"""points="{string.Join(' ', points.Select(Place))}"/>""");
        html.Join($"""<polyline class="line" points="{string.Join(' ', points.Select(Place))}"/>""");
        foreach (var point in points.Take(200))
            html.Join($"""<path class="dot" d="{ChartMarks.Path(index)}" transform="translate({x.Position(point.First)} {y.Position(point.Second)}) scale(.7)"/>""");
        html.Join($"""</g><g class="{ChartMarks.Style(index)}"><path class="dot" d="{ChartMarks.Path(index)}" """);
        html.Join($"""transform="translate({Left + Width + 16} {Top + 10 + (index * 20)})"/>""");
        html.Join($"""<text class="name" x="{Left + Width + 26}" y="{Top + 14 + (index * 20)}">{path.Name}</text></g>""");
    }

    private static string Description(Surface surface) => string.Join("; ", surface.Paths.Where(path => path.X.Count > 0).Select(path =>
        $"{path.Name}: {path.X.Count} points from ({NumberText.Of(path.X[0])}, {NumberText.Of(path.Y[0])}) to ({NumberText.Of(path.X[^1])}, {NumberText.Of(path.Y[^1])})"));
}
