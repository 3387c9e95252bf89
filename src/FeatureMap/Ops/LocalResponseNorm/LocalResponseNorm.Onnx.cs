namespace FeatureMap.Ops;

public sealed partial class LocalResponseNorm
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LRN", ReadOnnx)];

    // ONNX Runtime takes odd windows only. An even one is the mean of squares by a pooling over the channels, which the rows then are.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var x = graph.Image();
        if (Size % 2 == 1)
        {
            graph.Result("LRN", [x], new OnnxAttribute("size", Size), new OnnxAttribute("alpha", Alpha), new OnnxAttribute("beta", Beta), new OnnxAttribute("bias", Bias));
            return;
        }
        var shape = graph.InputShapes[0];
        var squares = graph.Viewed(graph.Node("Mul", [x, x]), 1, shape.Channels, shape.Area);
        var means = graph.Node(
            "AveragePool", [squares],
            new OnnxAttribute("kernel_shape", [Size, 1]), new OnnxAttribute("pads", [(Size - 1) / 2, 0, Size / 2, 0]), new OnnxAttribute("count_include_pad", true));
        var sums = graph.Node("Add", [graph.Node("Mul", [means, graph.Number("alpha", Alpha)]), graph.Number("bias", Bias)]);
        var powers = graph.Node("Pow", [sums, graph.Number("beta", Beta)]);
        graph.Result("Div", [x, graph.Viewed(powers, shape.Channels, shape.Height, shape.Width)]);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Channels();
        var op = new LocalResponseNorm((int)Math.Clamp(node.Whole("size", 0), int.MinValue, int.MaxValue))
        {
            Alpha = node.Real("alpha", 1e-4f),
            Beta = node.Real("beta", 0.75f),
            Bias = node.Real("bias", 1),
        };
        node.Result(node.Layer(op, [input], input.Dimensions));
    }
}
