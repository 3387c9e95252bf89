using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>Sums, products and the like along some axes of constants.</summary>
internal static class ConstantReductions
{
    public static IReadOnlyDictionary<string, Action<NodeImport>> Folders { get; } = new Dictionary<string, Action<NodeImport>>(StringComparer.Ordinal)
    {
        ["ReduceSum"] = Reduction(0, (sum, value) => sum + value),
        ["ReduceProd"] = Reduction(1, (product, value) => product * value),
        ["ReduceMax"] = Reduction(double.NegativeInfinity, Math.Max),
        ["ReduceMin"] = Reduction(double.PositiveInfinity, Math.Min),
        ["ReduceMean"] = Reduction(0, (sum, value) => sum + value, (sum, count) => sum / count),
        ["ReduceL1"] = Reduction(0, (sum, value) => sum + Math.Abs(value)),
        ["ReduceL2"] = Reduction(0, (sum, value) => sum + (value * value), (sum, _) => Math.Sqrt(sum)),
        ["ReduceSumSquare"] = Reduction(0, (sum, value) => sum + (value * value)),
    };

    // In double precision, which holds the whole numbers that sizes can be.
    private static Action<NodeImport> Reduction(double start, Func<double, double, double> add, Func<double, int, double>? end = null) => node =>
    {
        var tensor = node.Constant(0, "input");
        var given = node.Has(1) ? node.Wholes(1, "axes") : node.Wholes("axes");
        if (given is null or [] && node.Flag("noop_with_empty_axes"))
        {
            node.Result(tensor);
            return;
        }
        HashSet<int> reduced = given is null or [] ? [.. Enumerable.Range(0, tensor.Dimensions.Count)] : [.. given.Select(axis => ConstantLayout.Axis(node, tensor, axis))];
        int[] kept = [.. tensor.Dimensions.Select((size, axis) => reduced.Contains(axis) ? 1 : size)];
        var sums = new double[node.Allow(kept)];
        sums.AsSpan().Fill(start);
        var walk = new ConstantWalk(tensor.Dimensions, ConstantFolding.Steps(kept, tensor.Dimensions), 0);
        for (var i = 0; i < tensor.Count; i++, walk.Next())
            sums[walk.Place] = add(sums[walk.Place], tensor.Values is float[] reals ? reals[i] : ((long[])tensor.Values)[i]);
        var each = tensor.Count / Math.Max(1, sums.Length);
        if (end is not null) sums = Array.ConvertAll(sums, sum => end(sum, each));
        int[] sizes = node.Flag("keepdims", true) ? kept : [.. tensor.Dimensions.Where((_, axis) => !reduced.Contains(axis))];
        node.Result(new OnnxTensor("", sizes, tensor.IsReal ? Array.ConvertAll(sums, sum => (float)sum) : Array.ConvertAll(sums, sum => (long)sum)));
    };
}
