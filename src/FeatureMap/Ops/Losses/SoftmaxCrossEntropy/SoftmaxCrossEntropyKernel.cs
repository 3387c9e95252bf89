using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>The loss of each image forward, its gradient back. The exponentials are computed again there: there are only as many as classes.</summary>
internal sealed unsafe class SoftmaxCrossEntropyKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly int classes, area;
    private readonly nint step;
    private readonly float kept, everywhere, perPixel;

    public SoftmaxCrossEntropyKernel(SoftmaxCrossEntropy op, KernelSite site) : base(site)
    {
        classes = site.Input.Shape.Channels;
        area = site.Input.Shape.Area;
        step = site.Input.ChannelStep;
        kept = (float)(1 - (double)op.LabelSmoothing);
        everywhere = (float)((double)op.LabelSmoothing / classes);
        perPixel = (float)(1.0 / area);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var q = Site.Inputs[1].At(item.Slot);
        var y = Site.Output.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var total = TLanes.Zero;
            for (nint at = part; at < step; at += LaneLayout.Lanes)
            {
                var largest = Largest(x + at);
                TLanes sum = TLanes.Zero, weights = TLanes.Zero, weighted = TLanes.Zero;
                for (nint k = 0, place = at; k < classes; k++, place += step)
                {
                    // x - largest is 0 or less, and 0 at least once: no exponential overflows, and the sum is 1 or more.
                    var shifted = TLanes.Load(x + place) - largest;
                    var target = Target(q + place);
                    sum += LaneMath.Exp(shifted);
                    weights += target;
                    weighted = TLanes.MultiplyAdd(target, shifted, weighted);
                }
                // -sum q log p, with log p = shifted - log sum.
                total += TLanes.MultiplyAdd(LaneMath.Log(sum), weights, TLanes.Zero - weighted);
            }
            TLanes.Store(y + part, total * TLanes.Broadcast(perPixel));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot);
        var q = Site.Inputs[1].At(item.Slot);
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var share = TLanes.Load(Site.OutputGradient!.At(item.Slot) + part) * TLanes.Broadcast(perPixel);
            for (nint at = part; at < step; at += LaneLayout.Lanes)
            {
                var largest = Largest(x + at);
                TLanes sum = TLanes.Zero, weights = TLanes.Zero;
                for (nint k = 0, place = at; k < classes; k++, place += step)
                {
                    var power = LaneMath.Exp(TLanes.Load(x + place) - largest);
                    sum += power;
                    weights += Target(q + place);
                    TLanes.Store(dx + place, power);
                }
                var scale = weights / sum;
                for (nint k = 0, place = at; k < classes; k++, place += step)
                    TLanes.Store(dx + place, ((TLanes.Load(dx + place) * scale) - Target(q + place)) * share);
            }
        }
    }

    private TLanes Target(float* q) => TLanes.MultiplyAdd(TLanes.Load(q), TLanes.Broadcast(kept), TLanes.Broadcast(everywhere));

    private TLanes Largest(float* x)
    {
        var largest = TLanes.Load(x);
        for (nint k = 1; k < classes; k++)
        {
            var value = TLanes.Load(x + (k * step));
            largest = TLanes.Select(TLanes.GreaterThan(value, largest), value, largest);
        }
        return largest;
    }
}
