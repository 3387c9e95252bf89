namespace FeatureMap.Ops;

/// <summary>
/// What max and average pooling share: a window that slides over each channel by itself. Channels stay; per axis
/// o = floor((i + padding - extent) / stride) + 1, or with ceil instead of floor. No parameters, no multiply-adds by the field's count.
/// </summary>
public abstract class WindowPool : Op
{
    private protected WindowPool(PerAxis kernel) => Kernel = Stride = kernel;

    private protected WindowPool(OpSettings settings)
    {
        Kernel = settings.Pair("kernel", (WindowPool op) => op.Kernel, text: kernel => kernel.Size);
        Stride = settings.Pair("stride", (WindowPool op) => op.Stride, text: stride => stride == Kernel ? "" : $"stride {stride}");
        Padding = settings.Padding("padding", (WindowPool op) => op.Padding);
        Dilation = settings.Pair("dilation", (WindowPool op) => op.Dilation, text: dilation => dilation == 1 ? "" : $"dilation {dilation}");
        CeilMode = settings.Flag("ceilMode", (WindowPool op) => op.CeilMode);
    }

    private protected WindowPool(OnnxImport node, OnnxFeature image)
    {
        var window = new OnnxWindow(node, image);
        (Kernel, Stride, Padding, Dilation) = (window.Kernel, window.Stride, window.Padding, window.Dilation);
        CeilMode = node.Flag("ceil_mode");
    }

    /// <summary>Rows and columns of a window.</summary>
    public PerAxis Kernel { get; }

    /// <summary>Pixels between neighbouring windows; by default the window's size.</summary>
    public PerAxis Stride { get; init; }

    /// <summary>Pixels around the input: they never win a maximum, and count as zeros in a mean unless it leaves them out.</summary>
    public Padding Padding { get; init; } = Padding.Valid;

    /// <summary>Pixels between neighbouring taps of a window; 1 means adjacent.</summary>
    public PerAxis Dilation { get; init; } = 1;

    /// <summary>Whether pixels left over at the end get a partial window of their own (ceil instead of floor).</summary>
    public bool CeilMode { get; init; }

    /// <summary>The validated geometry on an input.</summary>
    /// <exception cref="ShapeException">It does not fit.</exception>
    public PoolGeometry Geometry(Shape input) => new(input, Kernel, Stride, Padding, Dilation, CeilMode);

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Output;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Geometry(inputs[0]).Reach;

    internal override bool IsChannelwise => true;

    // Max pooling keeps the place of each window's winner, and a mean needs nothing: neither input nor output has to live until then.
    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => true;

    internal override GradientReads GradientReads => GradientReads.None;

    private protected static void ReadOnnx(OnnxImport node, Func<OnnxImport, OnnxFeature, WindowPool> make)
    {
        var image = node.Image();
        node.ResultLike(image, node.Layer(make(node, image), [image]));
    }
}
