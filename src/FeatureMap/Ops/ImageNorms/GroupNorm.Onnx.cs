namespace FeatureMap.Ops;

public sealed partial class GroupNorm
{
    private const int FirstOpset = 21;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("GroupNormalization", ReadOnnx, "epsilon", "num_groups", "stash_type")];

    // The operator scales per channel since operator set 21 only; before, a group is made one channel, normalised as such, and the scales follow.
    internal override void ExportOnnx(OnnxExport graph)
    {
        if (graph.Opset >= FirstOpset)
        {
            graph.Result("GroupNormalization", [graph.Image(), Gamma(graph), Beta(graph)], EpsilonAttribute, new OnnxAttribute("num_groups", Groups));
            return;
        }
        var shape = graph.InputShapes[0];
        var one = graph.Constant("ones", [Groups], [.. Enumerable.Repeat(1f, Groups)]);
        var zero = graph.Constant("zeros", [Groups], new float[Groups]);
        var normalized = graph.Node("InstanceNormalization", [graph.Viewed(graph.Input(), Groups, -1), one, zero], EpsilonAttribute);
        var image = graph.Viewed(normalized, shape.Channels, shape.Height, shape.Width);
        if (!IsAffine)
        {
            graph.Result(image);
            return;
        }
        var scaled = graph.Node("Mul", [image, graph.Constant("scale", [1, shape.Channels, 1, 1], graph.ParameterValues(0))]);
        graph.Result("Add", [scaled, graph.Constant("shift", [1, shape.Channels, 1, 1], graph.ParameterValues(1))]);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Channels();
        var channels = input.Dimensions[0];
        var groups = node.Whole("num_groups", 0);
        if (groups < 1 || channels % groups != 0)
            throw node.Wrong($"its {channels} channels cannot be cut into {groups} groups of equal size");
        var shift = PerChannel(node, 2, "shift", channels, (int)groups);
        if (channels == groups && input.Shape.Area == 1)
        {
            node.Result(ReadLonely(node, input, Shape.Vector(channels), shift));
            return;
        }
        var parameters = ReadAffine(PerChannel(node, 1, "scale", channels, (int)groups), shift);
        var op = new GroupNorm((int)groups) { IsAffine = parameters.Length > 0, Epsilon = node.Epsilon() };
        node.Result(node.Layer(op, [input], input.Dimensions, parameters));
    }

    private static float[] PerChannel(OnnxImport node, int input, string role, int channels, int groups)
    {
        if (node.Opset >= FirstOpset) return node.Reals(input, role, channels);
        var values = node.Reals(input, role, groups);
        return [.. Enumerable.Range(0, channels).Select(channel => values[channel / (channels / groups)])];
    }
}
