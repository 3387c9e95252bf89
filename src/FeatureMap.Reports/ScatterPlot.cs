using System.Globalization;
using System.Text;

namespace FeatureMap.Reports;

/// <summary>Points of one colour in a <see cref="ScatterPlot"/>.</summary>
/// <param name="Name">The class; it is written at the middle of its points.</param>
/// <param name="Points">The points; those that are not finite are left out.</param>
public sealed record PlotPoints(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>Points in the plane, coloured by class, each class with its name at its middle: embeddings of two dimensions. Thousands of
/// points are no burden.</summary>
public sealed record ScatterPlot : PagePart
{
    private const double Side = 520, Left = 46, Right = 508, Top = 12, Bottom = 474;

    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>The classes.</summary>
    public required IReadOnlyList<PlotPoints> Groups { get; init; }

    /// <summary>What the points are.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What is to be seen in it; below the picture.</summary>
    public string Reading { get; init; } = "";

    /// <summary>Whether one unit is as long to the right as upwards, so that angles and circles are true.</summary>
    public bool HasEqualAxes { get; init; } = true;

    internal override bool IsCard => true;

    internal override void Render(HtmlBuilder html, string id)
    {
        var groups = Groups.Select((group, index) =>
            (group.Name, Index: index, Points: group.Points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToList()))
            .Where(group => group.Points.Count > 0).ToList();
        html.Add($"""<figure class="card"><figcaption><h3>{Title}</h3><p>{Caption}</p></figcaption><div>""");
        if (groups.Count == 0)
            html.Add($"""<p class="note">There is nothing to draw.</p>""");
        else
            Draw(html, id, groups);
        html.Add($"</div>");
        if (Reading.Length > 0)
            html.Add($"""<p class="reading">{Reading}</p>""");
        html.Add($"</figure>");
    }

    private void Draw(HtmlBuilder html, string id, List<(string Name, int Index, List<(double X, double Y)> Points)> groups)
    {
        var all = groups.SelectMany(group => group.Points).ToList();
        var (across, up) = ((Low: all.Min(point => point.X), High: all.Max(point => point.X)),
            (Low: all.Min(point => point.Y), High: all.Max(point => point.Y)));
        var (x, y) = (AxisScale.Linear(across.Low, across.High, Left, Right), AxisScale.Linear(up.Low, up.High, Bottom, Top));
        if (HasEqualAxes)
        {
            // Axes that end at round numbers would stretch the two differently; these end a little behind the farthest points of the longer
            // one.
            var half = Math.Max(Math.Max(across.High - across.Low, up.High - up.Low) * 0.52, 1e-6);
            (x, y) = (AxisScale.Within(Around(across, half), Left, Right), AxisScale.Within(Around(up, half), Bottom, Top));
        }
        html.Add($"""<svg viewBox="0 0 {Side} {Side}" role="img" aria-labelledby="{id}-title"><title id="{id}-title">{Title}. {all.Count} points of {string.Join(", ", groups.Select(group => group.Name))}.</title><g class="axis">""");
        foreach (var tick in x.Ticks)
            html.Add($"""<line x1="{x.Position(tick)}" x2="{x.Position(tick)}" y1="{Top}" y2="{Bottom}"/><text x="{x.Position(tick)}" y="{Bottom + 20}" text-anchor="middle">{ReportText.Number(tick)}</text>""");
        foreach (var tick in y.Ticks)
            html.Add($"""<line x1="{Left}" x2="{Right}" y1="{y.Position(tick)}" y2="{y.Position(tick)}"/><text x="{Left - 8}" y="{y.Position(tick) + 4}" text-anchor="end">{ReportText.Number(tick)}</text>""");
        html.Add($"</g>");
        foreach (var (_, index, points) in groups)
            html.Add($"""<path class="cloud {ChartMarks.Style(index)}{(all.Count > 4000 ? " fine" : "")}" d="{Dots(points, x, y)}"/>""");
        foreach (var (name, _, points) in groups)
            html.Add($"""<text class="tag" x="{x.Position(points.Average(point => point.X))}" y="{y.Position(points.Average(point => point.Y)) + 5}" text-anchor="middle">{name}</text>""");
        html.Add($"</svg>");
    }

    private static (double Low, double High) Around((double Low, double High) range, double half) =>
        (((range.Low + range.High) / 2) - half, ((range.Low + range.High) / 2) + half);

    // A line of length 0 with round ends is a dot, and one path of them is much smaller than an element for each.
    private static string Dots(List<(double X, double Y)> points, AxisScale x, AxisScale y)
    {
        var text = new StringBuilder();
        foreach (var (px, py) in points)
            text.Append(CultureInfo.InvariantCulture, $"M{x.Position(px):0.#} {y.Position(py):0.#}h0");
        return text.ToString();
    }
}
