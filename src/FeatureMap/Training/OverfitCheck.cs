using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// The first thing to try with a new network: can it learn one batch by heart? Without augmentation, mixed labels and smoothing a sound network does it within a few hundred steps. One that
/// cannot has a mistake in its data, its loss, its rate or its layers, and no long training will help.
/// </summary>
public static class OverfitCheck
{
    /// <summary>Trains on one batch until every image is right and the loss is small, or the steps are used up.</summary>
    /// <param name="network">What is to be trained.</param>
    /// <param name="data">Its data, of which a few training images are taken.</param>
    /// <param name="options">The training it is for: optimiser, learning rate (its highest), normalisation.</param>
    /// <param name="images">Images of the batch.</param>
    /// <param name="steps">Steps at most.</param>
    /// <exception cref="UsageException">There are no images or no steps.</exception>
    public static OverfitResult Run(Network network, SplitData data, TrainingOptions options, int images = 32, int steps = 500)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if (images < 2) throw new UsageException($"The overfit check learns at least 2 images by heart: received {images}.");
        if (steps < 1) throw new UsageException($"The overfit check needs at least 1 step: received {steps}.");
        var batch = data.Training.Take(images);
        var highest = Enumerable.Range(0, 100).Max(percent => options.Schedule.LearningRate(new ScheduleTime(percent, 100, 100)));
        using var session = new TrainingSession(network, new SplitData(data.Name, batch, batch, data.Source), options with
        {
            BatchSize = batch.Count,
            AccumulatedBatches = 1,
            Epochs = steps,
            // What is no chance stays: a network for patches or for scaled images could not read them otherwise.
            Augmentation = options.Augmentation.Fit(data.Training).ForEvaluation(batch.ImageShape),
            Mix = null,
            Sampler = Sampler.Shuffle,
            Schedule = new WarmUp(new ConstantRate(highest / 4), 10),
            Normalization = options.Normalization ?? Normalization.Of(data.Training),
            Loss = options.Loss is { } loss && Loss.Known.Get(loss, "smoothing") is not null ? Loss.Known.With(loss, "smoothing", 0f)
                : options.Loss,
            L1Decay = 0,
            Averaging = null,
            EarlyStopping = null,
            Folder = null,
            Resume = false,
        });
        var result = new OverfitResult(batch.Count, 0, double.NaN, double.NaN, 0);
        while (!result.Passed && session.StepsDone < steps && !options.Cancellation.IsCancellationRequested)
        {
            session.Step();
            result = result with { Steps = (int)session.StepsDone, FirstLoss = session.StepsDone == 1 ? session.StepLoss : result.FirstLoss };
            if (session.StepsDone % 10 != 0 && session.StepsDone != steps) continue;
            var judged = session.Evaluator.Run();
            result = result with { LastLoss = judged.Loss, Accuracy = judged.Accuracy };
        }
        return result;
    }
}

/// <summary>How well a batch was learned by heart.</summary>
/// <param name="Images">Images of the batch.</param>
/// <param name="Steps">Steps that it took.</param>
/// <param name="FirstLoss">Loss of the first step.</param>
/// <param name="LastLoss">Loss at the end, as in evaluation: without dropout, with running statistics.</param>
/// <param name="Accuracy">Share of the batch that is right at the end; not a number where the network gives no scores of classes.</param>
public sealed record OverfitResult(int Images, int Steps, double FirstLoss, double LastLoss, double Accuracy)
{
    /// <summary>Whether every image is right and the loss is below 0.1.</summary>
    public bool Passed => LastLoss < 0.1 && !(Accuracy < 1);
}
