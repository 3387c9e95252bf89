using System.Globalization;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the page of mistakes stands at.</summary>
/// <param name="Cell">True class and answer, whose images are shown; null for the worst mistakes.</param>
/// <param name="By">What the table of confusions counts by: counts, row (share of the true class) or column (share of the answers).</param>
/// <param name="First">The first image that is shown.</param>
internal sealed record MistakesState((int Truth, int Answer)? Cell, string By, int First)
{
    public string Query => RunQuery.Written([("cell", Cell is var (truth, answer) ? $"{truth}_{answer}" : ""), ("by", By == "counts" ? ""
        : By),
        ("first", First == 0 ? "" : $"{First}")]);

    public static MistakesState Parse(string query)
    {
        var read = new RunQuery("Mistakes", query, ["cell", "by", "first"]);
        (int, int)? cell = null;
        if (read.Text("cell") is { Length: > 0 } text)
            cell = text.Split('_') is [var row, var column] && Whole(row) is { } truth && Whole(column) is { } answer ? (truth, answer)
                : throw new UsageException("cell is the number of the true class, '_' and that of the answer, such as 3_5: received "
                    + $"'{Descriptions.ValueKind.Shortened(text)}'.");
        return new(cell, read.Word("by", "counts", "row", "column"), (int)read.Number("first", 0, 0, 10_000_000));
    }

    private static int? Whole(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;
}

/// <summary>
/// A finished run on its validation images: the table of confusions, whose cells open their images, class by class, and the wrong answers
/// that the model was surest of, with the names of their files.
/// </summary>
internal static class MistakesPage
{
    private const int MostImages = 36, MostClasses = 40;

    private static readonly (string Word, string Title)[] Ways =
        [("counts", "counts"), ("row", "share of the true class"), ("column", "share of the answers")];

    public static string Page(RunSummary run, JudgedRun judged, MistakesState state) => PageFrame.Of($"Mistakes of {run.Name}", "runs",
        html =>
    {
        html.Add($"""
            <main id="content" class="runs" data-form><header class="head"><p class="crumbs"><a href="{RunLink.List}">Runs</a> ›
            <a href="{RunLink.To(run.Id)}">{run.Name}</a></p><h1>Mistakes</h1>
            <p class="lead">The finished model on its {ReportText.Count(judged.Images.Count)} validation images:
            {ReportText.Percent(judged.Accuracy)} right, mean F1 {ReportText.Number(judged.MacroF1, "0.000")}.</p></header>
            """);
        html.AddStyle(Stage(run, judged, state));
        html.Add($"</main>");
    });

