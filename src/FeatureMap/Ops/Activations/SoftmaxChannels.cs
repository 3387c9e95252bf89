using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Softmax of one image with channels in the lanes: exponentials by registers, sums lane after lane in the order of the channels, as the
/// kernel for images adds them up.
/// </summary>
internal sealed unsafe class SoftmaxChannels<TLanes>(ChannelSoftmax op, ChannelSite place) : Kernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly nint step = place.Site.Input.ChannelStep, count = (nint)place.Site.Input.Floats;

    public override void Schedule(StepSchedule schedule) => schedule.Forward.Together(place.Input.Height, Run);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        var row = (nint)place.Input.Width * LaneLayout.Lanes;
        var first = item.Index * row;
        for (nint pixel = first; pixel < first + row; pixel += LaneLayout.Lanes)
            RunPixel(place.Site.Input.At(item.Slot) + pixel, place.Site.Output.At(item.Slot) + pixel);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPixel(float* x, float* y)
    {
        var largest = LanesScalar.Load(x);
        for (var channel = 1; channel < place.Input.Channels; channel++)
            largest = LaneMath.AtLeast(LanesScalar.Load(x + Place(channel)), largest);
        float top;
        LanesScalar.Store(&top, largest);
        for (nint block = 0; block < count; block += step)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                TLanes.Store(y + block + part, LaneMath.ExpOrZero(TLanes.Load(x + block + part) - TLanes.Broadcast(top)));
        var sum = LanesScalar.Zero;
        for (var channel = 0; channel < place.Input.Channels; channel++)
            sum += LanesScalar.Load(y + Place(channel));
        float end;
        LanesScalar.Store(&end, op.IsLog ? LaneMath.Log(sum) : LaneMath.Reciprocal(sum));
        for (nint block = 0; block < count; block += step)
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                TLanes.Store(y + block + part, op.IsLog
                    ? TLanes.Load(x + block + part) - TLanes.Broadcast(top) - TLanes.Broadcast(end)
                    : TLanes.Load(y + block + part) * TLanes.Broadcast(end));
    }

    private nint Place(int channel) => (channel / LaneLayout.Lanes * step) + (channel % LaneLayout.Lanes);
}
