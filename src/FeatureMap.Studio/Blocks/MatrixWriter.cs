using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>
/// A layer as a matrix: a picture in which each row belongs to a cell of the grid that it makes, with the numbers in it where there is
/// room; what is not drawn is 0.
/// </summary>
internal static class MatrixWriter
{
    private const int MostNumbers = 320, MostTableColumns = 24, MostTableRows = 40;

    public static void Write(HtmlBuilder html, SparseMatrix matrix)
    {
        var largest = matrix.Entries.Select(entry => Math.Abs(entry.Value)).Where(double.IsFinite).DefaultIfEmpty(0).Max();
        var hasNumbers = matrix.Entries.Count <= MostNumbers;
        var (width, height) = hasNumbers ? (40, 26) : (10, 10);
        var total = (long)matrix.Rows * matrix.Columns;
        var words = $"{matrix.Rows} × {matrix.Columns} = {ReportText.Count(total)} numbers, {ReportText.Count(matrix.Entries.Count)} of them not fixed to 0";
        html.Join($"""<figure class="matrix" id="b-{matrix.Key}"><figcaption>{matrix.Caption} <small>{words}</small></figcaption>""");
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="{matrix.Caption}">""");
        html.Join($"""<svg viewBox="-1 -1 {(matrix.Columns * width) + 2} {(matrix.Rows * height) + 2}" """);
        html.Join($"""width="{(matrix.Columns * width) + 2}" height="{(matrix.Rows * height) + 2}" """);
        html.Join($"""role="img" aria-label="{matrix.Caption}: {words}"><rect class="frame" width="{matrix.Columns * width}" """);
        html.Join($"""height="{matrix.Rows * height}"/>""");
        foreach (var row in matrix.Entries.GroupBy(entry => entry.Row))
            Row(html, matrix, row, (width, height), largest, hasNumbers);
        html.Add($"</svg></div>");
        if (hasNumbers && matrix.Columns <= MostTableColumns && matrix.Rows <= MostTableRows) AsTable(html, matrix);
        html.Add($"</figure>");
    }

    private static void Row(HtmlBuilder html, SparseMatrix matrix, IGrouping<int, MatrixEntry> row, (int Width, int Height) size,
        double largest, bool hasNumbers)
    {
        html.Join($"""<g class="row" data-cell="{matrix.RowGrid ?? matrix.Key + "-row"}:{row.Key}">""");
        html.Join($"""<rect class="ground" x="0" y="{row.Key * size.Height}" width="{matrix.Columns * size.Width}" """);
        html.Join($"""height="{size.Height}"/>""");
        foreach (var entry in row)
        {
            var (x, y) = (entry.Column * size.Width, entry.Row * size.Height);
            html.Join($"""<rect class="{Shade.Signed(entry.Value, largest)}" x="{x}" y="{y}" width="{size.Width}" """);
            html.Join($"""height="{size.Height}">""");
            html.Join($"<title>row {entry.Row}, column {entry.Column}: {NumberText.Of(entry.Value)}{(entry.Weight < 0 ? "" : $", weight {entry.Weight}")}</title></rect>");
            if (hasNumbers)
                html.Join($"""<text class="{Shade.Signed(entry.Value, largest)}" x="{x + (size.Width / 2)}" y="{y + 17}" text-anchor="middle">{NumberText.Of(entry.Value)}</text>""");
        }
        html.Add($"</g>");
    }

    private static void AsTable(HtmlBuilder html, SparseMatrix matrix)
    {
        var numbers = new double[matrix.Rows, matrix.Columns];
        foreach (var entry in matrix.Entries)
            numbers[entry.Row, entry.Column] = entry.Value;
        html.Join($"""<details><summary>As a table</summary><div class="scroll" tabindex="0" role="region" """);
        html.Join($"""aria-label="{matrix.Caption} as a table"><table class="plain"><tbody>""");
        for (var row = 0; row < matrix.Rows; row++)
        {
            html.Join($"""<tr><th scope="row">{row}</th>""");
            for (var column = 0; column < matrix.Columns; column++)
                html.Join($"<td>{NumberText.Of(numbers[row, column])}</td>");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></details>");
    }
}
