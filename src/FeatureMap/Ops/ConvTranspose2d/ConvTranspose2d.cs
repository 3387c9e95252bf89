using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Transposed convolution (also "fractionally strided", and wrongly "deconvolution"): a convolution with its two passes exchanged. Every input pixel paints its
/// number times the kernel into the output, <c>stride</c> pixels apart; where patches overlap they add up. It enlarges: the shape comes back, the values do not.
/// <para>
/// Shapes: C x H x W to <see cref="Convolution.OutputChannels"/> x o x o with o = (i - 1) stride - padding + extent + output padding and
/// extent = k + (k - 1)(d - 1). <see cref="Padding.Same"/> gives i x stride, as Keras does. Where the stride does not divide the kernel the patches overlap
/// unevenly (<see cref="Overlap"/>): a checkerboard before any training.
/// </para>
/// Parameters: weight inputs x outputs/groups x height x width (the order of PyTorch: that of the convolution turned round), bias one per output channel.
/// Sources: Dumoulin and Visin, arXiv 1603.07285, chapter 4; Odena, Dumoulin and Olah, "Deconvolution and checkerboard artifacts", Distill 2016.
/// </summary>
public sealed partial class ConvTranspose2d : Convolution, IOpRoom
{
    /// <summary>A kernel of the given size; further settings by the init properties.</summary>
    public ConvTranspose2d(int outputChannels, PerAxis kernel) : base(outputChannels, kernel) { }

    private ConvTranspose2d(OpSettings settings) : base(settings) =>
        OutputPadding = settings.Pair("outputPadding", (ConvTranspose2d op) => op.OutputPadding, least: 0, text: pixels =>
            pixels == 0 ? "" : $"output padding {pixels}");

    /// <summary>
    /// Rows added at the bottom of the output and columns at its right, below stride or dilation. A convolution with stride s maps s input
    /// heights to one output height; this picks which of them comes back. The added pixels are computed like all others, they are not
    /// zeros.
    /// </summary>
    public PerAxis OutputPadding { get; init; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Input;

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        return new Reach(
            AxisReach.Transposed(geometry.Vertical.Extent, Stride.Vertical, geometry.Padding.Top),
            AxisReach.Transposed(geometry.Horizontal.Extent, Stride.Horizontal, geometry.Padding.Left));
    }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        return InputGradientPath(geometry) with { InputGradient = ForwardPath(geometry), WeightGradient = WeightGradientPath(geometry) };
    }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ConvTranspose2d(settings);

    internal override WeightLayout Layout(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        var strides = (long)Stride.Vertical * Stride.Horizontal;
        return new WeightLayout(
            [inputs[0].Channels, geometry.InputChannelsPerGroup, Kernel.Vertical, Kernel.Horizontal],
            FanIn: Math.Max(1, (((long)geometry.OutputChannelsPerGroup * geometry.Taps) + (strides / 2)) / strides), // the mean: each output reads one of s x s phases
            FanOut: (long)geometry.InputChannelsPerGroup * geometry.Taps)
        {
            Blocks = Groups,
            Rows = geometry.OutputChannelsPerGroup,
            Channels = geometry.InputChannelsPerGroup,
            Run = geometry.Taps,
        };
    }

    // Patches of rows that stand side by side: none reaches into the next strip.
    internal override StripRule? InStrips(IReadOnlyList<Shape> inputs, int strips) =>
        Geometry(inputs[0]) is { Vertical: { Before: 0, After: 0 } rows } && rows.Extent == rows.Stride
            && rows.Input == rows.Outputs * rows.Stride ? new(this) : null;

    /// <summary>The maps of the convolution in exchanged roles: its input gradient runs forward, and it is the gradient itself.</summary>
    internal override Kernel CreateKernel<TLanes>(KernelSite site)
    {
        var geometry = Geometry(site.Input.Shape) with { OccupiedLanes = site.OccupiedLanes };
        return new WeightedKernel<TLanes>(
            site, ConvMaps.InputGradient<TLanes>(geometry), () => ConvMaps.Forward<TLanes>(geometry), () => new TurnedWeightGradient(ConvMaps.WeightGradient<TLanes>(geometry)));
    }

    /// <summary>The gradient of the convolution's weights: what the convolution would read is what this layer gave.</summary>
    private sealed unsafe class TurnedWeightGradient(IWeightGradient turned) : IWeightGradient
    {
        public GradientPart[] Cut(int parts) => turned.Cut(parts);

        public long ScratchFloats(GradientPart part) => turned.ScratchFloats(part);

        public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch) =>
            turned.Run(outputGradient, input, weightGradient, part, scratch);
    }
}
