namespace FeatureMap.Ops;

public sealed partial class MaxPool2d
{
    // The order of storage is that of the places of maxima, which are not computed.
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
        [new("MaxPool", ReadOnnx, "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")];

    // Runtimes refuse padding as wide as the window; then a Pad node brings minus infinity, which never wins, for windows that are all whole.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var geometry = Geometry(graph.InputShapes[0]);
        var input = graph.Pooled();
        var (padding, ceilMode) = geometry.OnnxWindows;
        if (geometry.IsWide(padding))
        {
            var whole = geometry.WholePadding;
            var pads = graph.Constant("pads", 0, 0, whole.Top, whole.Left, 0, 0, whole.Bottom, whole.Right);
            input = graph.Node("Pad", [input, pads, graph.Constant("nothing", [], [float.NegativeInfinity])]);
            (padding, ceilMode) = (Padding.Valid, false);
        }
        graph.Result(
            "MaxPool", [input],
            OnnxAttribute.Pair("kernel_shape", Kernel),
            OnnxAttribute.Pair("strides", Stride),
            OnnxAttribute.Pads(padding),
            OnnxAttribute.Pair("dilations", Dilation),
            new OnnxAttribute("ceil_mode", ceilMode));
    }

    // The second output, the place of each maximum, has no counterpart; where somebody reads it, the import says so.
    private static void ReadOnnx(OnnxImport node)
    {
        var image = node.Image();
        var window = new OnnxWindow(node, image);
        var pool = new MaxPool2d(window.Kernel)
        {
            Stride = window.Stride,
            Padding = window.Padding,
            Dilation = window.Dilation,
            CeilMode = node.Flag("ceil_mode"),
        };
        node.ResultLike(image, node.Layer(pool, [image]));
    }
}
