using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>A convolution at its place in a plan: packs its weights before each step, then runs the three kernels shard by shard.</summary>
internal sealed unsafe class Conv2dKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly KernelSite site;
    private readonly ConvGeometry geometry;
    private readonly ConvForward<TLanes> forward;
    private readonly ConvInputGradient<TLanes>? inputGradient;
    private readonly ConvWeightGradient<TLanes>? weightGradient;
    private readonly ShardSums? weightSums, biasSums;
    private readonly float* bias;

    public Conv2dKernel(Conv2d op, KernelSite site)
    {
        this.site = site;
        geometry = op.Geometry(site.Input.Shape);
        forward = new ConvForward<TLanes>(geometry);
        site.Scratch(forward.ScratchFloats);
        bias = op.HasBias ? site.Parameters[1].Values : null;
        if (!site.IsTraining) return;
        weightGradient = new ConvWeightGradient<TLanes>(geometry);
        site.Scratch(weightGradient.ScratchFloats);
        weightSums = new ShardSums(site, site.Parameters[0]);
        biasSums = op.HasBias ? new ShardSums(site, site.Parameters[1]) : null;
        if (site.InputGradients[0] is null) return;
        inputGradient = new ConvInputGradient<TLanes>(geometry);
        site.Scratch(inputGradient.ScratchFloats);
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

    private void Pack(in WorkItem item)
    {
        if (item.Index == 0) forward.Pack(site.Parameters[0].Values);
        else inputGradient!.Pack(site.Parameters[0].Values);
    }

    private void Forward(in WorkItem item) => forward.Run(site.Input.At(item.Slot), site.Output.At(item.Slot), bias, item.Scratch);

    private void Backward(in WorkItem item)
    {
        var gradient = site.OutputGradient!.At(item.Slot);
        weightGradient!.Run(site.Input.At(item.Slot), gradient, weightSums!.Of(item.Index), item.Scratch);
        if (biasSums is not null)
            PlaneSum<TLanes>.OverChannels(gradient, geometry.OutputChannels, geometry.Output.Area, biasSums.Of(item.Index));
        inputGradient?.Run(gradient, site.InputGradients[0]!.At(item.Slot), item.Scratch);
    }
}
