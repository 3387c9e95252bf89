using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>A trial that the page Train shows.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Its process; null where this studio began none of this id.</param>
/// <param name="Form">The form that it is shown for.</param>
internal sealed record TrialView(string Id, TrainingStart? Start, TrainForm Form)
{
    /// <summary>waiting, running, complete, failed or unknown.</summary>
    public string State => Start?.State switch
    {
        null => "unknown",
        StartState.Waiting => "waiting",
        StartState.Preparing or StartState.Running => "running",
        StartState.Ended when Document is not null => "complete",
        _ => "failed",
    };

    /// <summary>Whether nothing more is to be expected of it.</summary>
    public bool IsOver => State is not ("waiting" or "running");

    /// <summary>Whether the form has other settings than it was made with.</summary>
    public bool IsOld => Start is not null && !Start.Arguments.SequenceEqual(TrainCommandLine.Trial(Form.Arguments));

    /// <summary>What it wrote; null where that is no document.</summary>
    public JsonObject? Document
    {
        get
        {
            try
            {
                return Start is { State: StartState.Ended, Output.Length: > 0 } ? JsonNode.Parse(Start.Output)?.AsObject() : null;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
                return null;
            }
        }
    }
}

/// <summary>How long the training will take: a button, and what a trial of some steps says.</summary>
internal static class TrialSection
{
    private const double LeastWork = 0.2, Restless = 1.5;

    public static void Write(HtmlBuilder html, TrainView view)
    {
        html.Add($"""
            <details class="piece tool" id="trial"{(view.Trial is null ? "" : " open")}><summary><h2>How long will it take?</h2></summary>
            <p class="note">Ten steps with this network, batch and threads, in a process of their own: seconds of an epoch, of all, and the
            memory. Nothing is kept.</p>
            """);
        if (view.Trial is { } trial) Trial(html, trial);
        if (view.Running.Count > 0)
            html.Add($"""
                <p class="note">Now runs: {string.Join(", ", view.Running)}. A trial beside it is slower than the training alone.</p>
                """);
        var command = TrainCommandLine.Text(TrainCommandLine.Trial(view.Form.Arguments));
        html.Add($"""
            <figure class="code command"><figcaption class="unseen">The command of the trial</figcaption><pre tabindex="0"
            role="region" aria-label="The command of the trial">{command}</pre></figure>
            """);
        if (view.Queue.CanTrain && view.Trial is null or { IsOver: true })
            html.Add($"""
                <p class="actions"><button type="button" class="scripted" id="trial-begin" data-post="/api/trials"
                data-body="{view.State.BodyOfPage}"{(view.Form.Fault.Length > 0 ? " disabled" : "")}>{(view.Trial is null
                    ? "Try ten steps" : "Try again")}</button></p>
                """);
        html.Add($"</details>");
    }

    public static JsonObject Json(TrialView trial) => new()
    {
        ["id"] = trial.Id,
        ["state"] = trial.State,
        ["command"] = trial.Start?.Command,
        ["problem"] = trial.State == "failed" ? trial.Start!.Fault : null,
        ["isOld"] = trial.IsOld,
        ["result"] = trial.Document,
    };

    private static void Trial(HtmlBuilder html, TrialView trial)
    {
        html.Join($"""<p id="trial-state"><span class="state {trial.State}">{trial.State}</span> """);
        html.Add($"""{Sentence(trial)}</p>""");
        if (trial.State == "failed") html.Add($"""<p class="notice">{trial.Start!.Fault}</p>""");
        if (trial.IsOld) html.Add($"""<p class="notice">It was made with other settings than the form has: {trial.Start!.Command}</p>""");
        if (!trial.IsOver)
            html.Add($"""
                <p class="actions"><button type="button" class="scripted" id="trial-cancel"
                data-post="/api/starts/{trial.Start!.Id}/drop">Cancel the trial</button></p>
                """);
        if (trial.Document is not { } told) return;
        var part = told["parts"]![0]!;
        html.Add($"""<dl class="figures">""");
        Fact(html, "an epoch", ReportText.Duration((double)told["epochSeconds"]!));
        Fact(html, ReportText.Count((int)told["epochs"]!, "epoch"), ReportText.Duration((double)told["totalSeconds"]!));
        Fact(html, "peak memory", $"{(double)told["peakBytes"]! / 1e6:N0} MB");
        Fact(html, "a step", $"{ReportText.Number((double)part["stepSeconds"]! * 1000)} ms of {(int)part["batch"]!:N0} images");
        Fact(html, "threads", $"{(int)part["threads"]!}");
        Fact(html, "images", $"{(int)told["trainingImages"]!:N0} + {(int)told["validationImages"]!:N0}");
        html.Add($"</dl>");
        if (Others(told) is { Length: > 0 } others) html.Add($"""<p class="notice" id="trial-others">{others}</p>""");
    }

    private static string Sentence(TrialView trial) => trial.State switch
    {
        "waiting" => "It begins when the trial before it has ended.",
        "running" => "The data are loaded, and the steps are done.",
        "complete" => "Measured on this machine, as it is now.",
        "failed" => "It could not be tried.",
        _ => "No trial of this name is known any more: this studio began none, or it was cancelled.",
    };

    private static string Others(JsonObject told)
    {
        var names = told["running"]!.AsArray().Select(one => (string)one!).ToList();
        var (used, unrest) = ((double?)told["otherProcessors"] ?? 0, (double?)told["unrest"] ?? 1);
        var beside = names.Count > 0 ? $"Beside it ran {string.Join(", ", names)}. " : "";
        return used >= LeastWork
            ? $"{beside}Other processes used {ReportText.Number(used, "0.0")} of "
                + $"{ReportText.Count((int)told["processors"]!, "processor")} meanwhile: alone it will be faster."
            : unrest > Restless ? $"{beside}The slowest step took {ReportText.Number(unrest, "0.0")} times as long as the fastest: "
                + "something disturbed the trial."
            : beside;
    }

    private static void Fact(HtmlBuilder html, string name, string text) => html.Add($"<div><dt>{name}</dt><dd>{text}</dd></div>");
}
