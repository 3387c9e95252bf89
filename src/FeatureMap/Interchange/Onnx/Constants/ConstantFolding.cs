using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>
/// Computes nodes all of whose inputs are known: weights that are turned or scaled before they are used, and the long chains in which
/// exporters calculate sizes. Numbers are real (float32) or whole (64 bits; truth values are 0 and 1), as in <see cref="OnnxTensor"/>. The
/// size of a batch that is open is a number of its own (<see cref="GraphPlumbing.OpenBatch"/>): it is moved about, and arithmetic on it
/// shows that the file is made for one image at a time. Every result is counted before it is made (<see cref="GraphImport.Allow"/>).
/// </summary>
internal static class ConstantFolding
{
    private static readonly Dictionary<string, Action<NodeImport>> Folders = new(StringComparer.Ordinal)
    {
        ["Constant"] = ConstantLayout.Constant,
        ["Identity"] = node => node.Result(node.Constant(0, "input")),
        ["Dropout"] = node => node.Result(node.Constant(0, "input")),
        ["Cast"] = ConstantArithmetic.Cast,
        ["CastLike"] = node => node.Result(ConstantArithmetic.Converted(node.Constant(0, "input"), node.Constant(1, "kind").IsReal)),
        ["Shape"] = node => node.Result(GraphPlumbing.Span(node, [.. node.Constant(0, "input").Dimensions.Select(size => (long)size)])),
        ["Size"] = node => node.Result(new OnnxTensor("", [], new[] { (long)node.Constant(0, "input").Count })),
        ["Reshape"] = node => node.Result(node.Constant(0, "input") is var tensor ? tensor with { Dimensions = GraphPlumbing.Resolved(node, tensor.Dimensions, GraphPlumbing.Target(node)) } : null!),
        ["Flatten"] = ConstantLayout.Flatten,
        ["Unsqueeze"] = node => node.Result(node.Constant(0, "input") is var tensor ? tensor with { Dimensions = GraphPlumbing.Unsqueezed(node, tensor.Dimensions, false) } : null!),
        ["Squeeze"] = node => node.Result(node.Constant(0, "input") is var tensor ? tensor with { Dimensions = GraphPlumbing.Squeezed(node, tensor.Dimensions, false) } : null!),
        ["Transpose"] = ConstantLayout.Transpose,
        ["Gather"] = ConstantLayout.Gather,
        ["Concat"] = ConstantLayout.Concat,
        ["Slice"] = ConstantLayout.Slice,
        ["Split"] = ConstantLayout.Split,
        ["Expand"] = ConstantLayout.Expand,
        ["Tile"] = ConstantLayout.Tile,
        ["ConstantOfShape"] = ConstantLayout.OfShape,
        ["Range"] = ConstantLayout.Range,
        ["Where"] = ConstantArithmetic.Where,
        ["MatMul"] = ConstantProducts.MatMul,
        ["DequantizeLinear"] = ConstantProducts.Dequantize,
    };

    /// <summary>What only moves numbers, an open batch among them.</summary>
    private static readonly HashSet<string> Movers = new(StringComparer.Ordinal)
    {
        "Identity", "Cast", "Shape", "Size", "Reshape", "Flatten", "Unsqueeze", "Squeeze", "Transpose", "Gather", "Concat", "Slice", "Split", "Expand", "Tile", "Where",
        "Add", "Sub", "Mul", "Div", "Max", "Min", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual",
    };

    static ConstantFolding()
    {
        foreach (var (name, fold) in ConstantArithmetic.Folders) Folders.Add(name, fold);
        foreach (var (name, fold) in ConstantReductions.Folders) Folders.Add(name, fold);
    }

    public static IEnumerable<string> Operators => Folders.Keys;

    /// <summary>Computes a node all of whose inputs are known; false where it has to become a layer.</summary>
    public static bool Fold(NodeImport node)
    {
        if (!Folders.TryGetValue(node.Operator, out var fold) || (node.InputCount == 0 && node.Operator != "Constant")) return false;
        var hasOpenBatch = false;
        for (var input = 0; input < node.InputCount; input++)
        {
            if (!node.Has(input)) continue;
            if (!node.IsConstant(input)) return false;
            hasOpenBatch |= HasOpenBatch(node.Constant(input, "input"));
        }
        if (node.Operator == "Expand" && GraphPlumbing.GivesBatch(node)) return false;
        if (hasOpenBatch && !Movers.Contains(node.Operator))
            throw node.OneSample("it computes with the size of the batch");
        fold(node);
        return true;
    }

    private static bool HasOpenBatch(OnnxTensor tensor) => tensor.Values is long[] values && values.AsSpan().Contains(GraphPlumbing.OpenBatch);

    /// <summary>The sizes to which all of these stretch: aligned at the last axis, a size of 1 repeats.</summary>
    public static int[] Stretched(NodeImport node, params IReadOnlyList<IReadOnlyList<int>> all)
    {
        var sizes = new int[all.Max(one => one.Count)];
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            var present = all.Where(one => axis >= sizes.Length - one.Count).Select(one => one[axis - sizes.Length + one.Count]).ToList();
            sizes[axis] = present.Find(size => size != 1) is var other && present.Contains(0) ? 0 : Math.Max(1, other);
            if (present.Exists(size => size != 1 && size != sizes[axis]))
                throw node.Wrong($"its constants {string.Join(" and ", all.Select(OnnxTensor.Written))} do not stretch to each other");
        }
        return sizes;
    }

    /// <summary>How far apart the elements of a tensor are that stretches to some sizes; 0 where it repeats.</summary>
    public static int[] Steps(IReadOnlyList<int> from, IReadOnlyList<int> to)
    {
        var steps = new int[to.Count];
        var step = 1;
        for (var axis = from.Count - 1; axis >= 0; axis--)
        {
            steps[axis + to.Count - from.Count] = from[axis] == 1 ? 0 : step;
            step *= from[axis];
        }
        return steps;
    }

    /// <summary>A tensor of some sizes whose elements stand in another one, at a start and so far apart along each axis.</summary>
    public static OnnxTensor Picked(NodeImport node, OnnxTensor tensor, IReadOnlyList<int> sizes, int start, IReadOnlyList<int> steps)
    {
        var count = node.Allow(sizes);
        Array Picked<T>(T[] from)
        {
            var values = new T[count];
            var walk = new ConstantWalk(sizes, steps, start);
            for (var i = 0; i < count; i++, walk.Next())
                values[i] = from[walk.Place];
            return values;
        }
        return new OnnxTensor("", [.. sizes], tensor.Values is float[] reals ? Picked(reals) : Picked((long[])tensor.Values));
    }
}

/// <summary>
/// Walks over all elements of some sizes in row-major order, and knows where each stands in a tensor that is laid out in another way.
/// </summary>
internal struct ConstantWalk(IReadOnlyList<int> sizes, IReadOnlyList<int> steps, int start)
{
    private readonly int[] at = new int[sizes.Count];

    public int Place { get; private set; } = start;

    public void Next()
    {
        for (var axis = sizes.Count - 1; axis >= 0; axis--)
        {
            Place += steps[axis];
            if (++at[axis] < sizes[axis]) return;
            Place -= at[axis] * steps[axis];
            at[axis] = 0;
        }
    }
}
