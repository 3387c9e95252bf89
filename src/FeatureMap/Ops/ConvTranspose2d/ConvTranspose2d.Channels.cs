using FeatureMap.Lanes;

namespace FeatureMap.Ops;

public sealed partial class ConvTranspose2d
{
    /// <summary>Without groups; the sums are those of the path for images, to the bit.</summary>
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place)
    {
        var geometry = Geometry(place.Input);
        var path = InputGradientPath(geometry);
        if (geometry.Groups > 1 || path == PlaneFilter) return null;
        if (path == Winograd)
            return new ChannelWeightedMaker<TLanes>(place, new ChannelWinogradMap<TLanes>(geometry, isTurned: true), default).Make();
        var map = new ChannelPhaseMap<TLanes>(geometry);
        return new ChannelWeightedMaker<TLanes>(place, map, map.Border).Make();
    }
}
