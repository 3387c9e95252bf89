using System.Globalization;
using FeatureMap.Reports;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Studio;

/// <summary>What the list of labs shows.</summary>
internal sealed record LabList(LabDesk Desk, LabCatalogue Catalogue, TrainingQueue Queue, long Number);

/// <summary>The page Labs: what each lab asks and how long it takes, and those that were begun, whoever did.</summary>
internal static class LabsPage
{
    public static string Page(LabList list) => PageFrame.Of("Labs", "labs", html =>
    {
        html.Add($"""
            <main id="content" class="runs" data-form><header class="head"><h1>Labs</h1>
            <p class="lead">An experiment is several trainings under one question, and a page with tables and curves that answers
            it.</p></header>
            """);
        html.AddStyle(Stage(list));
        html.Add($"</main>");
    });

    public static string Stage(LabList list)
    {
        var html = new HtmlBuilder();
        html.Join($"""<div id="stage" class="wide" data-page="{LabLink.List}" data-query="" """);
        html.Add($"""data-topic="{RunWatcher.All}" data-seq="{list.Number.ToString(CultureInfo.InvariantCulture)}">""");
        html.Add($"""<div id="problem" class="problem" role="alert" hidden></div>""");
        RunsPage.Starts(html, list.Queue);
        Begun(html, list.Catalogue.Labs);
        html.Add($"""<section class="piece" aria-labelledby="all-title"><h2 id="all-title">All labs</h2><ul class="labs">""");
        foreach (var lab in list.Desk.Labs) One(html, lab, list.Desk);
        html.Add($"</ul></section></div>");
        return html.ToString();
    }

    private static void One(HtmlBuilder html, Lab lab, LabDesk desk)
    {
        html.Add($"""
            <li class="card" id="lab-{lab.Name}"><h3><a href="{LabLink.To(lab.Name)}">{lab.Title}</a></h3><p>{lab.Question}</p>
            <p class="note">Needs {lab.Needs}.</p><dl class="values">
            """);
        foreach (var isQuick in (bool[])[false, true])
        {
            var form = desk.Fill(new LabChoice(lab.Name, isQuick));
            html.Add($"<div><dt>{(isQuick ? "small version" : "whole")}</dt><dd>{LabTime.Of(form)}</dd></div>");
        }
        html.Add($"""
            </dl><p class="actions"><a class="button" href="{LabLink.To(lab.Name)}">Open<span class="unseen"> {lab.Title}</span></a>
            <a class="button" href="{LabLink.To(lab.Name, $"{LabFormState.Size}={LabFormState.Quick}")}">Small version<span
            class="unseen"> of {lab.Title}</span></a></p></li>
            """);
    }

    private static void Begun(HtmlBuilder html, IReadOnlyList<LabSummary> labs)
    {
        if (labs.Count == 0) return;
        html.Add($"""
            <section class="piece" aria-labelledby="begun-title"><h2 id="begun-title">Begun</h2>
            <div class="scroll" tabindex="0" role="region" aria-label="Labs that were begun"><table class="plain runs-table">
            <thead><tr><th scope="col">lab</th><th scope="col">state</th><th scope="col">size</th><th scope="col">trainings</th><th
            scope="col">remaining</th><th scope="col">begun</th></tr></thead><tbody>
            """);
        foreach (var lab in labs)
        {
            var (word, live) = (RunJson.Word(lab.State), lab.Progress);
            html.Join($"""<tr id="row-{lab.Id}"><th scope="row"><a href="{LabLink.To(lab.Id)}">{lab.Name}</a></th>""");
            html.Join($"""<td><span class="state {word}">{word}</span></td><td>{(lab.IsQuick ? "small" : "whole")}</td><td>""");
            var done = live is not null ? LabJson.Texts(live)[0].Text
                : lab.Figures is { } figures ? $"{figures.Trainings.Count:N0}" : "–";
            var left = live is not null && double.IsFinite(live.RemainingSeconds) ? ReportText.Duration(live.RemainingSeconds) : "–";
            html.Join($"""{done}</td><td>{left}</td>""");
            html.Add($"""<td>{lab.Begun.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}</td></tr>""");
        }
        html.Add($"</tbody></table></div></section>");
    }
}

/// <summary>How long a lab takes, in words.</summary>
internal static class LabTime
{
    public static string Of(LabForm form)
    {
        var work = form.Plan is { } plan ? ReportText.Count(plan.Trainings, "training")
            + (plan.Images > 0 ? $", {ReportText.Count(plan.Images)} images shown" : "") : "";
        var time = form.Estimate is { } estimate
            ? $"{(estimate.IsSame ? "" : "about ")}{ReportText.Duration(estimate.Seconds)}, by {estimate.Lab}"
            : form.Choice.IsQuick ? "a minute at most" : "not measured here yet; its small version tells it";
        return work.Length > 0 ? $"{work}; {time}" : time;
    }
}
