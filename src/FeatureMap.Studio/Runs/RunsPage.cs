using System.Globalization;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the list of runs stands at; it is its address.</summary>
/// <param name="Columns">The columns, in the order of the list of all.</param>
/// <param name="Sort">What it is sorted by.</param>
internal sealed record RunsState(IReadOnlyList<string> Columns, string Sort)
{
    /// <summary>Every column: its name, what it says, and whether it is there at first.</summary>
    public static IReadOnlyList<(string Name, string Title, bool IsUsual)> All { get; } =
    [
        ("recipe", "recipe", true), ("data", "data", false), ("network", "network", false), ("epochs", "epochs", true),
        ("metric", "judged by", true), ("best", "best", true), ("last", "last", true), ("loss", "least validation loss", false),
        ("curve", "curve", true), ("time", "time", true), ("speed", "images/s", false), ("begun", "begun", true),
        ("seed", "seed", false), ("batch-size", "batch", false), ("optimizer", "optimizer", false), ("schedule", "schedule", false),
        ("augmentation", "augmentation", false), ("note", "note", false),
    ];

    private static readonly string[] Sorts = ["begun", "best", "last", "name", "time"];

    private static IReadOnlyList<string> Usual => [.. All.Where(one => one.IsUsual).Select(one => one.Name)];

    public string Query => RunQuery.Written([("columns", Columns.SequenceEqual(Usual) ? "" : string.Join(',', Columns)),
        ("sort", Sort == Sorts[0] ? "" : Sort)]);

    public static RunsState Parse(string query)
    {
        var read = new RunQuery("Runs", query, ["columns", "sort"], ["columns"]);
        var asked = read.All("columns");
        if (asked.FirstOrDefault(name => All.All(one => one.Name != name)) is { } unknown)
            throw new UsageException($"Runs has no column '{Descriptions.ValueKind.Shortened(unknown)}'."
                + NearestName.Suggest(unknown, All.Select(one => one.Name)));
        return new(asked.Count == 0 ? Usual : [.. All.Select(one => one.Name).Where(asked.Contains)], read.Word("sort", Sorts));
    }

    /// <summary>The runs in this order; what is judged by different things is not compared.</summary>
    public IReadOnlyList<RunSummary> Sorted(IReadOnlyList<RunSummary> runs) => Sort switch
    {
        "best" => [.. runs.OrderBy(run => run.Metric, StringComparer.Ordinal).ThenByDescending(run => Rank(run, run.Best))],
        "last" => [.. runs.OrderBy(run => run.Metric, StringComparer.Ordinal).ThenByDescending(run => Rank(run, run.Last))],
        "name" => [.. runs.OrderBy(run => run.Name, StringComparer.Ordinal)],
        "time" => [.. runs.OrderByDescending(run => double.IsNaN(run.Seconds) ? 0 : run.Seconds)],
        _ => runs,
    };

    private static double Rank(RunSummary run, RunValue? value) => value is null ? double.NegativeInfinity
        : run.HigherIsBetter ? value.Value : -value.Value;

    public static IReadOnlyList<string> SortWords => Sorts;
}

/// <summary>The page Runs: every run of the project, whoever trains it, in one table.</summary>
internal static class RunsPage
{
    public static string Page(RunsState state, IReadOnlyList<RunSummary> runs, TrainingQueue queue, long number) =>
        PageFrame.Of("Runs", "runs", html =>
        {
            html.Add($"""
                <main id="content" class="runs" data-form><header class="head"><h1>Runs</h1>
                <p class="lead">Every training of this project, whether it was begun here, in a terminal or by a program.</p></header>
                """);
            html.AddStyle(Stage(state, runs, queue, number));
            html.Add($"</main>");
        });

