namespace FeatureMap.Ops;

public sealed partial class Silu
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Swish", ReadOnnx, "alpha")];

    // The operator Swish came with operator set 24 only; x sigmoid(beta x) is what runtimes know and fuse.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var x = graph.Input();
        graph.Result("Mul", [x, graph.Node("Sigmoid", [Beta == 1 ? x : graph.Node("Mul", [x, graph.Number("beta", Beta)])])]);
    }

    // Beyond the betas of this op: x times its gate.
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, beta) = (node.Feature(), node.Real("alpha", 1));
        OnnxFeature Layer(Op op, params OnnxFeature[] inputs) => node.Layer(op, inputs, input.Dimensions);
        node.Result(beta is >= 0 and <= MostBeta
            ? Layer(new Silu(beta), input)
            : Layer(new Multiply(), input, Layer(new Sigmoid(), Layer(new ScaleShift(beta), input))));
    }
}
