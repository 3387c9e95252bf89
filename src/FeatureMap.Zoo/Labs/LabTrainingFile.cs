using FeatureMap.Data;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Makes the <c>config.json</c> of a training of a lab, so that <c>evaluate</c> and <c>report</c> find its data. A lab may train in ways that the settings of recipes cannot say; what
/// its report tells of the training stands in the facts.
/// </summary>
internal static class LabTrainingFile
{
    /// <returns>Null for data that have no name and no place, such as those that a lab makes.</returns>
    public static RunConfiguration? Of(LabRun run, string name, SplitData data, TrainingOptions options)
    {
        var isPath = Datasets.IsPath(data.Source) && Path.Exists(data.Source);
        var isNamed = Datasets.All.Any(info => info.Name == data.Name);
        if (run.Lab.Dataset.Length == 0 || (!isNamed && !isPath)) return null;
        return new RunConfiguration
        {
            Recipe = RunConfiguration.NameOf(run.Lab),
            Data = RunData.Of(data),
            Settings = new RecipeSettings
            {
                Data = isNamed ? data.Name : data.Source,
                Epochs = options.Epochs,
                BatchSize = options.BatchSize,
                Seed = options.Seed,
                Threads = options.Threads,
                TrainingImages = data.Training.Count,
                ImageSize = isNamed ? null : run.Settings.Get(LabSetting.ImageSize),
            },
            Facts =
            [
                new("Lab", run.Lab.Name),
                new("Training", name),
                new("Loss", options.Loss?.Name ?? "softmax cross-entropy"),
                new("Optimiser", options.Optimizer.ToString()!),
                new("Learning rate", options.Schedule.ToString()!),
                new("Batch", $"{options.BatchSize}"),
                new("Seed", $"{options.Seed}"),
            ],
        };
    }
}
