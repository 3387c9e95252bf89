using System.Diagnostics;
using System.Runtime.ExceptionServices;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>
/// A training as an object: made ready once, driven step by step, epoch by epoch or to its end, paused, looked at and stopped. The numbers
/// are those of <see cref="Trainer.Fit"/>, which makes a job with the usual listeners and runs it: bits depend on network, data and options
/// alone, never on how a job is driven, paused or looked at.
/// <para>
/// What happens around the steps is done by <see cref="TrainingListener"/>s. Where none are given they are those that the options ask for;
/// where some are given they are all there are, so that a job without a listener writes and tells nothing.
/// </para>
/// <para>
/// One thread drives at a time; others wait. <see cref="Pause"/>, <see cref="Continue"/>, <see cref="Stop"/> and <see cref="Finish"/> may
/// be called from any thread and return at once; so may <see cref="Snapshot"/>, <see cref="Capture"/> and <see cref="Dispose"/>, which wait
/// for the end of the running step. Single numbers can be read at any time; those that must belong to one step are read while the job is
/// paused, in a listener, or from a snapshot.
/// </para>
/// </summary>
/// <example><code>
/// using var job = new TrainingJob(network, data, options, [.. TrainingListener.Usual(options), new Losses()]);
/// job.RunEpoch();
/// var halfway = job.Snapshot().Model; // a copy, ready to predict
/// var run = job.Run();
/// </code></example>
public sealed partial class TrainingJob : IDisposable
{
    // How often who is paused looks whether that still holds, should a pause and a stop have come at one moment.
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100);

    private readonly object gate = new();
    private readonly TrainingListener[] listeners;
    private readonly int prepared;
    private readonly TrainingSession session;

    // Null where there is one rank.
    private readonly RankAgreement? ranks;
    private readonly Stopwatch watch = new();
    private readonly ManualResetEventSlim going = new(initialState: true);
    private readonly Func<bool> noVisitors;
    private readonly List<EpochRecord> epochs = [];
    private volatile TrainingJobState state;
    private volatile bool stopping, finishing, disposed, starting;
    private int visitors;
    private Exception? failure;
    private EvaluationResult? validation;
    private double secondsBefore, secondsAtEpochStart, augmentationAtEpochStart;
    private double firstLoss = double.NaN;
    private bool toldMissing;
    private (int Epoch, Weights Weights, string Reason)? chosen;
    private StepWish agreed;
    private Checkpoint? restored;

    /// <summary>Makes a training ready: its memory, threads and initial weights. No step is done.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="data">Training and validation images of the network's input shape.</param>
    /// <param name="options">Everything else that decides the numbers.</param>
    /// <param name="listeners">
    /// Who is told what happens, in this order; <see cref="TrainingListener.Usual"/> of the options where null. What the options say of
    /// folder, log, TensorBoard, checkpoints, resuming, progress, notices and early stopping is for those: a listener that is left out does
    /// not do it.
    /// </param>
    /// <exception cref="ShapeException">The data do not fit the network.</exception>
    /// <exception cref="UsageException">
    /// The linter found an error (<see cref="TrainingOptions.Lint"/>), batch normalisation would see one number per channel, or there is a
    /// run folder and the network cannot be written and read again.
    /// </exception>
    /// <exception cref="DataException">The run folder is in use by another process, or not writable.</exception>
    /// <exception cref="RankException">From the first step on: of several ranks one does not answer, or was begun with other
    /// things.</exception>
    public TrainingJob(Network network, SplitData data, TrainingOptions? options = null, IEnumerable<TrainingListener>? listeners = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(data);
        (Network, Data, Options) = (network, data, options ?? new TrainingOptions());
        this.listeners = [.. listeners ?? TrainingListener.Usual(Options)];
        noVisitors = () => Volatile.Read(ref visitors) == 0;
        try
        {
            foreach (var listener in this.listeners)
            {
                prepared++;
                listener.Preparing(network, data);
            }
            session = new TrainingSession(network, data, Options with { Notice = Tell });
            if (session.Ranks.Ranks > 1) ranks = new RankAgreement(session.Ranks);
            Trainer.RefuseErrors(network, data, Options, session.Graph.Reading);
        }
        catch
        {
            _ = Close();
            throw;
        }
    }

    /// <summary>What is trained.</summary>
    public Network Network { get; }

    /// <summary>On what.</summary>
    public SplitData Data { get; }

    /// <summary>How.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Where the job is in its life.</summary>
    public TrainingJobState State => state;

    /// <summary>What it gave, when it is complete or stopped; null until then.</summary>
    public TrainingRun? Result { get; private set; }

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch => session.StepsPerEpoch;

    /// <summary>Steps of the whole training, where nothing ends it before.</summary>
    public long TotalSteps => session.TotalSteps;

    /// <summary>Steps done since the start of the training, those before a resume included.</summary>
    public long StepsDone => session.StepsDone;

    /// <summary>The epoch of the last step, from 1; 1 before the first.</summary>
    public int Epoch => (int)(Math.Max(0, StepsDone - 1) / StepsPerEpoch) + 1;

    /// <summary>Whether the last step was the last of an epoch; true before the first.</summary>
    public bool IsAtEpochEnd => StepsDone % StepsPerEpoch == 0;

    /// <summary>Mean loss of the last step's images, before its update; 0 before the first.</summary>
    public double StepLoss => session.StepLoss;

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate => session.LearningRate;

    /// <summary>Mean loss over the images of the running epoch so far; not a number before the first step.</summary>
    public double EpochLoss => session.EpochLoss / session.EpochImages;

    /// <summary>The metric over the images of the running epoch so far; not a number where nothing is measured.</summary>
    public double EpochMetric => session.EpochMetric;

    /// <summary>What is measured besides the loss; null for nothing.</summary>
    public MetricInfo? Metric => session.MetricInfo;

    /// <summary>Seconds of training so far, those before a resume included, and pauses and the time between calls left out.</summary>
    public double Seconds => secondsBefore + watch.Elapsed.TotalSeconds;

    /// <summary>
    /// What validation gave after each finished epoch, those before a resume included. Read it in a listener, or while nothing runs.
    /// </summary>
    public IReadOnlyList<ValidationScore> Validation => session.Validation;

    /// <summary>The rows of the finished epochs, those before a resume included where their log is kept: a copy.</summary>
    public IReadOnlyList<EpochRecord> Epochs
    {
        get
        {
            lock (epochs) return [.. epochs];
        }
    }

    /// <summary>Where the training is, with speed and remaining time: what <see cref="TrainingOptions.Progress"/> is told.</summary>
    public TrainingProgress Progress
    {
        get
        {
            var inEpoch = StepsDone == 0 ? 0 : (int)((StepsDone - 1) % StepsPerEpoch) + 1;
            var elapsed = Math.Max(1e-9, Seconds - secondsAtEpochStart);
            var remaining = elapsed / Math.Max(1, inEpoch) * (inEpoch == 0 ? 0 : TotalSteps - StepsDone);
            return new TrainingProgress(
                Epoch, Options.Epochs, inEpoch, StepsPerEpoch, EpochLoss, EpochMetric, LearningRate, session.EpochImages / elapsed,
                TimeSpan.FromSeconds(remaining))
            { MetricInfo = Metric };
        }
    }

    /// <summary>
    /// What happened inside the network at the end of the epoch that the last step ended: how the last step met each layer, and which units
    /// are dead on a sample of the validation images. Null elsewhere, where <see cref="TrainingOptions.History"/> is off, and where another
    /// job did that step. For listeners, and for between two epochs; the sample is looked at when it is first asked for.
    /// </summary>
    public LayersRecord? MeasureLayers() => Visit(() =>
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return session.MeasureLayers();
    });

    internal TrainingSession Session => session;

    internal StepRecord StepRow => new() { Step = StepsDone, Epoch = Epoch, Loss = StepLoss, LearningRate = LearningRate };

    /// <summary>
    /// Tells the listeners that the training begins, which is when one goes on from its checkpoint. The first step does it otherwise.
    /// </summary>
    /// <exception cref="DataException">The run folder cannot be written, or its checkpoint belongs to another network or other
    /// images.</exception>
    public void Start()
    {
        GiveWay(nameof(Start));
        lock (gate)
        {
            RefuseEnded();
            try
            {
                Begin();
            }
            catch (Exception error)
            {
                Fail(error);
                throw;
            }
        }
    }

    /// <summary>
    /// Does one step, and at the end of an epoch judges the network on the validation images; the last step ends the training. A pause does
    /// not hold it back: so a paused training goes on step by step.
    /// </summary>
    /// <returns>Whether a step was done: false at the end, and where the job was stopped.</returns>
    /// <exception cref="TrainingException">The loss is no longer a number; the message names the step and the layer.</exception>
    /// <exception cref="DataException">A listener cannot write the run folder, or it was moved or deleted.</exception>
    /// <exception cref="UsageException">The job has failed before, or a listener asks for a step.</exception>
    public bool Step() => Advance(pauses: false);

    /// <summary>Trains to the end of the running epoch, or of the next one between two.</summary>
    /// <returns>The row of that epoch; null where the training was at its end, or was stopped or finished inside it.</returns>
    /// <exception cref="TrainingException">As <see cref="Step"/>, and so are the others.</exception>
    public EpochRecord? RunEpoch()
    {
        Start();
        var end = ((StepsDone / StepsPerEpoch) + 1) * StepsPerEpoch;
        while (StepsDone < end && Advance(pauses: true))
        {
        }
        lock (epochs) return StepsDone == end ? epochs[^1] : null;
    }

    /// <summary>
    /// Trains to the end, or until the job is stopped; while it is paused it waits. To be called again after <see cref="RunEpoch"/>
    /// or <see cref="Step"/>, and at the end, where it only returns the result.
    /// </summary>
    /// <exception cref="TrainingException">As <see cref="Step"/>, and so are the others.</exception>
    public TrainingRun Run()
    {
        while (Advance(pauses: true))
        {
        }
        return Result!;
    }

    /// <summary>
    /// Holds <see cref="Run"/> and <see cref="RunEpoch"/> back after the running step until <see cref="Continue"/> or <see cref="Stop"/>.
    /// Of several ranks each is held back by itself, and the others wait for it as long as their connection waits.
    /// </summary>
    public void Pause() => going.Reset();

    /// <summary>Ends a pause.</summary>
    public void Continue() => going.Set();

    /// <summary>
    /// Ends the training after the running step, before its end: the result says that it is not complete, and a checkpoint is kept where
    /// there is a listener for it. For good: to go on, make a job that resumes. <see cref="TrainingOptions.Cancellation"/> does the same.
    /// Of several ranks any may ask: all of them end after the same step, which may be the next one.
    /// </summary>
    public void Stop()
    {
        stopping = true;
        going.Set();
    }

    /// <summary>
    /// Ends the training after the running step as one that reached its end: what early stopping does. Asked for inside a step of an
    /// epoch's end, the epoch is ended first.
    /// </summary>
    public void Finish()
    {
        finishing = true;
        going.Set();
    }

    /// <summary>Tells all listeners something that the user should know: for listeners.</summary>
    /// <param name="text">Whole sentences.</param>
    public void Tell(string text)
    {
        foreach (var listener in listeners)
            listener.Notice(this, text);
    }

    /// <summary>
    /// Gives the memory and the threads back and closes the listeners; results, snapshots and checkpoints stay. Waits for the running step;
    /// who drives the job in another thread is told that it is disposed.
    /// </summary>
    /// <exception cref="UsageException">A listener asked for it: it may call <see cref="Stop"/>.</exception>
    public void Dispose()
    {
        RefuseListener(nameof(Dispose));
        var error = Visit(() =>
        {
            if (disposed) return null;
            disposed = true;
            going.Set();
            return Close();
        });
        if (error is not null) ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>One step, or what is due instead of it; whether a step was done.</summary>
    private bool Advance(bool pauses)
    {
        while (true)
        {
            GiveWay(nameof(Step));
            lock (gate)
            {
                RefuseEnded();
                try
                {
                    Begin();
                    if (Result is not null) return false;
                    if (!pauses || !IsHeldBack()) return Next();
                }
                catch (Exception error)
                {
                    Fail(error);
                    throw;
                }
            }
            try
            {
                going.Wait(LookInterval, Options.Cancellation);
            }
            catch (OperationCanceledException)
            {
                // The next round stops.
            }
        }
    }
}
