using FeatureMap.Lanes;
using FeatureMap.Ops;

namespace FeatureMap.Networks;

/// <summary>What a plan is made for.</summary>
internal sealed record PlanRequest
{
    public required Weights Weights { get; init; }

    /// <summary>The layer whose output is the result; the last one where null. In training the last layer is the loss, one number per image, and the result stands before it.</summary>
    public int? Result { get; init; }

    /// <summary>Images of a full batch that are here; a step may have fewer.</summary>
    public required int Batch { get; init; }

    /// <summary>How shards are cut; where null, as threads and shards ask for. No bit depends on it.</summary>
    public ShardCut? Cut { get; init; }

    /// <summary>The ranks over which batches are cut.</summary>
    public ICollective Collective { get; init; } = OneRank.Instance;

    /// <summary>Images of a full batch, over all ranks.</summary>
    public int TotalBatch { get => field == 0 ? Batch : field; init; }

    /// <summary>How the layers compute that are not frozen.</summary>
    public required ExecutionMode Mode { get; init; }

    /// <summary>Whether steps have a way back: gradients of what is trained, of the images or of a layer.</summary>
    public required bool HasGradients { get; init; }

    /// <summary>
    /// Names of layers that stay as they are: they compute as in evaluation, and their parameters have no gradient. Where nothing before
    /// them is trained, nothing is computed back through them.
    /// </summary>
    public IReadOnlyCollection<string> FrozenLayers { get; init; } = [];

    public required ThreadTeam Team { get; init; }

    public LaneWidth Width { get; init; } = LaneWidth.Automatic;

    /// <summary>Writes the images of a shard into <see cref="Plan.Input"/>, and what else the network takes. Lanes without an image must become finite numbers.</summary>
    public required Func<Plan, PhaseAction> Load { get; init; }

    /// <summary>Floats of thread memory that <see cref="Load"/> uses.</summary>
    public long LoadScratchFloats { get; init; }

    /// <summary>Reads the results of a shard at the end of its forward pass; in evaluation its memory is used again right after.</summary>
    public Func<Plan, PhaseAction>? Consume { get; init; }

    /// <summary>Layers that <see cref="Consume"/> reads besides the result and the loss.</summary>
    public IReadOnlyList<int> ConsumedLayers { get; init; } = [];

    /// <summary>Adds what happens after the gradients: the optimiser.</summary>
    public Action<PhaseList, Plan>? Update { get; init; }

    /// <summary>Whether the gradient of the images is wanted as well.</summary>
    public bool WantsImageGradient { get; init; }

    /// <summary>
    /// Without gradients: whether callers run shards themselves, several at a time, each in a slot that it added (<see
    /// cref="Plan.AddSlot"/>).
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>Whether every layer's output stays readable after the step (feature maps).</summary>
    public bool KeepsOutputs { get; init; }

    /// <summary>
    /// With gradients: a layer whose output and gradient stay readable after the step, as they are: nothing is fused with it and nothing
    /// overwrites them. Not the input.
    /// </summary>
    public int? KeptLayer { get; init; }

    public bool IsFrozen(Layer layer) => FrozenLayers.Contains(layer.Name);

    public ExecutionMode ModeOf(Layer layer) => IsFrozen(layer) ? ExecutionMode.Evaluation : Mode;
}

/// <summary>
/// A network made ready to run, for one batch size and mode: kernels, buffers placed by lifetime, and the order of all phases. Made once; a step then
/// allocates nothing. All native memory, that of the kernels included, is the plan's.
/// </summary>
internal sealed partial class Plan : IDisposable
{
    private readonly BufferOwner memory = new();
    private readonly PlanRequest request;
    private readonly PlanLayout layout;
    private readonly Arena arena = new();
    private readonly Dictionary<int, ParameterSlot[]> parameters = [];
    private readonly Dictionary<LaneTensor, int> reservedBy = [];
    private readonly int result, slots, forwardStart, forwardEnd, walkEnd, finishEnd;
    private readonly long threadFloats;
    private readonly ShardCut cut;
    private readonly ShardExchange? exchange;
    private bool isDisposed;

