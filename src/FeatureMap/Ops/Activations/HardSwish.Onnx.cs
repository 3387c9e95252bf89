namespace FeatureMap.Ops;

public sealed partial class HardSwish
{
    private const int FirstOpset = 14;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("HardSwish", node => node.Unary(new HardSwish()))];

    internal override void ExportOnnx(OnnxExport graph)
    {
        if (graph.Opset >= FirstOpset) graph.Result("HardSwish", [graph.Input()]);
        else graph.Result("Mul", [graph.Input(), graph.Node("HardSigmoid", [graph.Input()], new OnnxAttribute("alpha", 1f / 6), new OnnxAttribute("beta", 0.5f))]);
    }
}