    public static string Stage(RunSummary run, JudgedRun judged, MistakesState state)
    {
        var html = new HtmlBuilder();
        html.Add($"""<div id="stage" class="wide" data-page="{RunLink.Mistakes(run.Id)}" data-query="{state.Query}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (judged.Notice is { } notice) html.Add($"""<p class="notice">{notice}</p>""");
        Confusions(html, run, judged, state);
        Pictures(html, run, judged, state);
        Classes(html, judged);
        Reliability(html, judged);
        html.Add($"</div>");
        return html.ToString();
    }

    private static void Confusions(HtmlBuilder html, RunSummary run, JudgedRun judged, MistakesState state)
    {
        html.Add($"""
            <section class="piece" aria-labelledby="confusion-title"><h2 id="confusion-title">What was taken for what</h2>
            <p class="note">Rows: the true class. Columns: the answer. Right answers stand on the diagonal. A cell opens its images.</p>
            """);
        html.Join($"""<p class="by" role="group" aria-label="What the cells say">""");
        foreach (var (word, title) in Ways)
        {
            html.Join($"""<a data-state href="{To(run, state with { By = word })}"{(word == state.By ? " aria-current=true" : "")}>""");
            html.Join($"""{title}</a> """);
        }
        html.Add($"</p>");
        if (judged.ClassNames.Count > MostClasses) Largest(html, run, judged, state);
        else ConfusionTable.Write(html, judged.ClassNames, "Confusions", (row, column) => Cell(run, judged, state, row, column));
        html.Add($"</section>");
    }

    private static ConfusionCell Cell(RunSummary run, JudgedRun judged, MistakesState state, int row, int column)
    {
        var count = judged.Counts[row, column];
        var one = judged.Classes[row];
        var answers = Enumerable.Range(0, judged.ClassNames.Count).Sum(truth => judged.Counts[truth, column]);
        var share = state.By == "column" ? answers == 0 ? 0 : (double)count / answers : one.Images == 0 ? 0 : (double)count / one.Images;
        var text = state.By == "counts" ? ReportText.Count(count) : count == 0 ? "0" : ReportText.Percent(share, "0.0");
        return new(text, Math.Sqrt(share), count == 0 ? null : To(run, new MistakesState((row, column), state.By, 0)),
            $"{ReportText.Count(count, "image")} of {judged.ClassNames[row]} taken for {judged.ClassNames[column]}",
            state.Cell == (row, column));
    }

    // Of very many classes the pairs are a list.
    private static void Largest(HtmlBuilder html, RunSummary run, JudgedRun judged, MistakesState state)
    {
        var pairs = judged.Mistakes.GroupBy(one => (one.Truth, one.Answer)).OrderByDescending(group => group.Count()).Take(40);
        html.Add($"""<ol class="confusions">""");
        foreach (var pair in pairs)
        {
            html.Join($"""<li><a data-state """);
            html.Join($"""href="{To(run, state with { Cell = pair.Key, First = 0 })}">{judged.ClassNames[pair.Key.Truth]} taken """);
            html.Add($"""for {judged.ClassNames[pair.Key.Answer]}</a>: {ReportText.Count(pair.Count())}</li>""");
        }
        html.Add($"</ol>");
    }

    private static void Pictures(HtmlBuilder html, RunSummary run, JudgedRun judged, MistakesState state)
    {
        var isCell = state.Cell is not null;
        IReadOnlyList<JudgedImage> all = state.Cell is var (truth, answer)
            ? [.. judged.Images.Where(one => one.Truth == truth && one.Answer == answer).OrderByDescending(one => one.Probability)]
            : [.. judged.Mistakes];
        var title = state.Cell is var (t, a) && t < judged.ClassNames.Count && a < judged.ClassNames.Count
            ? t == a ? $"{judged.ClassNames[t]}, recognised" : $"{judged.ClassNames[t]}, taken for {judged.ClassNames[a]}"
            : isCell ? "There are no such classes" : "Surest mistakes";
        html.Join($"""<section class="piece" aria-labelledby="images-title"><h2 id="images-title">{title} """);
        html.Add($"""<small>{ReportText.Count(all.Count, "image")}</small></h2>""");
        if (isCell)
            html.Add($"""
                <p><a data-state href="{To(run, state with { Cell = null, First = 0 })}">Back to the surest mistakes</a></p>
                """);
        else
            html.Add($"""
                <p class="note">The wrong answers that the model was surest of. Ask of each whether you would have known better: some labels
                are wrong themselves.</p>
                """);
        html.Add($"""<ul class="judged">""");
        foreach (var one in all.Skip(state.First).Take(MostImages))
        {
            var id = JudgedImages.IdOf(run.Id, one.Image);
            html.Join($"""<li><a href="{TryPage.Path}?models={run.Id}&amp;image={Uri.EscapeDataString(id)}">""");
            html.Join($"""<img class="pixelated" src="/images/{Uri.EscapeDataString(id)}" alt="{one.File}: """);
            html.Join($"""{judged.ClassNames[one.Truth]}, called """);
            html.Join($"""{judged.ClassNames[one.Answer]}" width="96" height="96" """);
            html.Join($"""loading="lazy"></a><p><b>{judged.ClassNames[one.Truth]}</b> """);
            html.Join($"""called <b>{judged.ClassNames[one.Answer]}</b><small>{ReportText.Percent(one.Probability, "0.0")} sure</small>""");
            html.Add($"""<small class="file">{one.File}</small></p></li>""");
        }
        html.Add($"</ul>");
        if (all.Count > MostImages)
        {
            html.Join($"""<nav class="pager" aria-label="More images">""");
            if (state.First > 0)
                html.Join($"""<a data-state href="{To(run, state with { First = Math.Max(0, state.First - MostImages) })}">before</a>""");
            html.Join($"""<span>{state.First + 1} to {Math.Min(all.Count, state.First + MostImages)} of """);
            html.Join($"""{ReportText.Count(all.Count)}</span>""");
            if (state.First + MostImages < all.Count)
                html.Join($"""<a data-state href="{To(run, state with { First = state.First + MostImages })}">next</a>""");
            html.Add($"</nav>");
        }
        html.Add($"</section>");
    }

