using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Operators that compute nothing on features: they hand on, or change only the sizes that ONNX sees. Exporters write long chains to
/// calculate the size of a batch, Shape, Gather, Concat, Reshape; what of it is known is computed while reading (<see
/// cref="ConstantFolding"/>). The size of the batch, where it is open, is a number of its own in such lists (<see cref="OpenBatch"/>).
/// </summary>
internal static class GraphPlumbing
{
    /// <summary>Stands for the size of the batch in a list of sizes.</summary>
    public const long OpenBatch = long.MinValue;

    public static IReadOnlyDictionary<string, Action<OnnxImport>> Operators { get; } = new Dictionary<string, Action<OnnxImport>>(StringComparer.Ordinal)
    {
        ["Identity"] = node => node.Result(node.Feature()),
        ["Cast"] = Cast,
        ["CastLike"] = CastLike,
        ["Shape"] = node => ((NodeImport)node).Result(Span(node, [.. Batch(node), .. node.Feature().Dimensions.Select(size => (long)size)])),
        ["Size"] = Size,
        ["Reshape"] = Reshape,
        ["Squeeze"] = node => node.Result(node.Feature() with { Dimensions = Squeezed(node, node.Feature().Dimensions, node.HasBatch) }),
        ["Unsqueeze"] = node => node.Result(node.Feature() with { Dimensions = Unsqueezed(node, node.Feature().Dimensions, node.HasBatch) }),
    };

    public static OnnxTensor Whole(long[] values) => new("", [values.Length], values);

    /// <summary>What a node Shape gives of some sizes: all of them, or since operator set 15 a span.</summary>
    public static OnnxTensor Span(OnnxImport node, long[] sizes)
    {
        var start = (int)Math.Clamp(node.Whole("start", 0) is var first && first < 0 ? first + sizes.Length : first, 0, sizes.Length);
        var end = (int)Math.Clamp(node.Whole("end", sizes.Length) is var last && last < 0 ? last + sizes.Length : last, start, sizes.Length);
        return Whole(sizes[start..end]);
    }

    /// <summary>The new sizes of a node Reshape: an input since operator set 5, an attribute before.</summary>
    public static long[] Target(OnnxImport node) => (node.Has(1) ? node.Wholes(1, "shape") : node.Wholes("shape")) ?? throw node.Wrong("its shape (input 2) is missing");

    /// <summary>Whether a node Expand only gives each image of the batch its own: the layers that read it do so anyway.</summary>
    public static bool GivesBatch(NodeImport node) => node.BatchSize != 1 && node.Has(1) && node.IsConstant(1)
        && node.Wholes(1, "shape") is [var first, ..] sizes && node.IsBatch(first) && (node.Constant(0, "input").Dimensions is var own && (own.Count < sizes.Length || own[0] == 1));

    private static long[] Batch(OnnxImport node) => node.HasBatch ? [node.BatchSize ?? OpenBatch] : [];

    // All features are float32 here; whole numbers and truth values among them are whole already.
    private static void Cast(OnnxImport node)
    {
        var kind = (OnnxType)node.Whole("to", 0);
        node.Result(kind is OnnxType.Float32 or OnnxType.Float64 or OnnxType.Float16 or OnnxType.BFloat16 || (kind is OnnxType.Int32 or OnnxType.Int64 && ((NodeImport)node).IsWhole(0))
            ? node.Feature()
            : throw node.Wrong($"it turns numbers into the kind {kind}; layers compute in float32"));
    }

    /// <summary>Whatever a layer gives is float32, and so is what is made like it.</summary>
    private static void CastLike(OnnxImport node)
    {
        if (node.IsConstant(1) && !node.Constant(1, "example").IsReal && !((NodeImport)node).IsWhole(0))
            throw node.Wrong($"it turns numbers into whole ones, like {node.Constant(1, "example")}; layers compute in float32");
        node.Result(node.Feature());
    }

    private static void Size(OnnxImport node)
    {
        if (node.HasBatch && node.BatchSize is null) throw ((NodeImport)node).OneSample("it counts the numbers of the whole batch");
        ((NodeImport)node).Result(new OnnxTensor("", [], new[] { Batch(node).Sum() is var batch && batch > 0 ? batch * node.Feature().Shape.Count : node.Feature().Shape.Count }));
    }

