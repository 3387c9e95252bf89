using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An op with weights and perhaps a bias at its place in a plan: packs the weights before each step, then runs its maps shard by shard.
/// Forward is one map, the input gradient its transpose, the weight gradient sums over the images; the bias gradient is the sum of each
/// plane. The weight gradient is either computed shard by shard and added up afterwards, or block by block over all shards (<see
/// cref="BlockGradient"/>). What follows where nothing goes back, a normalisation, an addition, an activation, is applied to the sums while
/// they are in the cache (<see cref="MapFinish"/>).
/// </summary>
internal sealed unsafe class WeightedKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly KernelSite site;
    private readonly ILinearMap forward;
    private readonly MapPart[] forwardParts, inputGradientParts = [];
    private readonly GradientPart[] weightGradientParts = [];
    private readonly ILinearMap? inputGradient;
    private readonly IWeightGradient? weightGradient;
    private readonly BlockGradient? blocks;
    private readonly LaneTensor? turned;
    private readonly ShardSums? weightSums, biasSums;
    private readonly float* bias;
    private readonly MapFinish? finish, source;
    private readonly int biasParts;

    /// <summary>The maps of the gradients are made only where they are needed.</summary>
    /// <param name="site">The place in the plan.</param>
    /// <param name="forward">Output from input.</param>
    /// <param name="inputGradient">Its transpose.</param>
    /// <param name="weightGradient">Sums over the images of a shard.</param>
    /// <param name="blockGradient">Sums over the images of all shards, where they are to meet; gives null where not.</param>
    public WeightedKernel(
        KernelSite site, ILinearMap forward, Func<ILinearMap> inputGradient, Func<IWeightGradient> weightGradient,
        Func<BlockGradient?>? blockGradient = null)
    {
        this.site = site;
        this.forward = forward;
        forwardParts = forward.Cut(site.Parts);
        site.Scratch(forwardParts.Max(forward.ScratchFloats));
        var hasBias = site.Parameters.Length > 1;
        bias = hasBias ? site.Parameters[1].Values : null;
        (finish, source) = (MapFinish.OfSums<TLanes>(site), MapFinish.OfSource<TLanes>(site));
        if (source is not null) ((PanelMap<TLanes>)forward).Change(source.Numbers);
        if (!site.HasBackward) return;
        // Where the weights are frozen the gradient only passes through.
        if (site.Parameters[0].IsTrained) blocks = blockGradient?.Invoke();
        if (blocks is not null)
        {
            site.Scratch(blocks.ScratchFloats);
            if (blocks.TurnedCount > 0) turned = site.Reserve(Shape.Vector(blocks.TurnedCount));
            weightSums = new ShardSums(site, site.Parameters[0], hasRows: false);
        }
        else if (site.Parameters[0].IsTrained)
        {
            this.weightGradient = weightGradient();
            weightGradientParts = this.weightGradient.Cut(site.Parts);
            site.Scratch(weightGradientParts.Max(this.weightGradient.ScratchFloats));
            weightSums = new ShardSums(site, site.Parameters[0]);
        }
        biasParts = Math.Min(site.Parts, site.Output.Shape.Channels);
        biasSums = hasBias && site.Parameters[1].IsTrained ? new ShardSums(site, site.Parameters[1]) : null;
        if (site.InputGradients[0] is null) return;
        this.inputGradient = inputGradient();
        inputGradientParts = this.inputGradient.Cut(site.Parts);
        site.Scratch(inputGradientParts.Max(this.inputGradient.ScratchFloats));
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(inputGradient is null ? 1 : 2, Pack);
        schedule.Forward.PerShard(forwardParts.Length, Forward);
        if (!site.HasBackward) return;
        // None of the three gradients needs another.
        if (turned is not null) schedule.Backward.PerShard(blocks!.TurnParts(site.Parts), Turn);
        else if (weightGradient is not null) schedule.Backward.PerShard(weightGradientParts.Length, WeightGradient);
        if (biasSums is not null) schedule.Backward.Beside().PerShard(biasParts, BiasGradient);
        if (inputGradient is not null) schedule.Backward.Beside().PerShard(inputGradientParts.Length, InputGradient);
        if (blocks is not null) schedule.Backward.Together(blocks.Items, WeightGradientOfBatch);
        weightSums?.Schedule(schedule.Finish);
        biasSums?.Schedule(schedule.Finish);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Pack(in WorkItem item)
    {
        (item.Index == 0 ? forward : inputGradient!).Pack(site.Parameters[0].Values);
        if (item.Index > 0) return;
        finish?.Prepare();
        source?.Prepare();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Forward(in WorkItem item) => forward.Run(
        site.Input.At(item.Slot), site.Output.At(item.Slot), bias, forwardParts[item.Part], finish?.At(item.Slot) ?? default, item.Scratch);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WeightGradient(in WorkItem item) => weightGradient!.Run(
        site.Input.At(item.Slot), site.OutputGradient!.At(item.Slot), weightSums!.Of(item.Index), weightGradientParts[item.Part],
        item.Scratch);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BiasGradient(in WorkItem item)
    {
        var channels = site.Output.Shape.Channels;
        var (first, end) = ((int)((long)channels * item.Part / biasParts), (int)((long)channels * (item.Part + 1) / biasParts));
        PlaneSum<TLanes>.OverChannels(
            site.OutputGradient!.At(item.Slot, first), end - first, site.Output.Shape.Area, site.OccupiedLanes,
            biasSums!.Of(item.Index) + first);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InputGradient(in WorkItem item) => inputGradient!.Run(
        site.OutputGradient!.At(item.Slot), site.InputGradients[0]!.At(item.Slot), null, inputGradientParts[item.Part], default,
        item.Scratch);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn(in WorkItem item) =>
        blocks!.Turn(site.Input.At(item.Slot), turned!.At(item.Slot), item.Part, blocks.TurnParts(site.Parts));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WeightGradientOfBatch(in WorkItem item) => blocks!.Run(
        item.Index, site.Step, turned ?? site.Input, site.OutputGradient!, weightSums!, item.Scratch);
}
