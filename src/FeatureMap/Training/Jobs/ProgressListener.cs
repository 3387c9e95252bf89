using System.Diagnostics;

namespace FeatureMap.Training;

/// <summary>Tells where the training is (<see cref="TrainingJob.Progress"/>) after a step, at most ten times a second.</summary>
/// <param name="progress">Who is told, in the thread that trains.</param>
public sealed class ProgressListener(IProgress<TrainingProgress> progress) : TrainingListener
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly IProgress<TrainingProgress> progress = progress ?? throw new ArgumentNullException(nameof(progress));
    private long last;

    /// <inheritdoc/>
    public override void Started(TrainingJob job) => last = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override void StepDone(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Stopwatch.GetElapsedTime(last) < Interval) return;
        last = Stopwatch.GetTimestamp();
        progress.Report(job.Progress);
    }
}
