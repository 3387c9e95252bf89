using System.Runtime.CompilerServices;
using System.Diagnostics;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network made ready for single images: channels ride in the lanes, so that one image fills the registers that a shard of 16 would. Ops
/// that treat all channels alike run their usual kernels, those that mix channels have kernels of this layout (<see
/// cref="Op.CreateChannelKernel{TLanes}"/>), and the rest goes through a shard with one image (<see cref="ThroughImages"/>). Every number is
/// added up in the order of <see cref="Plan"/>: the same bits.
/// </summary>
internal sealed unsafe partial class ChannelPlan : IDisposable
{
    private readonly BufferOwner memory = new();
    private readonly Arena arena = new();
    private readonly MemoryPlan lives = new();
    private readonly StepState step = new() { Count = 1 };
    private readonly Weights weights;
    private readonly Network network;
    private readonly LaneWidth width;
    private readonly int pieces;
    private readonly LaneTensor[] outputs;
    private readonly Layer[] sources;
    private readonly AlignedBuffer mask;
    private readonly Phase[] prepare, forward;
    private readonly int[] taken;
    private readonly Action<int> work;
    private (ThreadTeam Team, int Slot, IReadOnlyList<AlignedBuffer> Scratch) running;
    private readonly List<ChannelLayer> layers = [];
    private readonly List<Layer> throughShards = [];
    private float[]?[][] copies = []; // of each slot, what was read of a layer
    private readonly long behind;
    private readonly long[] ticks;

    /// <param name="request">The weights (those of <see cref="Prepare"/> count), and what is read of an image at the end.</param>
    /// <param name="threads">Threads that may work on an image; the numbers do not depend on it.</param>
    /// <param name="width">The register width; likewise.</param>
    public ChannelPlan(EngineRequest request, int threads, LaneWidth width = LaneWidth.Automatic)
    {
        using var collection = memory.Collect();
        (weights, network, this.width) = (request.Weights, request.Weights.Network, width);
        pieces = threads == 1 ? 1 : 4 * threads;
        mask = new AlignedBuffer(LaneLayout.Lanes);
        mask.Span.Fill(BitConverter.UInt32BitsToSingle(uint.MaxValue));
        outputs = new LaneTensor[network.Layers.Count];
        sources = [.. network.Layers.Where(layer => layer.Op is null)];
        var readers = network.CountReaders();
        int[] read = [network.Layers.Count - 1, request.Result ?? network.Layers.Count - 1, .. request.Reader?.Layers ?? []];
        foreach (var layer in read)
            readers[layer]++;
        var schedule = new StepSchedule();
        foreach (var layer in network.Layers)
            if (outputs[layer.Index] is null) behind = Math.Max(behind, Place(layer, readers, schedule));
        foreach (var layer in read)
            lives.Touch(outputs[layer], network.Layers.Count);
        (prepare, forward) = ([.. schedule.Prepare.Phases], [.. schedule.Forward.Phases]);
        (taken, ticks, work) = (new int[forward.Length], new long[forward.Length], Work);
        ScratchFloats = layers.Select(layer => layer.ScratchFloats).Append(0).Max();
        SlotFloats = lives.Place() + behind;
        arena.Allocate(0, SlotFloats);
    }

    /// <summary>Floats of thread memory that <see cref="Forward(int, float*)"/> uses.</summary>
    public long ScratchFloats { get; }

    /// <summary>Floats of a slot.</summary>
    public long SlotFloats { get; }

    /// <summary>Layers without a kernel of this layout.</summary>
    public IReadOnlyList<Layer> ThroughShards => throughShards;

    /// <summary>Whether to measure each phase.</summary>
    public bool IsMeasuring { get; set; }

    /// <summary>Adds memory for one more image at a time. Not for two callers at a time.</summary>
    public void AddSlot()
    {
        using var collection = memory.Collect();
        arena.Add(1);
        copies = [.. copies, new float[]?[network.Layers.Count]];
    }

    /// <summary>Repacks the weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Prepare()
    {
        foreach (var phase in prepare)
            for (int item = 0, items = ItemsOf(phase); item < items; item++)
                phase.Action(ItemOf(phase, item, 0, null));
    }

    /// <summary>Computes the image in a slot on the calling thread; as many at a time as there are slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(int slot, float* scratch)
    {
        for (var phase = 0; phase < forward.Length; phase++)
            for (int item = 0, items = ItemsOf(forward[phase]); item < items; item++)
                Run(phase, item, slot, scratch);
    }

    /// <summary>The same on all threads of a team. Not for two callers at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(int slot, ThreadTeam team, IReadOnlyList<AlignedBuffer> scratch)
    {
        running = (team, slot, scratch);
        Array.Clear(taken);
        team.Run(work);
    }

    public void Dispose() => memory.Dispose();

