using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Operators that compute nothing: they hand on, say constants, or change only the sizes that ONNX sees. Exporters write long chains of them to calculate the
/// size of a batch, Shape, Gather, Concat, Reshape; on constants they are computed right here. The size of the batch, which is open, is a number of its own in
/// such lists (<see cref="OpenBatch"/>).
/// </summary>
internal static class GraphPlumbing
{
    /// <summary>Stands for the size of the batch in a list of sizes.</summary>
    public const long OpenBatch = long.MinValue;

    private const int MostFolded = 1 << 20;

    private static readonly Dictionary<string, Action<NodeImport>> Folders = new(StringComparer.Ordinal)
    {
        ["Constant"] = Constant,
        ["Identity"] = node => node.Result(node.Constant(0, "input")),
        ["Cast"] = Cast,
        ["Shape"] = node => node.Result(Whole([.. node.Constant(0, "input").Dimensions.Select(size => (long)size)])),
        ["Reshape"] = node => node.Result(node.Constant(0, "input") is var tensor && node.Wholes(1, "shape") is { } target ? tensor with { Dimensions = Resolved(node, tensor.Dimensions, target) } : tensor),
        ["Unsqueeze"] = node => node.Result(node.Constant(0, "input") is var tensor ? tensor with { Dimensions = Unsqueezed(node, tensor.Dimensions, false) } : null!),
        ["Squeeze"] = node => node.Result(node.Constant(0, "input") is var tensor ? tensor with { Dimensions = Squeezed(node, tensor.Dimensions, false) } : null!),
        ["Gather"] = Gather,
        ["Concat"] = Concat,
        ["Slice"] = Slice,
    };

    public static IReadOnlyDictionary<string, Action<OnnxImport>> Operators { get; } = new Dictionary<string, Action<OnnxImport>>(StringComparer.Ordinal)
    {
        ["Identity"] = node => node.Result(node.Feature()),
        ["Cast"] = CastFeature,
        ["CastLike"] = CastLike,
        ["Shape"] = ShapeOf,
        ["Reshape"] = Reshape,
        ["Squeeze"] = node => node.Result(node.Feature() with { Dimensions = Squeezed(node, node.Feature().Dimensions, node.HasBatch) }),
        ["Unsqueeze"] = node => node.Result(node.Feature() with { Dimensions = Unsqueezed(node, node.Feature().Dimensions, node.HasBatch) }),
    };

    public static IEnumerable<string> Names => Folders.Keys.Concat(Operators.Keys);

    /// <summary>Computes a node all of whose inputs are known; false where it has to become a layer.</summary>
    public static bool Fold(NodeImport node)
    {
        if (!Folders.TryGetValue(node.Operator, out var fold)) return false;
        for (var input = 0; input < node.InputCount; input++)
            if (node.Has(input) && !node.IsConstant(input))
                return false;
        if (node.InputCount == 0 && node.Operator != "Constant") return false;
        fold(node);
        return true;
    }

    private static OnnxTensor Whole(long[] values) => new("", [values.Length], values);

    private static void Constant(NodeImport node) => node.Result(
        node.Attribute("value") as OnnxTensor
        ?? (node.Attribute("value_float") is float real ? new OnnxTensor("", [], new[] { real }) : null)
        ?? (node.Attribute("value_int") is long whole ? new OnnxTensor("", [], new[] { whole }) : null)
        ?? (node.Attribute("value_floats") is float[] reals ? new OnnxTensor("", [reals.Length], reals) : null)
        ?? (node.Attribute("value_ints") is long[] wholes ? Whole(wholes) : null)
        ?? throw node.Wrong("it has no value that is read: 'value', 'value_float', 'value_floats', 'value_int' or 'value_ints'"));

    private static void Cast(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        node.Result((OnnxType)node.Whole("to", 0) switch
        {
            OnnxType.Float32 or OnnxType.Float64 or OnnxType.Float16 when tensor.Values is long[] wholes => tensor with { Values = Array.ConvertAll(wholes, value => (float)value) },
            OnnxType.Float32 or OnnxType.Float64 or OnnxType.Float16 => tensor,
            OnnxType.Int64 or OnnxType.Int32 when tensor.Values is float[] reals => tensor with { Values = Array.ConvertAll(reals, value => (long)value) },
            OnnxType.Int64 or OnnxType.Int32 => tensor,
            var other => throw node.Wrong($"it turns numbers into the kind {other}, which is not read"),
        });
    }

