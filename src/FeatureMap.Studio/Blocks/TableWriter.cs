using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Tables, prices and code.</summary>
internal static class TableWriter
{
    public static void Table(HtmlBuilder html, Table table)
    {
        html.Join($"""<figure class="table" id="b-{table.Key}"><figcaption>{table.Caption}</figcaption><div class="scroll" """);
        html.Join($"""tabindex="0" role="region" aria-label="{Name(table)}">""");
        html.Join($"""<table class="plain"><thead><tr>""");
        foreach (var column in table.Columns)
            Heading(html, column);
        html.Join($"</tr></thead><tbody>");
        foreach (var row in table.Rows)
        {
            html.Join($"<tr>");
            foreach (var cell in row)
                html.Join($"""<td class="{(cell.Number is null ? "words" : "number")}">{cell.Text}</td>""");
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div></figure>");
    }

    /// <summary>The head of a column. A heading without words is none.</summary>
    public static void Heading(HtmlBuilder html, string column)
    {
        if (column.Length == 0) html.Join($"<td></td>");
        else html.Join($"""<th scope="col">{column}</th>""");
    }

    public static void Cost(HtmlBuilder html, Cost cost)
    {
        html.Join($"""<figure class="cost" id="b-{cost.Key}"><figcaption>{cost.Caption}</figcaption><dl>""");
        foreach (var figure in cost.Figures)
            html.Join($"<div><dt>{figure.Name}</dt><dd><b>{NumberText.Of(figure.Value)}</b> {figure.Unit}</dd></div>");
        html.Add($"</dl></figure>");
    }

    public static void Code(HtmlBuilder html, Code code, string id) =>
        html.Add($"""
            <figure class="code" id="{id}"><figcaption>{code.Caption}</figcaption>
            <pre tabindex="0" role="region" aria-label="{code.Caption}"><code>{code.Text}</code></pre></figure>
            """);

    private static string Name(Table table) => table.Caption.Length > 0 ? table.Caption : "Table";
}
