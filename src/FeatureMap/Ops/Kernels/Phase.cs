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
}
