namespace FeatureMap.Ops;

/// <summary>
/// Expand and Tile: numbers once more along an axis. With what stands before that axis as channels and all from it on as columns, the rows
/// are one, and a product with as many ones stretches it: each output is its input to the bit, and each gradient a sum.
/// </summary>
internal static class OnnxStretch
{
    private const string Batch = "it repeats the images of a batch (axis 0), and a network computes each of them once";

    /// <summary>Sizes meet as in arithmetic: aligned at the last axis, equal or 1.</summary>
    public static void ReadExpand(OnnxImport node)
    {
        var target = node.Wholes(1, "shape") ?? throw node.Wrong("its shape (input 2) is missing");
        var batch = node.HasBatch ? 1 : 0;
        var feature = node.IsConstant(0)
            ? OnnxBroadcast.Source(node, 0, Math.Max(node.Constant(0, "input").Dimensions.Count, target.Length) - batch)
            : node.Feature();
        var rank = feature.Dimensions.Count;
        if (target.Length > rank + batch)
        {
            if (batch > 0)
                throw node.Wrong($"its shape has {target.Length} axes and its input {rank + 1}, so the batch would become another axis");
            var sizes = Enumerable.Repeat(1, target.Length - rank).Concat(feature.Dimensions).ToArray();
            (feature, rank) = (feature with { Dimensions = sizes }, sizes.Length);
        }
        if (batch > 0 && target.Length > rank && target[0] != 1 && !node.IsBatch(target[0]))
            throw node.Wrong(Batch);
        for (var axis = 0; axis < rank; axis++)
        {
            var place = target.Length - rank + axis;
            var (own, wanted) = (feature.Dimensions[axis], place < 0 ? 1 : target[place]);
            if (wanted < 1 || (own != 1 && wanted != 1 && wanted != own))
                throw node.Wrong($"it makes {(wanted < 0 ? "the size of the batch" : $"{wanted}")} of {own} along axis {axis + batch}; "
                    + "only a size of 1 stretches");
            if (own == 1) feature = Repeated(node, feature, axis, wanted);
        }
        node.Result(feature);
    }

    /// <summary>Each axis so many times, one copy behind the other.</summary>
    public static void ReadTile(OnnxImport node)
    {
        var feature = node.Feature();
        var repeats = node.Wholes(1, "repeats") ?? throw node.Wrong("its repeats (input 2) are missing");
        var batch = node.HasBatch ? 1 : 0;
        if (repeats.Length != feature.Dimensions.Count + batch || Array.Exists(repeats, repeat => repeat < 1))
            throw node.Wrong($"its repeats are [{NumberRow.Join(", ", repeats.Take(8))}]; {feature.Dimensions.Count + batch} numbers from "
                + "1 on were expected, one per axis");
        if (batch > 0 && repeats[0] != 1)
            throw node.Wrong(Batch);
        for (var axis = 0; axis < feature.Dimensions.Count; axis++)
            feature = Repeated(node, feature, axis, repeats[axis + batch]);
        node.Result(feature);
    }

    private static OnnxFeature Repeated(OnnxImport node, OnnxFeature feature, int axis, long times)
    {
        if (times == 1) return feature;
        if (times > Constant.MaximumCount)
            throw node.Wrong($"it repeats an axis {times:N0} times; at most {Constant.MaximumCount:N0} times are possible");
        var sizes = feature.Dimensions.ToArray();
        var before = OnnxImport.Product(sizes.Take(axis));
        var line = node.View(feature, new Shape(before, 1, feature.Shape.Count / before), sizes);
        sizes[axis] = OnnxImport.Product([sizes[axis], (int)times]);
        var ones = node.Layer(new Constant(new Shape(1, (int)times, 1), [.. Enumerable.Repeat(1f, (int)times)]), []);
        return node.Layer(new Multiply(), [line, ones], sizes);
    }
}
