namespace FeatureMap.Ops;

public sealed partial class InstanceNorm
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("InstanceNormalization", ReadOnnx, "epsilon")];

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("InstanceNormalization", [graph.Image(), Gamma(graph), Beta(graph)], EpsilonAttribute);

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Channels();
        var channels = input.Dimensions[0];
        var parameters = ReadAffine(node.Reals(1, "scale", channels), node.Reals(2, "shift", channels));
        if (input.Shape.Area == 1)
        {
            node.Result(ReadLonely(node, input, Shape.Vector(channels), node.Reals(2, "shift", channels)));
            return;
        }
        var op = new InstanceNorm { IsAffine = parameters.Length > 0, Epsilon = node.Epsilon() };
        node.Result(node.Layer(op, [input], input.Dimensions, parameters));
    }
}
