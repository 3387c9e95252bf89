namespace FeatureMap.Ops;

public sealed partial class Softplus
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Softplus", node => node.Unary(new Softplus()))];

    // ONNX has it with beta 1 only.
    internal override void ExportOnnx(OnnxExport graph)
    {
        if (Beta == 1)
        {
            graph.Result("Softplus", [graph.Input()]);
            return;
        }
        var beta = graph.Number("beta", Beta);
        graph.Result("Div", [graph.Node("Softplus", [graph.Node("Mul", [graph.Input(), beta])]), beta]);
    }
}
