namespace FeatureMap.Ops;

public sealed partial class LayerNorm
{
    private const int FirstOpset = 17;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("LayerNormalization", ReadOnnx, "axis", "epsilon", "stash_type")];

    // The operator normalises the last axes: all of an image, or the channels once they stand last. Before it existed, exporters composed it.
    internal override void ExportOnnx(OnnxExport graph)
    {
        if (graph.Opset < FirstOpset)
        {
            Compose(graph);
            return;
        }
        if (!PerPixel)
        {
            graph.Result("LayerNormalization", [graph.Image(), Gamma(graph), Beta(graph)], new OnnxAttribute("axis", 1), EpsilonAttribute);
            return;
        }
        var last = graph.Node("Transpose", [graph.Image()], new OnnxAttribute("perm", [0, 2, 3, 1]));
        var normalized = graph.Node("LayerNormalization", [last, Gamma(graph), Beta(graph)], new OnnxAttribute("axis", -1), EpsilonAttribute);
        graph.Result("Transpose", [normalized], new OnnxAttribute("perm", [0, 3, 1, 2]));
    }

    private void Compose(OnnxExport graph)
    {
        long[] axes = PerPixel ? [1] : [1, 2, 3];
        var centred = graph.Node("Sub", [graph.Image(), graph.Reduced("ReduceMean", graph.Image(), axes)]);
        var variance = graph.Reduced("ReduceMean", graph.Node("Mul", [centred, centred]), axes);
        var deviation = graph.Node("Sqrt", [graph.Node("Add", [variance, graph.Number("epsilon", Epsilon)])]);
        var value = graph.Node("Div", [centred, deviation]);
        if (IsAffine)
        {
            var shape = graph.InputShapes[0];
            int[] sizes = PerPixel ? [1, shape.Channels, 1, 1] : [1, shape.Channels, shape.Height, shape.Width];
            value = graph.Node("Mul", [value, graph.Constant("scale", sizes, graph.ParameterValues(0))]);
            value = graph.Node("Add", [value, graph.Constant("shift", sizes, graph.ParameterValues(1))]);
        }
        graph.Result(value);
    }

    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Feature();
        var sizes = input.Dimensions;
        // From this axis on, all numbers are one set.
        var axis = node.Axis(input, node.Whole("axis", -1));
        var (sets, size) = (OnnxImport.Product(sizes.Take(axis)), OnnxImport.Product(sizes.Skip(axis)));
        var shift = node.Has(2) ? node.Reals(2, "shift", size) : new float[size];
        if (size == 1 && !node.Gives(1) && !node.Gives(2))
        {
            node.Result(ReadLonely(node, input, Shape.Vector(1), shift));
            return;
        }
        var parameters = ReadAffine(node.Reals(1, "scale", size), shift);
        var op = new LayerNorm { PerPixel = sets > 1, IsAffine = parameters.Length > 0, Epsilon = node.Epsilon() };
        var rows = input with { Dimensions = [sets, size] };
        node.Result(sets == 1
            ? node.Layer(op, [input], sizes, parameters)
            : node.AlongChannels(op, rows, 1, parameters) with { Dimensions = sizes });
        if (!node.Gives(1) && !node.Gives(2)) return;
        int[] reduced = [.. sizes.Take(axis), .. Enumerable.Repeat(1, sizes.Count - axis)];
        var (mean, variance) = OnnxMoments.Of(node, node.View(rows, new Shape(sets, 1, size), rows.Dimensions), Axes.Columns);
        var epsilon = node.Layer(new ScaleShift(1, op.Epsilon), [variance]);
        node.Result(mean with { Dimensions = reduced }, 1);
        node.Result(node.Layer(new RaiseTo(-0.5f), [epsilon], reduced), 2);
    }
}