    private static void CastFeature(OnnxImport node) =>
        node.Result((OnnxType)node.Whole("to", 0) is OnnxType.Float32 ? node.Feature() : throw node.Wrong($"it turns numbers into the kind {(OnnxType)node.Whole("to", 0)}; layers compute in float32"));

    /// <summary>Whatever a layer gives is float32, and so is what is made like it.</summary>
    private static void CastLike(OnnxImport node)
    {
        if (node.IsConstant(1) && !node.Constant(1, "example").IsReal)
            throw node.Wrong($"it turns numbers into whole ones, like {node.Constant(1, "example")}; layers compute in float32");
        node.Result(node.Feature());
    }

    private static void ShapeOf(OnnxImport node)
    {
        var feature = node.Feature();
        long[] sizes = [.. feature.Dimensions.Select(size => (long)size)];
        if (node.HasBatch) sizes = [OpenBatch, .. sizes];
        var start = (int)Math.Clamp(node.Whole("start", 0) is var first && first < 0 ? first + sizes.Length : first, 0, sizes.Length);
        var end = (int)Math.Clamp(node.Whole("end", sizes.Length) is var last && last < 0 ? last + sizes.Length : last, start, sizes.Length);
        ((NodeImport)node).Result(Whole(sizes[start..end]));
    }

    private static void Gather(NodeImport node)
    {
        var tensor = node.Constant(0, "input");
        var indices = node.Constant(1, "indices");
        if (tensor.Values is not long[] values || tensor.Dimensions.Count != 1 || node.Whole("axis", 0) is not (0 or -1) || indices.Dimensions.Count > 1)
            throw node.Wrong("it gathers from something else than a list of sizes, which is not read");
        long Picked(long index) => (index < 0 ? index + values.Length : index) is >= 0 and var at && at < values.Length ? values[at] : throw node.Wrong($"there is no element {index} in a list of {values.Length}");
        node.Result(new OnnxTensor("", indices.Dimensions, Array.ConvertAll(node.Wholes(1, "indices")!, Picked)));
    }

    private static void Concat(NodeImport node)
    {
        var joined = new List<long>();
        for (var input = 0; input < node.InputCount; input++)
        {
            if (node.Constant(input, "input").Dimensions.Count != 1)
                throw node.Wrong("it joins constants that are no lists, which is not read");
            joined.AddRange(node.Wholes(input, "input")!);
            if (joined.Count > MostFolded)
                throw node.Wrong($"it makes a list of more than {MostFolded} sizes");
        }
        node.Result(Whole([.. joined]));
    }

    private static void Slice(NodeImport node)
    {
        var values = node.Wholes(0, "input")!;
        var starts = node.Has(1) ? node.Wholes(1, "starts") : node.Wholes("starts");
        var ends = node.Has(2) ? node.Wholes(2, "ends") : node.Wholes("ends");
        if (node.Constant(0, "input").Dimensions.Count != 1 || starts is not [var start] || ends is not [var end] || (node.Has(4) && node.Wholes(4, "steps") is not [1]))
            throw node.Wrong("it cuts something else than one piece of a list of sizes, which is not read");
        var first = (int)Math.Clamp(start < 0 ? start + values.Length : start, 0, values.Length);
        node.Result(Whole(values[first..(int)Math.Clamp(end < 0 ? end + values.Length : end, first, values.Length)]));
    }

    private static void Reshape(OnnxImport node)
    {
        var feature = node.Feature();
        var target = node.Wholes(1, "shape") ?? throw node.Wrong("its shape (input 2) is missing");
        var sizes = node.HasBatch ? WithoutBatch(node, feature.Dimensions, target) : Resolved(node, feature.Dimensions, target);
        node.Result(node.View(feature, OnnxImport.Canonical(sizes), sizes));
    }

