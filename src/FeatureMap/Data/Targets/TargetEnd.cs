using FeatureMap.Networks;

namespace FeatureMap.Data;

/// <summary>Where a number of the images lies and how much it differs between them.</summary>
/// <param name="Name">What the number is.</param>
/// <param name="Mean">Its mean.</param>
/// <param name="Deviation">Its standard deviation; above 0.</param>
public readonly record struct QuantityScale(string Name, double Mean, double Deviation)
{
    /// <summary>The scales of the quantities of a set: take the training images, from which everything is learnt.</summary>
    /// <param name="set">Images whose targets are quantities.</param>
    /// <exception cref="UsageException">The targets are none.</exception>
    /// <exception cref="DataException">A number is the same for all images, so that there is nothing to learn.</exception>
    public static IReadOnlyList<QuantityScale> Of(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (set.Targets is not { Kind: TargetKind.Quantities } targets)
            throw new UsageException($"The targets of {set.Name} are no quantities: "
                + $"{(set.Targets is { } other ? $"{other}" : "classes")}.");
        return [.. targets.ClassNames.Select((name, number) =>
        {
            double sum = 0, squares = 0;
            for (var image = 0; image < set.Count; image++)
                sum += targets.Values(set.TargetOf(image))[number];
            var mean = sum / set.Count;
            for (var image = 0; image < set.Count; image++)
            {
                var distance = targets.Values(set.TargetOf(image))[number] - mean;
                squares += distance * distance;
            }
            var deviation = Math.Sqrt(squares / set.Count);
            return (float)deviation > 0 && float.IsFinite((float)(1 / deviation)) ? new QuantityScale(name, mean, deviation)
                : throw new DataException($"{set.Name}: the number '{name}' is {mean} for all {set.Count:N0} images, so there is nothing "
                    + "to learn about it. Leave it out.");
        })];
    }
}

/// <summary>
/// How a network ends that answers what is said of images as a whole, so that what it gives can be read without knowing the training.
/// </summary>
/// <example><code>
/// var network = Network.Build(data.ImageShape, x => Body(x).Linear(data.ClassCount).AnswersOf(data.Training));
/// var run = Trainer.Fit(network, data);   // the loss follows from the targets
/// </code></example>
public static class TargetEnd
{
    /// <summary>
    /// The end that the targets of a set need, behind one score for each answer: a sigmoid for several labels, so that each is a
    /// probability of its own; for quantities mean and deviation in the training images, so that the layer before learns numbers of usual
    /// size and the network gives them in their own unit. Nothing for classes, whose scores every loss for classes takes as they are.
    /// </summary>
    /// <param name="scores">A vector with a number for each label or quantity.</param>
    /// <param name="training">The training images.</param>
    /// <exception cref="ShapeException">There are not as many scores as labels or quantities.</exception>
    /// <exception cref="DataException">A quantity is the same for all images.</exception>
    public static Feature AnswersOf(this Feature scores, ImageSet training)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(training);
        if (training.Targets is not { AreOfWholeImage: true } targets) return scores;
        if (scores.Shape != targets.Shape)
            throw new ShapeException($"{training.Name} has {targets}, and the network gives {scores.Shape} (channels x height x width): "
                + $"end it with GlobalAveragePool().Linear({targets.Shape.Channels}) or Flatten().Linear({targets.Shape.Channels}).");
        if (targets.Kind == TargetKind.Labels) return scores.Sigmoid();
        var scales = QuantityScale.Of(training);
        return scales is [var only] ? scores.ScaleShift(only.Deviation, only.Mean)
            : scores.Multiply(scores.Constant(scores.Shape, [.. scales.Select(scale => (float)scale.Deviation)]))
                .Add(scores.Constant(scores.Shape, [.. scales.Select(scale => (float)scale.Mean)]));
    }
}