    private static void Classes(HtmlBuilder html, JudgedRun judged)
    {
        html.Add($"""
            <section class="piece" aria-labelledby="classes-title"><h2 id="classes-title">Class by class</h2>
            <p class="note">Precision: part of the answers of a class that are right. Recall: part of its images that were found. F1: their
            harmonic mean. The hardest class stands first.</p>
            <div class="scroll" tabindex="0" role="region" aria-label="Table of the classes"><table class="plain"><thead><tr><th
            scope="col">class</th>
            <th scope="col">images</th><th scope="col">right</th><th scope="col">precision</th><th scope="col">recall</th><th
            scope="col">F1</th>
            </tr></thead><tbody>
            """);
        foreach (var one in judged.Classes.OrderBy(one => double.IsNaN(one.F1) ? 2 : one.F1))
        {
            html.Join($"""<tr><th scope="row">{one.Name}</th><td class="number">{ReportText.Count(one.Images)}</td>""");
            html.Join($"""<td class="number">{ReportText.Count(one.Right)}</td><td """);
            html.Join($"""class="number">{ReportText.Number(one.Precision, "0.000")}</td>""");
            html.Join($"""<td class="number">{ReportText.Number(one.Recall, "0.000")}</td><td """);
            html.Add($"""class="number">{ReportText.Number(one.F1, "0.000")}</td></tr>""");
        }
        html.Add($"</tbody></table></div></section>");
    }

    private static void Reliability(HtmlBuilder html, JudgedRun judged)
    {
        html.Join($"""<section class="piece" aria-labelledby="sure-title"><h2 id="sure-title">Is it as sure as it is right?</h2><div """);
        html.Add($"""class="chart">""");
        new LinePlot
        {
            Title = "Reliability",
            Caption = "Right answers over the probability of the answer.",
            Lines = [new PlotLine("answers", judged.Reliability), new PlotLine("as sure as right", [(0, 0), (1, 1)])],
            Across = "probability of the answer",
            Range = (0, 1),
            ShowsLastValues = false,
            Reading = "On the diagonal, of what the model is 80 % sure of 80 % is right; below it the model promises too much. The two are "
                + $"{ReportText.Percent(judged.CalibrationError, "0.0")} apart on average.",
        }.Render(html, "reliability");
        html.Add($"</div></section>");
    }

    private static string To(RunSummary run, MistakesState state) => RunLink.Mistakes(run.Id, state.Query);
}

/// <summary>A cell of a table of confusions.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Strength">How dark it is, -1 to 1; below 0 the other colour.</param>
/// <param name="Link">Where it leads; null for nowhere.</param>
/// <param name="Title">The same as a sentence.</param>
/// <param name="IsChosen">Whether it is the one that is shown.</param>
internal sealed record ConfusionCell(string Text, double Strength, string? Link, string Title, bool IsChosen)
{
    /// <summary>Whether the link leads to another page.</summary>
    public bool Leaves { get; init; }
}

/// <summary>A table of confusions, shaded as the grids of lessons are.</summary>
internal static class ConfusionTable
{
    public static void Write(HtmlBuilder html, IReadOnlyList<string> names, string label, Func<int, int, ConfusionCell> cellOf)
    {
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table class="confusion"><thead><tr><td></td>""");
        foreach (var name in names) html.Join($"""<th scope="col">{name}</th>""");
        html.Join($"</tr></thead><tbody>");
        for (var row = 0; row < names.Count; row++)
        {
            html.Join($"""<tr><th scope="row">{names[row]}</th>""");
            for (var column = 0; column < names.Count; column++)
            {
                var cell = cellOf(row, column);
                var signed = row == column ? -cell.Strength : cell.Strength;
                html.Join($"""<td class="{Shade.Signed(Math.Clamp(signed, -1, 1), 1)}{(cell.IsChosen ? " chosen" : "")}">""");
                if (cell.Link is { } link)
                {
                    html.Join($"""<a{(cell.Leaves ? "" : " data-state")} href="{link}" """);
                    html.Join($"""title="{cell.Title}"{(cell.IsChosen ? " aria-current=true" : "")}>{cell.Text}</a>""");
                }
                else html.Join($"{cell.Text}");
                html.Join($"</td>");
            }
            html.Join($"</tr>");
        }
        html.Add($"</tbody></table></div>");
    }
}