    /// <summary>The sizes behind the batch; axis 0 has to stay the batch.</summary>
    private static int[] WithoutBatch(OnnxImport node, IReadOnlyList<int> sizes, long[] target)
    {
        if (target.Length == 0)
            throw node.Wrong("it makes a single number of a batch");
        var keepsZero = node.Flag("allowzero");
        // Of an axis 0 that is to be found (-1) or that has a fixed number the rest must tell that it is the batch; so the rest is resolved first.
        var rest = target[1..];
        for (var axis = 0; axis < rest.Length; axis++)
            if (rest[axis] == 0 && !keepsZero)
                rest[axis] = axis < sizes.Count ? sizes[axis] : throw node.Wrong($"it copies axis {axis + 1}, and its input has none");
        var isBatch = target[0] == OpenBatch || (target[0] == 0 && !keepsZero) || (target[0] != 0 && !rest.Contains(-1));
        return isBatch ? Resolved(node, sizes, rest) : throw Mixing(node);
    }

    private static OnnxRefusal Mixing(OnnxImport node) => node.Wrong("it mixes axis 0, the batch, with the others");

    /// <summary>0 copies a size, -1 is what is left.</summary>
    private static int[] Resolved(OnnxImport node, IReadOnlyList<int> sizes, long[] target)
    {
        var keepsZero = node.Flag("allowzero");
        var resolved = new int[target.Length];
        var open = -1;
        Int128 product = 1, count = 1;
        foreach (var size in sizes)
            count *= size;
        for (var axis = 0; axis < target.Length; axis++)
        {
            if (target[axis] == -1 && open < 0)
            {
                open = axis;
                continue;
            }
            var size = target[axis] == 0 && !keepsZero ? axis < sizes.Count ? sizes[axis] : throw node.Wrong($"it copies axis {axis}, and its input has none") : target[axis];
            if (size is < 1 or > int.MaxValue)
                throw node.Wrong(size == OpenBatch ? "it moves the batch to another axis than 0" : $"the size {size} of the shape is not possible");
            resolved[axis] = (int)size;
            product *= size;
            if (product > count) break;
        }
        if (open >= 0 && product <= count && count % product == 0) (resolved[open], product) = ((int)(count / product), count);
        return product == count ? resolved : throw node.Wrong($"it makes {string.Join(" x ", target.Select(size => size == OpenBatch ? "N" : $"{size}"))} of {OnnxTensor.Written(sizes)}, which has another number of elements");
    }

    /// <summary>Axes are an attribute up to operator set 12 and an input since 13.</summary>
    private static long[]? Axes(OnnxImport node) => node.Has(1) ? node.Wholes(1, "axes") : node.Wholes("axes");

    private static int[] Squeezed(OnnxImport node, IReadOnlyList<int> sizes, bool hasBatch)
    {
        var batch = hasBatch ? 1 : 0;
        var rank = sizes.Count + batch;
        if (Axes(node) is not { } axes)
            return hasBatch ? throw node.Wrong("it removes all axes of size 1, which may be the batch; name the axes") : [.. sizes.Where(size => size != 1)];
        var gone = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        foreach (var axis in gone)
        {
            if (hasBatch && axis == 0) throw Mixing(node);
            if (axis < batch || axis >= rank || sizes[(int)axis - batch] != 1)
                throw node.Wrong($"it removes axis {axis} of {OnnxTensor.Written(sizes)}{(hasBatch ? " behind the batch" : "")}, which has not the size 1");
        }
        return [.. sizes.Where((_, axis) => !gone.Contains(axis + batch))];
    }

    private static int[] Unsqueezed(OnnxImport node, IReadOnlyList<int> sizes, bool hasBatch)
    {
        var batch = hasBatch ? 1 : 0;
        var axes = Axes(node) ?? throw node.Wrong("its axes are missing");
        var rank = sizes.Count + batch + axes.Length;
        var added = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        if (rank > 16 || added.Count != axes.Length || added.Any(axis => axis < 0 || axis >= rank))
            throw node.Wrong($"the axes {string.Join(", ", axes.Take(8))} cannot be added");
        if (hasBatch && added.Contains(0)) throw Mixing(node);
        var rest = new Queue<int>(sizes);
        return [.. Enumerable.Range(batch, rank - batch).Select(axis => added.Contains(axis) ? 1 : rest.Dequeue())];
    }
}
