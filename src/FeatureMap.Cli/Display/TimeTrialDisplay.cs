using System.Text.Json.Nodes;
using FeatureMap.Reports;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>What <c>train --estimate</c> tells.</summary>
internal sealed class TimeTrialDisplay(Terminal terminal)
{
    // A step that took so many times as long as another says that something disturbed the trial.
    private const double Restless = 1.5;

    // Less than this is the system's own.
    private const double LeastWork = 0.2;

    public int Run(TrainRequest request, WorkContext context)
    {
        var trial = TimeTrial.Run(request, context);
        var running = new RunCatalogue(request.Root).Runs.Where(run => run.State == RunState.Running).Select(run => run.Name).ToList();
        if (terminal.IsJson) terminal.Write(Document(request, trial, running));
        else Write(request, trial, running);
        return 0;
    }

    private void Write(TrainRequest request, TimeTrialResult trial, IReadOnlyList<string> running)
    {
        var output = terminal.Output;
        var (first, steps) = (trial.Parts[0].Trial, trial.Parts.Sum(part => part.Trial.Times.Count));
        output.WriteLine($"{request.Recipe.Name}: {ReportText.Count(steps, "step")} of {first.BatchSize:N0} images, "
            + $"{ReportText.Count(first.Threads, "thread")}; {trial.TrainingImages:N0} training + {trial.ValidationImages:N0} validation "
            + "images");
        foreach (var (name, part) in trial.Parts)
            output.WriteLine($"{(name.Length > 0 ? $"  {name}: " : "")}a step {ReportText.Number(part.StepSeconds * 1000)} ms, "
                + $"{part.StepsPerEpoch:N0} steps an epoch, "
                + $"validation {ReportText.Duration(part.ValidationSeconds)}");
        output.WriteLine();
        output.WriteLine($"An epoch     {ReportText.Duration(trial.EpochSeconds)}");
        output.WriteLine($"{ReportText.Count(trial.Epochs, "epoch"),-12} {ReportText.Duration(trial.TotalSeconds)}");
        output.WriteLine($"Peak memory  {trial.PeakBytes / 1e6:N0} MB");
        if (Sentence(trial, running) is { Length: > 0 } sentence)
        {
            output.WriteLine();
            output.WriteLine(sentence);
        }
    }

    /// <summary>What else ran; empty where nothing that matters did.</summary>
    private static string Sentence(TimeTrialResult trial, IReadOnlyList<string> running)
    {
        var parts = new List<string>();
        if (running.Count > 0) parts.Add($"Other trainings ran meanwhile: {string.Join(", ", running)}.");
        if (trial.OtherProcessors >= LeastWork)
            parts.Add($"Other processes used {ReportText.Number(trial.OtherProcessors, "0.0")} of "
                + $"{ReportText.Count(Environment.ProcessorCount, "processor")} meanwhile: alone it will be faster.");
        else if (trial.Unrest > Restless)
            parts.Add($"The slowest step took {ReportText.Number(trial.Unrest, "0.0")} times as long as the fastest: something disturbed "
                + "the trial.");
        return string.Join(' ', parts);
    }

    private static JsonObject Document(TrainRequest request, TimeTrialResult trial, IReadOnlyList<string> running) => new()
    {
        ["recipe"] = request.Recipe.Name,
        ["trainingImages"] = trial.TrainingImages,
        ["validationImages"] = trial.ValidationImages,
        ["epochs"] = trial.Epochs,
        ["epochSeconds"] = Terminal.Number(trial.EpochSeconds),
        ["totalSeconds"] = Terminal.Number(trial.TotalSeconds),
        ["peakBytes"] = trial.PeakBytes,
        ["unrest"] = Terminal.Number(trial.Unrest),
        ["otherProcessors"] = Terminal.Number(trial.OtherProcessors),
        ["processors"] = Environment.ProcessorCount,
        ["running"] = new JsonArray([.. running.Select(name => JsonValue.Create(name))]),
        ["parts"] = new JsonArray([.. trial.Parts.Select(part => new JsonObject
        {
            ["name"] = part.Name,
            ["batch"] = part.Trial.BatchSize,
            ["threads"] = part.Trial.Threads,
            ["steps"] = part.Trial.Times.Count,
            ["stepSeconds"] = Terminal.Number(part.Trial.StepSeconds),
            ["stepsPerEpoch"] = part.Trial.StepsPerEpoch,
            ["epochs"] = part.Trial.Epochs,
            ["validationSeconds"] = Terminal.Number(part.Trial.ValidationSeconds),
        })]),
    };
}
