using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>
/// A network made ready to run, for one batch size and mode: kernels, buffers placed by lifetime, and the order of all phases. Made once; a step then
/// allocates nothing. All native memory, that of the kernels included, is the plan's.
/// </summary>
internal sealed partial class Plan : IExecutable
{
    private readonly BufferOwner memory = new();
    private readonly EngineRequest request;
    private readonly LaneWidth width;
    private readonly PlanLayout layout;
    private readonly Arena arena = new();
    private readonly Dictionary<int, ParameterSlot[]> parameters = [];
    private readonly Dictionary<LaneTensor, int> reservedBy = [];
    private readonly int result, slots, forwardStart, forwardEnd, walkEnd, finishEnd;
    private readonly long threadFloats;
    private readonly ShardCut cut;
    private readonly ShardExchange? exchange;
    private bool isDisposed;

    /// <param name="request">What it is made for.</param>
    /// <param name="team">Who computes; its maker's.</param>
    /// <param name="width">Width of the registers.</param>
    /// <param name="isShared">Whether callers run shards themselves, several at a time, each in a slot that was added.</param>
    /// <exception cref="UsageException">It is shared, and the network compares the images of a batch with each other.</exception>
    public Plan(EngineRequest request, ThreadTeam team, LaneWidth width = LaneWidth.Automatic, bool isShared = false)
    {
        using var collection = memory.Collect();
        (this.request, this.width) = (request, width);
        var network = request.Weights.Network;
        result = request.Result ?? network.Layers.Count - 1;
        // Callers of a shared plan run whole shards, each its own.
        cut = isShared ? ShardCut.None : request.Cut ?? ShardCut.Of(team.Threads, LaneLayout.Shards(request.Batch));
        layout = new PlanLayout(request, result, arena);
        Gradients = MakeSlots();
        if (request.Collective.Ranks > 1 && request.HasGradients)
            exchange = new ShardExchange(request.Collective, LaneLayout.Shards(request.TotalBatch));
        var sites = new List<KernelSite>();
        var kernels = new Dictionary<LayerPlace, Kernel>();
        foreach (var layer in network.Layers)
        {
            if (layout.Places[layer.Index] is not { HasKernel: true } place) continue;
            var site = SiteOf(place, layer);
            kernels[place] = place.Op.CreateKernel(site, width);
            sites.Add(site);
            foreach (var reserved in site.Reserved)
            {
                reservedBy[reserved] = layer.Index;
                layout.Memory.Touch(reserved, layer.Index);
                if (place.OutputGradient is not null) layout.Memory.Touch(reserved, layout.BackwardTime(layer.Index));
            }
        }

        var schedule = new StepSchedule();
        schedule.Enter("input");
        schedule.Forward.PerShard(Fill);
        ScheduleKernels(schedule, kernels);
        if (exchange is not null)
        {
            exchange.Allocate();
            schedule.Enter("ranks");
            exchange.Schedule(schedule.Finish, Step);
        }
        var update = new PhaseList { Layer = "update" };
        var ending = new StepEnding();
        request.Ending?.Invoke(ending, this);
        foreach (var (items, work) in ending.Parts)
            update.Together(items, (in item) => work(item.Index));

        var prepare = Stage.Join(schedule.Prepare.Phases, areIndependent: true, cut);
        var forward = Stage.Join(schedule.Forward.Phases, areIndependent: false, cut);
        // Forward and backward meet at the same shard: the first backward stage continues the last forward one.
        var walk = Stage.Join([.. schedule.Forward.Phases, .. schedule.Backward.Phases], areIndependent: false, cut);
        var finish = Stage.Join(schedule.Finish.Phases, areIndependent: true, cut);
        forwardStart = prepare.Count;
        forwardEnd = prepare.Count + forward.Count;
        walkEnd = prepare.Count + walk.Count;
        finishEnd = walkEnd + finish.Count;
        var slotPerThread = !request.HasGradients && forward is [{ IsWalk: true }] && !request.KeepsOutputs;
        var shards = LaneLayout.Shards(request.Batch);
        if (isShared && !slotPerThread)
            throw new UsageException($"Layer '{forward[1].Phases[0].Layer}' compares the images of a batch with each other: images cannot "
                + "be asked for one by one. Take the network up to the layer before it.");
        slots = isShared ? 0 : slotPerThread ? team.Threads : shards;
        threadFloats = sites.Select(site => site.ScratchFloats).Append(request.Feed.WorkFloats).Max();
        foreach (var group in walk.SelectMany(stage => stage.Groups)
            .Where(group => group.Kind is ItemKind.ShardChannels or ItemKind.BatchChannels))
            layout.Memory.KeepDuring(group.Phases.Min(phase => phase.Time), group.Phases.Max(phase => phase.Time));
        arena.Allocate(slots, layout.Memory.Place());
        Executor = new StepExecutor(
            team, Step, [.. prepare, .. walk, .. finish, .. Stage.Join(update.Phases, areIndependent: false, cut)],
            shards, threadFloats, slotPerThread);
    }

