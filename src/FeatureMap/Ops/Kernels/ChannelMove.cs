using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Numbers of one image with channels in the lanes on their way to other places; nothing is computed.</summary>
internal sealed unsafe class ChannelMove : Kernel
{
    private readonly ChannelSite place;
    private readonly int[] sources;

    /// <param name="place">The place in the plan.</param>
    /// <param name="source">Which number of the input a number of the output is, both counted channel by channel, row by row.</param>
    public ChannelMove(ChannelSite place, Func<int, int> source)
    {
        this.place = place;
        sources = new int[place.Output.Count];
        for (var to = 0; to < sources.Length; to++)
        {
            var (channel, pixel) = Math.DivRem(source(to), place.Input.Area);
            sources[to] = (int)ChannelSite.Place(place.Input, channel, pixel);
        }
    }

    public override void Schedule(StepSchedule schedule) => schedule.Forward.Together(place.Site.Output.Shape.Channels, Run);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(in WorkItem item)
    {
        float* source = place.Site.Input.At(item.Slot), block = place.Site.Output.At(item.Slot, item.Index);
        var area = place.Output.Area;
        var first = item.Index * LaneLayout.Lanes;
        for (var channel = first; channel < Math.Min(first + LaneLayout.Lanes, place.Output.Channels); channel++)
        {
            var target = block + (channel - first);
            foreach (var from in sources.AsSpan(channel * area, area))
            {
                *target = source[from];
                target += LaneLayout.Lanes;
            }
        }
    }
}
