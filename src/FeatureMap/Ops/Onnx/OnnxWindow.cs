namespace FeatureMap.Ops;

/// <summary>
/// The attributes that all sliding windows of ONNX share: <c>kernel_shape</c>, <c>strides</c>, <c>dilations</c>, <c>pads</c> and <c>auto_pad</c>. A signal (one
/// spatial axis) is an image of one row, its window one row high.
/// </summary>
internal sealed record OnnxWindow
{
    /// <param name="node">Convolution or pooling.</param>
    /// <param name="image">What it slides over, from <see cref="OnnxImport.Image"/>.</param>
    /// <param name="kernel">Sizes of the window that the weights tell; the attribute must then agree.</param>
    public OnnxWindow(OnnxImport node, OnnxFeature image, IReadOnlyList<int>? kernel = null)
    {
        var axes = image.Dimensions.Count - 1;
        var given = node.Wholes("kernel_shape");
        if (given is null && kernel is null)
            throw node.Wrong("the attribute 'kernel_shape' is missing");
        if (given is not null && kernel is not null && !given.SequenceEqual(kernel.Select(size => (long)size)))
            throw node.Wrong($"the attribute 'kernel_shape' says {NumberRow.Join(" x ", given)}, its weight "
                + $"{NumberRow.Join(" x ", kernel)}");
        Kernel = Pair(node, "kernel_shape", given ?? [.. kernel!.Select(size => (long)size)], axes);
        Stride = Pair(node, "strides", node.Wholes("strides") ?? Ones(axes), axes);
        Dilation = Pair(node, "dilations", node.Wholes("dilations") ?? Ones(axes), axes);
        var automatic = node.Text("auto_pad", "NOTSET");
        Padding = automatic switch
        {
            "NOTSET" or "" => Explicit(node, node.Wholes("pads"), axes),
            "VALID" => Padding.Valid,
            "SAME_UPPER" => Same(image.Shape),
            "SAME_LOWER" => Same(image.Shape) is var upper ? new Padding(upper.Bottom, upper.Right, upper.Top, upper.Left) : default,
            _ => throw node.Wrong($"the attribute 'auto_pad' is '{automatic}'; NOTSET, VALID, SAME_UPPER and SAME_LOWER are known"),
        };
    }

    public PerAxis Kernel { get; }

    public PerAxis Stride { get; }

    public PerAxis Dilation { get; }

    public Padding Padding { get; }

    // Resolved at once: the rule of SAME is for the size of this input.
    private Padding Same(Shape image) => Padding.Same.Resolve(image, WindowAxis.ExtentOf(Kernel, Dilation), Stride);

    private static long[] Ones(int axes) => [.. Enumerable.Repeat(1L, axes)];

    /// <summary>One number per spatial axis.</summary>
    public static PerAxis Pair(OnnxImport node, string name, long[] values, int axes, int least = 1)
    {
        if (values.Length != axes || Array.Exists(values, value => value < least || value > 1_000_000))
            throw node.Wrong($"the attribute '{name}' is [{NumberRow.Join(", ", values.Take(8))}]; {axes} number{(axes == 1 ? "" : "s")} "
                + $"from {least} to 1,000,000 {(axes == 1 ? "was" : "were")} expected, one per spatial axis");
        return axes == 2 ? new((int)values[0], (int)values[1]) : new(least, (int)values[0]);
    }

    private static Padding Explicit(OnnxImport node, long[]? pads, int axes)
    {
        if (pads is null) return Padding.Valid;
        if (pads.Length != 2 * axes || Array.Exists(pads, pad => pad is < 0 or > 1_000_000))
            throw node.Wrong($"the attribute 'pads' is [{NumberRow.Join(", ", pads.Take(8))}]; {2 * axes} numbers from 0 to 1,000,000 "
                + "were expected, the begins of the spatial axes and then their ends");
        return axes == 2 ? new Padding((int)pads[0], (int)pads[1], (int)pads[2], (int)pads[3]) : new Padding(0, (int)pads[0], 0, (int)pads[1]);
    }
}
