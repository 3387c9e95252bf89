namespace FeatureMap.Ops;

/// <summary>
/// Two-dimensional convolution (what the field calls so: cross-correlation, the kernel is not flipped): each output channel slides its own kernel
/// over all input channels of its group, sums the products and adds its bias. Any kernel height and width, stride, padding (also different on each
/// side), dilation and groups, down to depthwise (groups = input channels).
/// Shapes: C x H x W to <see cref="Convolution.OutputChannels"/> x o x o with o = floor((i + padding - extent) / stride) + 1 and extent = k + (k - 1)(d - 1).
/// Parameters: weight outputs x inputs/groups x height x width, bias one per output. Source: Dumoulin and Visin, arXiv 1603.07285.
/// </summary>
public sealed partial class Conv2d : Convolution, IOpRoom
{
    /// <summary>A kernel of the given size over all channels; further settings by the init properties.</summary>
    public Conv2d(int outputChannels, PerAxis kernel) : base(outputChannels, kernel) { }

    private Conv2d(OpSettings settings) : base(settings) { }

    /// <inheritdoc/>
    public override ConvGeometry Geometry(Shape input) => new(input, OutputChannels, Kernel, Stride, Padding, Dilation, Groups);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Output;

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Reach;

    static Op IOpRoom.FromSettings(OpSettings settings) => new Conv2d(settings);

    internal override string LayerName => "conv";

    internal override WeightLayout Layout(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        return new WeightLayout(
            [OutputChannels, geometry.InputChannelsPerGroup, Kernel.Vertical, Kernel.Horizontal],
            FanIn: (long)geometry.InputChannelsPerGroup * geometry.Taps,
            FanOut: (long)geometry.OutputChannelsPerGroup * geometry.Taps)
        {
            Channels = OutputChannels,
            Run = geometry.InputChannelsPerGroup * geometry.Taps,
        };
    }

    // On the way back others have a pass of their own.
    internal override bool TakesAlong(Activation next, bool hasGradient) => !hasGradient;

    internal override bool TakesSumAlong(bool hasGradient) => !hasGradient;

    internal override bool AppliesActivation => true;

    internal override bool TakesNormAlong => true;

    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) =>
        StripRule.OfWindows(Geometry(inputs[0]), strips, edge: 0, padding => With(Kernel, padding, Dilation));

    // Panels are copies in which every number stands once.
    internal override bool TakesSourceNorm(IReadOnlyList<Shape> inputs) => ForwardPath(Geometry(inputs[0])) == Panels;

    /// <summary>The same convolution with other windows.</summary>
    internal Conv2d With(PerAxis kernel, Padding padding, PerAxis dilation) => new(OutputChannels, kernel)
    {
        Stride = Stride,
        Padding = padding,
        Dilation = dilation,
        Groups = Groups,
        HasBias = HasBias,
        WeightInitializer = WeightInitializer,
    };

    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var geometry = Geometry(site.Input.Shape) with { OccupiedLanes = site.OccupiedLanes };
        return new WeightedKernel<TLanes>(
            site, ConvMaps.Forward<TLanes>(geometry), () => ConvMaps.InputGradient<TLanes>(geometry),
            () => ConvMaps.WeightGradient<TLanes>(geometry),
            () => ConvMaps.BlockGradient<TLanes>(geometry, site.Shards));
    }
}