    public static string Stage(RunsState state, IReadOnlyList<RunSummary> runs, TrainingQueue queue, long number)
    {
        var html = new HtmlBuilder();
        html.Join($"""<div id="stage" class="wide" data-page="{RunLink.List}" data-query="{state.Query}" """);
        html.Add($"""data-topic="{RunWatcher.All}" data-seq="{number.ToString(CultureInfo.InvariantCulture)}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        Starts(html, queue);
        if (runs.Count == 0)
            html.Add($"""
                <section class="piece empty"><p>Nothing has been trained yet. <a href="{RunLink.Train}">Train a network</a>, or in a
                terminal:
                <code>featuremap train</code></p></section>
                """);
        else Table(html, state, runs);
        html.Add($"</div>");
        return html.ToString();
    }

    /// <summary>What was begun here and has no page of its own yet.</summary>
    public static void Starts(HtmlBuilder html, TrainingQueue queue)
    {
        var shown = queue.Starts.Where(start => start.State is StartState.Waiting or StartState.Preparing or StartState.Failed).ToList();
        if (shown.Count == 0) return;
        html.Add($"""<section class="piece" aria-labelledby="starts-title"><h2 id="starts-title">Begun here</h2><ul class="starts">""");
        foreach (var start in shown)
        {
            html.Join($"""<li id="{start.Id}" class="card"><p><span class="state {State(start)}">{State(start)}</span> """);
            html.Join($"""<code>{start.Command}</code></p>""");
            if (start.State == StartState.Failed) html.Join($"""<p class="notice">{start.Fault}</p>""");
            else if (start.Lines is [.., var last]) html.Join($"""<p class="note">{last}</p>""");
            if (start.State != StartState.Preparing)
            {
                html.Join($"""<p class="actions"><button type="button" class="scripted" data-post="/api/starts/{start.Id}/drop">""");
                html.Join($"""{(start.State == StartState.Failed ? "Forget it" : "Do not begin it")}</button></p>""");
            }
            html.Add($"</li>");
        }
        html.Join($"""</ul><p class="note">One training or lab runs at a time. What waits is begun by this studio, as long as it is """);
        html.Add($"""open.</p></section>""");
    }

    private static string State(TrainingStart start) => $"{start.State}".ToLowerInvariant();

    private static void Table(HtmlBuilder html, RunsState state, IReadOnlyList<RunSummary> runs)
    {
        Controls(html, state);
        html.Add($"""
            <section class="piece" aria-labelledby="list-title"><h2 id="list-title" class="unseen">List</h2>
            <form action="{RunLink.Compare}" method="get" data-leave>
            <div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="plain runs-table">
            """);
        html.Join($"""<thead><tr><th scope="col"><span class="unseen">Compare</span></th><th scope="col">run</th><th """);
        html.Join($"""scope="col">state</th>""");
        var columns = RunsState.All.Where(one => state.Columns.Contains(one.Name)).ToList();
        foreach (var (_, title, _) in columns) html.Join($"""<th scope="col">{title}</th>""");
        html.Add($"</tr></thead><tbody>");
        foreach (var run in state.Sorted(runs))
        {
            html.Join($"""<tr id="row-{run.Id}"><td><input type="checkbox" name="runs" value="{run.Id}" aria-label="Compare """);
            html.Join($"""{run.Name}"></td>""");
            html.Join($"""<th scope="row"><a href="{RunLink.To(run.Id)}">{run.Name}</a></th>""");
            html.Join($"""<td><span class="state {RunJson.Word(run.State)}">{RunJson.Word(run.State)}</span></td>""");
            foreach (var (name, _, _) in columns) Cell(html, run, name);
            html.Add($"</tr>");
        }
        html.Add($"""
            </tbody></table></div><p class="actions"><button class="primary">Compare those that are marked</button>
            <a class="button" href="{RunLink.Train}">Train another</a></p></form></section>
            """);
    }

    private static void Controls(HtmlBuilder html, RunsState state)
    {
        html.Add($"""
            <details class="list-controls"><summary>Columns and order</summary>
            <form id="controls" class="controls" action="{RunLink.List}" method="get" aria-label="Columns and order"><div class="fields">
            <fieldset class="field"><legend>columns</legend><div class="choices">
            """);
        foreach (var (name, title, _) in RunsState.All)
        {
            html.Join($"""<label><input type="checkbox" id="c-{name}" name="columns" """);
            html.Join($"""value="{name}"{(state.Columns.Contains(name) ? " checked" : "")}>""");
            html.Add($""" <span>{title}</span></label>""");
        }
        html.Join($"""</div></fieldset><div class="field"><label for="c-sort">order</label><select id="c-sort" name="sort">""");
        foreach (var word in RunsState.SortWords)
            html.Join($"""<option value="{word}"{(word == state.Sort ? " selected" : "")}>{word}</option>""");
        html.Add($"""
            </select></div></div><p class="actions"><button class="primary unscripted">Show</button>
            <a class="button" data-state href="{RunLink.List}">Reset</a></p></form></details>
            """);
    }

    private static void Cell(HtmlBuilder html, RunSummary run, string column)
    {
        switch (column)
        {
            case "best" or "last":
                var value = column == "best" ? run.Best : run.Last;
                html.Join($"""<td class="number">{value?.Text ?? "–"}""");
                if (value is not null) html.Join($"""<small>epoch {value.Epoch}</small>""");
                html.Join($"</td>");
                break;
            case "metric":
                html.Join($"""<td title="{Meaning(run.Metric)}">{run.Metric}""");
                if (!run.HigherIsBetter) html.Join($"""<small>less is better</small>""");
                html.Join($"</td>");
                break;
            case "curve":
                html.Join($"<td>");
                Sparkline(html, run);
                html.Join($"</td>");
                break;
            default:
                html.Join($"""<td>{Text(run, column)}</td>""");
                break;
        }
    }

    private static string Meaning(string metric) => metric switch
    {
        "accuracy" => "the share of right answers",
        "mAP" => "several labels an image: the mean over the labels of their average precision",
        "MAE" => "numbers: the mean absolute error, in their own unit",
        "scaled error" => "several numbers an image: the mean absolute error, each in standard deviations",
        "mAP50" => "boxes: the mean average precision, found where half of a box overlaps",
        "IoU" or "Dice" => "masks: how much of answer and target overlaps",
        "pixel error" => "masks: the share of wrong pixels",
        "PSNR" => "pictures: peak signal to noise ratio",
        _ => metric,
    };

    private static string Text(RunSummary run, string column) => column switch
    {
        "recipe" => run.Recipe.Length > 0 ? run.Recipe : "–",
        "data" => run.Data.Length > 0 ? run.Data : "–",
        "loss" => ReportText.Number(run.Epochs.Select(epoch => epoch.ValidationLoss).Where(double.IsFinite)
            .DefaultIfEmpty(double.NaN).Min()),
        "epochs" => run.EpochCount > 0 ? $"{run.Epochs.Count:N0} of {run.EpochCount:N0}" : $"{run.Epochs.Count:N0}",
        "time" => double.IsFinite(run.Seconds) ? ReportText.Duration(run.Seconds) : "–",
        "speed" => run.Epochs is [.., var last] ? ReportText.Number(last.ImagesPerSecond) : "–",
        "begun" => run.Begun.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        "note" => run.Note,
        _ => run.Setting(column),
    };

    /// <summary>The validation metric over the epochs as a small line; its numbers are said to who does not see it.</summary>
    private static void Sparkline(HtmlBuilder html, RunSummary run)
    {
        var values = run.Epochs.Select(epoch => run.Metric == "loss" ? epoch.ValidationLoss : epoch.ValidationMetric)
            .Where(double.IsFinite).ToList();
        if (values.Count < 2) return;
        const int width = 96, height = 24, most = 96;
        if (values.Count > most) values = [.. Enumerable.Range(0, most).Select(i => values[i * (values.Count - 1) / (most - 1)])];
        var (least, span) = (values.Min(), Math.Max(values.Max() - values.Min(), 1e-12));
        html.Join($"""<svg class="spark train" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" """);
        html.Join($"""aria-label="{run.Metric} from {run.Format(values[0])} to {run.Format(values[^1])}"><polyline class="line" """);
        html.Join($"""points=" """);
        for (var i = 0; i < values.Count; i++)
            html.Join($"""{2 + (i * (width - 4.0) / (values.Count - 1))},{height - 3 - ((values[i] - least) / span * (height - 6))} """);
        html.Join($""" "/></svg>""");
    }
}
