namespace FeatureMap.Ops;

/// <summary>
/// The phases of a step in order. Consecutive per-shard phases run as one: a thread takes a shard through all of them while it is in the
/// cache. A phase over the whole batch is a barrier, so use it only where the batch must meet.
/// </summary>
internal sealed class PhaseList
{
    private readonly List<Phase> phases = [];
    private int round;

    /// <summary>Name of the layer whose phases are being added.</summary>
    public string Layer { get; set; } = "";

    public IReadOnlyList<Phase> Phases => phases;

    /// <summary>Work that each shard needs for itself.</summary>
    public void PerShard(PhaseAction action) => phases.Add(new Phase(Layer, 0, action, round));

    /// <summary>
    /// Work that needs all shards to have come this far, cut into independent items; of independent phases, those of a later round wait for
    /// the earlier ones.
    /// </summary>
    public void Together(int items, PhaseAction action, int later = 0) => phases.Add(new Phase(Layer, items, action, round + later));

    /// <summary>
    /// What is added from here on waits for everything added before. For a list whose items are independent of each other (Prepare).
    /// </summary>
    public void Wait() => round++;

    public void Add(Phase phase) => phases.Add(phase);

    public void AddRange(PhaseList other) => phases.AddRange(other.phases);
}
