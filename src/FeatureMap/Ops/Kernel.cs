using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The executor of one op at one place of a plan. It owns whatever it needs between calls (repacked weights, partial sums), all of it
/// allocated when the plan is made. <see cref="Schedule"/> says which work it has in a step; the plan runs it.
/// </summary>
internal abstract class Kernel
{
    /// <summary>Adds the kernel's phases to the step. Called once, when the plan is made.</summary>
    public abstract void Schedule(StepSchedule schedule);
}

/// <summary>One piece of work: a shard of 16 images, or one item of a phase in which the batch meets.</summary>
internal readonly unsafe struct WorkItem
{
    /// <summary>Number of the shard among those that are here, or of the item.</summary>
    public required int Index { get; init; }

    /// <summary>Number of the shard's first image in the whole batch.</summary>
    public required int FirstImage { get; init; }

    /// <summary>Where this shard's activations stand in the arena (<see cref="LaneTensor.At"/>).</summary>
    public required int Slot { get; init; }

    /// <summary>Images of this shard that are real: 16, in the last shard perhaps fewer. Lanes beyond hold whatever; keep them out of sums.</summary>
    public required int Images { get; init; }

    /// <summary>Sixteen lane masks, all bits set for real images and clear beyond: <c>And</c> with it keeps sums clean.</summary>
    public required float* Mask { get; init; }

    /// <summary>Memory of this thread, at least as large as the largest request (<see cref="KernelSite.Scratch"/>); its content is garbage.</summary>
    public required float* Scratch { get; init; }
}

/// <summary>Work on one item.</summary>
internal delegate void PhaseAction(in WorkItem item);

/// <summary>
/// One phase of a step: over the shards, or (when <see cref="Items"/> is not 0) over items for which all shards must have come so far. Among independent items
/// those of a later round wait for all of the earlier ones.
/// </summary>
internal readonly record struct Phase(string Layer, int Items, PhaseAction Action, int Round = 0)
{
    public bool IsPerShard => Items == 0;
}

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

    /// <summary>Work that needs all shards to have come this far, cut into independent items; of independent phases, those of a later round wait for the earlier ones.</summary>
    public void Together(int items, PhaseAction action, int later = 0) => phases.Add(new Phase(Layer, items, action, round + later));

    /// <summary>
    /// What is added from here on waits for everything added before. For a list whose items are independent of each other (Prepare).
    /// </summary>
    public void Wait() => round++;

    public void Add(Phase phase) => phases.Add(phase);

    public void AddRange(PhaseList other) => phases.AddRange(other.phases);
}

/// <summary>The four parts of a step. In evaluation only the first two run.</summary>
internal sealed class StepSchedule
{
    /// <summary>Before the forward pass, when weights may have changed: repacking. Items of all layers are independent of each other, unless one waits (<see cref="PhaseList.Wait"/>).</summary>
    public PhaseList Prepare { get; } = new();

    public PhaseList Forward { get; } = new();

    /// <summary>Gradients, last layer first.</summary>
    public PhaseList Backward { get; } = new();

    /// <summary>After the backward pass: sums of the shards' partial weight gradients, in the rounds of <see cref="ShardSums"/>. Items of a round are independent of each other.</summary>
    public PhaseList Finish { get; } = new();

    public void Enter(string layer) => Prepare.Layer = Forward.Layer = Backward.Layer = Finish.Layer = layer;
}

/// <summary>A batch of activations or gradients in the lane layout; its memory is placed by the plan, in an arena with one slot per shard.</summary>
internal sealed unsafe class LaneTensor
{
    private readonly Arena arena;
    private long offset;

    public LaneTensor(Shape shape, Arena arena)
    {
        Shape = shape;
        this.arena = arena;
        Root = this;
    }

    private LaneTensor(Shape shape, LaneTensor root)
    {
        Shape = shape;
        arena = root.arena;
        Root = root;
    }

    public Shape Shape { get; }

    /// <summary>The tensor that owns the memory: this one, unless it is a view.</summary>
    public LaneTensor Root { get; }

    /// <summary>Floats from one channel to the next.</summary>
    public nint ChannelStep => (nint)Shape.Area * LaneLayout.Lanes;

    public long Floats => (long)Shape.Count * LaneLayout.Lanes;

    /// <summary>Place inside a slot, in floats; set by the plan, on the root.</summary>
    public long Offset
    {
        get => Root.offset;
        set => Root.offset = value;
    }

