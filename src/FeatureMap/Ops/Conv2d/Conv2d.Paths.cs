namespace FeatureMap.Ops;

public sealed partial class Conv2d
{
    /// <summary>Pixels of the output up to which a weight gradient with channels in the lanes beats one with images in the lanes (measured).</summary>
    internal const int SmallMapPixels = 16;

    /// <summary>Input channels from which it does.</summary>
    internal const int SmallMapChannels = 32;

    internal static readonly KernelPath ChannelsInLanes = new(
        "channels in lanes", "a register holds 16 channels of one image, so that images and pixels are summed over: on a map of few pixels 16 lanes per weight would cost more to add up than to compute");

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        return ForwardPath(geometry) with { InputGradient = InputGradientPath(geometry), WeightGradient = SmallMap(geometry) is null ? WeightGradientPath(geometry) : ChannelsInLanes };
    }

    /// <summary>
    /// The geometry for <see cref="SmallMapGradient{TLanes}"/> where that is the better weight gradient: few pixels, and enough channels to fill registers. Where the kernel covers
    /// the whole input, every number of it is a channel of a single pixel. Null elsewhere.
    /// </summary>
    internal static ConvGeometry? SmallMap(ConvGeometry geometry)
    {
        if (WeightGradientPath(geometry) == WinogradGradient) return null;
        if (IsMatrixProduct(geometry)) geometry = ConvMaps.DenseGeometry(geometry.Input.Count, geometry.OutputChannels);
        return geometry.Groups == 1 && geometry.Output.Area <= SmallMapPixels && geometry.Input.Channels >= SmallMapChannels && geometry.OutputChannels >= 8 ? geometry : null;
    }
}
