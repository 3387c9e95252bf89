using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the comparison stands at.</summary>
/// <param name="Runs">Ids of the runs.</param>
/// <param name="Matrix">Whether the confusions of the first two are compared, for which both are judged.</param>
/// <param name="Axis">What is to the right: epoch or time.</param>
internal sealed record CompareState(IReadOnlyList<string> Runs, bool Matrix, string Axis)
{
    /// <summary>Runs side by side at most.</summary>
    public const int Most = 16;

    public string Query => RunQuery.Written([("runs", string.Join(',', Runs)), ("matrix", Matrix ? "on" : ""), ("axis", Axis == "epoch"
        ? "" : Axis)]);

    public static CompareState Parse(string query)
    {
        var read = new RunQuery("Compare", query, ["runs", "matrix", "axis"], ["runs"]);
        var runs = read.All("runs");
        if (runs.Count > Most) throw new UsageException($"runs are up to {Most} runs side by side: received {runs.Count}. Choose fewer.");
        return new(runs, read.Word("matrix", "off", "on") == "on", read.Word("axis", "epoch", "time"));
    }
}

/// <summary>All that the comparison shows.</summary>
/// <param name="State">What it stands at.</param>
/// <param name="Runs">The runs, in their order.</param>
/// <param name="All">Every run, to choose from.</param>
/// <param name="Judged">The first two, judged, where that was asked for.</param>
internal sealed record CompareView(CompareState State, IReadOnlyList<RunSummary> Runs, IReadOnlyList<RunSummary> All,
    IReadOnlyList<JudgedRun> Judged)
{
    /// <summary>Why the confusions cannot be compared; empty where they can, or nobody asked.</summary>
    public string Fault { get; init; } = "";

    /// <summary>Settings that are not the same in all of them, with the value of each.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Values)> Differences =>
    [
        .. Runs.SelectMany(run => run.Settings).Select(one => one.Name).Distinct()
            .Select(name => (name, Values: (IReadOnlyList<string>)[.. Runs.Select(run => run.Setting(name))]))
            .Where(row => row.Values.Distinct().Count() > 1),
    ];

    /// <summary>Runs that differ in the seed alone, together; each of the others alone.</summary>
    public IReadOnlyList<IReadOnlyList<RunSummary>> Groups => [.. Runs.GroupBy(run => run.Settings.Count == 0 ? run.Id
        : $"{run.Recipe}|{run.Data}|{run.Images}|"
        + string.Join('|', run.Settings.Where(one => one.Name is not ("seed" or "threads")).Select(one => $"{one.Name}={one.Text}")))
        .Select(group => (IReadOnlyList<RunSummary>)[.. group])];

    public JsonObject ToJson() => new()
    {
        ["schema"] = 1,
        ["state"] = State.Query,
        ["runs"] = new JsonArray([.. Runs.Select(RunJson.Summary)]),
        ["differences"] = new JsonObject([.. Differences.Select(row => KeyValuePair.Create(row.Name,
            (JsonNode?)new JsonArray([.. row.Values.Select(value => JsonValue.Create(value))])))]),
        ["groups"] = new JsonArray([.. Groups.Select(group => new JsonArray([.. group.Select(run => JsonValue.Create(run.Id))]))]),
        ["problem"] = Fault.Length > 0 ? Fault : null,
        ["confusionDifference"] = Judged is [var first, var second] && first.ClassNames.SequenceEqual(second.ClassNames)
            ? new JsonArray([.. Enumerable.Range(0, first.ClassNames.Count).Select(row => new JsonArray([.. Enumerable.Range(0,
            first.ClassNames.Count)
                .Select(column => JsonValue.Create(second.Counts[row, column] - first.Counts[row, column]))]))]) : null,
    };
}

/// <summary>The page Compare: differing settings, best and last values, curves together, seeds as mean and range, confusions that came and
/// went.</summary>
internal static class ComparePage
{
    private const int MostClasses = 40;

    public static string Page(CompareView view) => PageFrame.Of("Compare", "runs", html =>
    {
        html.Add($"""
            <main id="content" class="runs" data-form><header class="head"><p class="crumbs"><a
            href="{RunLink.List}">Runs</a></p><h1>Compare runs</h1>
            <p class="lead">What is different between them, and what came of it.</p></header>
            """);
        html.AddStyle(Stage(view));
        html.Add($"</main>");
    });

