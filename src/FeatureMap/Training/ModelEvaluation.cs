using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Judges a trained model; what it makes of single images is in <see cref="Model.Predict"/>.</summary>
public static class ModelEvaluation
{
    /// <summary>Loss and accuracy of a model on a labelled set, with the class that it gives each image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="loss">
    /// The loss to report. Where null, the cross-entropy of the probabilities: of those that the network ends in (<see
    /// cref="Network.OutputValues"/>), or of the softmax of its scores; binary cross-entropy where it ends in a sigmoid. One output of a
    /// sigmoid answers for the second of two classes.
    /// </param>
    /// <param name="threads">Threads; 0 for one per logical processor.</param>
    /// <param name="width">SIMD register width.</param>
    /// <param name="metric">What to measure; what fits the targets where null, see <see cref="TrainingOptions.Metric"/>.</param>
    /// <param name="device">What computes; the processor where null.</param>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    /// <exception cref="UsageException">The images have targets, and no loss is given for them.</exception>
    public static EvaluationResult Evaluate(this Model model, ImageSet set, Loss? loss = null, int threads = 0,
        LaneWidth width = LaneWidth.Automatic, Metric? metric = null, ComputeDevice? device = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        var asked = model;
        if (set.Targets is null && loss is null or { Op: SoftmaxCrossEntropy }) (model, loss) = OfScores(model, set, loss);
        var outputs = set.Targets is null && model.Network.Output == Shape.Vector(set.ClassCount) ? new float[set.Count][] : null;
        var result = Evaluate(model, set, null, loss, metric, threads, width, outputs, device);
        if (outputs is null) return result;
        // A sigmoid that was taken off for the loss is put back; of one, two scores were made, which are a choice between classes.
        var isOdds = asked.Network is { OutputValues: OutputValues.IndependentProbabilities } own && own.Output == model.Network.Output
            && model.Network.OutputValues == OutputValues.Scores;
        return result with { Kept = new(outputs, isOdds, model.Network.OutputValues, set) };
    }

    /// <summary>
    /// The same by the loss as the training had it, whatever the network ends in, and for images that are prepared otherwise than the model
    /// does (<see cref="Model.Preparation"/>), such as scaled to the network's size; null for the model's way.
    /// </summary>
    internal static EvaluationResult Evaluate(Model model, ImageSet set, Augmentation? preparation, Loss? loss, Metric? metric,
        int threads, LaneWidth width, float[][]? outputs = null, ComputeDevice? device = null)
    {
        var prepared = preparation ?? model.Preparation;
        Check(model, set, prepared, loss);
        if (loss is null && set.Targets is null && model.Network.Output.Channels != set.ClassCount)
            throw new ShapeException($"The network tells {model.Network.Output.Channels} classes apart, {set.Name} has {set.ClassCount}. Evaluate it on the data set that it was trained on.");
        using var engine = (device ?? ComputeDevice.Processor).MakeEngine(threads, width);
        var targetShape = set.Targets is { } targets ? targets.ShapeOf(targets.AreNumbers ? targets.StoredShape : prepared.TargetShape(set.ImageShape, targets)) : (Shape?)null;
        var graph = TrainingGraph.Of(model.Network, loss ?? Loss.Usual(set, model.Network), set.ClassCount, targetShape, set.Targets is
        { IgnoreValue: not null });
        metric ??= Metric.Default(graph, set);
        metric?.Check(graph, set);
        using var evaluator = new Evaluator(
            Weights.Extend(model.Weights, graph.Graph, 0), graph, set, model.Normalization, prepared, metric, engine);
        return evaluator.Run(outputs);
    }

    // A loss with a softmax of its own must not meet that of the network.
    private static (Model Model, Loss? Loss) OfScores(Model model, ImageSet set, Loss? loss)
    {
        if (model.Network.OutputValues is var values && values == OutputValues.Scores || !model.Network.Output.IsVector) return (model, loss);
        var network = model.Network.ToScores();
        if (values == OutputValues.IndependentProbabilities && network.Output.Channels == 1 && set.ClassCount == 2)
            network = network.Append(x => x.Multiply(0).Concat(x)); // the softmax of 0 and x is 1 - sigmoid(x) and sigmoid(x)
        else if (values == OutputValues.IndependentProbabilities)
            loss ??= network.Output.Channels == set.ClassCount ? Loss.BinaryCrossEntropy() : null;
        return (model.With(model.Weights.ShareWith(network)), loss);
    }

    private static void Check(Model model, ImageSet set, Augmentation preparation, Loss? loss)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (model.Network.Input != preparation.OutputShape(set.ImageShape))
            throw NetworkInput.Refuse(model.Network, $"{set.Name} has {set.ImageShape}. Scale the images to that size, or take the data "
                + "set that the network was trained on.");
        if (loss is null && set.Targets is { Encoder: not BoxPyramid, AreOfWholeImage: false })
            throw new UsageException($"{set.Name} has targets ({set.Targets}): say by which loss the model is to be judged on them, the one that it was trained with.");
        if (loss is null && set.Targets is null && !model.Network.Output.IsVector)
            throw new ShapeException($"The network gives {model.Network.Output} per image; to tell classes apart it must give a vector.");
    }
}