    private static void Reshape(OnnxImport node)
    {
        var feature = node.Feature();
        var target = Target(node);
        var sizes = node.HasBatch ? WithoutBatch((NodeImport)node, feature.Dimensions, target) : Resolved(node, feature.Dimensions, target);
        node.Result(node.View(feature, OnnxImport.Canonical(sizes), sizes));
    }

    /// <summary>The sizes behind the batch; axis 0 has to stay the batch.</summary>
    private static int[] WithoutBatch(NodeImport node, IReadOnlyList<int> sizes, long[] target)
    {
        var keepsZero = node.Flag("allowzero");
        if (target.Length == 0) throw Mixing(node);
        // An axis 0 that is to be found (-1) or has a fixed number is the batch where the rest has the numbers of one image; so the rest is
        // resolved first.
        var rest = target[1..];
        for (var axis = 0; axis < rest.Length; axis++)
            if (rest[axis] == 0 && !keepsZero)
                rest[axis] = axis < sizes.Count ? sizes[axis] : throw node.Wrong($"it copies axis {axis + 1}, and its input has none");
        var isBatch = node.IsBatch(target[0]) || (target[0] == 0 && !keepsZero) || (target[0] != 0 && !rest.Contains(-1));
        if (!isBatch) throw Mixing(node);
        try
        {
            return Resolved(node, sizes, rest);
        }
        catch (OnnxRefusal error) when (node.BatchSize is null)
        {
            throw node.OneSample(error.What);
        }
    }

    private static OnnxRefusal Mixing(OnnxImport node) => ((NodeImport)node).OneSample("it mixes axis 0, the batch, with the others");

    /// <summary>0 copies a size, -1 is what is left.</summary>
    public static int[] Resolved(OnnxImport node, IReadOnlyList<int> sizes, long[] target)
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
            if (size == OpenBatch) throw ((NodeImport)node).OneSample("it moves the batch to another axis than 0");
            if ((size < 1 && count > 0) || size is < 0 or > int.MaxValue)
                throw node.Wrong($"the size {size} of the shape is not possible");
            resolved[axis] = (int)size;
            product *= size;
            if (product > count) break;
        }
        if (open >= 0 && product > 0 && product <= count && count % product == 0) (resolved[open], product) = ((int)(count / product), count);
        return product == count ? resolved : throw node.Wrong($"it makes {string.Join(" x ", target.Select(size => size == OpenBatch ? "N" : $"{size}"))} of {OnnxTensor.Written(sizes)}, which has another number of elements");
    }

    /// <summary>Axes are an attribute up to operator set 12 and an input since 13.</summary>
    private static long[]? Axes(OnnxImport node) => node.Has(1) ? node.Wholes(1, "axes") : node.Wholes("axes");

    public static int[] Squeezed(OnnxImport node, IReadOnlyList<int> sizes, bool hasBatch)
    {
        var batch = hasBatch ? 1 : 0;
        var rank = sizes.Count + batch;
        // Without names all axes of size 1 go. An open batch is not one of them.
        if (Axes(node) is not { } axes)
            return hasBatch && node.BatchSize == 1 ? throw Mixing(node) : [.. sizes.Where(size => size != 1)];
        var gone = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        foreach (var axis in gone)
        {
            if (hasBatch && axis == 0) throw Mixing(node);
            if (axis < batch || axis >= rank || sizes[(int)axis - batch] != 1)
                throw node.Wrong($"it removes axis {axis} of {OnnxTensor.Written(sizes)}{(hasBatch ? " behind the batch" : "")}, which has not the size 1");
        }
        return [.. sizes.Where((_, axis) => !gone.Contains(axis + batch))];
    }

    public static int[] Unsqueezed(OnnxImport node, IReadOnlyList<int> sizes, bool hasBatch)
    {
        var batch = hasBatch ? 1 : 0;
        var axes = Axes(node) ?? throw node.Wrong("its axes are missing");
        var rank = sizes.Count + batch + axes.Length;
        var added = axes.Select(axis => axis < 0 ? axis + rank : axis).ToHashSet();
        if (rank > 16 || added.Count != axes.Length || added.Any(axis => axis < 0 || axis >= rank))
            throw node.Wrong($"the axes {NumberRow.Join(", ", axes.Take(8))} cannot be added");
        if (hasBatch && added.Contains(0)) throw Mixing(node);
        var rest = new Queue<int>(sizes);
        return [.. Enumerable.Range(batch, rank - batch).Select(axis => added.Contains(axis) ? 1 : rest.Dequeue())];
    }
}
