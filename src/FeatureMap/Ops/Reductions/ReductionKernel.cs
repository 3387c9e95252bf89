using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>What all reductions share: the walk over the input with the output beside it, and the fold along it.</summary>
internal abstract unsafe class ReductionKernel<TLanes> : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    protected ReductionKernel(KernelSite site)
    {
        Site = site;
        Walk = new Walk(site.Input.Shape, site.Output.Shape);
        Steps = Walk.StepsOf(site.Output.Shape);
    }

    protected KernelSite Site { get; }

    /// <summary>Over the input, row by row.</summary>
    protected Walk Walk { get; }

    /// <summary>Through the output, and through whatever has its shape.</summary>
    protected Steps Steps { get; }

    public override void Schedule(StepSchedule schedule)
    {
        schedule.Forward.PerShard(Forward);
        if (Site.InputGradients[0] is not null)
            schedule.Backward.PerShard(Backward);
    }

    protected abstract void Forward(in WorkItem item);

    protected abstract void Backward(in WorkItem item);

    /// <summary>Folds the whole input onto totals that have the output's shape.</summary>
    protected void FoldInput<TFold>(in WorkItem item, float* totals) where TFold : IFold
    {
        var x = Site.Input.At(item.Slot);
        Fold<TLanes, TFold>.Begin(totals, (nint)Site.Output.Floats);
        for (var row = 0; row < Walk.Rows; row++, x += Walk.RowFloats)
            Fold<TLanes, TFold>.Row(x, Walk.Columns, totals + Walk.Start(Steps, row), Steps.Column);
    }
}
