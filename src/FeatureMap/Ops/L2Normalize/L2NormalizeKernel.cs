using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Forward scales every pixel's channels by 1 / length and keeps that factor; back, dx = (dy - y (y . dy)) / length needs the output alone.</summary>
internal sealed unsafe class L2NormalizeKernel<TLanes>(KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly LaneTensor factors = site.Reserve(new Shape(1, site.Input.Shape.Height, site.Input.Shape.Width));
    private readonly int channels = site.Input.Shape.Channels;
    private readonly nint step = site.Input.ChannelStep;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var y = Site.Output.At(item.Slot);
        var kept = factors.At(item.Slot);
        for (nint at = 0; at < step; at += TLanes.Width)
        {
            var length = TLanes.Sqrt(Dot(x + at, x + at));
            var isZero = TLanes.GreaterThan(TLanes.Broadcast(L2Normalize.LeastLength), length);
            var factor = TLanes.Select(isZero, TLanes.Zero, TLanes.Broadcast(1) / length);
            TLanes.Store(kept + at, factor);
            for (nint i = 0, place = at; i < channels; i++, place += step)
                TLanes.Store(y + place, TLanes.Load(x + place) * factor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var dy = Site.OutputGradient!.At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        var kept = factors.At(item.Slot);
        for (nint at = 0; at < step; at += TLanes.Width)
        {
            var factor = TLanes.Load(kept + at);
            var along = Dot(y + at, dy + at);
            for (nint i = 0, place = at; i < channels; i++, place += step)
                TLanes.Store(dx + place, TLanes.MultiplySubtractFrom(TLanes.Load(y + place), along, TLanes.Load(dy + place)) * factor);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TLanes Dot(float* one, float* other)
    {
        var sum = TLanes.Zero;
        for (nint i = 0, place = 0; i < channels; i++, place += step)
            sum = TLanes.MultiplyAdd(TLanes.Load(one + place), TLanes.Load(other + place), sum);
        return sum;
    }
}
