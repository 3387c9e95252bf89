namespace FeatureMap.Ops;

public sealed partial class Gelu
{
    private const int FirstOpset = 20;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Gelu", ReadOnnx, "approximate")];

    // Before there was an operator, exporters composed it, and everybody after PyTorch's fashion, which runtimes know and fuse.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var x = graph.Input();
        if (graph.Opset >= FirstOpset)
        {
            graph.Result("Gelu", [x], new OnnxAttribute("approximate", IsApproximate ? "tanh" : "none"));
            return;
        }
        var gate = IsApproximate
            ? graph.Node("Tanh", [Polynomial(graph, x)])
            : graph.Node("Erf", [graph.Node("Div", [x, graph.Number("root", (float)Math.Sqrt(2))])]);
        var product = graph.Node("Mul", [x, graph.Node("Add", [gate, graph.Number("one", 1)])]);
        graph.Result("Mul", [product, graph.Number("half", 0.5f)]);
    }

    // sqrt(2 / pi) (x + 0.044715 x^3)
    private static OnnxValue Polynomial(OnnxExport graph, OnnxValue x)
    {
        var cube = graph.Node("Mul", [graph.Node("Pow", [x, graph.Number("three", 3)]), graph.Number("cubic", (float)(Cubic / Linear))]);
        return graph.Node("Mul", [graph.Node("Add", [x, cube]), graph.Number("linear", (float)(Linear / 2))]);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var approximate = node.Text("approximate", "none");
        node.Unary(approximate switch
        {
            "none" => new Gelu(),
            "tanh" => new Gelu(approximate: true),
            _ => throw node.Wrong($"the attribute 'approximate' is '{approximate}'; none and tanh are known"),
        });
    }
}
