using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Curves, bars and points, drawn as in the reports, each with its numbers as a table.</summary>
internal static class ChartWriter
{
    private const int MostRows = 400;

    public static void Lines(HtmlBuilder html, Lines lines, string id)
    {
        html.Add($"""<div class="chart" id="b-{lines.Key}">""");
        new LinePlot
        {
            Title = lines.Caption,
            Caption = lines.Vertical.Label,
            Across = lines.Horizontal.Label,
            Logarithmic = lines.Vertical.IsLogarithmic,
            LogarithmicAcross = lines.Horizontal.IsLogarithmic,
            ShowsLastValues = lines.Curves.Count > 0 && lines.Curves.All(curve => curve.X.Count > 0
                && curve.X[^1] == lines.Curves[0].X[^1]),
            Lines = [.. lines.Curves.Select(curve => new PlotLine(curve.Name, Points(curve)))],
        }.Render(html, id);
        AsTable(html, lines.Caption, ["", lines.Horizontal.Label, lines.Vertical.Label], Rows(lines.Curves));
        html.Add($"</div>");
    }

    public static void Bars(HtmlBuilder html, Bars bars, string id)
    {
        html.Add($"""<div class="chart" id="b-{bars.Key}">""");
        var isGrouped = bars.Groups.Count > 1;
        var all = bars.Labels.SelectMany((label, at) => bars.Groups.Select(group => new PlotBar(isGrouped ? $"{label}: {group.Name}"
            : label, group.Values[at]))).ToList();
        new BarPlot { Title = bars.Caption, Caption = bars.Vertical.Label, Bars = all, Format = NumberText.Of }.Render(html, id);
        AsTable(html, bars.Caption, ["", bars.Vertical.Label], all.Select(bar => (IReadOnlyList<string>)[bar.Name,
            NumberText.Of(bar.Value)]));
        html.Add($"</div>");
    }

    public static void Scatter(HtmlBuilder html, Scatter scatter, string id)
    {
        html.Add($"""<div class="chart" id="b-{scatter.Key}">""");
        new ScatterPlot
        {
            Title = scatter.Caption,
            Caption = $"right: {scatter.Horizontal.Label}, up: {scatter.Vertical.Label}",
            Groups = [.. scatter.Classes.Select(own => new PlotPoints(own.Name, Points(own)))],
        }.Render(html, id);
        AsTable(html, scatter.Caption, ["", scatter.Horizontal.Label, scatter.Vertical.Label], Rows(scatter.Classes));
        html.Add($"</div>");
    }

    /// <summary>The numbers behind a picture, folded. A table that grows with a training shows its newest rows, which come first, and a
    /// link to all: thousands of folded cells would cost more than all that is seen.</summary>
    public static void AsTable(HtmlBuilder html, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows,
        int most = MostRows, string? whole = null)
    {
        html.Join($"""<details class="as-table"><summary>As a table</summary><div class="scroll" tabindex="0" role="region" """);
        html.Join($"""aria-label="{caption}, as a table"><table class="plain" data-csv><thead><tr>""");
        foreach (var column in columns)
            TableWriter.Heading(html, column);
        html.Join($"</tr></thead><tbody>");
        var left = most;
        foreach (var row in rows)
        {
            if (left-- == 0)
            {
                html.Join($"""<tr><td colspan="{columns.Count}">… only the first {most} rows are shown""");
                if (whole is not null) html.Join($""" · <a data-state href="{whole}">show all</a>""");
                html.Join($"</td></tr>");
                break;
            }
            html.Join($"<tr>");
            foreach (var cell in row)
                html.Join($"<td>{cell}</td>");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></details>");
    }

    private static List<(double X, double Y)> Points(Series series) => [.. series.X.Zip(series.Y)];

    private static IEnumerable<IReadOnlyList<string>> Rows(IReadOnlyList<Series> series) =>
        series.SelectMany(one => Points(one).Select(point => (IReadOnlyList<string>)[one.Name, NumberText.Of(point.X),
            NumberText.Of(point.Y)]));
}
