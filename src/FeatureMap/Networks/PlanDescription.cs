namespace FeatureMap.Networks;

/// <summary>
/// How a network runs for one batch size: which layers share memory or run as one kernel, where each buffer stands and how long it lives,
/// and in which stages the threads work. Made by <c>PlanProbe</c>.
/// </summary>
/// <param name="Batch">Images of a full batch.</param>
/// <param name="IsTraining">Whether gradients and weight update are part of it.</param>
/// <param name="Slots">Parts of the arena: one per shard of 16 images, or one per thread where no stage lets the batch meet.</param>
/// <param name="SlotBytes">Bytes of a slot: less than all buffers together, as those that are never alive at the same time share
/// memory.</param>
/// <param name="ThreadBytes">Scratch memory of each thread.</param>
/// <param name="Layers">The layers, in the order of the network; in training those of the loss follow.</param>
/// <param name="Buffers">What stands in a slot, by its place.</param>
/// <param name="Stages">What the threads do between two meetings, in order.</param>
public sealed record PlanDescription(
    int Batch, bool IsTraining, int Slots, long SlotBytes, long ThreadBytes, IReadOnlyList<PlanLayer> Layers, IReadOnlyList<PlanBuffer> Buffers, IReadOnlyList<PlanStage> Stages)
{
    /// <summary>Bytes of all buffers if none shared its memory.</summary>
    public long UnsharedBytes => Buffers.Sum(buffer => buffer.Bytes);

    /// <summary>Microseconds of a step, all threads together in the phases; 0 where nothing was measured.</summary>
    public double Microseconds => Stages.Sum(stage => stage.Microseconds);
}

/// <summary>How a layer runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Op">Its op and settings.</param>
/// <param name="Path">The path of its kernel, with those of its gradients where they differ.</param>
/// <param name="Runs">As a kernel, as a part of the one before, in place of its input, or as a view that costs nothing.</param>
public sealed record PlanLayer(string Name, string Op, string Path, string Runs);

/// <summary>Memory of a slot.</summary>
/// <param name="Content">What stands in it: outputs and gradients of layers, in the order in which they use it.</param>
/// <param name="Offset">Bytes from the beginning of the slot.</param>
/// <param name="Bytes">Size, for one shard of 16 images.</param>
/// <param name="From">When it is written first: forward or back, and the layer.</param>
/// <param name="To">When it is read last.</param>
public sealed record PlanBuffer(string Content, long Offset, long Bytes, string From, string To);

/// <summary>Work between two meetings of the threads.</summary>
/// <param name="Part">Where in the step: prepare, forward, back (the first stage back may continue the last one forward), finish,
/// update.</param>
/// <param name="Items">Pieces of work that threads can take at the same time, cut for the threads of the plan.</param>
/// <param name="IsPerShard">Whether a piece is a shard of 16 images that is walked through all phases. Otherwise it is a part of a shard,
/// or some channels on their way through the phases, or belongs to one phase.</param>
/// <param name="Phases">What is done.</param>
public sealed record PlanStage(string Part, int Items, bool IsPerShard, IReadOnlyList<PlanPhase> Phases)
{
    /// <summary>Microseconds of a step, all threads together; 0 where nothing was measured.</summary>
    public double Microseconds => Phases.Sum(phase => phase.Microseconds);
}

/// <summary>The work of one layer in a stage.</summary>
/// <param name="Layer">Name of the layer; input, result, loss and update stand for what is none.</param>
/// <param name="Work">What the kernel does there.</param>
/// <param name="Items">Pieces of work.</param>
/// <param name="Microseconds">Time of a step, all threads together; 0 where nothing was measured.</param>
public sealed record PlanPhase(string Layer, string Work, int Items, double Microseconds);