    public Plan(PlanRequest request)
    {
        using var collection = memory.Collect();
        this.request = request;
        var network = request.Weights.Network;
        result = request.Result ?? network.Layers.Count - 1;
        // Callers of a shared plan run whole shards, each its own.
        cut = request.IsShared ? ShardCut.None : request.Cut ?? ShardCut.Of(request.Team.Threads, LaneLayout.Shards(request.Batch));
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
            kernels[place] = place.Op.CreateKernel(site, request.Width);
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
        schedule.Forward.PerShard(request.Load(this));
        ScheduleKernels(schedule, kernels);
        if (exchange is not null)
        {
            exchange.Allocate();
            schedule.Finish.Together(1, (in _) => exchange.Run(), ShardSums.ExchangeRound);
        }
        var update = new PhaseList { Layer = "update" };
        request.Update?.Invoke(update, this);

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
        if (request.IsShared && !slotPerThread)
            throw new UsageException($"Layer '{forward[1].Phases[0].Layer}' compares the images of a batch with each other: images cannot "
                + "be asked for one by one. Take the network up to the layer before it.");
        slots = request.IsShared ? 0 : slotPerThread ? request.Team.Threads : shards;
        threadFloats = sites.Select(site => site.ScratchFloats).Append(request.LoadScratchFloats).Max();
        foreach (var group in walk.SelectMany(stage => stage.Groups)
            .Where(group => group.Kind is ItemKind.ShardChannels or ItemKind.BatchChannels))
            layout.Memory.KeepDuring(group.Phases.Min(phase => phase.Time), group.Phases.Max(phase => phase.Time));
        arena.Allocate(slots, layout.Memory.Place());
        Executor = new StepExecutor(
            request.Team, Step, [.. prepare, .. walk, .. finish, .. Stage.Join(update.Phases, areIndependent: false, cut)],
            shards, threadFloats, slotPerThread);
    }

    /// <summary>Seed, step number and images of the current step.</summary>
    public StepState Step { get; } = new();

    /// <summary>Where the loader writes.</summary>
    public LaneTensor Input => layout.Outputs[0];

    /// <summary>What the network gives.</summary>
    public LaneTensor Output => layout.Outputs[result];

    /// <summary>Loss of each image, one number per lane; only the lanes of images count. Good to read in <see cref="PlanRequest.Consume"/>.</summary>
    public LaneTensor LossOutput => layout.Outputs[^1];

    /// <summary>Gradient of the images, where it was asked for.</summary>
    public LaneTensor? ImageGradient => layout.ImageGradient;

    /// <summary>Gradient of the output of <see cref="PlanRequest.KeptLayer"/>; null where nothing was asked for, or the loss does not depend on it.</summary>
    public LaneTensor? KeptGradient => layout.KeptGradient;

    /// <summary>
    /// Gradient of every parameter that is trained, in the order of the weights' parameters; null for the others. Zeros where the loss
    /// does not depend on it.
    /// </summary>
    public IReadOnlyList<AlignedBuffer?> Gradients { get; }

    public StepExecutor Executor { get; }

    /// <summary>Floats of thread memory that a shard needs (<see cref="WorkItem.Scratch"/>).</summary>
    public long ScratchFloats => threadFloats;

    /// <summary>Layers without an op besides the input: targets that the loader fills.</summary>
    public IEnumerable<int> Loaded => request.Weights.Network.Layers.Skip(1).Where(layer => layer.Op is null).Select(layer => layer.Index);

    /// <summary>Output of a layer; only whole where the plan was asked to keep all outputs, or this one.</summary>
    public LaneTensor OutputOf(int layer) => layout.Outputs[layer];

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
        LayerIndex = layer.Index,
        Mode = request.ModeOf(layer),
        Shards = LaneLayout.Shards(request.Batch),
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
    };

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
            schedule.Forward.AddRange(own.Forward, layer.Index);
            schedule.Finish.AddRange(own.Finish);
            var phases = new List<Phase>();
            if (place.GradientParts.Count > 1) phases.Add(JoinOf(layer.Name, place.GradientParts));
            if (place.OutputGradient is not null) phases.AddRange(own.Backward.Phases);
            backward.InsertRange(0, phases.Select(phase => phase with { Time = layout.BackwardTime(layer.Index) }));
        }
        if (request.Consume is not null)
        {
            schedule.Enter("result");
            schedule.Forward.PerShard(request.Consume(this));
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

    private unsafe void Begin(LaneTensor seed, in WorkItem item)
    {
        var share = 1f / Step.Total;
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            seed.At(item.Slot)[lane] = lane < item.Images ? share : 0;
    }

    private PhaseAction JoinGradients(IReadOnlyList<LaneTensor> parts) => LaneWidths.Resolve(request.Width) switch
    {
        LaneWidth.Bits512 => (in item) => GradientJoin<Lanes512>.Run(parts, item),
        LaneWidth.Bits256 => (in item) => GradientJoin<Lanes256>.Run(parts, item),
        LaneWidth.Bits128 => (in item) => GradientJoin<Lanes128>.Run(parts, item),
        _ => (in item) => GradientJoin<LanesScalar>.Run(parts, item),
    };

    /// <summary>Adds the gradients that several readers of one output computed, in the order of the readers from the last to the first.</summary>
    private static unsafe class GradientJoin<TLanes> where TLanes : unmanaged, ILanes<TLanes>
    {
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
