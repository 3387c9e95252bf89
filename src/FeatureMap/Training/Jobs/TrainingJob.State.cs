using System.Globalization;
using FeatureMap.Networks;

namespace FeatureMap.Training;

/// <summary>The job as something to be looked at and carried over a restart.</summary>
public sealed partial class TrainingJob
{
    private const string ImagesKey = "images", SecondsKey = "seconds", EpochStartKey = "epochStartSeconds";
    private const string EpochAugmentationKey = "epochAugmentationSeconds", FirstLossKey = "firstLoss";

    /// <summary>
    /// The models as they are after the last step, as copies: steps that follow leave them alone. From another thread it waits for the end
    /// of the running step, and the next one waits for the copy.
    /// </summary>
    public TrainingSnapshot Snapshot() => Visit(() =>
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        var judged = ModelOf(session.Whole(session.Judged));
        return new TrainingSnapshot
        {
            Step = StepsDone,
            Epoch = Epoch,
            Model = judged,
            Current = session.Judged == session.Weights ? judged : ModelOf(session.Whole(session.Weights)),
            Epochs = Epochs,
        };
    });

    /// <summary>
    /// Everything that the training needs to go on from here as if it had not stopped, what the listeners add included: to be kept by
    /// <see cref="CheckpointStore"/> or <see cref="Checkpoint.Write"/>, and given to <see cref="Restore"/>. A copy, made as
    /// <see cref="Snapshot"/> is.
    /// </summary>
    /// <exception cref="TrainingException">A weight is not finite.</exception>
    public Checkpoint Capture() => Visit(() =>
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        session.CheckWeights();
        var checkpoint = session.Capture();
        var (tensors, state) = (checkpoint.Tensors.ToList(), new Dictionary<string, string>(checkpoint.State)
        {
            [SecondsKey] = Text(Seconds),
            [EpochStartKey] = Text(secondsAtEpochStart),
            [EpochAugmentationKey] = Text(session.AugmentationSeconds - augmentationAtEpochStart),
            [FirstLossKey] = Text(firstLoss),
            [ImagesKey] = Data.Training.Sha256(),
        });
        foreach (var listener in listeners)
            listener.Capturing(this, tensors, state);
        return checkpoint with { Tensors = tensors, State = state };
    });

    /// <summary>
    /// Takes over the state of a checkpoint, to go on from there. Before the first step, by whoever drives the job or by a listener in
    /// <see cref="TrainingListener.Starting"/>.
    /// </summary>
    /// <param name="checkpoint">What <see cref="Capture"/> gave.</param>
    /// <param name="earlier">The rows of the epochs until then; <see cref="LogListener"/> takes them from the log.</param>
    /// <exception cref="DataException">It belongs to another network or other images, or is of another program.</exception>
    /// <exception cref="UsageException">The training has begun.</exception>
    public void Restore(Checkpoint checkpoint, IReadOnlyList<EpochRecord>? earlier = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        Visit(() =>
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (state != TrainingJobState.Ready && !starting)
                throw new UsageException($"The training has begun and is at step {StepsDone:N0}: a job takes a checkpoint over before its "
                    + "first step. Make a new job for it.");
            if (checkpoint.State.GetValueOrDefault(ImagesKey) != Data.Training.Sha256())
                throw new DataException($"The checkpoint of step {checkpoint.Step} was made while training on other images than the "
                    + $"{Data.Training.Count:N0} of {Data.Name}: with other pixels, classes or order. A training goes on only with the "
                    + "images that it began with.");
            session.Restore(checkpoint);
            if (ranks is not null) restored = checkpoint;
            TakeEpochs(earlier ?? []);
            secondsBefore = Number(SecondsKey);
            secondsAtEpochStart = Number(EpochStartKey);
            // The session counts from here on; what the epoch spent before belongs to it too.
            augmentationAtEpochStart = session.AugmentationSeconds - Number(EpochAugmentationKey);
            firstLoss = Number(FirstLossKey);
            foreach (var listener in listeners)
                listener.Restored(this, checkpoint);
            return true;
        });

        double Number(string name) => checkpoint.State.TryGetValue(name, out var text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && value >= 0 ? value : 0;
    }

    /// <summary>
    /// The model of the end is an earlier one instead of that of the last step. To be called in <see cref="TrainingListener.Finishing"/>.
    /// </summary>
    /// <param name="epoch">The epoch after which the weights were so, from 1.</param>
    /// <param name="weights">The weights, such as those of a <see cref="Snapshot"/>; they are taken over, not copied.</param>
    /// <param name="reason">Why, as the user is told: "The model is that of epoch 3, [reason]."</param>
    /// <exception cref="UsageException">There was no such epoch, or the weights are of another network.</exception>
    public void UseModelOf(int epoch, Weights weights, string reason)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentException.ThrowIfNullOrEmpty(reason);
        if (epoch < 1 || epoch > session.Validation.Count)
            throw new UsageException($"The training has ended {session.Validation.Count:N0} epochs, counted from 1: received {epoch:N0}.");
        if (weights.Network != Network)
            throw new UsageException("The weights chosen for the end of the training are of another network. Take them from a snapshot of "
                + "this job.");
        chosen = (epoch, weights, reason);
    }

    /// <summary>The rows of the epochs before this job.</summary>
    internal void TakeEpochs(IReadOnlyList<EpochRecord> earlier)
    {
        lock (epochs)
        {
            epochs.Clear();
            epochs.AddRange(earlier);
        }
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
