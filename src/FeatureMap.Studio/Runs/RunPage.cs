using System.Globalization;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the page of a run stands at.</summary>
/// <param name="Axis">What is to the right: epoch, step or time.</param>
/// <param name="Smooth">How much of the value before is kept, 0 to 0.99.</param>
/// <param name="Epoch">The epoch whose matrix, answers, kernels and maps are shown; 0 for the newest.</param>
/// <param name="IsWhole">Whether tables have all rows.</param>
internal sealed record RunPageState(string Axis, double Smooth, int Epoch, bool IsWhole)
{
    private const int MostEpochs = 10_000_000, FewRows = 30, AllRows = 20_000;

    /// <summary>How many rows of a table are shown.</summary>
    public int Rows => IsWhole ? AllRows : FewRows;

    public string Query => RunQuery.Written([("axis", Axis == "epoch" ? "" : Axis), ("smooth", Smooth == 0 ? "" : $"{Smooth}"),
        ("epoch", Epoch == 0 ? "" : $"{Epoch}"), ("rows", IsWhole ? "all" : "")]);

    public static RunPageState Parse(string query)
    {
        var read = new RunQuery("A run", query, ["axis", "smooth", "epoch", "rows"]);
        return new(read.Word("axis", "epoch", "step", "time"), read.Number("smooth", 0, 0, 0.99),
            (int)read.Number("epoch", 0, 0, MostEpochs), read.Word("rows", "few", "all") == "all");
    }
}

/// <summary>The page of a run: what it is doing, its curves, its settings and what can be done with it.</summary>
internal static class RunPage
{
    public static string Page(RunDetail run, RunPageState state, HistoryView history, ReportKernels? kernels, string place, long number) =>
        PageFrame.Of(run.Summary.Name, "runs", html =>
        {
            html.Add($"""
                <main id="content" class="runs" data-form><header class="head"><p class="crumbs"><a href="{RunLink.List}">Runs</a></p>
                <h1>{run.Summary.Name}</h1></header>
                """);
            html.Add(Stage(run, state, history, place, number));
            Kernels(html, kernels);
            html.Add($"</main>");
        });

