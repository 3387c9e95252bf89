using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>The result of a training as a document.</summary>
internal static class TrainDocument
{
    public static JsonObject Of(TrainOutcome outcome)
    {
        var (configuration, model, epochs) = (outcome.Configuration, outcome.Model, outcome.Epochs);
        var last = epochs.Count > 0 ? epochs[^1] : null;
        var seconds = epochs.FirstOrDefault(epoch => epoch.ValidationAccuracy >= 0.99)?.TotalSeconds;
        return new JsonObject
        {
            ["recipe"] = configuration.Recipe,
            ["dataset"] = configuration.Data.Name,
            ["dataSource"] = configuration.Data.Source,
            ["trainingImages"] = configuration.Data.Training,
            ["validationImages"] = configuration.Data.Validation,
            ["parameters"] = model.Network.TrainableCount,
            ["networkMultiplyAdds"] = model.Network.MultiplyAdds,
            ["epochs"] = configuration.Settings.Training.Epochs,
            ["epochsDone"] = epochs.Count,
            ["seed"] = configuration.Settings.Training.Seed,
            ["threads"] = RunFacts.Threads(configuration.Settings),
            ["complete"] = outcome.IsComplete,
            ["validationAccuracy"] = Terminal.Number(last?.ValidationAccuracy),
            ["metric"] = last?.Metric.Name,
            ["validationMetric"] = Terminal.Number(last?.ValidationMetric),
            ["validationLoss"] = Terminal.Number(last?.ValidationLoss),
            ["trainAccuracy"] = Terminal.Number(last?.TrainAccuracy),
            ["trainLoss"] = Terminal.Number(last?.TrainLoss),
            ["seconds"] = Terminal.Number(last?.TotalSeconds),
            ["smallSeconds"] = configuration.Settings.Progressive == 0 ? null : Terminal.Number(RunFacts.SmallSeconds(outcome.Folder)),
            ["secondsToAccuracy99"] = Terminal.Number(seconds),
            ["imagesPerSecond"] = Terminal.Number(RunFacts.ImagesPerSecond(epochs)),
            ["residentBytes"] = ResidentBytes(),
            ["weightsSha256"] = model.Weights.Sha256(),
            ["run"] = outcome.Folder.Location,
            ["settings"] = JsonSettings.Of(configuration.Settings),
        };
    }

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
    }
}
