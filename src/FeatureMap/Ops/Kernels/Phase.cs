namespace FeatureMap.Ops;

/// <summary>Work on one item.</summary>
internal delegate void PhaseAction(in WorkItem item);

/// <summary>
/// One phase of a step: over the shards, or (when <see cref="Items"/> is not 0) over items for which all shards must have come so far.
/// Among independent items those of a later round wait for all of the earlier ones.
/// </summary>
internal readonly record struct Phase(string Layer, int Items, PhaseAction Action, int Round = 0)
{
    public bool IsPerShard => Items == 0;

    /// <summary>Pieces into which its kernel cut a shard: each is an item, and reads anything of what came before.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>
    /// Not 0 where the work on each of so many channels needs nothing of the other channels, of all tensors that it reads and writes: the
    /// executor may cut it anywhere, and take some channels through several such phases. An item then says which channels.
    /// </summary>
    public int Channels { get; init; }

    /// <summary>Numbers per shard that it reads, where it can be cut by channels: how heavy it is.</summary>
    public long Floats { get; init; }

    /// <summary>Whether the phases of its layer before it, in the same part of the step, may run at the same time.</summary>
    public bool IsBeside { get; init; }

    /// <summary>Lanes of an image: an item's images are as many times more, where they are cut into strips.</summary>
    public int Strips { get; init; } = 1;

    /// <summary>When it runs, as lives of tensors count it.</summary>
    public int Time { get; init; }
}
