using FeatureMap.Lanes;

namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    /// <summary>The sums are those of the path for images, to the bit.</summary>
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place)
    {
        var geometry = Geometry(place.Input);
        if (geometry.Groups == 1)
            return ForwardPath(geometry) == Winograd
                ? new ChannelWeightedMaker<TLanes>(place, new ChannelWinogradMap<TLanes>(geometry), default).Make()
                : new ChannelWeightedMaker<TLanes>(place, ChannelTapMap<TLanes>.Forward(geometry), geometry.Padding).Make();
        return geometry.Groups == geometry.Input.Channels && geometry.Groups == geometry.OutputChannels
            ? new ChannelWeightedMaker<TLanes>(place, new ChannelDepthwiseMap<TLanes>(geometry), default).Make()
            : new ChannelWeightedMaker<TLanes>(place, new ChannelGroupMap<TLanes>(geometry), geometry.Padding).Make();
    }
}
