namespace FeatureMap.Ops;

/// <summary>
/// The phases of a step in order. Consecutive per-shard phases run as one: a thread takes a shard through all of them while it is in the
/// cache. A phase over the whole batch is a barrier, so use it only where the batch must meet.
/// </summary>
internal sealed class PhaseList
{
    private readonly List<Phase> phases = [];
    private int round;
    private bool isBeside;

    /// <summary>Name of the layer whose phases are being added.</summary>
    public string Layer { get; set; } = "";

    public IReadOnlyList<Phase> Phases => phases;

    /// <summary>Work that each shard needs for itself.</summary>
    public void PerShard(PhaseAction action) => PerShard(1, action);

    /// <summary>
    /// Work that each shard needs for itself, cut into parts that are independent of each other (<see cref="WorkItem.Part"/>).
    /// </summary>
    public void PerShard(int parts, PhaseAction action) => Append(new Phase(Layer, 0, action, round) { Parts = parts });

    /// <summary>
    /// Work of each shard on channels that need nothing of each other (<see cref="WorkItem.Channels"/>): those of the shape.
    /// </summary>
    public void PerChannel(Shape shape, PhaseAction action) => Append(
        new Phase(Layer, 0, action, round) { Channels = shape.Channels, Floats = (long)shape.Count * FeatureMap.Lanes.LaneLayout.Lanes });

    /// <summary>Work on each channel that needs this channel of all shards, and nothing of other channels.</summary>
    public void TogetherPerChannel(int channels, PhaseAction action) => Append(new Phase(Layer, 1, action, round) { Channels = channels });

    /// <summary>The next phase may run at the same time as those of its layer before it.</summary>
    public PhaseList Beside()
    {
        isBeside = true;
        return this;
    }

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

    public void AddRange(PhaseList other, int time = 0, int strips = 1) =>
        phases.AddRange(other.phases.Select(phase => phase with { Time = time, Strips = strips }));

    private void Append(Phase phase)
    {
        phases.Add(phase with { IsBeside = isBeside });
        isBeside = false;
    }
}