    public static string Stage(CompareView view)
    {
        var html = new HtmlBuilder { HasNarrowCharts = true };
        html.Add($"""<div id="stage" class="wide" data-page="{RunLink.Compare}" data-query="{view.State.Query}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        Choose(html, view);
        if (view.Runs.Count < 2) html.Add($"""<p class="empty">Choose two runs or more.</p>""");
        else
        {
            Values(html, view);
            Curves(html, view);
            Confusions(html, view);
        }
        html.Add($"</div>");
        return html.ToString();
    }

    private static void Choose(HtmlBuilder html, CompareView view)
    {
        html.Add($"""
            <details class="list-controls"><summary>Runs to compare</summary>
            <form id="controls" class="controls" action="{RunLink.Compare}" method="get" aria-label="Runs to compare"><div class="choices">
            """);
        foreach (var run in view.All)
        {
            html.Join($"""<label><input type="checkbox" id="c-{run.Id}" name="runs" """);
            html.Join($"""value="{run.Id}"{(view.State.Runs.Contains(run.Id) ? " checked" : "")}>""");
            html.Add($""" <span>{run.Name} <small>{run.Best?.Text ?? RunJson.Word(run.State)}</small></span></label>""");
        }
        html.Add($"""
            </div><input type="hidden" name="axis" value="{view.State.Axis}"><input type="hidden" name="matrix"
            value="{(view.State.Matrix ? "on" : "off")}">
            <p class="actions"><button class="primary unscripted">Compare</button></p></form></details>
            """);
    }

    private static void Values(HtmlBuilder html, CompareView view)
    {
        html.Add($"""<section class="piece" aria-labelledby="values-title"><h2 id="values-title">What is different</h2>""");
        html.Join($"""<div class="scroll" tabindex="0" role="region" aria-label="Table of differences"><table """);
        html.Join($"""class="plain"><thead><tr><td></td>""");
        foreach (var run in view.Runs) html.Join($"""<th scope="col"><a href="{RunLink.To(run.Id)}">{run.Name}</a></th>""");
        html.Join($"</tr></thead><tbody>");
        Row(html, "state", view.Runs.Select(run => RunJson.Word(run.State)));
        var bests = view.Runs.Select(run => run.Best).ToList();
        Row(html, "best", bests.Select(best => best is null ? "–" : $"{best.Text}, epoch {best.Epoch}"), BestOf(view));
        Row(html, "last", view.Runs.Select(run => run.Last is { } last ? $"{last.Text}, epoch {last.Epoch}" : "–"));
        Row(html, "trained for", view.Runs.Select(run => double.IsFinite(run.Seconds) ? ReportText.Duration(run.Seconds) : "–"));
        if (view.Runs.Select(run => run.Recipe).Distinct().Count() > 1) Row(html, "recipe", view.Runs.Select(run => run.Recipe));
        if (view.Runs.Select(run => run.Data).Distinct().Count() > 1) Row(html, "data", view.Runs.Select(run => run.Data));
        foreach (var (name, values) in view.Differences) Row(html, name, values.Select(value => value.Length == 0 ? "–"
            : RunDesk.Shortened(value)));
        html.Add($"</tbody></table></div>");
        if (view.Differences.Count == 0) html.Add($"""<p class="note">Their settings are the same.</p>""");
        if (view.Runs.Select(run => run.Metric).Distinct().Count() > 1)
            html.Add($"""<p class="notice">They measure different things, so their values cannot be compared.</p>""");
        Seeds(html, view);
        html.Add($"</section>");
    }

    private static int BestOf(CompareView view)
    {
        if (view.Runs.Any(run => run.Best is null) || view.Runs.Select(run => run.Metric).Distinct().Count() > 1) return -1;
        var isHigher = view.Runs[0].HigherIsBetter;
        return view.Runs.Select((run, place) => (place, run.Best!.Value)).MaxBy(one => isHigher ? one.Value : -one.Value).place;
    }

    private static void Row(HtmlBuilder html, string name, IEnumerable<string> values, int marked = -1)
    {
        html.Join($"""<tr><th scope="row">{name}</th>""");
        foreach (var (value, place) in values.Select((value, place) => (value, place)))
            if (place == marked) html.Join($"<td><b>{value}</b></td>");
            else html.Join($"<td>{value}</td>");
        html.Join($"</tr>");
    }

    private static void Seeds(HtmlBuilder html, CompareView view)
    {
        foreach (var group in view.Groups.Where(group => group.Count > 1 && group.All(run => run.Best is not null)))
        {
            var values = group.Select(run => run.Best!.Value).ToList();
            var format = group[0].Format;
            html.Add($"""
                <p>{group.Count} of them differ in the seed alone ({string.Join(", ", group.Select(run => run.Setting("seed")))}): best on
                average
                <b>{format(values.Average())}</b>, from {format(values.Min())} to {format(values.Max())}. A difference to another
                setting that is smaller than this range may be chance.</p>
                """);
        }
    }

    private static void Curves(HtmlBuilder html, CompareView view)
    {
        html.Add($"""<section class="piece" aria-labelledby="together-title"><h2 id="together-title">Curves</h2>""");
        html.Join($"""<p class="by" role="group" aria-label="What is to the right">""");
        foreach (var axis in (string[])["epoch", "time"])
            html.Join($"""<a data-state href="{To(view.State with { Axis = axis })}"{(axis == view.State.Axis ? " "
                + "aria-current=true" : "")}>{axis}</a> """);
        html.Add($"""</p><div class="charts">""");
        var one = view.Runs[0];
        var plots = new List<LinePlot>
        {
            Plot(view, "Validation loss", "Less is better.", ReportText.Number, epoch => epoch.ValidationLoss),
            Plot(view, "Training loss", "Less is better.", ReportText.Number, epoch => epoch.TrainLoss),
        };
        if (one.Metric != "loss" && view.Runs.All(run => run.Metric == one.Metric))
            plots.Insert(0, Plot(view, $"Validation {one.Metric}", one.HigherIsBetter ? "More is better." : "Less is better.", one.Format,
                epoch => epoch.ValidationMetric));
        foreach (var (plot, place) in plots.Select((plot, place) => (plot, place)))
        {
            html.Add($"""<div class="chart whole" id="together-{place}">""");
            plot.Render(html, $"together-{place}-plot");
            html.Add($"</div>");
        }
        html.Add($"</div></section>");
    }

    private static LinePlot Plot(CompareView view, string title, string caption, Func<double, string> format, Func<RunEpoch, double> value)
    {
        IReadOnlyList<(double X, double Y)> Points(RunSummary run) => [.. run.Epochs.Select(epoch =>
            (view.State.Axis == "time" ? epoch.TotalSeconds : epoch.Epoch, value(epoch))).Where(point => double.IsFinite(point.Item1)
            && double.IsFinite(point.Item2))];
        PlotLine Line(IReadOnlyList<RunSummary> group)
        {
            // Seeds are together where they stand at the same places, which times never do.
            if (group.Count == 1) return new PlotLine(group[0].Name, Points(group[0]));
            var (mean, range) = RunCurves.Together([.. group.Select(Points)]);
            return new PlotLine($"{group[0].Recipe}, {group.Count} seeds", mean) { Band = range };
        }
        var groups = view.State.Axis == "time" ? [.. view.Runs.Select(run => (IReadOnlyList<RunSummary>)[run])] : view.Groups;
        return new LinePlot
        {
            Title = title,
            Caption = caption + (groups.Any(group => group.Count > 1) ? " Seeds are one line, their mean, in the band of their range."
                : ""),
            Across = view.State.Axis == "time" ? "seconds of training" : "epoch",
            Format = format,
            Lines = [.. groups.Select(Line)],
        };
    }

    private static void Confusions(HtmlBuilder html, CompareView view)
    {
        var names = view.Runs.Take(2).Select(run => run.Name).ToList();
        html.Add($"""<section class="piece" aria-labelledby="matrix-title"><h2 id="matrix-title">Confusions that came and went</h2>""");
        if (view.Judged is not [var first, var second])
        {
            if (view.Fault.Length > 0) html.Add($"""<p class="notice">{view.Fault}</p>""");
            else if (view.Runs.Take(2).All(run => run.State == RunState.Complete))
                html.Add($"""
                    <p>{names[0]} and {names[1]} can be asked about every validation image.
                    <a class="button" data-state href="{To(view.State with { Matrix = true })}">Compare their confusions</a></p>
                    """);
            else html.Add($"""<p class="note">The first two runs have to be complete for that.</p>""");
        }
        else if (!first.ClassNames.SequenceEqual(second.ClassNames) || first.Images.Count != second.Images.Count)
            html.Add($"""<p class="notice">They were judged on different images or classes, so their confusions cannot be compared.</p>""");
        else if (first.ClassNames.Count > MostClasses)
            html.Add($"""<p class="note">There are {first.ClassNames.Count} classes, too many for a table.</p>""");
        else
        {
            var (better, worse) = (first.Images.Zip(second.Images).Count(pair => !pair.First.IsRight && pair.Second.IsRight),
                first.Images.Zip(second.Images).Count(pair => pair.First.IsRight && !pair.Second.IsRight));
            html.Add($"""
                <p>{names[1]} less {names[0]}. {ReportText.Count(better, "image")} became right, {ReportText.Count(worse, "image")} became
                wrong.
                Orange beside the diagonal: more mistakes; blue on it: more right answers.</p>
                """);
            var largest = 1.0;
            foreach (var row in Enumerable.Range(0, first.ClassNames.Count))
                foreach (var column in Enumerable.Range(0, first.ClassNames.Count))
                    largest = Math.Max(largest, Math.Abs(second.Counts[row, column] - first.Counts[row, column]));
            ConfusionTable.Write(html, first.ClassNames, "Difference of the confusions", (row, column) =>
            {
                var change = second.Counts[row, column] - first.Counts[row, column];
                return new(change == 0 ? "0" : change > 0 ? $"+{change}" : $"−{-change}", change / largest,
                    RunLink.Mistakes(view.Runs[1].Id, $"cell={row}_{column}"),
                        $"{first.ClassNames[row]} taken for {first.ClassNames[column]}: "
                    + $"{first.Counts[row, column]}, then {second.Counts[row, column]}", false)
                { Leaves = true };
            });
        }
        html.Add($"</section>");
    }

    private static string To(CompareState state) => state.Query is { Length: > 0 } query ? $"{RunLink.Compare}?{query}" : RunLink.Compare;
}
