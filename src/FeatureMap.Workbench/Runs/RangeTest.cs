using System.Diagnostics;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Workbench;

/// <summary>The learning-rate range test of a recipe: a short training whose rate grows at every step.</summary>
public static class RangeTest
{
    /// <summary>Under which name a <see cref="RangeTestFile"/> says a folder or archive of data, as a full path.</summary>
    public const string DataKey = "data";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether a file of this name is written as numbers (<see cref="RangeTestFile"/>), and not as a picture.</summary>
    /// <param name="path">The file.</param>
    public static bool IsOfNumbers(string path) => string.Equals(Path.GetExtension(path), ".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs it and keeps its curve.</summary>
    /// <param name="request">What is to be trained: a new run.</param>
    /// <param name="lowest">The first rate.</param>
    /// <param name="highest">The last rate.</param>
    /// <param name="steps">Steps, each on another batch.</param>
    /// <param name="path">The file to write: an SVG picture at the end; or, where it ends in <c>.json</c>, a <see cref="RangeTestFile"/>
    /// that is replaced while the test runs.</param>
    /// <param name="context">Told progress and notices; stops the test.</param>
    /// <param name="assignments">Settings that were given; a <see cref="RangeTestFile"/> says them.</param>
    /// <returns>The curve, and with which options it was made.</returns>
    /// <exception cref="UsageException">The rates or the steps are out of range.</exception>
    /// <exception cref="DataException">The data are not there, or the file cannot be written.</exception>
    /// <exception cref="TrainingException">The loss exploded at the very first rates.</exception>
    public static (LearningRateRange Range, TrainingOptions Options) Run(
        TrainRequest request, double lowest, double highest, int steps, string path, WorkContext context,
        IReadOnlyList<(string Key, string Value)>? assignments = null)
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
        var place = request.Source is { IsPath: true } source ? source.Dataset
            : request.Source is { Folders: [var folder, ..] } ? folder : null;
        var file = new RangeTestFile
        {
            Recipe = request.Recipe.Name,
            Assignments = place is null ? assignments ?? []
                : [.. (assignments ?? []).Where(one => one.Key != DataKey), (DataKey, Path.GetFullPath(place))],
            Setup = $"{options.Optimizer}, batch {options.BatchSize}",
            Lowest = lowest,
            Highest = highest,
            Steps = steps,
        };
        var range = LearningRateFinder.Run(start.Network, split, options, lowest, highest, steps,
            IsOfNumbers(path) ? new Telling(file, path).StepDone : null);
        if (range.Points.Count < 2 && !context.Cancellation.IsCancellationRequested)
            throw new TrainingException($"The loss exploded at the very first rates. Start lower, with lowest: {lowest / 100:0.###e0}.");
        if (IsOfNumbers(path))
            (file with { Range = range, IsComplete = !context.Cancellation.IsCancellationRequested }).Write(path);
        else if (range.Points.Count >= 2) RunFolder.WriteText(path, range.ToSvg($"{request.Recipe.Name}, {options.Optimizer.Name}, batch "
            + $"{options.BatchSize}"));
        context.Cancellation.ThrowIfCancellationRequested();
        return (range, options);
    }

    // Writes what there is, some times a second.
    private sealed class Telling(RangeTestFile file, string path)
    {
        private readonly List<LearningRatePoint> points = [];
        private long last;

        public void StepDone(LearningRatePoint point)
        {
            points.Add(point);
            if (last != 0 && Stopwatch.GetElapsedTime(last) < Interval) return;
            last = Stopwatch.GetTimestamp();
            (file with { Range = new([.. points], Exploded: false) }).Write(path);
        }
    }
}
