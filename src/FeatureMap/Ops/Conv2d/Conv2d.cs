using System.Globalization;

namespace FeatureMap.Ops;

/// <summary>
/// Two-dimensional convolution (what the field calls so: cross-correlation, the kernel is not flipped): each output channel slides its own kernel
/// over all input channels of its group, sums the products and adds its bias. Any kernel height and width, stride, padding (also different on each
/// side), dilation and groups, down to depthwise (groups = input channels).
/// Shapes: C x H x W to <see cref="OutputChannels"/> x o x o with o = floor((i + padding - extent) / stride) + 1 and extent = k + (k - 1)(d - 1).
/// Parameters: weight outputs x inputs/groups x height x width, bias one per output. Source: Dumoulin and Visin, arXiv 1603.07285.
/// </summary>
public sealed partial class Conv2d : Op, IOpRoom
{
    /// <summary>A square kernel of the given size over all channels; further settings by the init properties.</summary>
    public Conv2d(int outputChannels, int kernelSize) : this(outputChannels, kernelSize, kernelSize) { }

    /// <summary>A kernel of the given height and width.</summary>
    public Conv2d(int outputChannels, int kernelHeight, int kernelWidth)
    {
        OutputChannels = outputChannels;
        KernelHeight = kernelHeight;
        KernelWidth = kernelWidth;
    }

    /// <summary>Number of kernels, and so of output channels.</summary>
    public int OutputChannels { get; }

    /// <summary>Rows of the kernel.</summary>
    public int KernelHeight { get; }

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth { get; }

    /// <summary>Rows between neighbouring windows; 1 means every position.</summary>
    public int StrideVertical { get; init; } = 1;

    /// <summary>Columns between neighbouring windows.</summary>
    public int StrideHorizontal { get; init; } = 1;

    /// <summary>Zeros around the input.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>Rows between neighbouring taps of the kernel; 1 means adjacent.</summary>
    public int DilationVertical { get; init; } = 1;

    /// <summary>Columns between neighbouring taps of the kernel.</summary>
    public int DilationHorizontal { get; init; } = 1;

    /// <summary>Blocks of channels that do not see each other; must divide input and output channels.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Whether each output adds a learned constant. Leave it out before a normalisation, which subtracts it again.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>How the weights start; biases start at 0.</summary>
    public Initializer WeightInitializer { get; init; } = Initializer.HeNormal;

    /// <inheritdoc/>
    public override string Name => "Conv2d";

    /// <inheritdoc/>
    public override string Settings
    {
        get
        {
            var parts = new List<string> { $"{KernelHeight}x{KernelWidth}", $"{OutputChannels} channels" };
            if (StrideVertical != 1 || StrideHorizontal != 1) parts.Add($"stride {Pair(StrideVertical, StrideHorizontal)}");
            if (Padding != Padding.Valid) parts.Add($"padding {Padding}");
            if (DilationVertical != 1 || DilationHorizontal != 1) parts.Add($"dilation {Pair(DilationVertical, DilationHorizontal)}");
            if (Groups != 1) parts.Add($"groups {Groups}");
            if (!HasBias) parts.Add("no bias");
            return string.Join(", ", parts);
        }
    }

    /// <summary>The geometry of this convolution on an input of the given shape.</summary>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public ConvGeometry Geometry(Shape input) => new(
        input, OutputChannels, KernelHeight, KernelWidth, StrideVertical, StrideHorizontal, Padding, DilationVertical, DilationHorizontal, Groups);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Output;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        var fanIn = (long)geometry.InputChannelsPerGroup * geometry.Taps;
        var fanOut = (long)geometry.OutputChannelsPerGroup * geometry.Taps;
        var weight = new ParameterDefinition(
            "weight", [OutputChannels, geometry.InputChannelsPerGroup, KernelHeight, KernelWidth], Trainable: true, WeightInitializer, fanIn, fanOut, Decays: true);
        return HasBias ? [weight, new ParameterDefinition("bias", [OutputChannels], Trainable: true, Initializer.Zeros)] : [weight];
    }

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(Geometry(inputs[0]).MultiplyAdds);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs)
    {
        var geometry = Geometry(inputs[0]);
        return new Reach(
            new AxisReach(geometry.ExtentVertical, StrideVertical, geometry.Padding.Top),
            new AxisReach(geometry.ExtentHorizontal, StrideHorizontal, geometry.Padding.Left));
    }

    internal override IReadOnlyList<OpSetting> SettingValues =>
    [
        new("channels", OutputChannels), OpSetting.Pair("kernel", KernelHeight, KernelWidth), OpSetting.Pair("stride", StrideVertical, StrideHorizontal),
        OpSetting.Of("padding", Padding), OpSetting.Pair("dilation", DilationVertical, DilationHorizontal), new("groups", Groups), new("bias", HasBias),
        OpSetting.Of("initializer", WeightInitializer),
    ];

    static Op IOpRoom.FromSettings(SettingReader settings) => new Conv2d(settings.Whole("channels"), settings.Pair("kernel").Vertical, settings.Pair("kernel").Horizontal)
    {
        StrideVertical = settings.Pair("stride").Vertical,
        StrideHorizontal = settings.Pair("stride").Horizontal,
        Padding = settings.Padding("padding"),
        DilationVertical = settings.Pair("dilation").Vertical,
        DilationHorizontal = settings.Pair("dilation").Horizontal,
        Groups = settings.Whole("groups"),
        HasBias = settings.Flag("bias"),
        WeightInitializer = settings.Initializer("initializer"),
    };

    internal override GradientReads GradientReads => GradientReads.Input;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) =>
        IsMatrixProduct(Geometry(site.Input.Shape)) ? new DenseProductKernel<TLanes>(site) : new Conv2dKernel<TLanes>(this, site);

    private static string Pair(int vertical, int horizontal) =>
        vertical == horizontal ? vertical.ToString(CultureInfo.InvariantCulture) : $"{vertical}x{horizontal}";
}
