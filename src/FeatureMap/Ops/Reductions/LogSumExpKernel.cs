using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Two passes forward, for the largest number and for the sum of exp(x - largest) in thread memory; one back. The output tells exp(x) / sum as exp(x - y).</summary>
internal sealed unsafe class LogSumExpKernel<TLanes> : ReductionKernel<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    public LogSumExpKernel(KernelSite site) : base(site) => site.Scratch(site.Output.Floats + Walk.RowFloats);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var y = Site.Output.At(item.Slot);
        FoldInput<LargestFold>(item, y);
        float* sums = item.Scratch, powers = item.Scratch + Site.Output.Floats;
        Fold<TLanes, SumFold>.Begin(sums, (nint)Site.Output.Floats);
        for (var row = 0; row < Walk.Rows; row++)
        {
            var largest = y + Walk.Start(Steps, row);
            for (nint at = 0; at < Walk.RowFloats; at += LaneLayout.Lanes, x += LaneLayout.Lanes, largest += Steps.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    TLanes.Store(powers + at + part, LaneMath.Exp(TLanes.Load(x + part) - TLanes.Load(largest + part)));
            Fold<TLanes, SumFold>.Row(powers, Walk.Columns, sums + Walk.Start(Steps, row), Steps.Column);
        }
        for (nint i = 0; i < (nint)Site.Output.Floats; i += TLanes.Width)
        {
            // An infinite largest number is the answer itself; the sum is NaN there, as infinity - infinity was part of it.
            var largest = TLanes.Load(y + i);
            var isInfinite = TLanes.EqualTo(LaneMath.Abs(largest), TLanes.Broadcast(float.PositiveInfinity));
            TLanes.Store(y + i, TLanes.Select(isInfinite, largest, largest + LaneMath.Log(TLanes.Load(sums + i))));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (var row = 0; row < Walk.Rows; row++)
        {
            var y = Site.Output.At(item.Slot) + Walk.Start(Steps, row);
            var dy = Site.OutputGradient!.At(item.Slot) + Walk.Start(Steps, row);
            for (var column = 0; column < Walk.Columns; column++, x += LaneLayout.Lanes, dx += LaneLayout.Lanes, y += Steps.Column, dy += Steps.Column)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    TLanes.Store(dx + part, TLanes.Load(dy + part) * LaneMath.Exp(TLanes.Load(x + part) - TLanes.Load(y + part)));
        }
    }
}
