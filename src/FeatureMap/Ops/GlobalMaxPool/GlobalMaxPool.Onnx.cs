namespace FeatureMap.Ops;

public sealed partial class GlobalMaxPool
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("GlobalMaxPool", ReadOnnx)];

    // The operator leaves axes of size 1 behind, which ours are anyway.
    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Channels();
        node.Result(node.Layer(new GlobalMaxPool(), [input], [input.Dimensions[0], .. Enumerable.Repeat(1, input.Dimensions.Count - 1)]));
    }
}
