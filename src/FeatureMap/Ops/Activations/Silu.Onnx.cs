namespace FeatureMap.Ops;

public sealed partial class Silu
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Swish", node => node.Unary(new Silu(node.Real("alpha", 1))))];

    // The operator Swish came with operator set 24 only; x sigmoid(beta x) is what runtimes know and fuse.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var x = graph.Input();
        graph.Result("Mul", [x, graph.Node("Sigmoid", [Beta == 1 ? x : graph.Node("Mul", [x, graph.Number("beta", Beta)])])]);
    }
}
