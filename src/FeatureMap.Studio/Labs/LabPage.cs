using System.Globalization;
using System.Text.RegularExpressions;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>The page of a lab that was begun: where it is, its trainings with their curves, and its figures.</summary>
internal static partial class LabPage
{
    /// <summary>What stands above every small version.</summary>
    public const string DecidesNothing = "The small version shows what the lab does. Its figures decide nothing: too few images, epochs "
        + "and seeds.";

    private const int MostLines = 12, LongestValue = 160;

    public static string Page(LabSummary lab, IReadOnlyList<RunSummary> trainings, string place, long number) => PageFrame.Of(lab.Name,
        "labs", html =>
    {
        html.Add($"""
            <main id="content" class="runs" data-form><header class="head"><p class="crumbs"><a href="{LabLink.List}">Labs</a></p>
            <h1>{lab.Name}</h1><p class="lead">{lab.Lab?.Question ?? "It is not known what it asks."}</p></header>
            """);
        html.AddStyle(Stage(lab, trainings, place, number));
        html.Add($"</main>");
    });

    public static string Stage(LabSummary lab, IReadOnlyList<RunSummary> trainings, string place, long number)
    {
        var html = new HtmlBuilder { HasNarrowCharts = true };
        html.Join($"""<div id="stage" class="wide" data-page="{LabLink.To(lab.Id)}" data-query="" """);
        html.Add($"""data-topic="{LabTopics.TopicOf(lab.Id)}" data-seq="{number.ToString(CultureInfo.InvariantCulture)}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        if (lab.IsQuick) html.Add($"""<p class="problem" role="note" id="decides-nothing">{DecidesNothing}</p>""");
        State(html, lab);
        Actions(html, lab, place);
        Curves(html, trainings);
        Trainings(html, lab, trainings);
        Measured(html, lab);
        Settings(html, lab);
        html.Add($"</div>");
        return html.ToString();
    }

    private static void State(HtmlBuilder html, LabSummary lab)
    {
        html.Add($"""<section class="piece" aria-labelledby="state-title"><h2 id="state-title">""");
        html.Add($"""<span class="state {RunJson.Word(lab.State)}">{RunJson.Word(lab.State)}</span> {Sentence(lab)}</h2>""");
        if (lab.Fault.Length > 0) html.Add($"""<p class="notice">{lab.Fault}</p>""");
        if (lab.Progress is { } progress)
        {
            html.Join($"""<progress class="bar-of-run" data-live="share" max="1" """);
            html.Join($"""value="{progress.Share.ToString("0.####", CultureInfo.InvariantCulture)}" """);
            html.Add($"""aria-label="part of the lab that is done"></progress>""");
            html.Add($"""<dl class="figures">""");
            foreach (var (name, title, text) in LabJson.Texts(progress))
                html.Add($"""<div><dt>{title}</dt><dd data-live="{name}">{text}</dd></div>""");
            html.Add($"</dl>");
        }
        html.Add($"""<dl class="figures">""");
        Fact(html, "lab", lab.Lab?.Name ?? "–");
        Fact(html, "data", lab.Data.Length > 0 ? lab.Data : "–");
        Fact(html, "begun", lab.Begun.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
        if (lab.Figures is { } figures) Fact(html, "trainings took", ReportText.Duration(figures.Seconds));
        html.Add($"</dl></section>");
    }

    private static string Sentence(LabSummary lab) => lab.State switch
    {
        RunState.Running => lab.Progress is { Lab.Now: { Length: > 0 } now } ? now : "getting ready",
        RunState.Complete => "its page is written",
        RunState.Stopped => "before its end; it can go on",
        _ => "its process was killed; it can go on from what is done",
    };

    private static void Actions(HtmlBuilder html, LabSummary lab, string place)
    {
        var api = $"/api/labs/{Uri.EscapeDataString(lab.Id)}";
        html.Add($"""<section class="piece" aria-label="What can be done"><p class="actions">""");
        if (lab.State == RunState.Running)
            html.Add($"""
                <button type="button" class="primary scripted" id="act-stop" data-post="{api}/stop">Stop after this step</button>
                """);
        if (lab.CanResume)
            html.Add($"""<button type="button" class="primary scripted" id="act-resume" data-post="{api}/resume">Go on</button>""");
        if (lab.HasPage)
            html.Add($"""
                <a class="button{(lab.State == RunState.Complete ? " primary" : "")}" id="lab-page"
                href="{LabLink.Page(lab.Id)}">Read its page</a>
                """);
        if (lab.Lab is { } known)
        {
            var changed = lab.Settings.Where(one => one.IsChanged && one.Name != "threads").Select(one => (one.Name, one.Text))
                .Prepend((LabFormState.Size, lab.IsQuick ? LabFormState.Quick : ""));
            html.Add($"""<a class="button" href="{LabLink.To(known.Name, RunQuery.Written(changed))}">Run again with changes</a>""");
            if (lab.IsQuick) html.Add($"""<a class="button" href="{LabLink.To(known.Name)}">The whole lab</a>""");
        }
        html.Add($"</p>");
        if (lab.State == RunState.Running)
            html.Add($"""
                <p class="note">In a terminal: <code>featuremap stop {place}</code>. It ends after the running step, and everything is
                saved.</p>
                """);
        else if (lab.CanResume)
            html.Add($"""<p class="note">In a terminal: <code>featuremap lab --resume {place}</code></p>""");
        html.Add($"""<p class="said" role="status" data-keep></p></section>""");
    }

    // One line for each contender: the mean of its seeds, between the lowest and the highest of them. Trainings of other lengths, such as
    // searches for a rate, have no part in it.
    private static void Curves(HtmlBuilder html, IReadOnlyList<RunSummary> trainings)
    {
        var ofMetric = trainings.Where(run => run.Epochs.Count > 0).GroupBy(run => run.Metric).ToList();
        if (ofMetric.Count == 0) return;
        html.Add($"""<section class="piece" aria-labelledby="curves-title"><h2 id="curves-title">Curves</h2><div class="charts">""");
        foreach (var (place, group) in ofMetric.Index())
        {
            var most = group.Max(run => Math.Max(run.EpochCount, run.Epochs.Count));
            var lines = group.Where(run => Math.Max(run.EpochCount, run.Epochs.Count) == most).GroupBy(run => Contender(run.Name))
                .Select(one => Line(one.Key, [.. one])).Where(line => line.Points.Count > 0).ToList();
            var format = group.First().Format;
            html.Add($"""<div class="chart" id="curve-{place}">""");
            new LinePlot
            {
                Title = $"Validation {group.Key}",
                Caption = $"{(group.First().HigherIsBetter ? "More" : "Less")} is better; the axis does not begin at zero. The mean of the "
                    + "seeds that are done, and the band between the lowest and the highest.",
                Lines = [.. lines.Take(MostLines)],
                Format = format,
                TickFormat = format,
                Reading = lines.Count > MostLines ? $"The first {MostLines} of {lines.Count} are drawn; the table has all trainings." : "",
            }.Render(html, $"curve-{place}-plot");
            html.Add($"</div>");
        }
        html.Add($"</div></section>");
    }

    private static PlotLine Line(string name, IReadOnlyList<RunSummary> seeds)
    {
        static double Value(RunSummary run, RunEpoch epoch) => run.Metric == "loss" ? epoch.ValidationLoss : epoch.ValidationMetric;
        var epochs = seeds.SelectMany(run => run.Epochs.Select(epoch => (epoch.Epoch, Value: Value(run, epoch))))
            .Where(one => double.IsFinite(one.Value)).GroupBy(one => one.Epoch).OrderBy(group => group.Key).ToList();
        return new PlotLine(name, [.. epochs.Select(group => ((double)group.Key, group.Average(one => one.Value)))])
        {
            Band = seeds.Count < 2 ? [] : [.. epochs.Select(group => ((double)group.Key, group.Min(one => one.Value), group.Max(one =>
                one.Value)))],
        };
    }

    // The folder of a training is its name, with the seed at the end.
    private static string Contender(string name) => Seed().Replace(Path.GetFileName(name), "") is { Length: > 0 } known ? known : name;

    private static void Trainings(HtmlBuilder html, LabSummary lab, IReadOnlyList<RunSummary> trainings)
    {
        if (trainings.Count == 0) return;
        html.Add($"""
            <section class="piece" aria-labelledby="trainings-title"><h2 id="trainings-title">Trainings</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Trainings of the lab"><table class="plain runs-table">
            <thead><tr><th scope="col">training</th><th scope="col">state</th><th scope="col">epochs</th><th scope="col">best</th><th
            scope="col">last</th><th scope="col">time</th></tr></thead><tbody>
            """);
        foreach (var run in trainings)
        {
            var word = RunJson.Word(run.State);
            var name = lab.Figures?.Trainings.FirstOrDefault(one => one.Folder == Path.GetFileName(run.Name))?.Name
                ?? Path.GetFileName(run.Name);
            html.Join($"""<tr id="row-{run.Id}"><th scope="row"><a href="{RunLink.To(run.Id)}">{name}</a></th>""");
            html.Join($"""<td><span class="state {word}">{word}</span></td><td>{$"{run.Epochs.Count:N0} of {run.EpochCount:N0}"}</td>""");
            html.Join($"""<td class="number">{run.Best?.Text ?? "–"}</td><td class="number">{run.Last?.Text ?? "–"}</td>""");
            html.Add($"""<td>{(double.IsFinite(run.Seconds) ? ReportText.Duration(run.Seconds) : "–")}</td></tr>""");
        }
        html.Add($"</tbody></table></div></section>");
    }

    private static void Measured(HtmlBuilder html, LabSummary lab)
    {
        if (lab.Figures is not { Measured.Count: > 0 } figures) return;
        html.Add($"""
            <section class="piece" aria-labelledby="measured-title"><h2 id="measured-title">Measured</h2>
            <p class="note">What results.json has beside the trainings; the page of the lab says what it means.</p><dl class="values">
            """);
        foreach (var (name, json) in figures.Measured)
        {
            var text = Spaces().Replace(json, " ");
            html.Add($"<div><dt>{name}</dt><dd>{(text.Length > LongestValue ? text[..LongestValue] + "…" : text)}</dd></div>");
        }
        html.Add($"</dl></section>");
    }

    private static void Settings(HtmlBuilder html, LabSummary lab)
    {
        if (lab.Settings.Count == 0) return;
        html.Add($"""<section class="piece" aria-labelledby="settings-title"><h2 id="settings-title">Settings</h2><dl class="values">""");
        foreach (var one in lab.Settings)
            html.Add($"<div><dt>{one.Name}</dt><dd>{one.Text}{(one.IsChanged ? $" (usual: {one.Usual})" : "")}</dd></div>");
        html.Add($"</dl>");
        if (lab.Figures is { Command.Length: > 0 } figures)
            html.Add($"""
                <figure class="code command"><figcaption class="unseen">The command that repeats it</figcaption><pre tabindex="0"
                role="region" aria-label="The command that repeats it">{figures.Command}</pre></figure>
                """);
        html.Add($"</section>");
    }

    private static void Fact(HtmlBuilder html, string name, string text) => html.Add($"<div><dt>{name}</dt><dd>{text}</dd></div>");

    [GeneratedRegex("-+seed-\\d+$")]
    private static partial Regex Seed();

    [GeneratedRegex("\\s+")]
    private static partial Regex Spaces();
}
