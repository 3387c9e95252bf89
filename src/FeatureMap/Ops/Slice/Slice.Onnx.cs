namespace FeatureMap.Ops;

public sealed partial class Slice
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators =>
    [
        new("Slice", ReadSlice, "axes", "ends", "starts"),
        new("Split", ReadSplit, "axis", "num_outputs", "split"),
        new("Gather", ReadGather, "axis"),
    ];

    // Ends are written as what they mean for this input; before the first position is only the least number of all, as -1 is the last position.
    internal override void ExportOnnx(OnnxExport graph)
    {
        var (channels, rows, columns) = On(graph.InputShapes[0]);
        ((int First, int Count) Kept, int Step)[] axes = [(channels, Channels.Step), (rows, Rows.Step), (columns, Columns.Step)];
        graph.Result(
            "Slice",
            [
                graph.Image(), graph.Constant("starts", [.. axes.Select(axis => (long)axis.Kept.First)]),
                graph.Constant("ends", [.. axes.Select(axis => axis.Kept.First + ((long)axis.Kept.Count * axis.Step) is >= 0 and var end ? end : long.MinValue)]),
                graph.Constant("axes", 1, 2, 3), graph.Constant("steps", [.. axes.Select(axis => (long)axis.Step)]),
            ]);
    }

    /// <summary>Keeps a piece of one axis.</summary>
    private static OnnxFeature Piece(OnnxImport node, OnnxFeature feature, int axis, AxisSlice piece)
    {
        var sizes = feature.Dimensions.ToArray();
        sizes[axis] = piece.On(sizes[axis], "positions").Count;
        if (feature.Dimensions.Count > 3) return node.Layer(new Slice { Rows = piece }, [node.Around(feature, axis)], sizes);
        // In the shape that stands for up to three sizes, two of them are channels and columns.
        var shaped = node.View(feature, OnnxImport.Canonical(feature.Dimensions), feature.Dimensions);
        return node.Layer(
            axis == 0 ? new Slice { Channels = piece } : axis == feature.Dimensions.Count - 1 ? new Slice { Columns = piece } : new Slice { Rows = piece }, [shaped], sizes);
    }

    private static void ReadSlice(OnnxImport node)
    {
        var feature = node.Feature();
        var starts = Numbers(node, 1, "starts") ?? throw node.Wrong("its starts are missing");
        var ends = Numbers(node, 2, "ends") ?? throw node.Wrong("its ends are missing");
        var axes = Numbers(node, 3, "axes") ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var steps = node.Has(4) ? node.Wholes(4, "steps")! : [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw node.Wrong($"it has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and {steps.Length} steps; equally many were expected");
        var pieces = new AxisSlice[feature.Dimensions.Count];
        for (var i = 0; i < axes.Length; i++)
        {
            if (Array.IndexOf(axes, axes[i]) != i)
                throw node.Wrong($"it cuts axis {axes[i]} twice");
            if (node.HasBatch && axes[i] == 0 && starts[i] == 0 && ends[i] >= int.MaxValue && steps[i] == 1) continue;
            pieces[node.Axis(feature, axes[i])] = new AxisSlice(Clamped(starts[i]), Clamped(ends[i]), Clamped(steps[i]));
        }
        if (feature.Dimensions.Count == 3)
        {
            var op = new Slice { Channels = pieces[0], Rows = pieces[1], Columns = pieces[2] };
            var shaped = node.View(feature, OnnxImport.Canonical(feature.Dimensions), feature.Dimensions);
            var (channels, rows, columns) = op.On(shaped.Shape);
            node.Result(node.Layer(op, [shaped], [channels.Count, rows.Count, columns.Count]));
            return;
        }
        foreach (var (axis, piece) in pieces.Index().Where(piece => piece.Item != AxisSlice.All))
            feature = Piece(node, feature, axis, piece);
        node.Result(feature);
    }

    /// <summary>An input since operator set 10, an attribute before.</summary>
    private static long[]? Numbers(OnnxImport node, int input, string name) => node.Opset < 10 ? node.Wholes(name) : node.Has(input) ? node.Wholes(input, name) : null;

    // The limits of 64 bits stand for "to the end", and those of 32 bits do as well.
    private static int Clamped(long number) => (int)Math.Clamp(number, int.MinValue + 1, int.MaxValue);

    // Sizes are an input since operator set 13, an attribute before; without them all pieces are equal, the last one what is left.
    private static void ReadSplit(OnnxImport node)
    {
        var feature = node.Feature();
        var axis = node.Axis(feature, node.Whole("axis", 0));
        var size = feature.Dimensions[axis];
        var count = (int)Math.Clamp(node.Whole("num_outputs", node.OutputCount), 1, size);
        var equal = (size + count - 1) / count;
        var sizes = (node.Has(1) ? node.Wholes(1, "sizes") : node.Wholes("split")) ?? [.. Enumerable.Range(0, count).Select(i => (long)Math.Min(equal, size - (i * equal)))];
        if (sizes.Length != node.OutputCount || Array.Exists(sizes, piece => piece < 0 || piece > size) || sizes.Sum() != size)
            throw node.Wrong($"it cuts {size} positions into pieces of {NumberRow.Join(", ", sizes.Take(8))} for "
                + $"{node.OutputCount} outputs");
        if (sizes.Contains(0))
            throw node.Wrong("one of its pieces is empty, and there are no tensors without numbers here");
        var start = 0;
        for (var output = 0; output < sizes.Length; output++)
        {
            if (node.Gives(output))
                node.Result(sizes.Length == 1 ? feature : Piece(node, feature, axis, start..(start + (int)sizes[output])), output);
            start += (int)sizes[output];
        }
    }

    /// <summary>Positions in any order are slices: each as long as the steps stay the same. A single position takes its axis away.</summary>
    private static void ReadGather(OnnxImport node)
    {
        const int mostPieces = 1_000;
        var feature = node.Feature();
        var axis = node.Axis(feature, node.Whole("axis", 0));
        var size = feature.Dimensions[axis];
        var tensor = node.Constant(1, "indices");
        var places = Array.ConvertAll(node.Wholes(1, "indices")!, place => place < 0 ? place + size : place);
        if (tensor.Dimensions.Count > 1 || places.Length == 0 || Array.Exists(places, place => place < 0 || place >= size))
            throw node.Wrong($"its indices {tensor} should be a list of positions between {-size} and {size - 1}");
        var pieces = new List<AxisSlice>();
        for (var i = 0; i < places.Length;)
        {
            var (first, step, count) = ((int)places[i], i + 1 < places.Length ? (int)(places[i + 1] - places[i]) : 1, 1);
            if (step == 0) step = 1;
            while (i + count < places.Length && places[i + count] == first + ((long)count * step)) count++;
            var end = first + (count * step);
            pieces.Add(new AxisSlice(first, end < 0 ? null : end, step));
            i += count;
        }
        if (pieces.Count > mostPieces)
            throw node.Wrong($"it gathers {pieces.Count} pieces; at most {mostPieces} are read");
        OnnxFeature[] parts = [.. pieces.Select(piece => Piece(node, feature, axis, piece))];
        var result = parts.Length == 1 ? parts[0] : Concat.Joined(node, parts, axis);
        node.Result(tensor.Dimensions.Count == 0 ? result with { Dimensions = [.. result.Dimensions.Take(axis), .. result.Dimensions.Skip(axis + 1)] } : result);
    }
}
