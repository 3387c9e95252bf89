using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>How a training goes on after a step, as one of its ranks wants it. What is larger wins.</summary>
internal enum StepWish
{
    /// <summary>With the next step.</summary>
    GoOn,

    /// <summary>Not at all: it is to be gone on with later.</summary>
    Stop,

    /// <summary>Not at all: it is at its end.</summary>
    Finish,
}

/// <summary>
/// Reads loss, metric and predicted class of every image at the end of the forward pass, and adds them up over the batch.
/// </summary>
/// <param name="graph">Network and loss.</param>
/// <param name="classes">Classes of the data.</param>
/// <param name="metric">What is measured; null for the loss alone.</param>
/// <param name="labels">The classes of the batch, 16 per shard.</param>
/// <param name="capacity">Images of a full batch.</param>
/// <param name="collective">The ranks over which batches are cut.</param>
internal sealed class ImageMeter(TrainingGraph graph, int classes, Metric? metric, int[] labels, int capacity, ICollective collective)
    : IBatchReader
{
    private readonly Shape output = graph.Network.Output;

    // Of each shard: sum of the losses, sum of the metric, images that have none.
    private readonly ShardRows rows = new(LaneLayout.Shards(capacity), 3, collective);

    private readonly double[] losses = new double[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    /// <summary>Predicted class of each image of the batch.</summary>
    public int[] Predicted { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    /// <summary>Metric of each image of the batch.</summary>
    public double[] Values { get; } = new double[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    /// <summary>Receives what the network gives for each image of the next batch; empty to keep nothing.</summary>
    public Memory<float[]> Outputs { get; set; }

    /// <summary>Measures the whole set as it passes by, with the places of the images of a batch in it; null where nothing does.</summary>
    public (ISetMeasure Measure, int[] Places)? Whole { get; set; }

    public IReadOnlyList<int> Layers { get; } = metric is not null && graph.Target is { } target ? [target] : [];

    public MetricInfo? Info { get; } = metric?.Info;

    /// <summary>Whether the network gives one score per class, so that the highest one is its answer.</summary>
    public bool HasScores { get; } = graph.GivesScores(classes);

    /// <summary>
    /// Sum of the losses and of the metric over the batch of the last <see cref="Join"/>. An image of which nothing counts has no metric;
    /// it stands in the sum with the mean of the others.
    /// </summary>
    public (double Loss, double Metric) Total { get; private set; }

    /// <summary>What this rank wants to happen after the step; behind <see cref="Join"/>, the most that any of them wants.</summary>
    public StepWish Wish { get; set; }

    /// <summary>Adds up what was read of a batch.</summary>
    public void Join(StepState step)
    {
        for (var shard = step.Shards.Low; shard < step.Shards.High; shard++)
            AddUp(shard, Math.Min(LaneLayout.Lanes, step.ImagesBefore + step.Count - (shard * LaneLayout.Lanes)));
        rows.Word = (int)Wish;
        var total = rows.Join(step, ShardRows.Add);
        Wish = (StepWish)(int)rows.Word;
        var (sum, left, images) = (total[1], total[2], step.Total);
        Total = (total[0], left == 0 ? sum : left == images ? 0 : sum * images / (images - left));
    }

    public void Read(in ImageGroup group)
    {
        for (var place = 0; place < group.Count; place++)
        {
            var image = group.First + place;
            var scores = group.Numbers(graph.Result, place);
            losses[image] = group.Numbers(graph.Graph.Layers.Count - 1, place)[0];
            if (HasScores) Predicted[image] = Highest(scores, output.Count);
            if (Outputs.Length > 0) Outputs.Span[image] = Copy(scores, output.Count);
            if (Whole is var (measure, places)) measure.Add(places[image], Copy(scores, output.Count));
            if (metric is null) continue;
            if (metric == Metric.Accuracy)
            {
                Values[image] = float.IsNaN(scores[Predicted[image]]) ? double.NaN : Predicted[image] == labels[image] ? 1 : 0;
            }
            else
            {
                var wanted = graph.TargetLayer is { } target ? Numbers(group.Numbers(target.Index, place), target.Output) : default;
                Values[image] = metric.Of(new MetricSample(Numbers(scores, output), wanted, labels[image], graph.HasIgnored));
            }
        }
    }

    // Image after image, whoever computed it.
    private void AddUp(int shard, int images)
    {
        double lossSum = 0, sum = 0;
        var left = 0;
        for (var image = shard * LaneLayout.Lanes; images > 0; image++, images--)
        {
            lossSum += losses[image];
            if (metric is null) continue;
            if (graph.HasIgnored && double.IsNaN(Values[image])) left++;
            else sum += Values[image];
        }
        var row = rows.Of(shard);
        (row[0], row[1], row[2]) = (lossSum, sum, left);
    }

    // Where one of the scores is not a number, that one: there is no answer.
    private static int Highest(ImageNumbers scores, int count)
    {
        var best = 0;
        for (var i = 0; i < count; i++)
        {
            if (float.IsNaN(scores[i])) return i;
            if (scores[i] > scores[best]) best = i;
        }
        return best;
    }

    private static float[] Copy(ImageNumbers scores, int count)
    {
        var copy = new float[count];
        for (var i = 0; i < count; i++)
            copy[i] = scores[i];
        return copy;
    }

    private static MetricNumbers Numbers(ImageNumbers numbers, Shape shape) => new(numbers.Values, shape, numbers.Stride, numbers.Offset);
}
