using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// Multiply-accumulates that meet a pixel. The usual count also has those that multiply padding: on a 1x1 map with padding 1 a 3x3 kernel
/// counts 9 per channel pair and does 1, so for the pass-through network of Assignment 3.2 the usual 86,747,136 are 34,224,512.
/// </summary>
public static class EffectiveWork
{
    /// <summary>Those of a network, for one image.</summary>
    public static long Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.MultiplyAdds - network.Layers.Sum(layer => layer.PlainOp is Convolution conv
            ? OnPadding(conv.Geometry(layer.InputShapes[0])) : 0);
    }

    private static long OnPadding(ConvGeometry geometry) =>
        geometry.MultiplyAdds - ((long)geometry.Vertical.Reads().Sum() * geometry.Horizontal.Reads().Sum() * geometry.OutputChannels * geometry.InputChannelsPerGroup);
}
