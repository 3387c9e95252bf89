using System.Globalization;
using FeatureMap.Lessons;
using FeatureMap.Reports;

namespace FeatureMap.Studio;

/// <summary>Numbers in rows and columns as ARIA grids. Those of a control are edited in place.</summary>
internal static class GridWriter
{
    private static readonly (CellMarks Mark, string Style, string Words)[] Marks =
    [
        (CellMarks.Padding, "padding", "padding"),
        (CellMarks.Unread, "unread", "not read by any window"),
        (CellMarks.Inserted, "inserted", "inserted zero"),
        (CellMarks.Winner, "winner", "largest of its window"),
        (CellMarks.Dropped, "dropped", "left out"),
        (CellMarks.Chosen, "chosen", "the cell that is explained"),
    ];

    /// <summary>The control that says which cell of a grid is written out.</summary>
    private const string CellControl = "cell";

    public static void Write(HtmlBuilder html, Grid grid, LessonPage page)
    {
        var isEdited = grid.Control is not null;
        var lesson = page.State.Lesson;
        // The cell that a formula of the page writes out; where a control says which, a click chooses another one.
        var chosen = isEdited ? null : page.Blocks.OfType<Formula>().Select(formula => formula.Left.Cell).FirstOrDefault(cell =>
            cell?.Grid == grid.Key);
        if (chosen is not null && grid.Marks.All(marks => !marks.HasFlag(CellMarks.Chosen)))
            grid = grid with
            {
                Marks = [.. grid.Values.Select((_, cell) => (cell < grid.Marks.Count ? grid.Marks[cell]
                : 0) | (cell == chosen.Cell ? CellMarks.Chosen : 0))]
            };
        html.Join($"""<figure class="numbers{(isEdited ? " edited" : "")}{Density(grid)}" id="b-{grid.Key}" data-grid="{grid.Key}" """);
        if (isEdited) html.Join($"""data-control="{grid.Control}" """);
        else if (page.Blocks.Any(block => block is Formula { Key: CellControl, Left.Cell: { } cell } && cell.Grid == grid.Key)
            && lesson.Controls.Any(control => control is ListControl { Name: CellControl, Longest: 2 }))
            html.Join($"""data-chooses="{CellControl}" """);
        html.Join($"""data-rows="{grid.Rows}" data-columns="{grid.Columns}"><figcaption>{grid.Caption} <small>{Size(grid)}</small>""");
        html.Join($"""</figcaption>""");
        html.Add($"""<div class="planes">""");
        for (var channel = 0; channel < grid.Channels; channel++)
            Plane(html, grid, channel);
        html.Add($"</div>");
        Legend(html, grid);
        if (isEdited && lesson.Control(grid.Control!) is MatrixControl control) SizeButtons(html, grid, control);
        html.Add($"</figure>");
    }