    /// <summary>Seed, step number and images of the current step.</summary>
    public StepState Step { get; } = new();

    /// <summary>
    /// Gradient of every parameter that is trained, in the order of the weights' parameters; null for the others. Zeros where the loss
    /// does not depend on it.
    /// </summary>
    public IReadOnlyList<AlignedBuffer?> Gradients { get; }

    public StepExecutor Executor { get; }

    /// <summary>Floats of thread memory that a shard needs (<see cref="WorkItem.Scratch"/>).</summary>
    public long ScratchFloats => threadFloats;

    /// <summary>Repacks the weights: before evaluation, when they have changed.</summary>
    public void Prepare() => Run(Math.Max(1, Step.Count), 0, forwardStart);

    /// <summary>Forward only, with weights as they were at <see cref="Prepare"/>.</summary>
    public void Forward(int images) => Run(images, forwardStart, forwardEnd);

    /// <summary>Adds memory for one more shard at a time; its slot is the next number. Not for two callers at a time.</summary>
    public void AddSlot()
    {
        using var collection = memory.Collect();
        arena.Add(1);
    }

    /// <summary>Forward for one shard on the calling thread, where the plan is shared; as many at a time as there are slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(in WorkItem item)
    {
        var phases = Executor.Stages[forwardStart].Phases;
        for (var i = 0; i < phases.Count; i++)
            phases[i].Action(item with { Channels = IndexRange.All(phases[i].Channels) });
    }

    /// <summary>A whole step: repack, forward, gradients, update.</summary>
    public void Run(int images) => Run(images, 0, Executor.Stages.Count);

    /// <summary>Gives all memory back at once: outputs and gradients cannot be read any more. The team is its maker's.</summary>
    public void Dispose()
    {
        isDisposed = true;
        memory.Dispose();
    }

