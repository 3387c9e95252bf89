using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Operators that make, move, join and cut constants.</summary>
internal static class ConstantLayout
{
    public static void Constant(NodeImport node) => node.Result(
        node.Attribute("value") as OnnxTensor
        ?? (node.Attribute("value_float") is float real ? new OnnxTensor("", [], new[] { real }) : null)
        ?? (node.Attribute("value_int") is long whole ? new OnnxTensor("", [], new[] { whole }) : null)
        ?? (node.Attribute("value_floats") is float[] reals ? new OnnxTensor("", [reals.Length], reals) : null)
        ?? (node.Attribute("value_ints") is long[] wholes ? GraphPlumbing.Whole(wholes) : null)
        ?? throw node.Wrong("it has no value that is read: 'value', 'value_float', 'value_floats', 'value_int' or 'value_ints'"));

    public static void OfShape(NodeImport node)
    {
        var sizes = Sizes(node, 0, "shape");
        var count = node.Allow(sizes);
        var value = node.Attribute("value") as OnnxTensor ?? new OnnxTensor("", [1], new float[1]);
        if (value.Count != 1)
            throw node.Wrong($"the attribute 'value' has {value.Count} numbers; one was expected");
        node.Result(new OnnxTensor("", sizes, value.Values is float[] and [var real] ? Filled(count, real) : Filled(count, ((long[])value.Values)[0])));
    }

    public static void Range(NodeImport node)
    {
        var (start, limit, delta) = (Single(node, 0, "start"), Single(node, 1, "limit"), Single(node, 2, "delta"));
        var count = Math.Ceiling((Real(limit) - Real(start)) / Real(delta));
        if (!double.IsFinite(count))
            throw node.Wrong($"it counts from {Real(start)} to {Real(limit)} in steps of {Real(delta)}, which has no end");
        var length = node.Allow([(int)Math.Clamp(count, 0, int.MaxValue)]);
        if (start.Values is long[] and [var first] && delta.Values is long[] and [var step])
            node.Result(GraphPlumbing.Whole([.. Enumerable.Range(0, length).Select(i => first + (i * step))]));
        else
            node.Result(new OnnxTensor("", [length], Enumerable.Range(0, length).Select(i => (float)(Real(start) + (i * Real(delta)))).ToArray()));
    }

    public static void Flatten(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var axis = (int)Math.Clamp(node.Whole("axis", 1) is var given && given < 0 ? given + tensor.Dimensions.Count : given, 0, tensor.Dimensions.Count);
        node.Result(tensor with { Dimensions = [OnnxImport.Product(tensor.Dimensions.Take(axis)), OnnxImport.Product(tensor.Dimensions.Skip(axis))] });
    }

