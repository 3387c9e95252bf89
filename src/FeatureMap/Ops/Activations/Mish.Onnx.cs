namespace FeatureMap.Ops;

public sealed partial class Mish
{
    private const int FirstOpset = 18;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Mish", node => node.Unary(new Mish()))];

    internal override void ExportOnnx(OnnxExport graph)
    {
        if (graph.Opset >= FirstOpset) graph.Result("Mish", [graph.Input()]);
        else graph.Result("Mul", [graph.Input(), graph.Node("Tanh", [graph.Node("Softplus", [graph.Input()])])]);
    }
}
