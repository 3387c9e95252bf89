using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Training;

/// <summary>Reads loss and predicted class of every image at the end of the forward pass, one row per shard, and adds them up in shard order.</summary>
internal sealed unsafe class ClassificationMeter(int capacity, int[] labels, bool hasScores)
{
    private readonly double[] losses = new double[LaneLayout.Shards(capacity)];
    private readonly int[] correct = new int[LaneLayout.Shards(capacity)];

    /// <summary>Predicted class of each image of the batch.</summary>
    public int[] Predicted { get; } = new int[LaneLayout.Shards(capacity) * LaneLayout.Lanes];

    public PhaseAction Read(Plan plan) => (in item) => Read(plan, item);

    /// <summary>Whether the network gives one score per class. Where it gives something else (an embedding), there is nothing to be right about.</summary>
    public bool HasScores { get; } = hasScores;

    /// <summary>Sum of the losses and number of right answers of a batch.</summary>
    public (double Loss, int Correct) Total(int images)
    {
        double loss = 0;
        var right = 0;
        for (var shard = 0; shard < LaneLayout.Shards(images); shard++)
        {
            loss += losses[shard];
            right += correct[shard];
        }
        return (loss, right);
    }

    private void Read(Plan plan, in WorkItem item)
    {
        var scores = plan.Output.At(item.Slot);
        var loss = plan.LossOutput.At(item.Slot);
        double sum = 0;
        var right = 0;
        for (var lane = 0; lane < item.Images; lane++)
        {
            sum += loss[lane];
            if (!HasScores) continue;
            var best = 0;
            for (var i = 1; i < plan.Output.Shape.Count; i++)
                if (scores[(i * LaneLayout.Lanes) + lane] > scores[(best * LaneLayout.Lanes) + lane])
                    best = i;
            var image = (item.Index * LaneLayout.Lanes) + lane;
            Predicted[image] = best;
            if (best == labels[image]) right++;
        }
        losses[item.Index] = sum;
        correct[item.Index] = right;
    }
}
