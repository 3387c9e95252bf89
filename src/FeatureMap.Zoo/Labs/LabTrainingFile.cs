using FeatureMap.Data;
using FeatureMap.Reports;
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
        if (run.Lab.Dataset.Length == 0 || data.Origin == DataOrigin.Program) return null;
        var settings = new RecipeSettings
        {
            Training = options,
            Data = DataChoice.Of(data),
        };
        // A lab may train on images that the settings do not lead to again, such as those of some classes: they have no sums to be compared
        // with.
        var (used, found) = (RunData.Of(data), RunData.Of(settings.Choose(run.Data())));
        var isFound = used.TrainingSha256 == found.TrainingSha256 && used.ValidationSha256 == found.ValidationSha256;
        return new RunConfiguration
        {
            Recipe = RunConfiguration.NameOf(run.Lab),
            Data = isFound ? used : used with { TrainingSha256 = null, ValidationSha256 = null },
            Settings = settings,
            Facts =
            [
                new("Lab", run.Lab.Name),
                new("Training", name),
                .. options.Device.Facts.Select(fact => new ReportFact(fact.Key, fact.Value)),
            ],
        };
    }
}
