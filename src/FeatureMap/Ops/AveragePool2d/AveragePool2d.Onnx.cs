namespace FeatureMap.Ops;

public sealed partial class AveragePool2d
{
    private const int DilationOpset = 19;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
        [new(
            "AveragePool", node => ReadOnnx(node, (node, image) => new AveragePool2d(node, image)),
            "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides")];

    internal override void ExportOnnx(OnnxExport graph)
    {
        var geometry = Geometry(graph.InputShapes[0]);
        var isDilated = Dilation != 1;
        var (padding, ceilMode) = geometry.OnnxWindows;
        // Padding that only makes windows whole must not be counted.
        var countsMore = CountsPadding && !ceilMode && geometry.HasPartialWindows;
        if (countsMore || geometry.IsWide(padding) || (isDilated && graph.Opset < DilationOpset))
        {
            ExportSums(graph, geometry);
            return;
        }
        OnnxAttribute[] attributes =
            [.. OnnxAttribute.Windows(Kernel, Stride, padding), new("ceil_mode", ceilMode), new("count_include_pad", CountsPadding)];
        graph.Result("AveragePool", [graph.Pooled()], isDilated ? [.. attributes, OnnxAttribute.Pair("dilations", Dilation)] : attributes);
    }

    /// <summary>Where the operator cannot say it: a depthwise convolution with weights of 1 sums the windows, and each sum is divided by its own number of taps.</summary>
    private void ExportSums(OnnxExport graph, PoolGeometry geometry)
    {
        var channels = geometry.Input.Channels;
        var (vertical, horizontal) = (Divisors(geometry.Vertical), Divisors(geometry.Horizontal));
        var ones = graph.Constant("ones", [channels, 1, Kernel.Vertical, Kernel.Horizontal], [.. Enumerable.Repeat(1f, channels * Kernel.Vertical * Kernel.Horizontal)]);
        var shares = graph.Constant(
            "shares", [1, 1, vertical.Length, horizontal.Length], [.. vertical.SelectMany(rows => horizontal.Select(columns => 1f / ((float)rows * columns)))]);
        var sums = graph.Node(
            "Conv", [graph.Image(), ones],
            [.. OnnxAttribute.Windows(Kernel, Stride, geometry.WholePadding), OnnxAttribute.Pair("dilations", Dilation), new OnnxAttribute("group", channels)]);
        graph.Result("Mul", [sums, shares]);
    }
}
