namespace FeatureMap.Ops;

public sealed partial class LocalResponseNorm
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LRN", ReadOnnx)];

    internal override void ExportOnnx(OnnxExport graph) => graph.Result(
        "LRN", [graph.Image()], new OnnxAttribute("size", Size), new OnnxAttribute("alpha", Alpha), new OnnxAttribute("beta", Beta), new OnnxAttribute("bias", Bias));

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