    private void Run(int images, int first, int end)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, request.Batch); // lanes beyond may be left out
        Executor.Run(images, first, end);
    }

    private AlignedBuffer?[] MakeSlots()
    {
        var parameters = request.Weights.Parameters;
        var gradients = new AlignedBuffer?[parameters.Count];
        for (var i = 0; i < parameters.Count; i++)
            if (request.HasGradients && parameters[i].Trainable && !request.IsFrozen(request.Weights.Network.Layers[parameters[i].Layer]))
                gradients[i] = new AlignedBuffer(parameters[i].Definition.Count);
        foreach (var group in Enumerable.Range(0, parameters.Count).GroupBy(i => parameters[i].Layer))
            this.parameters[group.Key] = [.. group.Select(i => new ParameterSlot(parameters[i].Definition, parameters[i].Buffer, gradients[i]))];
        return gradients;
    }

    private KernelSite SiteOf(LayerPlace place, Layer layer) => new()
    {
        Layer = layer.Name,
        LayerIndex = request.Strips?.Numbers[layer.Index] ?? layer.Index,
        Mode = request.ModeOf(layer),
        Shards = LaneLayout.Shards(request.Batch),
        OccupiedLanes = LaneLayout.Occupied(request.Batch * StripsOf(layer)),
        Strips = StripsOf(layer),
        Parts = cut.Of(place.Op, layer.InputShapes, layer.Output),
        Step = Step,
        Collective = request.Collective,
        TotalShards = LaneLayout.Shards(request.TotalBatch),
        Exchange = exchange,
        Arena = arena,
        Inputs = place.Inputs,
        Output = place.Output,
        InputGradients = place.InputGradients.Length > 0 ? place.InputGradients : new LaneTensor?[place.Inputs.Length],
        OutputGradient = place.OutputGradient,
        Parameters = parameters.TryGetValue(layer.Index, out var own) ? own : [],
        FusedActivation = place.FusedActivation,
        Norm = NormOf(place.Norm),
        SourceNorm = NormOf(place.SourceNorm),
        SourceActivation = (Activation?)place.SourceActivation?.Op,
        Skip = place.Skip,
        SumGradient = place.SumGradient,
        OtherGradient = place.OtherGradient,
    };

    private int StripsOf(Layer layer) => request.Strips is { } strips && strips.IsStriped[layer.Index] ? strips.Count : 1;

    private NormAt? NormOf(Layer? layer) => layer is null ? null : new((BatchNorm)layer.Op!, parameters[layer.Index]);

    private void ScheduleKernels(StepSchedule schedule, Dictionary<LayerPlace, Kernel> kernels)
    {
        // Each kernel schedules into lists of its own; the backward lists are then joined in reverse order.
        var backward = new List<Phase>();
        foreach (var layer in request.Weights.Network.Layers)
        {
            if (layout.Places[layer.Index] is not { } place) continue;
            var own = new StepSchedule();
            own.Enter(layer.Name);
            if (kernels.TryGetValue(place, out var kernel)) kernel.Schedule(own);
            if (place.OutputGradient is null) ClearGradients(own.Finish, layer);
            schedule.Prepare.AddRange(own.Prepare);
            if (!place.IsForwardTaken) schedule.Forward.AddRange(own.Forward, layer.Index, StripsOf(layer));
            schedule.Finish.AddRange(own.Finish);
            var phases = new List<Phase>();
            if (place.GradientParts.Count > 1) phases.Add(JoinOf(layer.Name, place.GradientParts));
            if (place.OutputGradient is not null) phases.AddRange(own.Backward.Phases);
            backward.InsertRange(0, phases.Select(phase => phase with
            {
                Time = layout.BackwardTime(layer.Index),
                Strips = StripsOf(layer),
            }));
        }
        if (request.Reader is not null)
        {
            schedule.Enter("result");
            schedule.Forward.PerShard(ReadResults);
        }
        if (layout.Seed is { } seed) schedule.Backward.Add(new Phase("loss", 0, (in item) => Begin(seed, item)));
        foreach (var phase in backward)
            schedule.Backward.Add(phase);
        if (layout.ImageGradientParts.Count > 1)
            schedule.Backward.Add(JoinOf("input", layout.ImageGradientParts) with { Time = layout.BackwardTime(0) + 1 });
    }

    private Phase JoinOf(string layer, IReadOnlyList<LaneTensor> parts)
    {
        var list = new PhaseList { Layer = layer };
        list.PerChannel(parts[0].Shape, JoinGradients(parts));
        return list.Phases[0];
    }

    // Weights that the loss does not depend on: nobody else writes their gradients, and an update may have changed them in place.
    private void ClearGradients(PhaseList finish, Layer layer)
    {
        foreach (var slot in parameters.GetValueOrDefault(layer.Index, []).Where(slot => slot.IsTrained))
            finish.Together(1, (in _) => slot.GradientSpan.Clear());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Begin(LaneTensor seed, in WorkItem item)
    {
        var share = 1f / Step.Total;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            seed.At(item.Slot)[lane] = lane < item.Images ? share : 0;
    }

    private PhaseAction JoinGradients(IReadOnlyList<LaneTensor> parts) => LaneWidths.Resolve(width) switch
    {
        LaneWidth.Bits512 => (in item) => GradientJoin<Lanes512>.Run(parts, item),
        LaneWidth.Bits256 => (in item) => GradientJoin<Lanes256>.Run(parts, item),
        LaneWidth.Bits128 => (in item) => GradientJoin<Lanes128>.Run(parts, item),
        _ => (in item) => GradientJoin<LanesScalar>.Run(parts, item),
    };

    /// <summary>Adds the gradients that several readers of one output computed, in the order of the readers from the last to the first.</summary>
    private static unsafe class GradientJoin<TLanes> where TLanes : unmanaged, ILanes<TLanes>
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(IReadOnlyList<LaneTensor> parts, in WorkItem item)
        {
            var target = parts[0].At(item.Slot, item.Channels.First);
            for (var part = 1; part < parts.Count; part++)
            {
                var source = parts[part].At(item.Slot, item.Channels.First);
                for (nint i = 0, end = item.Channels.Count * parts[0].ChannelStep; i < end; i += TLanes.Width)
                    TLanes.Store(target + i, TLanes.Load(target + i) + TLanes.Load(source + i));
            }
        }
    }
}