    // Phases of one item that follow each other are one thread's; the others meet before each phase of several items and behind it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Work(int thread)
    {
        for (var phase = 0; phase < forward.Length; phase++)
        {
            var items = ItemsOf(forward[phase]);
            if (phase > 0 && (items > 1 || ItemsOf(forward[phase - 1]) > 1)) running.Team.Meet();
            if (items == 1)
            {
                if (thread == 0) Run(phase, 0, running.Slot, running.Scratch[thread].Pointer);
                continue;
            }
            for (var item = Interlocked.Increment(ref taken[phase]) - 1; item < items; item = Interlocked.Increment(ref taken[phase]) - 1)
                Run(phase, item, running.Slot, running.Scratch[thread].Pointer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(int phase, int item, int slot, float* scratch)
    {
        var start = IsMeasuring ? Stopwatch.GetTimestamp() : 0;
        forward[phase].Action(ItemOf(forward[phase], item, slot, scratch));
        if (IsMeasuring) Interlocked.Add(ref ticks[phase], Stopwatch.GetTimestamp() - start);
    }

    // Kernels of a batch say how their only shard can be cut.
    private int ItemsOf(in Phase phase) => phase.Channels > 0 ? Math.Min(phase.Channels, pieces) : Math.Max(phase.Items, phase.Parts);

    private WorkItem ItemOf(in Phase phase, int number, int slot, float* scratch) => new()
    {
        Index = phase.IsPerShard ? 0 : number,
        Part = number,
        Channels = new IndexRange(number * phase.Channels / ItemsOf(phase), (number + 1) * phase.Channels / ItemsOf(phase)),
        FirstImage = 0,
        Slot = slot,
        Images = LaneLayout.Lanes,
        Mask = mask.Pointer,
        Scratch = scratch,
    };

    // Returns how far behind its inputs the layer reads.
    private long Place(Layer layer, int[] readers, StepSchedule schedule)
    {
        if (layer.Op is not { } op)
        {
            outputs[layer.Index] = New(layer.Output, 0);
            return 0;
        }
        var inputs = layer.Inputs.Select(input => outputs[input]).ToArray();
        foreach (var input in inputs)
            lives.Touch(input, layer.Index);
        if (op.IsView(ExecutionMode.Evaluation) && layer.InputShapes[0] == layer.Output)
        {
            outputs[layer.Index] = inputs[0];
            layers.Add(new(layer, "view", 0));
            return 0;
        }
        var isAlike = inputs.Length > 0 && op.TreatsChannelsAlike(layer.InputShapes);
        var isInPlace = isAlike && op.ForwardInPlace && inputs.Length == 1 && IsLastReader(layer, readers);
        var output = isInPlace ? inputs[0] : New(layer.Output, layer.Index);
        outputs[layer.Index] = output;

        // What follows and can be applied while a band is in the cache: a normalisation behind weights, and an activation behind either or
        // behind the sum that ends a residual block.
        var norm = op is WeightedOp && Follower(layer, readers) is { Op: BatchNorm } next ? next : null;
        var activation = op is WeightedOp or BatchNorm or Add && Follower(norm ?? layer, readers) is { Op: Activation } last ? last : null;
        var place = new ChannelSite
        {
            Site = SiteOf(layer, inputs, output) with { FusedActivation = (Activation?)activation?.Op },
            Inputs = [.. layer.InputShapes],
            Output = layer.Output,
            Pieces = pieces,
            Norm = (BatchNorm?)norm?.Op,
            NormParameters = norm is null ? [] : SlotsOf(norm),
        };
        var own = op.CreateChannelKernel(place, width);
        if (own is null && !isAlike) throughShards.Add(layer);
        var (kernel, runs) = own is not null ? (own, "channels in lanes")
            : isAlike ? (op.CreateKernel(place.Site with { FusedActivation = null }, width), "channels in lanes, kernel of a batch")
            : (new ThroughImages(place, op, width), "through a shard with one image");
        layers.Add(new(layer, runs, place.Site.ScratchFloats));
        foreach (var reserved in place.Site.Reserved)
            lives.Touch(reserved, layer.Index);
        if (own is not null)
            foreach (var taken in (Layer?[])[norm, activation])
            {
                if (taken is null) continue;
                outputs[taken.Index] = output;
                layers.Add(new(taken, $"with '{layer.Name}'", 0));
            }
        schedule.Enter(layer.Name);
        kernel.Schedule(schedule);
        return place.Behind;
    }

    private Layer? Follower(Layer layer, int[] readers) => readers[layer.Index] == 1
        ? network.Layers.Skip(layer.Index + 1).FirstOrDefault(next => next.Inputs.Count == 1 && next.Inputs[0] == layer.Index)
        : null;

    // Whether nobody reads the input's memory after this layer, and it is not the image.
    private bool IsLastReader(Layer layer, int[] readers)
    {
        var tensor = outputs[layer.Inputs[0]];
        var all = network.Layers.Take(layer.Index).Where(other => outputs[other.Index] == tensor).Sum(other => readers[other.Index]);
        var done = network.Layers.Take(layer.Index + 1).Sum(other => other.Inputs.Count(input => outputs[input] == tensor));
        return tensor != outputs[0] && all == done;
    }

    private KernelSite SiteOf(Layer layer, LaneTensor[] inputs, LaneTensor output) => new()
    {
        Layer = layer.Name,
        LayerIndex = layer.Index,
        Mode = ExecutionMode.Evaluation,
        Shards = 1,
        Parts = pieces,
        Step = step,
        Arena = arena,
        Inputs = inputs,
        Output = output,
        InputGradients = new LaneTensor?[inputs.Length],
        OutputGradient = null,
        Parameters = SlotsOf(layer),
    };

    private ParameterSlot[] SlotsOf(Layer layer) =>
    [
        .. weights.Parameters.Where(parameter => parameter.Layer == layer.Index)
            .Select(parameter => new ParameterSlot(parameter.Definition, parameter.Buffer, null)),
    ];

    private LaneTensor New(Shape shape, int time)
    {
        var tensor = new LaneTensor(ChannelSite.Blocked(shape), arena);
        lives.Touch(tensor, time);
        return tensor;
    }
}

/// <summary>How a layer runs in the plan of a single image.</summary>
internal sealed record ChannelLayer(Layer Layer, string Runs, long ScratchFloats);
