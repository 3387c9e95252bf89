using System.Diagnostics;

namespace FeatureMap.Training;

/// <summary>
/// Keeps checkpoints in a run folder: after each epoch, inside an epoch when some time has passed, and when the training is stopped. Where
/// the training is to go on, it begins at the newest one that is whole.
/// </summary>
/// <param name="folder">The folder of the run.</param>
public sealed class CheckpointListener(RunFolder folder) : FolderListener(folder)
{
    private readonly CheckpointStore store = folder.Checkpoints;
    private TimeSpan saving;
    private long last;

    /// <summary>
    /// Inside an epoch a checkpoint is written when this much time has passed since the last. Large networks have checkpoints that take
    /// seconds to reach the disk: at most a twentieth of the time goes there.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Whether the training goes on from the newest valid checkpoint, where there is one.</summary>
    public bool Resumes { get; init; }

    /// <inheritdoc/>
    /// <exception cref="DataException">The checkpoint is of another network, or of other images.</exception>
    public override void Starting(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        _ = job.Data.Training.Sha256(); // once and now, not in the time of a step
        saving = TimeSpan.Zero;
        if (!Resumes) return;
        var found = store.LoadNewest();
        if (found.Notice.Length > 0) job.Tell(found.Notice);
        if (found.Checkpoint is { } checkpoint) job.Restore(checkpoint);
    }

    /// <inheritdoc/>
    public override void Started(TrainingJob job) => last = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override void StepDone(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job.IsAtEpochEnd) return; // that of the epoch follows
        // Only this rank has a checkpoint to refuse: what is not finite any more, all of them find in the next step, or at the epoch's end.
        if (job.Options.Collective is { Ranks: > 1 } && !job.Session.AreWeightsFinite) return;
        var interval = saving * 20 > Interval ? saving * 20 : Interval;
        if (Stopwatch.GetElapsedTime(last) >= interval) Save(job);
    }

    /// <inheritdoc/>
    public override void EpochDone(TrainingJob job, EpochRecord epoch) => Save(job);

    /// <inheritdoc/>
    public override void Stopped(TrainingJob job, TrainingRun run) => Save(job);

    private void Save(TrainingJob job)
    {
        last = Stopwatch.GetTimestamp();
        CheckPlace();
        var started = Stopwatch.GetTimestamp();
        store.Save(job.Capture());
        saving = Stopwatch.GetElapsedTime(started);
    }
}
