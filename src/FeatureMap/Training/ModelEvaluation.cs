using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Judges a trained model; what it makes of single images is in <see cref="Model.Predict"/>.</summary>
public static class ModelEvaluation
{
    /// <summary>Loss and accuracy of a model on a labelled set, with the class that it gives each image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="loss">The loss to report; softmax cross-entropy where null.</param>
    /// <param name="threads">Threads; 0 for one per logical processor.</param>
    /// <param name="width">SIMD register width.</param>
    /// <param name="metric">What to measure; what fits the targets where null, see <see cref="TrainingOptions.Metric"/>.</param>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    /// <exception cref="UsageException">The images have targets, and no loss is given for them.</exception>
    public static EvaluationResult Evaluate(this Model model, ImageSet set, Loss? loss = null, int threads = 0, LaneWidth width = LaneWidth.Automatic, Metric? metric = null) =>
        Evaluate(model, set, null, loss, metric, threads, width);

    /// <summary>The same for images that are prepared otherwise than the model does (<see cref="Model.Preparation"/>), such as scaled to the network's size; null for the model's way.</summary>
    internal static EvaluationResult Evaluate(Model model, ImageSet set, Augmentation? preparation, Loss? loss, Metric? metric, int threads, LaneWidth width)
    {
        ArgumentNullException.ThrowIfNull(model);
        var prepared = preparation ?? model.Preparation;
        Check(model, set, prepared, loss);
        if (loss is null && set.Targets is null && model.Network.Output.Channels != set.ClassCount)
            throw new ShapeException($"The network tells {model.Network.Output.Channels} classes apart, {set.Name} has {set.ClassCount}. Evaluate it on the data set that it was trained on.");
        using var team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
        var targetShape = set.Targets is { } targets ? targets.ShapeOf(targets.Kind == TargetKind.Numbers ? targets.StoredShape : prepared.TargetShape(set.ImageShape, targets)) : (Shape?)null;
        var graph = TrainingGraph.Of(model.Network, loss ?? new SoftmaxCrossEntropy(), set.ClassCount, targetShape, set.Targets is { IgnoreValue: not null });
        metric ??= Metric.Default(graph, set);
        metric?.Check(graph, set);
        return new Evaluator(Weights.Extend(model.Weights, graph.Graph, 0), graph, set, model.Normalization, prepared, metric, team, width).Run();
    }

    private static void Check(Model model, ImageSet set, Augmentation preparation, Loss? loss)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (model.Network.Input != preparation.OutputShape(set.ImageShape))
            throw new ShapeException($"The network takes images of {model.Network.Input} (channels x height x width), {set.Name} has {set.ImageShape}. Scale the images to that size, or take the data set that the network was trained on.");
        if (loss is null && set.Targets is not null)
            throw new UsageException($"{set.Name} has targets ({set.Targets}): say by which loss the model is to be judged on them, the one that it was trained with.");
        if (loss is null && !model.Network.Output.IsVector)
            throw new ShapeException($"The network gives {model.Network.Output} per image; to tell classes apart it must give a vector.");
    }
}
