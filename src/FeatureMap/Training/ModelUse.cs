using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>What a trained model is for: judging a labelled set, and telling what new images show.</summary>
public static class ModelUse
{
    /// <summary>Loss and accuracy of a model on a labelled set, with the class that it gives each image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="set">Images of the network's input shape.</param>
    /// <param name="loss">The loss to report; softmax cross-entropy where null.</param>
    /// <param name="threads">Threads; 0 for one per logical processor.</param>
    /// <param name="width">SIMD register width.</param>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    public static EvaluationResult Evaluate(this Model model, ImageSet set, Loss? loss = null, int threads = 0, LaneWidth width = LaneWidth.Automatic)
    {
        Check(model, set);
        if (model.Network.Output.Channels < set.ClassCount)
            throw new ShapeException($"The network tells {model.Network.Output.Channels} classes apart, {set.Name} has {set.ClassCount}. Evaluate it on the data set that it was trained on.");
        using var team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
        return new Evaluator(model.Weights, set, model.Normalization, loss ?? new SoftmaxCrossEntropy(), team, width).Run();
    }

    /// <summary>The softmax of the network's scores for each image of a set: one row per image, one probability per class, adding up to 1.</summary>
    /// <exception cref="ShapeException">The images do not fit the network.</exception>
    public static IReadOnlyList<float[]> Probabilities(this Model model, ImageSet set, int threads = 0, LaneWidth width = LaneWidth.Automatic)
    {
        Check(model, set);
        var batch = Math.Min(256, set.Count);
        using var team = new ThreadTeam(threads > 0 ? threads : Environment.ProcessorCount);
        var loader = new BatchLoader(set, model.Normalization, Augmentation.None, batch);
        var rows = new float[batch][];
        var plan = new Plan(new PlanRequest
        {
            Weights = model.Weights,
            Batch = batch,
            Mode = ExecutionMode.Evaluation,
            Team = team,
            Width = width,
            Load = loader.Load,
            LoadScratchFloats = loader.ScratchFloats,
            Consume = made => (in item) => Softmax(made, item, rows),
        });
        plan.Prepare();
        var all = new List<float[]>(set.Count);
        for (var start = 0; start < set.Count; start += batch)
        {
            var count = Math.Min(batch, set.Count - start);
            loader.Set([.. Enumerable.Range(start, count)]);
            plan.Forward(count);
            all.AddRange(rows.AsSpan(0, count));
        }
        return all;
    }

    private static unsafe void Softmax(Plan plan, in WorkItem item, float[][] rows)
    {
        var scores = plan.Output.At(item.Slot);
        var classes = plan.Output.Shape.Count;
        for (var lane = 0; lane < item.Images; lane++)
        {
            var row = new float[classes];
            var highest = float.NegativeInfinity;
            for (var i = 0; i < classes; i++)
                highest = Math.Max(highest, scores[(i * LaneLayout.Lanes) + lane]);
            double sum = 0;
            for (var i = 0; i < classes; i++)
                sum += Math.Exp(scores[(i * LaneLayout.Lanes) + lane] - highest);
            for (var i = 0; i < classes; i++)
                row[i] = (float)(Math.Exp(scores[(i * LaneLayout.Lanes) + lane] - highest) / sum);
            rows[(item.Index * LaneLayout.Lanes) + lane] = row;
        }
    }

    private static void Check(Model model, ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(set);
        if (model.Network.Input != set.ImageShape)
            throw new ShapeException($"The network takes images of {model.Network.Input} (channels x height x width), {set.Name} has {set.ImageShape}. Scale the images to that size, or take the data set that the network was trained on.");
        if (!model.Network.Output.IsVector)
            throw new ShapeException($"The network gives {model.Network.Output} per image; to tell classes apart it must give a vector.");
    }
}
