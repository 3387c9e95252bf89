namespace FeatureMap.Ops;

/// <summary>
/// What max and average pooling share: a window that slides over each channel by itself. Channels stay; per axis
/// o = floor((i + padding - extent) / stride) + 1, or with ceil instead of floor. No parameters, no multiply-adds by the field's count.
/// </summary>
public abstract class WindowPool : Op
{
    private protected WindowPool(int kernelHeight, int kernelWidth)
    {
        KernelHeight = StrideVertical = kernelHeight;
        KernelWidth = StrideHorizontal = kernelWidth;
    }

    private protected WindowPool(SettingReader settings)
    {
        (KernelHeight, KernelWidth) = settings.Pair("kernel");
        (StrideVertical, StrideHorizontal) = settings.Pair("stride");
        (DilationVertical, DilationHorizontal) = settings.Pair("dilation");
        Padding = settings.Padding("padding");
        CeilMode = settings.Flag("ceilMode");
    }

    /// <summary>Rows of a window.</summary>
    public int KernelHeight { get; }

    /// <summary>Columns of a window.</summary>
    public int KernelWidth { get; }

    /// <summary>Rows between neighbouring windows; by default the window's height.</summary>
    public int StrideVertical { get; init; }

    /// <summary>Columns between neighbouring windows; by default the window's width.</summary>
    public int StrideHorizontal { get; init; }

    /// <summary>Pixels around the input: they never win a maximum, and count as zeros in a mean unless it leaves them out.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>Rows between neighbouring taps of a window; 1 means adjacent.</summary>
    public int DilationVertical { get; init; } = 1;

    /// <summary>Columns between neighbouring taps of a window.</summary>
    public int DilationHorizontal { get; init; } = 1;

    /// <summary>Whether pixels left over at the end get a partial window of their own (ceil instead of floor).</summary>
    public bool CeilMode { get; init; }

    /// <inheritdoc/>
    public override string Settings =>
        PoolGeometry.Describe(KernelHeight, KernelWidth, StrideVertical, StrideHorizontal, Padding, DilationVertical, DilationHorizontal, CeilMode);

    /// <summary>The validated geometry on an input.</summary>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public PoolGeometry Geometry(Shape input) =>
        new(input, KernelHeight, KernelWidth, StrideVertical, StrideHorizontal, Padding, DilationVertical, DilationHorizontal, CeilMode);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Output;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Reach;

    // Max pooling keeps the place of each window's winner, and a mean needs nothing: neither input nor output has to live until then.
    internal override GradientReads GradientReads => GradientReads.None;

    internal override IReadOnlyList<OpSetting> SettingValues =>
    [
        OpSetting.Pair("kernel", KernelHeight, KernelWidth), OpSetting.Pair("stride", StrideVertical, StrideHorizontal), OpSetting.Of("padding", Padding),
        OpSetting.Pair("dilation", DilationVertical, DilationHorizontal), new("ceilMode", CeilMode),
    ];
}