    /// <summary>What depends on the state, in pieces: of a run that trains few of them change with an epoch.</summary>
    public static HtmlBuilder Stage(RunDetail run, RunPageState state, HistoryView history, string place, long number)
    {
        var (html, one) = (new HtmlBuilder { HasNarrowCharts = true }, run.Summary);
        state = state with { Epoch = history.Asked };
        html.Join($"""<div id="stage" class="wide" data-page="{RunLink.To(one.Id)}" data-query="{state.Query}" """);
        html.Add($"""data-topic="{RunWatcher.TopicOf(one.Id)}" data-seq="{number.ToString(CultureInfo.InvariantCulture)}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        html.Piece(() => State(html, one));
        html.Piece(() => Actions(html, one, place));
        html.Piece(() => Curves(html, run, state));
        html.Piece(() => LayersSection.Write(html, run, state));
        html.Piece(() => HistorySection.Write(html, one, state, history));
        html.Piece(() => Note(html, one));
        html.Piece(() => Settings(html, one));
        html.Piece(() => Log(html, run));
        html.Add($"</div>");
        return html;
    }

    private static void State(HtmlBuilder html, RunSummary run)
    {
        html.Add($"""<section class="piece" id="run-state" aria-labelledby="state-title"><h2 id="state-title">""");
        html.Add($"""<span class="state {RunJson.Word(run.State)}">{RunJson.Word(run.State)}</span> {Sentence(run)}</h2>""");
        if (run.Fault.Length > 0) html.Add($"""<p class="notice">{run.Fault}</p>""");
        if (run.DamagedRows > 0)
        {
            html.Join($"""<p class="notice">{ReportText.Count(run.DamagedRows, "row")} of the log cannot be read and stay out of the """);
            html.Add($"""curves.</p>""");
        }
        if (run.Live is { } live)
        {
            var share = RunJson.Share(live);
            html.Join($"""<progress class="bar-of-run" data-live="share" max="1" """);
            html.Join($"""value="{share.ToString("0.####", CultureInfo.InvariantCulture)}" aria-label="part of the training that is """);
            html.Add($"""done"></progress>""");
            html.Add($"""<dl class="figures">""");
            foreach (var one in RunJson.Texts(run, live)) LiveFact(html, one);
            html.Add($"</dl>");
        }
        html.Add($"""<dl class="figures">""");
        foreach (var one in RunJson.Results(run)) LiveFact(html, one);
        Fact(html, "recipe", run.Recipe.Length > 0 ? run.Recipe : "–");
        Fact(html, "data", run.Data.Length > 0 ? $"{run.Data}, {run.Images.Training:N0} + {run.Images.Validation:N0} images" : "–");
        Fact(html, "begun", run.Begun.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
        if (double.IsFinite(run.Seconds)) Fact(html, "trained for", ReportText.Duration(run.Seconds));
        html.Add($"</dl></section>");
    }

    private static string Sentence(RunSummary run) => run.State switch
    {
        RunState.Running => run.Live is { } live ? $"epoch {live.Epoch:N0} of {live.Epochs:N0}" : "getting ready",
        RunState.Complete => run.Epochs.Count > 0 ? $"after {ReportText.Count(run.Epochs.Count, "epoch")}" : "",
        RunState.Stopped => run.EpochCount > 0 ? $"after {run.Epochs.Count:N0} of {ReportText.Count(run.EpochCount, "epoch")}; it can go on"
            : "before its end",
        _ => "its process was killed; it can go on from its last checkpoint",
    };

    private static void LiveFact(HtmlBuilder html, (string Name, string Title, string Text) one) =>
        html.Add($"""<div><dt>{one.Title}</dt><dd data-live="{one.Name}">{one.Text}</dd></div>""");

    private static void Fact(HtmlBuilder html, string name, string text) => html.Add($"<div><dt>{name}</dt><dd>{text}</dd></div>");

    private static void Actions(HtmlBuilder html, RunSummary run, string place)
    {
        html.Add($"""<section class="piece" id="run-actions" aria-label="What can be done"><p class="actions">""");
        var api = $"/api/runs/{Uri.EscapeDataString(run.Id)}";
        if (run.State == RunState.Running)
        {
            html.Join($"""<button type="button" class="primary scripted" id="act-stop" data-post="{api}/stop">Stop after this """);
            html.Add($"""step</button>""");
        }
        if (run.CanResume)
            html.Add($"""<button type="button" class="primary scripted" id="act-resume" data-post="{api}/resume">Resume</button>""");
        if (run.State == RunState.Complete)
        {
            if (MakesChoices(run)) html.Add($"""<a class="button primary" href="{RunLink.Mistakes(run.Id)}">Mistakes</a>""");
            html.Add($"""<a class="button" href="{TryPage.Path}?models={run.Id}">Try it</a>""");
            html.Add($"""<a class="button" href="/walk/{Uri.EscapeDataString(run.Id)}">Walk through it</a>""");
        }
        if (run.Recipe.Length > 0 && !run.Recipe.StartsWith("lab:", StringComparison.Ordinal) && run.Fault.Length == 0)
        {
            html.Add($"""<a class="button" href="{RunLink.Train}?like={Uri.EscapeDataString(run.Id)}">Run again with changes</a>""");
            if (run.State == RunState.Complete)
            {
                html.Join($"""<a class="button" href="{RunLink.Train}?like={Uri.EscapeDataString(run.Id)}&amp;longer=on">Go on """);
                html.Add($"""longer</a>""");
            }
        }
        html.Add($"""<a class="button" href="{RunLink.Compare}?runs={Uri.EscapeDataString(run.Id)}">Compare</a>""");
        html.Add($"""<a class="button" href="{RunLink.To(run.Id)}/file" download>Save as one file</a></p>""");
        if (run.State == RunState.Complete)
        {
            html.Add($"""<div id="act-take" data-keep>""");
            TryColumnWriter.Exports(html, run.Id);
            html.Add($"</div>");
        }
        if (run.State == RunState.Running)
            html.Add($"""
                <p class="note">In a terminal: <code>featuremap stop {place}</code>. It ends after the running step, saves everything and
                can be
                resumed.</p>
                """);
        else if (run.CanResume)
            html.Add($"""<p class="note">In a terminal: <code>featuremap train --resume {place}</code></p>""");
        else if (run.State == RunState.Complete && !MakesChoices(run))
        {
            html.Join($"""<p class="note">It makes no choice between classes, so there is no page of mistakes. In a terminal: """);
            html.Add($"""<code>featuremap evaluate {place}</code></p>""");
        }
        html.Add($"""<p class="said" id="act-said" role="status" data-keep></p></section>""");
    }

    // What is measured of boxes, masks, pictures, labels and numbers, and where nothing but the loss is.
    private static bool MakesChoices(RunSummary run) => run.Metric is not ("mAP50" or "pixel error" or "IoU" or "Dice" or "PSNR" or "mAP"
        or "MAE" or "scaled error" or "loss");

    private static void Curves(HtmlBuilder html, RunDetail run, RunPageState state)
    {
        var one = run.Summary;
        html.Add($"""<section class="piece" id="run-curves" aria-labelledby="curves-title"><h2 id="curves-title">Curves</h2>""");
        Controls(html, one, state);
        if (one.Epochs.Count == 0 && run.Steps.Count == 0)
        {
            html.Add($"""<p class="note">No epoch has ended yet; curves begin with the first.</p></section>""");
            return;
        }
        html.Add($"""<div class="charts">""");
        var plots = RunPlots.Of(run, state.Axis, state.Smooth);
        foreach (var (plot, index) in plots.Select((plot, index) => (plot, index)))
        {
            html.Add($"""<div class="chart" id="curve-{index}">""");
            plot.Render(html, $"curve-{index}-plot");
            html.Add($"</div>");
        }
        html.Add($"</div>");
        Table(html, one, state);
        html.Add($"</section>");
    }

    private static void Controls(HtmlBuilder html, RunSummary run, RunPageState state)
    {
        html.Join($"""<form id="controls" class="controls inline" action="{RunLink.To(run.Id)}" method="get" aria-label="How curves """);
        html.Add($"""are drawn"><div class="fields">""");
        html.Join($"""<fieldset class="field radios"><legend>to the right</legend><div>""");
        foreach (var axis in (string[])["epoch", "step", "time"])
        {
            html.Join($"""<label><input type="radio" id="c-axis-{axis}" name="axis" """);
            html.Join($"""value="{axis}"{(axis == state.Axis ? " checked" : "")}>""");
            html.Join($"<span>{axis}</span></label>");
        }
        var smooth = state.Smooth.ToString(CultureInfo.InvariantCulture);
        html.Add($"""
            </div></fieldset><div class="field number"><label for="c-smooth">smoothing <small>part of the value before that is
            kept</small></label>
            <input type="range" min="0" max="0.99" step="0.01" value="{smooth}" data-slides="c-smooth" aria-label="smoothing">
            <input type="number" id="c-smooth" name="smooth" min="0" max="0.99" step="0.01" value="{smooth}"></div></div>
            <p class="actions unscripted"><button class="primary">Draw</button></p>
            """);
        if (state.IsWhole) html.Add($"""<input type="hidden" name="rows" value="all">""");
        html.Add($"</form>");
    }

    /// <summary>The address of the same page with all rows of its tables.</summary>
    public static string Whole(RunSummary run, RunPageState state) => RunLink.To(run.Id, (state with { IsWhole = true }).Query);

    private static void Table(HtmlBuilder html, RunSummary run, RunPageState state) => ChartWriter.AsTable(html,
        $"Epochs of {run.Name}, the newest first",
        ["epoch", "step", "training loss", "validation loss", $"training {run.Metric}", $"validation {run.Metric}", "rate", "seconds",
            "images/s"],
        run.Epochs.Reverse().Select(epoch => (IReadOnlyList<string>)
        [
            $"{epoch.Epoch}", $"{epoch.Step:N0}", ReportText.Number(epoch.TrainLoss), ReportText.Number(epoch.ValidationLoss),
            Metric(run, epoch.TrainMetric), Metric(run, epoch.ValidationMetric), ReportText.Number(epoch.LearningRate),
            ReportText.Number(epoch.Seconds, "0.0"), ReportText.Number(epoch.ImagesPerSecond),
        ]), state.Rows, Whole(run, state));

    private static string Metric(RunSummary run, double value) => double.IsFinite(value) ? run.Format(value) : "–";

    private static void Note(HtmlBuilder html, RunSummary run)
    {
        html.Add($"""<section class="piece" id="run-note" aria-labelledby="note-title"><h2 id="note-title">Note</h2>""");
        html.Add($"""
            <div class="note-of-run scripted" data-keep data-note="/api/runs/{Uri.EscapeDataString(run.Id)}/note">
            <label for="note-text" class="unseen">Note about this run</label><textarea id="note-text" rows="3"
            maxlength="4000">{run.Note}</textarea>
            <p class="actions"><button type="button" id="note-save">Save the note</button><span role="status"
            id="note-said"></span></p></div>
            <p class="unscripted">{(run.Note.Length > 0 ? run.Note : "None. With scripts one can be written here.")}</p></section>
            """);
    }

    private static void Settings(HtmlBuilder html, RunSummary run)
    {
        if (run.Settings.Count == 0) return;
        var changed = run.Settings.Where(one => one.IsChanged).ToList();
        html.Add($"""<section class="piece" id="run-settings" aria-labelledby="settings-title"><h2 id="settings-title">Settings</h2>""");
        html.Add($"""<p class="note">{(changed.Count == 0 ? "All as the recipe has "
            + "them." : $"{ReportText.Count(changed.Count, "setting")} not as the recipe has it.")}</p>""");
        if (changed.Count > 0)
        {
            html.Join($"""<div class="scroll"><table class="plain"><thead><tr><th scope="col">setting</th><th scope="col">here</th>""");
            html.Join($"""<th scope="col">in the recipe</th></tr></thead><tbody>""");
            foreach (var one in changed)
                html.Join($"""<tr><th scope="row">{one.Name}</th><td>{Shown(one.Text)}</td><td>{Shown(one.Usual)}</td></tr>""");
            html.Add($"</tbody></table></div>");
        }
        html.Add($"""<details class="as-table"><summary>All settings</summary><dl class="values">""");
        foreach (var one in run.Settings) html.Add($"<div><dt>{one.Name}</dt><dd>{Shown(one.Text)}</dd></div>");
        html.Add($"</dl></details></section>");
    }

    private static string Shown(string text) => text.Length == 0 ? "–" : RunDesk.Shortened(text);

    private static void Log(HtmlBuilder html, RunDetail run)
    {
        if (run.Log.Count == 0) return;
        html.Add($"""
            <section class="piece" id="run-log" aria-labelledby="log-title"><h2 id="log-title">Log</h2><details class="as-table">
            <summary>The last {ReportText.Count(run.Log.Count, "row")} of log.jsonl</summary>
            <pre class="log" tabindex="0" role="region" aria-label="Rows of the log">{string.Join('\n', run.Log)}</pre></details></section>
            """);
    }

    private static void Kernels(HtmlBuilder html, ReportKernels? kernels)
    {
        if (kernels is null) return;
        html.Add($"""
            <section class="piece" aria-labelledby="kernels-title"><h2 id="kernels-title">Kernels of {kernels.Layer}</h2>
            <p class="note">The weights of the first convolution, one picture for each output channel: blue is negative, red positive.
            Edges, bars and blobs say that it learned; noise everywhere says that it did not, or not long enough.</p>
            """);
        PictureSection.Kernels(html, kernels);
        html.Add($"</section>");
    }
}
