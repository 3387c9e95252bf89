using System.Diagnostics;

namespace FeatureMap.Training;

/// <summary>
/// Writes the log of a run, <c>log.jsonl</c> and <c>log.csv</c> (<see cref="RunLog"/>): a row per epoch and every few steps. A folder that
/// is moved or deleted, or whose log is, ends the training within a second. Put it before the listener of checkpoints: the row of an epoch
/// must be there before the checkpoint of its last step.
/// </summary>
/// <param name="folder">The folder of the run.</param>
#pragma warning disable CA1001 // the log is closed in Closed, which always comes
public sealed class LogListener(RunFolder folder) : FolderListener(folder)
#pragma warning restore CA1001
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private RunLog? log;
    private long lastLook;

    /// <summary>Steps between two rows of steps.</summary>
    /// <exception cref="UsageException">It is below 1.</exception>
    public int EverySteps
    {
        get;
        init => field = value > 0 ? value : throw new UsageException($"The number of steps between two rows of the log must be at least 1: "
            + $"received {value:N0}.");
    } = 50;

    /// <summary>
    /// Whether the log goes on where the training does: rows of later steps are removed, and the epochs of the rest belong to the run.
    /// Otherwise rows are added to those that are there.
    /// </summary>
    public bool Resumes { get; init; }

    /// <inheritdoc/>
    /// <exception cref="DataException"><c>log.jsonl</c> cannot be written.</exception>
    public override void Starting(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        log = new RunLog(Folder.Location, job.Metric, job.Tell);
    }

    /// <inheritdoc/>
    /// <exception cref="DataException">A row of the log is damaged.</exception>
    public override void Started(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        lastLook = Stopwatch.GetTimestamp();
        if (!Resumes) return;
        log!.TruncateAfter(job.StepsDone);
        if (job.StepsDone == 0) return;
        var epochs = RunLog.Read(Folder.Location).Epochs;
        job.TakeEpochs(epochs);
        if (job.StepsDone / job.StepsPerEpoch is var ended && epochs.Count < ended)
            job.Tell($"The log has rows of {epochs.Count:N0} of the {ended:N0} epochs so far: {RunLog.JsonFileName} was removed or "
                + "changed. The training goes on all the same; curves and times lack what is missing.");
    }

    /// <inheritdoc/>
    public override void StepDone(TrainingJob job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (Stopwatch.GetElapsedTime(lastLook) >= LookInterval) Look();
        if (job.StepsDone % EverySteps == 0) log!.Write(job.StepRow);
    }

    /// <inheritdoc/>
    public override void EpochDone(TrainingJob job, EpochRecord epoch)
    {
        ArgumentNullException.ThrowIfNull(job);
        Look();
        if (job.MeasureLayers() is { } layers) log!.Write(layers);
        log!.Write(epoch);
    }

    /// <inheritdoc/>
    public override void Stopped(TrainingJob job, TrainingRun run) => Look();

    /// <inheritdoc/>
    public override void Finished(TrainingJob job, TrainingRun run) => Look();

    /// <inheritdoc/>
    public override void Closed()
    {
        log?.Dispose();
        log = null;
        base.Closed();
    }

    private void Look()
    {
        lastLook = Stopwatch.GetTimestamp();
        Folder.CheckHeld();
    }
}
