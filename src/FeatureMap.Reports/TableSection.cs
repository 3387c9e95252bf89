using FeatureMap.Analysis;

namespace FeatureMap.Reports;

/// <summary>Facts and tables of texts.</summary>
internal static class TableSection
{
    public static void Facts(HtmlBuilder html, IReadOnlyList<ReportFact> facts)
    {
        html.Add($"""<dl class="facts">""");
        foreach (var (name, value) in facts)
            html.Add($"""<div><dt>{name}</dt><dd>{value}</dd></div>""");
        html.Add($"</dl>");
    }

    /// <param name="html">Receives the table.</param>
    /// <param name="table">Headings and rows.</param>
    /// <param name="label">What the table is, for those who hear the page.</param>
    /// <param name="marked">Rows that stand out.</param>
    /// <param name="links">A place beside the page for the first cell of each row, or null.</param>
    public static void Table(HtmlBuilder html, ReportTable table, string label, IReadOnlyList<int>? marked = null,
        IReadOnlyList<string?>? links = null)
    {
        bool[] isNumeric = [.. Enumerable.Range(0, table.Columns.Count).Select(column => table.Rows.Count > 0
            && table.Rows.All(row => column < row.Count && row[column].All(IsOfNumber)))];
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="numbers"><thead><tr>""");
        for (var column = 0; column < table.Columns.Count; column++)
            if (table.Columns[column].Length == 0) html.Add($"<td></td>"); // a heading without words is none
            else html.Add($"""<th scope="col" class="{Style(isNumeric[column])}">{table.Columns[column]}</th>""");
        html.Add($"</tr></thead><tbody>");
        foreach (var (index, row) in table.Rows.Index())
        {
            html.Add($"""<tr class="{(marked?.Contains(index) == true ? "marked" : "")}">""");
            for (var column = 0; column < row.Count; column++)
            {
                var style = Style(column < isNumeric.Length && isNumeric[column]);
                if (column > 0)
                    html.Add($"""<td class="{style}">{row[column]}</td>""");
                else if (index < links?.Count && links[index] is { } link)
                    html.Add($"""<th scope="row" class="{style}"><a href="{link}">{row[column]}</a></th>""");
                else
                    html.Add($"""<th scope="row" class="{style}">{row[column]}</th>""");
            }
            html.Add($"</tr>");
        }
        html.Add($"</tbody></table></div>");
    }

    private static bool IsOfNumber(char c) => char.IsAsciiDigit(c) || c is ',' or '.' or '-' or ' ' or '%' or '±' or '\u00A0' or '−' or '–';

    private static string Style(bool isNumeric) => isNumeric ? "number" : "";
}
