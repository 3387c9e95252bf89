namespace FeatureMap.Ops;

public sealed partial class Pad2d
{
    private const int WrapOpset = 19;

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Pad", ReadOnnx, "mode", "pads", "value")];

    // ONNX lists the begins of all axes, then the ends. What is cropped is a slice, as runtimes do not agree on negative padding.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var shape = graph.InputShapes[0];
        var value = graph.Image();
        if (Mode != PadMode.Constant && !IsSimple(graph.Opset, shape))
        {
            ExportPlaces(graph, shape);
            return;
        }
        (int Before, int After, int Size)[] axes = [(ChannelsBefore, ChannelsAfter, shape.Channels), (Top, Bottom, shape.Height), (Left, Right, shape.Width)];
        foreach (var (axis, (before, after, size)) in axes.Index())
            if (before < 0 || after < 0)
                value = graph.Piece(value, axis + 1, Math.Max(0, -before), size + Math.Min(0, after));
        if (!Array.Exists(axes, axis => axis.Before > 0 || axis.After > 0))
        {
            graph.Result(graph.Node("Identity", [value]));
            return;
        }
        var pads = graph.Constant("pads", [0, .. axes.Select(axis => (long)Math.Max(0, axis.Before)), 0, .. axes.Select(axis => (long)Math.Max(0, axis.After))]);
        OnnxValue[] inputs = Mode == PadMode.Constant ? [value, pads, graph.Number("value", Value)] : [value, pads];
        graph.Result("Pad", inputs, new OnnxAttribute("mode", Mode switch { PadMode.Constant => "constant", PadMode.Reflect => "reflect", PadMode.Replicate => "edge", _ => "wrap" }));
    }

    /// <summary>Whether the operator can say it: it mirrors once at most.</summary>
    private bool IsSimple(int opset, Shape shape)
    {
        bool Fits(int before, int after, int size) => Math.Max(before, after) <= size + Math.Min(0, before) + Math.Min(0, after) - 1;
        return Mode == PadMode.Replicate || ((Mode != PadMode.Wrap || opset >= WrapOpset) && Fits(Top, Bottom, shape.Height) && Fits(Left, Right, shape.Width));
    }

    // Each output row is one input row, each column one column: the tables say which.
    private void ExportPlaces(OnnxExport graph, Shape shape)
    {
        var value = graph.Image();
        if (ChannelsBefore < 0 || ChannelsAfter < 0) value = graph.Piece(value, 1, Math.Max(0, -ChannelsBefore), shape.Channels + Math.Min(0, ChannelsAfter));
        var tables = Tables(shape);
        value = graph.Node("Gather", [value, graph.Constant("rows", Places(tables.Rows))], new OnnxAttribute("axis", 2));
        graph.Result("Gather", [value, graph.Constant("columns", Places(tables.Columns))], new OnnxAttribute("axis", 3));
    }

    private static long[] Places(AxisTable table) => [.. Enumerable.Range(0, table.Outputs).Select(output => (long)table.Taps(output)[0].Position)];

    private static void ReadOnnx(OnnxImport node)
    {
        var feature = node.Feature();
        var mode = node.Text("mode", "constant") switch
        {
            "constant" => PadMode.Constant,
            "reflect" => PadMode.Reflect,
            "edge" => PadMode.Replicate,
            "wrap" => PadMode.Wrap,
            var other => throw node.Wrong($"the attribute 'mode' is '{other}'; constant, reflect, edge and wrap are known"),
        };
        // Pixels are an attribute up to operator set 10 and an input since 11.
        var value = mode != PadMode.Constant ? 0 : node.Opset < 11 ? node.Real("value", 0) : node.Real(2, "value", 0);
        var pixels = ReadPixels(node, feature);
        // One number per image has no axis that could grow.
        if (pixels.Length == 0)
        {
            node.Result(feature);
            return;
        }
        if (feature.Dimensions.Count <= 3)
        {
            var (channels, columns) = (pixels[0], feature.Dimensions.Count > 1 ? pixels[^1] : default);
            var rows = feature.Dimensions.Count == 3 ? pixels[1] : default;
            if (mode == PadMode.Constant || channels is ( <= 0, <= 0))
            {
                var op = new Pad2d(rows.Before, columns.Before, rows.After, columns.After) { ChannelsBefore = channels.Before, ChannelsAfter = channels.After, Mode = mode, Value = value };
                int[] sizes = [.. feature.Dimensions.Select((size, axis) => size + pixels[axis].Before + pixels[axis].After)];
                node.Result(node.Layer(op, [node.View(feature, OnnxImport.Canonical(feature.Dimensions), feature.Dimensions)], sizes));
                return;
            }
        }
        // Each axis by itself is the same, and any axis can be the rows.
        foreach (var (axis, (before, after)) in pixels.Index().Where(axis => axis.Item != default))
        {
            var sizes = feature.Dimensions.ToArray();
            sizes[axis] += before + after;
            feature = node.Layer(new Pad2d(before, 0, after, 0) { Mode = mode, Value = value }, [node.Around(feature, axis)], sizes);
        }
        node.Result(feature);
    }

    /// <summary>Before and after each axis.</summary>
    private static (int Before, int After)[] ReadPixels(OnnxImport node, OnnxFeature feature)
    {
        var batch = node.HasBatch ? 1 : 0;
        var pads = (node.Opset < 11 ? node.Wholes("pads") : node.Wholes(1, "pads")) ?? throw node.Wrong("its pads are missing");
        var axes = node.Has(3) ? node.Wholes(3, "axes")! : [.. Enumerable.Range(0, feature.Dimensions.Count + batch).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length || Array.Exists(pads, pad => pad is < -Most or > Most))
            throw node.Wrong($"its pads [{NumberRow.Join(", ", pads.Take(8))}] should be {2 * axes.Length} numbers of at most {Most:N0} "
                + "in size, the begins of the axes and then their ends");
        var pixels = new (int Before, int After)[feature.Dimensions.Count];
        for (var i = 0; i < axes.Length; i++)
        {
            var (before, after) = ((int)pads[i], (int)pads[i + axes.Length]);
            if (batch > 0 && axes[i] == 0 && before == 0 && after == 0) continue;
            pixels[node.Axis(feature, axes[i])] = (before, after);
        }
        return pixels;
    }
}
