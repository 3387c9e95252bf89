using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>The learning-rate range test of a recipe: a short training whose rate grows at every step.</summary>
public static class RangeTest
{
    /// <summary>Runs it and draws its curve.</summary>
    /// <param name="request">What is to be trained: a new run.</param>
    /// <param name="lowest">The first rate.</param>
    /// <param name="highest">The last rate.</param>
    /// <param name="steps">Steps, each on another batch.</param>
    /// <param name="picture">The SVG file to write.</param>
    /// <param name="context">Told progress and notices; stops the test.</param>
    /// <returns>The curve, and with which options it was made.</returns>
    /// <exception cref="UsageException">The rates or the steps are out of range.</exception>
    /// <exception cref="DataException">The data are not there, or the picture cannot be written.</exception>
    /// <exception cref="TrainingException">The loss exploded at the very first rates.</exception>
    public static (LearningRateRange Range, TrainingOptions Options) Run(
        TrainRequest request, double lowest, double highest, int steps, string picture, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        LearningRateFinder.Check(lowest, highest, steps); // a mistake is told before data are loaded
        var split = request.LoadData(context);
        var start = request.Start(split);
        context.Tell(start.Notice);
        var options = start.Complete(request.Recipe.Options(request.Settings, split)) with
        {
            Device = context.Device,
            Cancellation = context.Cancellation,
        };
        var range = LearningRateFinder.Run(start.Network, split, options, lowest, highest, steps);
        if (range.Points.Count < 2)
            throw new TrainingException($"The loss exploded at the very first rates. Start lower, with lowest: {lowest / 100:0.###e0}.");
        RunFolder.WriteText(picture, range.ToSvg($"{request.Recipe.Name}, {options.Optimizer.Name}, batch {options.BatchSize}"));
        return (range, options);
    }
}