    public static void Strip(HtmlBuilder html, Strip strip)
    {
        html.Join($"""<figure class="numbers strip" id="b-{strip.Key}" data-grid="{strip.Key}">""");
        html.Join($"""<figcaption>{strip.Caption} <small>{Count(strip.Values.Count, "pixel")}</small></figcaption>""");
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="{strip.Caption}"><table><thead><tr><th """);
        html.Join($"""scope="row">position</th>""");
        for (var i = 0; i < strip.Values.Count; i++)
            html.Join($"""<th scope="col">{strip.First + i}</th>""");
        html.Join($"""</tr></thead><tbody><tr><th scope="row">number</th>""");
        for (var i = 0; i < strip.Values.Count; i++)
        {
            var own = i < strip.Classes.Count ? strip.Classes[i] : -1;
            html.Join($"""<td data-cell="{strip.Key}:{i}" """);
            html.Join($"""class="{(own < 0 ? "none" : $"class c{own % ChartMarks.Colors}")}">{NumberText.Of(strip.Values[i])}</td>""");
        }
        html.Add($"</tr></tbody></table></div></figure>");
    }

    private static void Plane(HtmlBuilder html, Grid grid, int channel)
    {
        var name = grid.Channels > 1 ? $"{grid.Caption}, channel {channel}" : grid.Caption;
        var area = grid.Rows * grid.Columns;
        var (least, most, largest) = Range(grid);
        html.Join($"""<div class="plane">""");
        if (grid.Channels > 1) html.Join($"""<span class="channel-name">channel {channel}</span>""");
        html.Join($"""<table role="grid" aria-label="{name}" aria-rowcount="{grid.Rows}" aria-colcount="{grid.Columns}"{""}""");
        html.Join($"""{(grid.Control is null ? " aria-readonly=true" : "")}><tbody>""");
        for (var row = 0; row < grid.Rows; row++)
        {
            html.Join($"<tr>");
            for (var column = 0; column < grid.Columns; column++)
            {
                var cell = (channel * area) + (row * grid.Columns) + column;
                var value = grid.Values[cell];
                var shade = grid.Scale == GridScale.Signed ? Shade.Signed(value, largest) : Shade.Between(value,
                    grid.Scale == GridScale.Count ? 0 : least, most);
                var marks = cell < grid.Marks.Count ? grid.Marks[cell] : CellMarks.None;
                html.Join($"""<td data-cell="{grid.Key}:{cell}" class="{shade}{Styles(marks)}" """);
                if (marks != CellMarks.None) html.Join($"""title="{Words(marks)}" """);
                // What is edited is written exactly, even where it is shown shorter.
                var exact = ((float)value).ToString(CultureInfo.InvariantCulture);
                if (grid.Control is not null && exact != NumberText.Of(value)) html.Join($"""data-value="{exact}" """);
                html.Join($"""{""}>{NumberText.Of(value)}</td>""");
            }
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div>");
    }

    private static void Legend(HtmlBuilder html, Grid grid)
    {
        var seen = grid.Marks.Aggregate(CellMarks.None, (all, marks) => all | marks);
        if (seen == CellMarks.None) return;
        html.Join($"""<ul class="marks">""");
        foreach (var (mark, style, words) in Marks)
            if (seen.HasFlag(mark))
                html.Join($"""<li><span class="sample z {style}"></span>{words}</li>""");
        html.Add($"</ul>");
    }

    private static void SizeButtons(HtmlBuilder html, Grid grid, MatrixControl control)
    {
        if (control.MostRows == control.LeastRows && control.MostColumns == control.LeastColumns) return;
        html.Join($"""<div class="size-buttons scripted" role="group" aria-label="Size of {control.Name}">""");
        Button(html, "rows", 1, "+ row", grid.Rows < control.MostRows);
        Button(html, "rows", -1, "− row", grid.Rows > control.LeastRows);
        Button(html, "columns", 1, "+ column", grid.Columns < control.MostColumns);
        Button(html, "columns", -1, "− column", grid.Columns > control.LeastColumns);
        html.Add($"</div>");
    }

    private static void Button(HtmlBuilder html, string axis, int by, string text, bool isPossible)
    {
        html.Join($"""<button type="button" data-{axis}="{by}"{(isPossible ? "" : " disabled")}>{text}</button>""");
    }

    private static (double Least, double Most, double Largest) Range(Grid grid)
    {
        var finite = grid.Values.Where(double.IsFinite).DefaultIfEmpty(0).ToList();
        return (finite.Min(), finite.Max(), finite.Max(Math.Abs));
    }

    private static string Density(Grid grid) => grid.Columns > 16 ? " finest" : grid.Columns > 9 ? " fine" : "";

    private static string Size(Grid grid) => grid.Channels > 1 ? $"{grid.Channels} × {grid.Rows} × {grid.Columns}"
        : $"{grid.Rows} × {grid.Columns}";

    private static string Count(int number, string noun) => ReportText.Count(number, noun);

    private static string Styles(CellMarks marks) => marks == CellMarks.None ? ""
        : string.Concat(Marks.Where(mark => marks.HasFlag(mark.Mark)).Select(mark => " " + mark.Style));

    private static string Words(CellMarks marks) => string.Join(", ", Marks.Where(mark => marks.HasFlag(mark.Mark)).Select(mark =>
        mark.Words));
}
