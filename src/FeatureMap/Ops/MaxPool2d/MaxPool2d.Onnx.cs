namespace FeatureMap.Ops;

public sealed partial class MaxPool2d
{
    // The order of storage is that of the places of maxima, which are not computed: the second output has no counterpart, and where
    // somebody reads it, the import says so.
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
        [new(
            "MaxPool", node => ReadOnnx(node, (node, image) => new MaxPool2d(node, image)),
            "auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides")];

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
            "MaxPool", [input], [.. OnnxAttribute.Windows(Kernel, Stride, padding), OnnxAttribute.Pair("dilations", Dilation), new OnnxAttribute("ceil_mode", ceilMode)]);
    }
}
