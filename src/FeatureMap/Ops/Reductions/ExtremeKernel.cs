using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The largest or smallest number. Back, the gradient of each output waits in thread memory until the first number equal to the output takes it; whoever comes
/// later finds 0. Nothing about the winner is kept from the forward pass.
/// </summary>
internal sealed unsafe class ExtremeKernel<TLanes, TFold> : ReductionKernel<TLanes>
    where TLanes : unmanaged, ILanes<TLanes>
    where TFold : IFold
{
    public ExtremeKernel(KernelSite site) : base(site)
    {
        if (site.HasBackward) site.Scratch(site.Output.Floats);
    }

    protected override void Forward(in WorkItem item) => FoldInput<TFold>(item, Site.Output.At(item.Slot));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        var floats = (int)Site.Output.Floats;
        new Span<float>(Site.OutputGradient!.At(item.Slot), floats).CopyTo(new Span<float>(item.Scratch, floats));
        for (var row = 0; row < Walk.Rows; row++)
        {
            var y = Site.Output.At(item.Slot) + Walk.Start(Steps, row);
            var waiting = item.Scratch + Walk.Start(Steps, row);
            for (var column = 0; column < Walk.Columns; column++, x += LaneLayout.Lanes, dx += LaneLayout.Lanes, y += Steps.Column, waiting += Steps.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var wins = TLanes.EqualTo(TLanes.Load(x + part), TLanes.Load(y + part));
                    var gradient = TLanes.Load(waiting + part);
                    TLanes.Store(dx + part, TLanes.And(wins, gradient));
                    TLanes.Store(waiting + part, TLanes.Select(wins, TLanes.Zero, gradient));
                }
        }
    }
}

/// <summary>The largest number; NaN wins over any.</summary>
internal readonly struct LargestFold : IFold
{
    public static float Start => float.NegativeInfinity;

    public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

    // Where the total is NaN the comparison is false, so it stays; where x is NaN it takes over.
    public static TLanes Join<TLanes>(TLanes total, TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.EqualTo(x, x), TLanes.Select(TLanes.GreaterThan(x, total), x, total), x);
}

/// <summary>The smallest number; NaN wins over any.</summary>
internal readonly struct SmallestFold : IFold
{
    public static float Start => float.PositiveInfinity;

    public static TLanes Term<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x;

    public static TLanes Join<TLanes>(TLanes total, TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
        TLanes.Select(TLanes.EqualTo(x, x), TLanes.Select(TLanes.GreaterThan(total, x), x, total), x);
}
