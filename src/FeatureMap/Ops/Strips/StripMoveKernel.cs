using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Copies images into strips or back. On the way forward idle lanes repeat the first image, so that they stay as finite as it is; gradients
/// are 0 there.
/// </summary>
internal sealed unsafe class StripMoveKernel(KernelSite site, int strips, bool isSplit) : ShardKernel(site)
{
    protected override Shape? Channels => Site.Input.Shape;

    protected override void Forward(in WorkItem item) => Move(Site.Input, Site.Output, isSplit, isGradient: false, item);

    protected override void Backward(in WorkItem item) =>
        Move(Site.OutputGradient!, Site.InputGradients[0]!, !isSplit, isGradient: true, item);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move(LaneTensor from, LaneTensor to, bool isSplit, bool isGradient, in WorkItem item)
    {
        var stripFloats = (isSplit ? to : from).ChannelStep;
        var lanes = isSplit ? item.Images * strips : item.Images;
        var sources = stackalloc nint[LaneLayout.Lanes];
        for (var part = 0; part < (isSplit ? 1 : strips); part++)
        {
            for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            {
                var own = lane < lanes ? lane : isSplit ? lane % strips : 0;
                sources[lane] = isSplit ? ((nint)(own % strips) * stripFloats) + (own / strips) : (own * strips) + part;
            }
            var zeroFrom = isGradient ? lanes : LaneLayout.Lanes;
            for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
            {
                var source = from.At(item.Slot, channel);
                var target = to.At(item.Slot, channel) + (isSplit ? 0 : part * stripFloats);
                for (nint place = 0; place < stripFloats; place += LaneLayout.Lanes)
                {
                    for (var lane = 0; lane < zeroFrom; lane++)
                        target[place + lane] = source[place + sources[lane]];
                    for (var lane = zeroFrom; lane < LaneLayout.Lanes; lane++)
                        target[place + lane] = 0;
                }
            }
        }
    }
}
