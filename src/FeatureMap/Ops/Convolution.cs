namespace FeatureMap.Ops;

/// <summary>
/// What a convolution and a transposed convolution share: a kernel of any height and width with stride, padding, dilation and groups, which slides over
/// its input or is painted into its output.
/// </summary>
public abstract partial class Convolution : WeightedOp
{
    private protected Convolution(int outputChannels, int kernelHeight, int kernelWidth)
    {
        OutputChannels = outputChannels;
        KernelHeight = kernelHeight;
        KernelWidth = kernelWidth;
    }

    private protected Convolution(SettingReader settings) : base(settings)
    {
        OutputChannels = settings.Whole("channels");
        (KernelHeight, KernelWidth) = settings.Pair("kernel");
        (StrideVertical, StrideHorizontal) = settings.Pair("stride");
        Padding = settings.Padding("padding");
        (DilationVertical, DilationHorizontal) = settings.Pair("dilation");
        Groups = settings.Whole("groups");
    }

    /// <summary>Number of kernels, and so of output channels.</summary>
    public int OutputChannels { get; }

    /// <summary>Rows of the kernel.</summary>
    public int KernelHeight { get; }

    /// <summary>Columns of the kernel.</summary>
    public int KernelWidth { get; }

    /// <summary>Rows between neighbouring positions of the kernel; 1 means every position.</summary>
    public int StrideVertical { get; init; } = 1;

    /// <summary>Columns between neighbouring positions of the kernel.</summary>
    public int StrideHorizontal { get; init; } = 1;

    /// <summary>Pixels around the plane that the kernel slides over: zeros around the input of a convolution, cut off from the output of a transposed one.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>Rows between neighbouring taps of the kernel; 1 means adjacent.</summary>
    public int DilationVertical { get; init; } = 1;

    /// <summary>Columns between neighbouring taps of the kernel.</summary>
    public int DilationHorizontal { get; init; } = 1;

    /// <summary>Blocks of channels that do not see each other; must divide input and output channels.</summary>
    public int Groups { get; init; } = 1;

    /// <inheritdoc/>
    public override string Settings
    {
        get
        {
            var stride = new PerAxis(StrideVertical, StrideHorizontal);
            var dilation = new PerAxis(DilationVertical, DilationHorizontal);
            var parts = new List<string> { $"{KernelHeight}x{KernelWidth}", $"{OutputChannels} channels" };
            if (stride != 1) parts.Add($"stride {stride}");
            if (Padding != Padding.Valid) parts.Add($"padding {Padding}");
            if (dilation != 1) parts.Add($"dilation {dilation}");
            if (Groups != 1) parts.Add($"groups {Groups}");
            if (!HasBias) parts.Add("no bias");
            return string.Join(", ", parts);
        }
    }

    internal override IReadOnlyList<OpSetting> SettingValues =>
    [
        new("channels", OutputChannels), OpSetting.Pair("kernel", KernelHeight, KernelWidth), OpSetting.Pair("stride", StrideVertical, StrideHorizontal),
        OpSetting.Of("padding", Padding), OpSetting.Pair("dilation", DilationVertical, DilationHorizontal), new("groups", Groups), .. base.SettingValues,
    ];
}
