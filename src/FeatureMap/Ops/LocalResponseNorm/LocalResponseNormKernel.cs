using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Local response normalisation on one shard. In training the divisors D are kept; back, with r = dy y / D, dx = dy D^-beta - 2 (alpha / size) beta x times the sum
/// of r over the channels whose window holds this one.
/// </summary>
internal sealed unsafe class LocalResponseNormKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly LocalResponseNorm op;
    private readonly LaneTensor? divisors;
    private readonly int channels, area;
    private readonly nint step;
    private readonly float scale;

    public LocalResponseNormKernel(LocalResponseNorm op, KernelSite site) : base(site)
    {
        this.op = op;
        (channels, area, step) = (site.Input.Shape.Channels, site.Input.Shape.Area, site.Input.ChannelStep);
        scale = (float)(op.Alpha / (double)op.Size);
        if (site.InputGradients[0] is null) return;
        divisors = site.Reserve(site.Input.Shape);
        site.Scratch((long)channels * LaneLayout.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var divisor = divisors is null ? null : divisors.At(item.Slot);
        for (var channel = 0; channel < channels; channel++)
        {
            var (first, end) = op.Window(channel, channels);
            var window = Site.Input.At(item.Slot) + (first * step);
            var own = (channel - first) * step;
            for (nint place = 0; place < step; place += TLanes.Width)
            {
                var squares = TLanes.Zero;
                var x = window + place;
                for (var neighbour = first; neighbour < end; neighbour++, x += step)
                {
                    var value = TLanes.Load(x);
                    squares = TLanes.MultiplyAdd(value, value, squares);
                }
                var d = TLanes.MultiplyAdd(squares, TLanes.Broadcast(scale), TLanes.Broadcast(op.Bias));
                TLanes.Store(y + place, TLanes.Load(window + own + place) * Power(d));
                if (divisor != null) TLanes.Store(divisor + place, d);
            }
            y += step;
            if (divisor != null) divisor += step;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var r = item.Scratch;
        for (var pixel = 0; pixel < area; pixel++)
        {
            var at = (nint)pixel * LaneLayout.Lanes;
            var x = Site.Input.At(item.Slot) + at;
            var d = divisors!.At(item.Slot) + at;
            var dy = Site.OutputGradient!.At(item.Slot) + at;
            var dx = Site.InputGradients[0]!.At(item.Slot) + at;
            for (var channel = 0; channel < channels; channel++)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var place = (channel * step) + part;
                    var divisor = TLanes.Load(d + place);
                    var direct = TLanes.Load(dy + place) * Power(divisor);
                    TLanes.Store(r + (channel * LaneLayout.Lanes) + part, direct * TLanes.Load(x + place) / divisor);
                    TLanes.Store(dx + place, direct);
                }
            for (var channel = 0; channel < channels; channel++)
            {
                // The channels whose window holds this one: the window of an even size, the other way round.
                var first = Math.Max(0, channel - (op.Size / 2));
                var end = (int)Math.Min(channels, channel + ((op.Size - 1) / 2) + 1L);
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var sum = TLanes.Zero;
                    for (var reader = first; reader < end; reader++)
                        sum += TLanes.Load(r + (reader * LaneLayout.Lanes) + part);
                    var place = (channel * step) + part;
                    var through = sum * TLanes.Broadcast(-2 * scale * op.Beta) * TLanes.Load(x + place);
                    TLanes.Store(dx + place, TLanes.And(TLanes.Load(item.Mask + part), TLanes.Load(dx + place) + through));
                }
            }
        }
    }

    /// <summary>D^-beta.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes Power(TLanes divisor) => LaneMath.Exp(TLanes.Broadcast(-op.Beta) * LaneMath.Log(divisor));
}
