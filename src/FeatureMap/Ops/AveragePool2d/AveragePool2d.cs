using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Average pooling: each output is the mean of its window, channel by channel; a strided convolution with equal, fixed weights. Padding counts as zeros
/// unless <see cref="CountsPadding"/> is off. The gradient goes to all inputs of the window in equal parts. No parameters.
/// Shapes: C x H x W to C x o x o with o = floor((i + padding - extent) / stride) + 1, or with ceil instead of floor.
/// Source: Dumoulin and Visin, arXiv 1603.07285, "Pooling arithmetic".
/// </summary>
public sealed partial class AveragePool2d : WindowPool, IOpRoom
{
    /// <summary>Windows of the given size; side by side unless a stride is given.</summary>
    public AveragePool2d(PerAxis kernel) : base(kernel) { }

    private AveragePool2d(OpSettings settings) : base(settings) =>
        CountsPadding = settings.Flag("countsPadding", (AveragePool2d op) => op.CountsPadding, counts =>
            counts ? "" : "padding not counted");

    private AveragePool2d(OnnxImport node, OnnxFeature image) : base(node, image) => CountsPadding = node.Flag("count_include_pad");

    /// <summary>
    /// Whether a tap on padding counts as a zero (the default of PyTorch) or not at all (the default of ONNX, and the only way of Keras). What a partial
    /// window of ceil mode reaches behind the padding never counts.
    /// </summary>
    public bool CountsPadding { get; init; } = true;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) =>
        new("windows", "a sum and one multiplication by the reciprocal per window; back, each input gathers from the windows that read it and is written once");

    static Op IOpRoom.FromSettings(OpSettings settings) => new AveragePool2d(settings);

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new AveragePool2dKernel<TLanes>(this, site);

    /// <summary>The numbers that a window's sum is divided by, per axis: its taps on the input, and on padding where that counts.</summary>
    internal int[] Divisors(WindowAxis axis) =>
        [.. Enumerable.Range(0, axis.Outputs).Select(window => CountsPadding ? axis.PaddedTaps(window) : axis.Taps(window).End - axis.Taps(window).First)];

    internal override void ReferenceForward(ReferencePass pass) => ForEachTap(pass, (image, channel, row, column, y, x, share) =>
        pass.Output[image, channel, row, column] += share * pass.Input[image, channel, y, x]);

    internal override void ReferenceBackward(ReferencePass pass) => ForEachTap(pass, (image, channel, row, column, y, x, share) =>
        pass.InputGradients[0][image, channel, y, x] += share * pass.OutputGradient![image, channel, row, column]);

    /// <summary>All (image, channel, output row and column, input row and column) that meet, and the input's share of the output.</summary>
    private void ForEachTap(ReferencePass pass, Action<int, int, int, int, int, int, double> action)
    {
        var geometry = Geometry(pass.Input.Shape);
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var channel = 0; channel < geometry.Output.Channels; channel++)
                for (var row = 0; row < geometry.Output.Height; row++)
                    for (var column = 0; column < geometry.Output.Width; column++)
                    {
                        var counted = 0;
                        var taps = new List<(int Row, int Column)>();
                        for (var tapRow = 0; tapRow < Kernel.Vertical; tapRow++)
                            for (var tapColumn = 0; tapColumn < Kernel.Horizontal; tapColumn++)
                            {
                                var (y, x) = (geometry.Vertical.Position(row, tapRow), geometry.Horizontal.Position(column, tapColumn));
                                var isInput = y >= 0 && y < geometry.Input.Height && x >= 0 && x < geometry.Input.Width;
                                var isPadded = y < geometry.Input.Height + geometry.Padding.Bottom && x < geometry.Input.Width + geometry.Padding.Right;
                                if (isInput) taps.Add((y, x));
                                if (CountsPadding ? isPadded : isInput) counted++;
                            }
                        foreach (var (y, x) in taps)
                            action(image, channel, row, column, y, x, 1.0 / counted);
                    }
    }
}
