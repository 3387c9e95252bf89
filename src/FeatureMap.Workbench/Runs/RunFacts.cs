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

    /// <summary>Threads that a training with these settings uses on this machine.</summary>
    public static int Threads(RecipeSettings settings) => settings.Training.Threads > 0 ? settings.Training.Threads
        : Environment.ProcessorCount;

    /// <summary>Training images per second over all epochs; null where there are none. As many images in each, so the mean of the times counts.</summary>
    public static double? ImagesPerSecond(IReadOnlyList<EpochRecord> epochs) => epochs.Count == 0 ? null : epochs.Count / epochs.Sum(epoch => 1 / epoch.ImagesPerSecond);

    /// <summary>What the part on small images took; null where it has not ended an epoch.</summary>
    public static double? SmallSeconds(RunFolder folder) =>
        Path.Combine(folder.Location, ProgressiveTraining.FolderName) is var part && Directory.Exists(part) && RunLog.Read(part).Epochs is [.., var last] ? last.TotalSeconds : null;
}
