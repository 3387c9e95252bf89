using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// What distinguishes one step from the next: one object per plan, changed between steps, read by the kernels. A batch may be cut over
/// several ranks, each with consecutive shards of it: what a kernel says about images (dropout masks, means over the batch) depends on
/// their place in the whole batch.
/// </summary>
internal sealed class StepState
{
    /// <summary>Seed of the run.</summary>
    public ulong Seed { get; set; }

    /// <summary>Number of the step in the run, from 0: dropout masks depend on it.</summary>
    public uint Step { get; set; }

    /// <summary>Images of this batch that are here; at most the plan's capacity.</summary>
    public int Count { get; set; }

    /// <summary>Images of the batch on the ranks before this one: whole shards.</summary>
    public int ImagesBefore { get; set; }

    /// <summary>Images of the batch on the ranks behind this one.</summary>
    public int ImagesAfter { get; set; }

    /// <summary>Images of the whole batch.</summary>
    public int Total => ImagesBefore + Count + ImagesAfter;

    /// <summary>Shards of the whole batch.</summary>
    public int TotalShards => LaneLayout.Shards(Total);

    /// <summary>The shards that are here, in the whole batch.</summary>
    public ShardRange Shards => new(ImagesBefore / LaneLayout.Lanes, (ImagesBefore / LaneLayout.Lanes) + LaneLayout.Shards(Count));

    /// <summary>The most images of a batch that one of several ranks has: whole shards, where there are several ranks.</summary>
    public static int MostHere(int batch, int ranks) =>
        Math.Min(batch, (LaneLayout.Shards(batch) + ranks - 1) / ranks * LaneLayout.Lanes);

    /// <summary>Says which images of a batch are this rank's; gives how many.</summary>
    public int Cut(int images, ICollective ranks)
    {
        var range = ShardRange.Of(LaneLayout.Shards(images), ranks.Rank, ranks.Ranks);
        var (first, end) = (Math.Min(images, range.Low * LaneLayout.Lanes), Math.Min(images, range.High * LaneLayout.Lanes));
        (ImagesBefore, ImagesAfter) = (first, images - end);
        return end - first;
    }
}