    public static void Transpose(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var order = node.Wholes("perm") ?? [.. Enumerable.Range(0, tensor.Dimensions.Count).Reverse().Select(axis => (long)axis)];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, tensor.Dimensions.Count).Select(axis => (long)axis)))
            throw node.Wrong($"the attribute 'perm' is [{NumberRow.Join(", ", order.Take(8))}]; each of the {tensor.Dimensions.Count} "
                + "axes of its input was expected once");
        node.Result(Ordered(node, tensor, [.. order.Select(axis => (int)axis)]));
    }

    /// <summary>The axes of a constant in another order.</summary>
    public static OnnxTensor Ordered(NodeImport node, OnnxTensor tensor, IReadOnlyList<int> order)
    {
        var steps = Steps(tensor.Dimensions);
        return ConstantFolding.Picked(node, tensor, [.. order.Select(axis => tensor.Dimensions[axis])], 0, [.. order.Select(axis => steps[axis])]);
    }

    public static void Expand(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var sizes = ConstantFolding.Stretched(node, tensor.Dimensions, Sizes(node, 1, "shape"));
        node.Result(ConstantFolding.Picked(node, tensor, sizes, 0, ConstantFolding.Steps(tensor.Dimensions, sizes)));
    }

    public static void Tile(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var repeats = Sizes(node, 1, "repeats");
        if (repeats.Length != tensor.Dimensions.Count)
            throw node.Wrong($"it has {repeats.Length} repeats for {tensor.Dimensions.Count} axes");
        // Each axis as two, how often and its size: the first of them repeats.
        var steps = Steps(tensor.Dimensions);
        var tiled = ConstantFolding.Picked(
            node, tensor, [.. repeats.Zip(tensor.Dimensions).SelectMany(axis => (int[])[axis.First, axis.Second])], 0, [.. steps.SelectMany(step => (int[])[0, step])]);
        node.Result(tiled with { Dimensions = [.. repeats.Zip(tensor.Dimensions, (repeat, size) => OnnxImport.Product([repeat, size]))] });
    }

    public static void Gather(NodeImport node)
    {
        var (tensor, indices) = (node.Constant(0, "input"), node.Constant(1, "indices"));
        var axis = Axis(node, tensor, node.Whole("axis", 0));
        var size = tensor.Dimensions[axis];
        int[] places = [.. node.Wholes(1, "indices")!.Select(index => (index < 0 ? index + size : index) is >= 0 and var at && at < size
            ? (int)at : throw node.Wrong($"there is no element {index} in a list of {size}"))];
        var (before, after) = (OnnxImport.Product(tensor.Dimensions.Take(axis)), OnnxImport.Product(tensor.Dimensions.Skip(axis + 1)));
        int[] sizes = [.. tensor.Dimensions.Take(axis), .. indices.Dimensions, .. tensor.Dimensions.Skip(axis + 1)];
        var values = New(tensor, node.Allow(sizes));
        for (var block = 0; block < before; block++)
            foreach (var (i, place) in places.Index())
                Array.Copy(tensor.Values, ((block * size) + place) * after, values, ((block * places.Length) + i) * after, after);
        node.Result(new OnnxTensor("", sizes, values));
    }

    public static void Concat(NodeImport node)
    {
        var parts = Enumerable.Range(0, node.InputCount).Select(input => node.Constant(input, "input")).ToList();
        if (parts.Exists(part => part.IsReal)) parts = parts.ConvertAll(part => ConstantArithmetic.Converted(part, isReal: true));
        var first = parts[0];
        var axis = Axis(node, first, node.Whole("axis", 1));
        if (parts.Find(part => part.Dimensions.Count != first.Dimensions.Count || part.Dimensions.Where((size, i) => i != axis && size != first.Dimensions[i]).Any()) is { } other)
            throw node.Wrong($"it joins {first} and {other} along axis {axis}, where all other sizes should be equal");
        var joined = parts.Sum(part => (long)part.Dimensions[axis]);
        var (before, after) = (OnnxImport.Product(first.Dimensions.Take(axis)), OnnxImport.Product(first.Dimensions.Skip(axis + 1)));
        int[] sizes = [.. first.Dimensions.Take(axis), (int)Math.Min(joined, int.MaxValue), .. first.Dimensions.Skip(axis + 1)];
        var values = New(first, node.Allow(sizes));
        var end = 0;
        for (var block = 0; block < before; block++)
            foreach (var part in parts)
            {
                var length = part.Dimensions[axis] * after;
                Array.Copy(part.Values, block * length, values, end, length);
                end += length;
            }
        node.Result(new OnnxTensor("", sizes, values));
    }

    public static void Slice(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        // Inputs since operator set 10, attributes before.
        long[]? Numbers(int input, string name) => node.Has(input) ? node.Wholes(input, name) : node.Wholes(name);
        var (starts, ends) = (Numbers(1, "starts") ?? throw node.Wrong("its starts are missing"), Numbers(2, "ends") ?? throw node.Wrong("its ends are missing"));
        var axes = Numbers(3, "axes") ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var by = Numbers(4, "steps") ?? [.. Enumerable.Repeat(1L, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || by.Length != starts.Length)
            throw node.Wrong($"it has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and {by.Length} steps; equally many "
                + "were expected");
        var (sizes, steps, place) = (tensor.Dimensions.ToArray(), Steps(tensor.Dimensions), 0);
        var cut = new HashSet<int>();
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = Axis(node, tensor, axes[i]);
            if (!cut.Add(axis)) throw node.Wrong($"it cuts axis {axes[i]} twice");
            var (first, count, step) = Kept(node, starts[i], ends[i], by[i], tensor.Dimensions[axis]);
            place += first * steps[axis];
            (sizes[axis], steps[axis]) = (count, steps[axis] * step);
        }
        node.Result(ConstantFolding.Picked(node, tensor, sizes, sizes.Contains(0) ? 0 : place, steps));
    }

    public static void Split(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var axis = Axis(node, tensor, node.Whole("axis", 0));
        var (size, steps) = (tensor.Dimensions[axis], Steps(tensor.Dimensions));
        var equal = (size + node.OutputCount - 1) / Math.Max(1, node.OutputCount);
        var pieces = (node.Has(1) ? node.Wholes(1, "sizes") : node.Wholes("split")) ?? [.. Enumerable.Range(0, node.OutputCount).Select(i => (long)Math.Clamp(size - (i * equal), 0, equal))];
        if (pieces.Length != node.OutputCount || Array.Exists(pieces, piece => piece < 0 || piece > size) || pieces.Sum() != size)
            throw node.Wrong($"it cuts {size} positions into pieces of {NumberRow.Join(", ", pieces.Take(8))} for "
                + $"{node.OutputCount} outputs");
        var start = 0;
        foreach (var (output, piece) in pieces.Index())
        {
            node.Result(ConstantFolding.Picked(node, tensor, [.. tensor.Dimensions.Take(axis), (int)piece, .. tensor.Dimensions.Skip(axis + 1)], start * steps[axis], steps), output);
            start += (int)piece;
        }
    }

    /// <summary>An axis of a constant; negative ones count from the end.</summary>
    public static int Axis(NodeImport node, OnnxTensor tensor, long axis) => (axis < 0 ? axis + tensor.Dimensions.Count : axis) is >= 0 and var at && at < tensor.Dimensions.Count
        ? (int)at
        : throw node.Wrong($"there is no axis {axis}: its input {tensor} has {tensor.Dimensions.Count}");

    public static Array New(OnnxTensor like, int count) => like.IsReal ? new float[count] : new long[count];

    /// <summary>How far apart neighbours along each axis are in memory.</summary>
    private static int[] Steps(IReadOnlyList<int> sizes)
    {
        var steps = new int[sizes.Count];
        for (var (axis, step) = (sizes.Count - 1, 1); axis >= 0; step *= sizes[axis--])
            steps[axis] = step;
        return steps;
    }

    // Positions beyond an end are the end, as ONNX says.
    private static (int First, int Count, int Step) Kept(NodeImport node, long start, long end, long step, int size)
    {
        if (step == 0) throw node.Wrong("a step of 0 never ends");
        step = Math.Clamp(step, -int.MaxValue, int.MaxValue);
        long Placed(long at, long least, long most) => Math.Clamp(at < 0 ? Math.Max(at, -1L - size) + size : at, least, most);
        var (first, last) = step > 0 ? (Placed(start, 0, size), Placed(end, 0, size)) : (Placed(start, -1, size - 1), Placed(end, -1, size - 1));
        var count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step;
        return ((int)first, (int)Math.Max(0, count), (int)step);
    }

    private static T[] Filled<T>(int count, T value)
    {
        var values = new T[count];
        values.AsSpan().Fill(value);
        return values;
    }

    private static int[] Sizes(NodeImport node, int input, string role)
    {
        var sizes = node.Wholes(input, role) ?? throw node.Wrong($"its {role} (input {input + 1}) is missing");
        if (sizes.Contains(GraphPlumbing.OpenBatch)) throw node.OneSample("it makes numbers for each image of the batch");
        return Array.ConvertAll(sizes, size => size is >= 0 and <= int.MaxValue ? (int)size : throw node.Wrong($"the size {size} of its "
            + $"{role} is not possible"));
    }

    private static OnnxTensor Single(NodeImport node, int input, string role) =>
        node.Constant(input, role) is var tensor && tensor.Count == 1 ? tensor : throw node.Wrong($"its {role} {tensor} should be a "
            + "single number");

    private static double Real(OnnxTensor single) => single.Values is float[] reals ? reals[0] : ((long[])single.Values)[0];
}
