namespace FeatureMap.Ops;

public sealed partial class LocalResponseNorm
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LRN", ReadOnnx, "alpha", "beta", "bias", "size")];

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
        var (size, alpha, beta, bias) = ((int)Math.Clamp(node.Whole("size", 0), int.MinValue, int.MaxValue), node.Real("alpha", 1e-4f), node.Real("beta", 0.75f), node.Real("bias", 1));
        var op = new LocalResponseNorm(size) { Alpha = alpha, Beta = beta, Bias = bias };
        node.Result(size < 1 || op.IsUsual ? node.Layer(op, [input], input.Dimensions) : Composed(node, input, op));
    }

    /// <summary>With numbers beyond those of this op: a pooling of the squares over the channels, which the rows then are.</summary>
    private static OnnxFeature Composed(OnnxImport node, OnnxFeature input, LocalResponseNorm op)
    {
        var shape = input.Shape;
        var rows = node.View(node.Layer(new RaiseTo(2), [input]), new Shape(1, shape.Channels, shape.Area), [1, shape.Channels, shape.Area]);
        var means = node.Layer(new AveragePool2d((op.Size, 1)) { Stride = 1, Padding = new Padding((op.Size - 1) / 2, 0, op.Size / 2, 0), CountsPadding = true }, [rows]);
        var factors = node.Layer(new RaiseTo(-op.Beta), [node.Layer(new ScaleShift(op.Alpha, op.Bias), [means])]);
        return node.Layer(new Multiply(), [input, node.View(factors, shape, input.Dimensions)], input.Dimensions);
    }
}
