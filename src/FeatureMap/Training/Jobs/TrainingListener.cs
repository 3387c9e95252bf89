using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// Is told what happens in a <see cref="TrainingJob"/>, moment by moment; override those that matter. Log, TensorBoard, checkpoints,
/// progress, early stopping and the saving of the model are listeners (<see cref="Usual"/>), and one of your own stands beside them. All
/// moments come in the thread that trains, between two steps, and to the listeners in their order; the training waits, so be quick, and in
/// <see cref="StepDone"/> allocate nothing, and wait for no other thread that may wait for the job. A listener may read everything of the
/// job, ask for a <see cref="TrainingJob.Snapshot"/>, and tell it to pause, to stop or to finish; it must not ask for a step. What it
/// throws ends the training and comes out of the call that made the step.
/// </summary>
/// <example><code>
/// internal sealed class Losses : TrainingListener
/// {
///     public override void EpochDone(TrainingJob job, EpochRecord epoch) => Console.WriteLine($"{epoch.Epoch}: {epoch.ValidationLoss}");
/// }
/// </code></example>
public abstract class TrainingListener
{
    /// <summary>
    /// The listeners that <see cref="Trainer.Fit"/> has: what the options say of early stopping, folder, log, history, TensorBoard,
    /// progress, checkpoints, watching from another process and notices. Fresh ones at each call; put your own behind them, or leave some
    /// out. Of several ranks (<see cref="TrainingOptions.Collective"/>) all but the first have only that of early stopping: they write and
    /// tell nothing.
    /// </summary>
    /// <param name="options">The options of the training.</param>
    /// <exception cref="UsageException">The training is to be resumed, and there is no folder.</exception>
    public static IReadOnlyList<TrainingListener> Usual(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options is { Resume: true, Folder: null })
            throw new UsageException("Resuming needs the run folder to continue from: set TrainingOptions.Folder.");
        var listeners = new List<TrainingListener>();
        if (options.EarlyStopping is { } stopping) listeners.Add(new EarlyStoppingListener(stopping));
        if (options.Collective is { Rank: > 0 }) return listeners;
        if (options.Folder is { } folder)
        {
            listeners.Add(new RecordListener(folder, options));
            listeners.Add(new LogListener(folder) { EverySteps = options.LogEverySteps, Resumes = options.Resume });
            if (options.History) listeners.Add(new HistoryListener(folder) { Resumes = options.Resume });
            if (options.TensorBoard) listeners.Add(new TensorBoardListener(folder.Location) { EverySteps = options.LogEverySteps });
        }
        if (options.Progress is { } progress) listeners.Add(new ProgressListener(progress));
        if (options.Folder is { } place)
        {
            listeners.Add(new CheckpointListener(place) { Interval = options.CheckpointInterval, Resumes = options.Resume });
            listeners.Add(new ModelListener(place));
            listeners.Add(new LiveListener(place));
        }
        if (options.EpochEnded is not null || options.Notice is not null) listeners.Add(new OptionListener(options));
        return listeners;
    }

    /// <summary>
    /// First of all, in the constructor of the job and before anything costly: the moment to refuse, and to take what the training needs.
    /// Whatever happens then, <see cref="Closed"/> follows.
    /// </summary>
    /// <param name="network">What is going to be trained.</param>
    /// <param name="data">On what.</param>
    public virtual void Preparing(Network network, SplitData data)
    {
    }

    /// <summary>Once, before the first step of this job: the moment for <see cref="TrainingJob.Restore"/>.</summary>
    /// <param name="job">The training.</param>
    public virtual void Starting(TrainingJob job)
    {
    }

    /// <summary>
    /// Once, behind <see cref="Starting"/> of all listeners: where a training goes on, its numbers are those of the checkpoint.
    /// </summary>
    /// <param name="job">The training.</param>
    public virtual void Started(TrainingJob job)
    {
    }

    /// <summary>After every step, the update of the weights included.</summary>
    /// <param name="job">The training.</param>
    public virtual void StepDone(TrainingJob job)
    {
    }

    /// <summary>After the last step of an epoch, when the network was judged on the validation images.</summary>
    /// <param name="job">The training; <see cref="TrainingJob.Validation"/> has the score already.</param>
    /// <param name="validation">What the network makes of the validation images.</param>
    public virtual void Validated(TrainingJob job, EvaluationResult validation)
    {
    }

    /// <summary>After every epoch, behind <see cref="Validated"/>, with its row of the log.</summary>
    /// <param name="job">The training.</param>
    /// <param name="epoch">The epoch.</param>
    public virtual void EpochDone(TrainingJob job, EpochRecord epoch)
    {
    }

    /// <summary>
    /// A checkpoint is made (<see cref="TrainingJob.Capture"/>): the moment to add what the listener itself needs to go on. Names begin
    /// with one of its own, such as <c>best/</c>.
    /// </summary>
    /// <param name="job">The training.</param>
    /// <param name="tensors">The tensors of the checkpoint; add to them.</param>
    /// <param name="state">Its further state; add to it.</param>
    public virtual void Capturing(TrainingJob job, IList<SafetensorsEntry> tensors, IDictionary<string, string> state)
    {
    }

    /// <summary>The training was set to a checkpoint: take back what <see cref="Capturing"/> added, where it is there.</summary>
    /// <param name="job">The training.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    public virtual void Restored(TrainingJob job, Checkpoint checkpoint)
    {
    }

    /// <summary>The training waits at a step boundary (<see cref="TrainingJob.Pause"/>).</summary>
    /// <param name="job">The training.</param>
    public virtual void Paused(TrainingJob job)
    {
    }

    /// <summary>The training no longer waits: it goes on, or is stopped.</summary>
    /// <param name="job">The training.</param>
    public virtual void Continued(TrainingJob job)
    {
    }

    /// <summary>
    /// The last step is done and the model not made yet: the moment to choose an earlier one by <see cref="TrainingJob.UseModelOf"/>.
    /// </summary>
    /// <param name="job">The training.</param>
    public virtual void Finishing(TrainingJob job)
    {
    }

    /// <summary>The training came to its end.</summary>
    /// <param name="job">The training.</param>
    /// <param name="run">What it gave.</param>
    public virtual void Finished(TrainingJob job, TrainingRun run)
    {
    }

    /// <summary>
    /// The training was stopped before its end (<see cref="TrainingJob.Stop"/>): the moment to keep what it needs to go on.
    /// </summary>
    /// <param name="job">The training.</param>
    /// <param name="run">What it gave so far.</param>
    public virtual void Stopped(TrainingJob job, TrainingRun run)
    {
    }

    /// <summary>The training cannot go on; the error is thrown when all listeners know it. Errors of this moment are not told.</summary>
    /// <param name="job">The training.</param>
    /// <param name="error">Why: a loss that is no number, a disk that is full, an error of a listener.</param>
    public virtual void Failed(TrainingJob job, Exception error)
    {
    }

    /// <summary>
    /// Something that the user should know, such as a damaged checkpoint that was passed over (<see cref="TrainingJob.Tell"/>).
    /// </summary>
    /// <param name="job">The training.</param>
    /// <param name="text">Whole sentences.</param>
    public virtual void Notice(TrainingJob job, string text)
    {
    }

    /// <summary>
    /// Last of all, once for each <see cref="Preparing"/>, however the job ended, when it is disposed: the moment to close files. In the
    /// reverse order of the listeners. After it the listener may be given to another job.
    /// </summary>
    public virtual void Closed()
    {
    }
}
