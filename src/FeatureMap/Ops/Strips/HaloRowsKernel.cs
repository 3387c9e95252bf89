using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Puts the rows around each strip beside it: those of the strip above stand one lane before its own, those of the strip below one lane
/// behind. On the way back the gradients of these copies are added to those of the rows that they came from.
/// </summary>
internal sealed unsafe class HaloRowsKernel(KernelSite site, HaloRows op) : ShardKernel(site)
{
    private readonly nint own = site.Input.ChannelStep;
    private readonly nint above = (nint)op.Above * site.Input.Shape.Width * LaneLayout.Lanes;
    private readonly nint below = (nint)op.Below * site.Input.Shape.Width * LaneLayout.Lanes;

    protected override Shape? Channels => Site.Input.Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var source = Site.Input.At(item.Slot, channel);
            var target = Site.Output.At(item.Slot, channel);
            CopyAcross(source + own - above, target, above, step: -1, edgeLane: 0);
            Copy(source, target + above);
            CopyAcross(source, target + above + own, below, step: 1, edgeLane: op.Strips - 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            var source = Site.OutputGradient!.At(item.Slot, channel);
            var target = Site.InputGradients[0]!.At(item.Slot, channel);
            Copy(source + above, target);
            AddAcross(source, target + own - above, above, step: 1, edgeLane: op.Strips - 1);
            AddAcross(source + above + own, target, below, step: -1, edgeLane: 0);
        }
    }

    private void Copy(float* source, float* target) =>
        Buffer.MemoryCopy(source, target, own * sizeof(float), own * sizeof(float));

    // Each lane from the one that is a step away, unless its strip is the image's last in that direction.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyAcross(float* source, float* target, nint floats, int step, int edgeLane)
    {
        for (nint place = 0; place < floats; place += LaneLayout.Lanes)
            for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                target[place + lane] = lane % op.Strips == edgeLane ? op.Edge : source[place + lane + step];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddAcross(float* source, float* target, nint floats, int step, int edgeLane)
    {
        for (nint place = 0; place < floats; place += LaneLayout.Lanes)
            for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                if (lane % op.Strips != edgeLane) target[place + lane] += source[place + lane + step];
    }
}
