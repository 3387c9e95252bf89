using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>The result of a training as a document and as facts of the report.</summary>
internal static class TrainResult
{
    public static JsonObject Document(RunFolder folder, RunConfiguration configuration, Model model, IReadOnlyList<EpochRecord> epochs, bool isComplete)
    {
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
            ["threads"] = Threads(configuration.Settings),
            ["complete"] = isComplete,
            ["validationAccuracy"] = Terminal.Number(last?.ValidationAccuracy),
            ["validationLoss"] = Terminal.Number(last?.ValidationLoss),
            ["trainAccuracy"] = Terminal.Number(last?.TrainAccuracy),
            ["trainLoss"] = Terminal.Number(last?.TrainLoss),
            ["seconds"] = Terminal.Number(last?.TotalSeconds),
            ["smallSeconds"] = configuration.Settings.Progressive == 0 ? null : Terminal.Number(SmallSeconds(folder)),
            ["secondsToAccuracy99"] = Terminal.Number(seconds),
            ["imagesPerSecond"] = Terminal.Number(ImagesPerSecond(epochs)),
            ["residentBytes"] = ResidentBytes(),
            ["weightsSha256"] = model.Weights.Sha256(),
            ["run"] = folder.Location,
            ["settings"] = JsonSettings.Of(configuration.Settings),
        };
    }

    public static IReadOnlyList<ReportFact> Facts(RunConfiguration configuration, Model model)
    {
        var settings = configuration.Settings;
        return
        [
            .. configuration.Facts,
            .. configuration.Recipe.Length == 0 || configuration.Lab is not null ? (ReadOnlySpan<ReportFact>)[]
                : [new("Recipe", configuration.Recipe)],
            .. ((string[])["loss", "optimizer", "schedule", "batch-size", "seed"]).Select(Fact),
            .. settings.Progressive == 0 ? (ReadOnlySpan<ReportFact>)[] : [new("Small images first", $"{settings.Progressive}x{settings.Progressive}; their log is in the folder {ProgressiveTraining.FolderName}")],
            new("Weights (SHA-256)", model.Weights.Sha256()),
        ];

        ReportFact Fact(string name)
        {
            var custom = configuration.OnlyInCode.FirstOrDefault(custom => custom.Setting == name).What;
            return new($"{char.ToUpperInvariant(name[0])}{name[1..].Replace('-', ' ')}",
                custom is null ? RecipeSettings.Get(name).Format(settings) : $"{custom} (of the program)");
        }
    }

    public static int Threads(RecipeSettings settings) => settings.Training.Threads > 0 ? settings.Training.Threads
        : Environment.ProcessorCount;

    /// <summary>Over all epochs: as many images in each, so the mean of the times counts.</summary>
    public static double? ImagesPerSecond(IReadOnlyList<EpochRecord> epochs) => epochs.Count == 0 ? null : epochs.Count / epochs.Sum(epoch => 1 / epoch.ImagesPerSecond);

    /// <summary>What the part on small images took; null where it has not ended an epoch.</summary>
    public static double? SmallSeconds(RunFolder folder) =>
        Path.Combine(folder.Location, ProgressiveTraining.FolderName) is var part && Directory.Exists(part) && RunLog.Read(part).Epochs is [.., var last] ? last.TotalSeconds : null;

    private static long ResidentBytes()
    {
        using var process = Process.GetCurrentProcess();
        return Math.Max(process.PeakWorkingSet64, process.WorkingSet64);
    }
}
