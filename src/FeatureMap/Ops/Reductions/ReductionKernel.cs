using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>What all reductions share: the walk over the input with the output beside it, and the fold along it.</summary>
internal abstract unsafe class ReductionKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    protected ReductionKernel(KernelSite site) : base(site)
    {
        Walk = new Walk(site.Input.Shape, site.Output.Shape);
        Steps = Walk.StepsOf(site.Output.Shape);
    }

    /// <summary>Over the input, row by row.</summary>
    protected Walk Walk { get; }

    /// <summary>Through the output, and through whatever has its shape.</summary>
    protected Steps Steps { get; }

    /// <summary>Folds the whole input onto totals that have the output's shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void FoldInput<TFold>(in WorkItem item, float* totals) where TFold : IFold
    {
        var x = Site.Input.At(item.Slot);
        Fold<TLanes, TFold>.Begin(totals, (nint)Site.Output.Floats);
        for (var row = 0; row < Walk.Rows; row++, x += Walk.RowFloats)
            Fold<TLanes, TFold>.Row(x, Walk.Columns, totals + Walk.Start(Steps, row), Steps.Column);
    }
}
