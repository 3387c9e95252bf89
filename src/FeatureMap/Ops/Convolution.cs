namespace FeatureMap.Ops;

/// <summary>
/// What a convolution and a transposed convolution share: a kernel of any height and width with stride, padding, dilation and groups, which slides over
/// its input or is painted into its output.
/// </summary>
public abstract partial class Convolution : WeightedOp
{
    private protected Convolution(int outputChannels, PerAxis kernel) => (OutputChannels, Kernel) = (outputChannels, kernel);

    private protected Convolution(OpSettings settings)
    {
        OutputChannels = settings.Whole("channels", (Convolution op) => op.OutputChannels, text: _ => "");
        Kernel = settings.Pair("kernel", (Convolution op) => op.Kernel, text: kernel => $"{kernel.Size}, {OutputChannels} channels");
        Stride = settings.Pair("stride", (Convolution op) => op.Stride, text: stride => stride == 1 ? "" : $"stride {stride}");
        Padding = settings.Padding("padding", (Convolution op) => op.Padding);
        Dilation = settings.Pair("dilation", (Convolution op) => op.Dilation, text: dilation =>
            dilation == 1 ? "" : $"dilation {dilation}");
        Groups = settings.Whole("groups", (Convolution op) => op.Groups, text: groups => groups == 1 ? "" : $"groups {groups}");
        (HasBias, WeightInitializer) = WeightSettings(settings);
    }

    /// <summary>Number of kernels, and so of output channels.</summary>
    public int OutputChannels { get; }

    /// <summary>Rows and columns of the kernel.</summary>
    public PerAxis Kernel { get; }

    /// <summary>Pixels between neighbouring positions of the kernel; 1 means every position.</summary>
    public PerAxis Stride { get; init; } = 1;

    /// <summary>Pixels around the plane that the kernel slides over: zeros around the input of a convolution, cut off from the output of a transposed one.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>Pixels between neighbouring taps of the kernel; 1 means adjacent.</summary>
    public PerAxis Dilation { get; init; } = 1;

    /// <summary>Blocks of channels that do not see each other; must divide input and output channels.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>
    /// The geometry on an input of the given shape. That of a transposed convolution is of the convolution that it turns round, from its
    /// output, where its taps paint, to its input.
    /// </summary>
    /// <exception cref="ShapeException">It does not fit; the message has the arithmetic.</exception>
    public abstract ConvGeometry Geometry(Shape input);

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(Geometry(inputs[0]).MultiplyAdds);
}
