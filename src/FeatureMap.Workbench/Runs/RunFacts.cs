using FeatureMap.Models;
using FeatureMap.Reports;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What is told of a training beside its curves.</summary>
public static class RunFacts
{
    /// <summary>The facts that a report begins with.</summary>
    public static IReadOnlyList<ReportFact> Of(RunConfiguration configuration, Model model)
    {
        var settings = configuration.Settings;
        if (configuration.Facts.Count > 0) return [.. configuration.Facts, new("Weights (SHA-256)", model.Weights.Sha256())];
        return
        [
            new("Recipe", configuration.Recipe),
            new("Optimiser", settings.ChooseOptimizer().ToString()!),
            new("Learning rate", Schedule(settings)),
            new("Batch", $"{settings.BatchSize}"),
            new("Seed", $"{settings.Seed}"),
            .. settings.Progressive == 0 ? (ReadOnlySpan<ReportFact>)[] : [new("Small images first", $"{settings.Progressive}x{settings.Progressive}; their log is in the folder {ProgressiveTraining.FolderName}")],
            new("Weights (SHA-256)", model.Weights.Sha256()),
        ];
    }

    /// <summary>Threads that a training with these settings uses on this machine.</summary>
    public static int Threads(RecipeSettings settings) => settings.Threads > 0 ? settings.Threads : Environment.ProcessorCount;

    /// <summary>The learning rate in words, such as <c>one-cycle up to 0.1</c>.</summary>
    public static string Schedule(RecipeSettings settings) =>
        $"{RecipeSetting.Get("schedule").Format(settings)} {(settings.Schedule == ScheduleKind.OneCycle ? "up to" : "from")} {RecipeSetting.Get("learning-rate").Format(settings)}";

    /// <summary>Training images per second over all epochs; null where there are none. As many images in each, so the mean of the times counts.</summary>
    public static double? ImagesPerSecond(IReadOnlyList<EpochRecord> epochs) => epochs.Count == 0 ? null : epochs.Count / epochs.Sum(epoch => 1 / epoch.ImagesPerSecond);

    /// <summary>What the part on small images took; null where it has not ended an epoch.</summary>
    public static double? SmallSeconds(RunFolder folder) =>
        Path.Combine(folder.Location, ProgressiveTraining.FolderName) is var part && Directory.Exists(part) && RunLog.Read(part).Epochs is [.., var last] ? last.TotalSeconds : null;
}
