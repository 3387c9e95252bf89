namespace FeatureMap.Ops;

public sealed partial class Selu
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Selu", ReadOnnx, "alpha", "gamma")];

    // Some runtimes fill in the numbers of another definition, so they are written.
    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Selu", [graph.Input()], new OnnxAttribute("alpha", Alpha), new OnnxAttribute("gamma", Scale));

    // Other numbers than the two of the paper are an ELU and a factor.
    private static void ReadOnnx(OnnxImport node)
    {
        var (alpha, scale) = (node.Real("alpha", Alpha), node.Real("gamma", Scale));
        if (alpha == Alpha && scale == Scale)
        {
            node.Unary(new Selu());
            return;
        }
        var input = node.Feature();
        node.Result(node.Layer(new ScaleShift(scale), [Elu.Read(node, input, alpha)], input.Dimensions));
    }
}
