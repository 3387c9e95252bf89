using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>
/// Reads loss, metric and predicted class of every image at the end of the forward pass, and adds them up over the batch.
/// </summary>
/// <param name="graph">Network and loss.</param>
/// <param name="classes">Classes of the data.</param>
/// <param name="metric">What is measured; null for the loss alone.</param>
/// <param name="labels">The classes of the batch, 16 per shard.</param>
/// <param name="capacity">Images of a full batch.</param>
/// <param name="collective">The ranks over which batches are cut.</param>
internal sealed unsafe class ImageMeter(TrainingGraph graph, int classes, Metric? metric, int[] labels, int capacity, ICollective collective)
{
    // Of each shard: sum of the losses, sum of the metric, images that have none.
    private readonly ShardRows rows = new(LaneLayout.Shards(capacity), 3, collective);

    /// <summary>Predicted class of each image of the batch.</summary>
    public int[] Predicted { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    /// <summary>Metric of each image of the batch.</summary>
    public double[] Values { get; } = new double[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    /// <summary>The layers that must still be readable when <see cref="Read(Plan)"/> runs.</summary>
    public IReadOnlyList<int> Kept { get; } = metric is not null && graph.Target is { } target ? [target] : [];

    public MetricInfo? Info { get; } = metric?.Info;

    /// <summary>Whether the network gives one score per class, so that the highest one is its answer.</summary>
    public bool HasScores { get; } = graph.GivesScores(classes);

    public PhaseAction Read(Plan plan) => (in item) => Read(plan, item);

    /// <summary>
    /// Sum of the losses and of the metric over the batch of the last <see cref="Join"/>. An image of which nothing counts has no metric;
    /// it stands in the sum with the mean of the others.
    /// </summary>
    public (double Loss, double Metric) Total { get; private set; }

    /// <summary>Adds up what was read of a batch.</summary>
    public void Join(StepState step)
    {
        var total = rows.Join(step, ShardRows.Add);
        var (sum, left, images) = (total[1], total[2], step.Total);
        Total = (total[0], left == 0 ? sum : left == images ? 0 : sum * images / (images - left));
    }

    private void Read(Plan plan, in WorkItem item)
    {
        var output = plan.Output;
        var scores = output.At(item.Slot);
        var loss = plan.LossOutput.At(item.Slot);
        double lossSum = 0, sum = 0;
        var left = 0;
        for (var lane = 0; lane < item.Images; lane++)
        {
            var image = item.FirstImage + lane;
            lossSum += loss[lane];
            if (HasScores) Predicted[image] = Highest(scores, lane, output.Shape.Count);
            if (metric is null) continue;
            Values[image] = metric == Metric.Accuracy ? (float.IsNaN(scores[(Predicted[image] * LaneLayout.Lanes) + lane]) ? double.NaN : Predicted[image] == labels[image] ? 1 : 0)
                : metric.Of(new MetricSample(Numbers(output, item.Slot, lane), graph.Target is { } target ? Numbers(plan.OutputOf(target), item.Slot, lane) : default, labels[image], graph.HasIgnored));
            if (graph.HasIgnored && double.IsNaN(Values[image])) left++;
            else sum += Values[image];
        }
        var row = rows.Of(item.FirstImage / LaneLayout.Lanes);
        (row[0], row[1], row[2]) = (lossSum, sum, left);
    }

    // Where one of the scores is not a number, that one: there is no answer.
    private static int Highest(float* scores, int lane, int count)
    {
        var best = 0;
        for (var i = 0; i < count; i++)
        {
            var score = scores[(i * LaneLayout.Lanes) + lane];
            if (float.IsNaN(score)) return i;
            if (score > scores[(best * LaneLayout.Lanes) + lane]) best = i;
        }
        return best;
    }

    private static MetricNumbers Numbers(LaneTensor tensor, int slot, int lane) =>
        new(new ReadOnlySpan<float>(tensor.At(slot), (int)tensor.Floats), tensor.Shape, LaneLayout.Lanes, lane);
}