    /// <summary>The same memory under another shape of as many elements.</summary>
    public LaneTensor View(Shape shape) => new(shape, Root);

    /// <summary>The first element of the shard in this slot.</summary>
    public float* At(int slot) => arena.At(slot) + Root.offset;
}

/// <summary>The memory of a plan: one slot per shard (or per thread or caller, where no phase lets the batch meet).</summary>
internal sealed unsafe class Arena
{
    private readonly List<AlignedBuffer> blocks = [];
    private float*[] slots = [];

    public long SlotFloats { get; private set; }

    public int Slots => slots.Length;

    /// <summary>The first float of a slot.</summary>
    public float* At(int slot) => slots[slot];

    /// <summary>Takes one block for all slots.</summary>
    public void Allocate(int count, long slotFloats)
    {
        SlotFloats = slotFloats;
        Add(count);
    }

    /// <summary>Adds slots in a block of their own, while others may be in use: those stay where they are. Not for two callers at a time.</summary>
    public void Add(int count)
    {
        var block = new AlignedBuffer(count * SlotFloats);
        blocks.Add(block);
        var all = new float*[slots.Length + count];
        slots.CopyTo(all, 0);
        for (var i = 0; i < count; i++)
            all[slots.Length + i] = block.Pointer + (i * SlotFloats);
        slots = all;
    }
}

/// <summary>One parameter of a layer as a kernel sees it.</summary>
internal sealed unsafe class ParameterSlot(ParameterDefinition definition, AlignedBuffer values, AlignedBuffer? gradient)
{
    public ParameterDefinition Definition { get; } = definition;

    public int Count => Definition.Count;

    public float* Values => values.Pointer;

    /// <summary>Where the sum over the batch goes; only in training, for trainable parameters.</summary>
    public float* Gradient => gradient is null ? null : gradient.Pointer;

    public Span<float> Span => values.Span;

    public Span<float> GradientSpan => gradient is null ? [] : gradient.Span;
}

/// <summary>
/// A place of a plan: everything that a kernel is given. A copy with other parameters, for the kernel of an op inside of another, asks for memory on behalf of the
/// same place.
/// </summary>
internal sealed record KernelSite
{
    private readonly Requests requests = new();

    public required string Layer { get; init; }

    public required int LayerIndex { get; init; }

    public required ExecutionMode Mode { get; init; }

    /// <summary>Shards of a full batch.</summary>
    public required int Shards { get; init; }

    public required StepState Step { get; init; }

    /// <summary>The ranks over which the batch is cut.</summary>
    public ICollective Collective { get; init; } = OneRank.Instance;

    /// <summary>Shards of a full batch, over all ranks.</summary>
    public int TotalShards { get => field == 0 ? Shards : field; init; }

    /// <summary>Carries the partial sums of the parameters to the other ranks; null where there are none.</summary>
    public ShardExchange? Exchange { get; init; }

    public required Arena Arena { get; init; }

    public required LaneTensor[] Inputs { get; init; }

    public required LaneTensor Output { get; init; }

    /// <summary>Gradient of each input; null where nobody needs it (the images themselves) and in evaluation.</summary>
    public required LaneTensor?[] InputGradients { get; init; }

    public required LaneTensor? OutputGradient { get; init; }

    public required ParameterSlot[] Parameters { get; init; }

    /// <summary>An activation that follows and that the plan asks this kernel to apply as well; only for ops that say they can.</summary>
    public Activation? FusedActivation { get; init; }

    public bool IsTraining => Mode == ExecutionMode.Training;

    public LaneTensor Input => Inputs[0];

    public Shape[] InputShapes => Array.ConvertAll(Inputs, input => input.Shape);

    public IReadOnlyList<LaneTensor> Reserved => requests.Reserved;

    /// <summary>Floats of thread memory that this kernel needs in any one call.</summary>
    public long ScratchFloats => requests.ScratchFloats;

    /// <summary>Asks for memory per shard that lives from this layer's forward to its backward phases.</summary>
    public LaneTensor Reserve(Shape shape)
    {
        var tensor = new LaneTensor(shape, Arena);
        requests.Reserved.Add(tensor);
        return tensor;
    }

    /// <summary>Asks for thread memory; calls do not add up, the largest counts.</summary>
    public void Scratch(long floats) => requests.ScratchFloats = Math.Max(requests.ScratchFloats, floats);

    private sealed class Requests
    {
        public List<LaneTensor> Reserved { get; } = [];

        public long ScratchFloats { get; set; }
    }
}
