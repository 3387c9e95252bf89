using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// An image norm of one image with channels in the lanes: the numbers of a set are brought side by side and measured in the order of the
/// kernel for images, number by number: a set is one long sum, which no register could share without another order.
/// </summary>
internal sealed unsafe class ImageNormChannels : Kernel
{
    private readonly ImageNorm op;
    private readonly ChannelSite place;
    private readonly NormSets sets;

    public ImageNormChannels(ImageNorm op, ChannelSite place)
    {
        (this.op, this.place, sets) = (op, place, op.Sets(place.Input));
        place.Site.Scratch(sets.Size);
    }

    public override void Schedule(StepSchedule schedule) => schedule.Forward.Together(sets.Count, Run);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        float* x = place.Site.Input.At(item.Slot), y = place.Site.Output.At(item.Slot), numbers = item.Scratch;
        var at = numbers;
        for (var member = 0; member < sets.Members; member++)
        {
            var source = x + Place(item.Index, member);
            for (var i = 0; i < sets.Run; i++, source += LaneLayout.Lanes)
                *at++ = *source;
        }
        var (centre, factor, shift) = ImageNormKernel<LanesScalar>.Measure(numbers, sets.Size, 1, op.Epsilon);
        at = numbers;
        for (var member = 0; member < sets.Members; member++)
        {
            var channel = sets.FirstChannel(item.Index) + member;
            var gamma = LanesScalar.Broadcast(op.IsAffine ? place.Site.Parameters[0].Values[channel] : 1);
            var beta = LanesScalar.Broadcast(op.IsAffine ? place.Site.Parameters[1].Values[channel] : 0);
            var target = y + Place(item.Index, member);
            for (var i = 0; i < sets.Run; i++, at++, target += LaneLayout.Lanes)
            {
                var normalized = LanesScalar.MultiplyAdd(LanesScalar.Load(at) - centre, factor, shift);
                LanesScalar.Store(target, LanesScalar.MultiplyAdd(normalized, gamma, beta));
            }
        }
    }

    private nint Place(int set, int member)
    {
        var (channel, pixel) = Math.DivRem(sets.Start(set) + (member * sets.Area), place.Input.Area);
        return ChannelSite.Place(place.Input, channel, pixel);
    }
}
