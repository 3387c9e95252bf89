namespace FeatureMap.Ops;

// ONNX works along any of any number of axes. Here there are three, and some ops know the channels only; so the axis in question is brought where it is needed.
internal abstract partial class OnnxImport
{
    private static readonly Transpose Exchange = new(Ops.Axis.Rows, Ops.Axis.Channels, Ops.Axis.Columns);

    /// <summary>A feature with one axis as its rows: what stands before it as channels, what stands behind it as columns.</summary>
    public OnnxFeature Around(OnnxFeature feature, int axis)
    {
        var sizes = feature.Dimensions;
        return View(feature, new Shape(Product(sizes.Take(axis)), sizes[axis], Product(sizes.Skip(axis + 1))), sizes);
    }

    /// <summary>A feature with one axis as its channels; see <see cref="FromChannels"/>.</summary>
    public OnnxFeature ToChannels(OnnxFeature feature, int axis)
    {
        var sizes = feature.Dimensions;
        if (axis == 0) return View(feature, Canonical(sizes), sizes);
        return Product(sizes.Take(axis)) == 1
            ? View(feature, new Shape(sizes[axis], 1, Product(sizes.Skip(axis + 1))), sizes)
            : Layer(Exchange, [Around(feature, axis)]);
    }

    /// <summary>Takes <see cref="ToChannels"/> back, after the channels may have become more or fewer.</summary>
    /// <param name="feature">What was computed along the channels.</param>
    /// <param name="sizes">The sizes before.</param>
    /// <param name="axis">The axis that the channels were.</param>
    public OnnxFeature FromChannels(OnnxFeature feature, IReadOnlyList<int> sizes, int axis)
    {
        int[] dimensions = [.. sizes.Take(axis), feature.Shape.Channels, .. sizes.Skip(axis + 1)];
        return Product(sizes.Take(axis)) == 1 ? feature with { Dimensions = dimensions } : Layer(Exchange, [feature], dimensions);
    }

    /// <summary>Adds an op that works along the channels, along any axis.</summary>
    public OnnxFeature AlongChannels(Op op, OnnxFeature feature, int axis, params IReadOnlyList<float[]> parameters) =>
        FromChannels(Layer(op, [ToChannels(feature, axis)], null, parameters), feature.Dimensions, axis);

    /// <summary>
    /// Adds a matrix along one axis: each line of numbers along it becomes its products with the rows of the weight, which is outputs x the axis' size.
    /// A dense layer on vectors, elsewhere a 1x1 convolution.
    /// </summary>
    public OnnxFeature Product(OnnxFeature feature, int axis, int outputs, float[] weight, float[]? bias)
    {
        var channels = ToChannels(feature, axis);
        Op op = channels.Shape.IsVector ? new Linear(outputs) { HasBias = bias is not null } : new Conv2d(outputs, 1) { HasBias = bias is not null };
        return FromChannels(Layer(op, [channels], null, bias is null ? [weight] : [weight, bias]), feature.Dimensions, axis);
    }

    /// <summary>The axes of a feature in another order: <paramref name="order"/> says for each axis of the result which one it was.</summary>
    public OnnxFeature Ordered(OnnxFeature feature, IReadOnlyList<int> order)
    {
        var sizes = feature.Dimensions;
        int[] dimensions = [.. order.Select(axis => sizes[axis])];
        // Axes that stay neighbours in their order are one, and an axis of size 1 may stand anywhere.
        var runs = new List<List<int>>();
        foreach (var axis in order.Where(axis => sizes[axis] != 1))
            if (runs.Count > 0 && !Enumerable.Range(runs[^1][^1] + 1, Math.Max(0, axis - runs[^1][^1] - 1)).Any(between => sizes[between] != 1) && axis > runs[^1][^1]) runs[^1].Add(axis);
            else runs.Add([axis]);
        if (runs.Count < 2) return feature with { Dimensions = dimensions };
        if (runs.Count > 3) return Stepwise(feature, order);
        var before = runs.OrderBy(run => run[0]).ToList();
        int SizeOf(int place) => place < before.Count ? Product(before[place].Select(axis => sizes[axis])) : 1;
        // Two runs are rows and columns of a single channel.
        var shape = runs.Count == 3 ? new Shape(SizeOf(0), SizeOf(1), SizeOf(2)) : new Shape(1, SizeOf(0), SizeOf(1));
        var op = runs.Count == 3
            ? new Transpose((Axis)before.IndexOf(runs[0]), (Axis)before.IndexOf(runs[1]), (Axis)before.IndexOf(runs[2]))
            : new Transpose(Ops.Axis.Channels, Ops.Axis.Columns, Ops.Axis.Rows);
        return Layer(op, [View(feature, shape, sizes)], dimensions);
    }

    /// <summary>
    /// One axis after the other to its place. With P before that place, M between, V the axis and S behind, (P M) V S becomes V (P M) S, and then V P (M S) becomes
    /// P V (M S): two exchanges of three axes.
    /// </summary>
    private OnnxFeature Stepwise(OnnxFeature feature, IReadOnlyList<int> order)
    {
        var current = Enumerable.Range(0, order.Count).ToList();
        for (var place = 0; place < order.Count; place++)
        {
            var at = current.IndexOf(order[place]);
            if (at == place) continue;
            var sizes = feature.Dimensions;
            var (moved, before) = (sizes[at], Product(sizes.Take(place)));
            feature = Layer(Exchange, [Around(feature, at)]);
            if (before > 1)
                feature = Layer(Exchange, [View(feature, new Shape(moved, before, feature.Shape.Count / moved / before), feature.Dimensions)]);
            current.RemoveAt(at);
            current.Insert(place, order[place]);
            feature = feature with { Dimensions = [.. sizes.Take(place), moved, .. sizes.Skip(place).Take(at - place), .. sizes.Skip(at + 1)] };
        }
        return feature;
    }
}
