using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An op with weights and perhaps a bias at its place in a plan: packs the weights before each step, then runs its maps shard by shard. Forward is one map,
/// the input gradient its transpose, the weight gradient sums over the images; the bias gradient is the sum of each plane.
/// </summary>
internal sealed unsafe class WeightedKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly KernelSite site;
    private readonly ILinearMap forward;
    private readonly ILinearMap? inputGradient;
    private readonly IWeightGradient? weightGradient;
    private readonly ShardSums? weightSums, biasSums;
    private readonly float* bias;

    /// <summary>The maps of the gradients are made only where they are needed.</summary>
    public WeightedKernel(KernelSite site, ILinearMap forward, Func<ILinearMap> inputGradient, Func<IWeightGradient> weightGradient)
    {
        this.site = site;
        this.forward = forward;
        site.Scratch(forward.ScratchFloats);
        var hasBias = site.Parameters.Length > 1;
        bias = hasBias ? site.Parameters[1].Values : null;
        if (!site.IsTraining) return;
        this.weightGradient = weightGradient();
        site.Scratch(this.weightGradient.ScratchFloats);
        weightSums = new ShardSums(site, site.Parameters[0]);
        biasSums = hasBias ? new ShardSums(site, site.Parameters[1]) : null;
        if (site.InputGradients[0] is null) return;
        this.inputGradient = inputGradient();
        site.Scratch(this.inputGradient.ScratchFloats);
    }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Prepare.Together(inputGradient is null ? 1 : 2, Pack);
        schedule.Forward.PerShard(Forward);
        if (!site.IsTraining) return;
        schedule.Backward.PerShard(Backward);
        weightSums!.Schedule(schedule.Finish);
        biasSums?.Schedule(schedule.Finish);
    }

    private void Pack(in WorkItem item) => (item.Index == 0 ? forward : inputGradient!).Pack(site.Parameters[0].Values);

    private void Forward(in WorkItem item) => forward.Run(site.Input.At(item.Slot), site.Output.At(item.Slot), bias, item.Scratch);

    private void Backward(in WorkItem item)
    {
        var gradient = site.OutputGradient!.At(item.Slot);
        weightGradient!.Run(site.Input.At(item.Slot), gradient, weightSums!.Of(item.Index), item.Scratch);
        if (biasSums is not null)
            PlaneSum<TLanes>.OverChannels(gradient, site.Output.Shape.Channels, site.Output.Shape.Area, biasSums.Of(item.Index));
        inputGradient?.Run(gradient, site.InputGradients[0]!.At(item.Slot), null, item.Scratch);
    }
}
