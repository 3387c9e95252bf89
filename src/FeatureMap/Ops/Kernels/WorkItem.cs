using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>One piece of work: a shard of 16 images, or one item of a phase in which the batch meets.</summary>
internal readonly unsafe struct WorkItem
{
    /// <summary>Number of the shard among those that are here, or of the item.</summary>
    public required int Index { get; init; }

    /// <summary>Which part of the shard, where the kernel cut it (<see cref="PhaseList.PerShard(int, PhaseAction)"/>).</summary>
    public int Part { get; init; }

    /// <summary>The channels to work on, where the phase can be cut by channels.</summary>
    public IndexRange Channels { get; init; }

    /// <summary>Number of the shard's first image in the whole batch.</summary>
    public required int FirstImage { get; init; }

    /// <summary>Where this shard's activations stand in the arena (<see cref="LaneTensor.At(int)"/>).</summary>
    public required int Slot { get; init; }

    /// <summary>
    /// Images of this shard that are real: 16, in the last shard perhaps fewer. Lanes beyond hold whatever; keep them out of sums.
    /// </summary>
    public required int Images { get; init; }

    /// <summary>Sixteen lane masks, all bits set for real images and clear beyond: <c>And</c> with it keeps sums clean.</summary>
    public required float* Mask { get; init; }

    /// <summary>
    /// Memory of this thread, at least as large as the largest request (<see cref="KernelSite.Scratch"/>); its content is garbage.
    /// </summary>
    public required float* Scratch { get; init; }
}
