using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Makes one number of all that stand along the chosen axes: a sum, a mean, a largest number. Those axes stay, with size 1, so the result stretches over the
/// input again: <c>x - x.Mean(Axes.Space)</c>. Image by image; nothing is ever summed over the batch. No parameters.
/// </summary>
public abstract class Reduction : Op
{
    private protected Reduction(Axes axes)
    {
        if (axes is Axes.None or < 0 or > Axes.All)
            throw new UsageException($"A reduction needs at least one axis: received {axes}. Use Axes.Channels, Axes.Rows, Axes.Columns, several with |, Axes.Space (rows and columns) or Axes.All.");
        ReducedAxes = axes;
    }

    private protected static Axes AxesOf(OpSettings settings) => settings.Axes("axes", (Reduction op) => op.ReducedAxes);

    /// <summary>The axes that become 1.</summary>
    public Axes ReducedAxes { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        return new Shape(Reduces(Axes.Channels) ? 1 : input.Channels, Reduces(Axes.Rows) ? 1 : input.Height, Reduces(Axes.Columns) ? 1 : input.Width);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) =>
        new(Along(Axes.Rows, inputs[0].Height), Along(Axes.Columns, inputs[0].Width), IsGlobal: Reduces(Axes.Space));

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("fold", "the input is read once in the order of memory; each row is folded by itself and then onto its place in the output");

    /// <summary>What ONNX calls it.</summary>
    private protected virtual string OnnxName => Name;

    // Axes are an input since operator set 18, for ReduceSum since 13, and an attribute before.
    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) => !Reduces(Axes.Channels);

    internal override void ExportOnnx(OnnxExport graph)
    {
        long[] axes = [.. ((Axes[])[Axes.Channels, Axes.Rows, Axes.Columns]).Index().Where(axis => Reduces(axis.Item)).Select(axis => axis.Index + 1L)];
        if (graph.Opset >= (OnnxName == "ReduceSum" ? 13 : 18)) graph.Result(OnnxName, [graph.Image(), graph.Constant("axes", axes)]);
        else graph.Result(OnnxName, [graph.Image()], new OnnxAttribute("axes", axes));
    }

    /// <summary>What the numbers become, in double precision.</summary>
    internal abstract double Value(double[] x);

    /// <summary>The derivative by each of the numbers.</summary>
    internal abstract double[] Derivatives(double[] x);

    /// <summary>Input positions that become one output position.</summary>
    private protected int CountOf(Shape input) => input.Count / OutputShape([input]).Count;

    internal override void ReferenceForward(ReferencePass pass)
    {
        foreach (var (image, output, inputs) in Groups(pass))
            pass.Output[image, output] = Value(Array.ConvertAll(inputs, i => pass.Input[image, i]));
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        foreach (var (image, output, inputs) in Groups(pass))
        {
            var derivatives = Derivatives(Array.ConvertAll(inputs, i => pass.Input[image, i]));
            for (var k = 0; k < inputs.Length; k++)
                pass.InputGradients[0][image, inputs[k]] = pass.OutputGradient![image, output] * derivatives[k];
        }
    }

    /// <summary>Each use, all axes alone and together, with batches that are no multiple of 16.</summary>
    private protected static IReadOnlyList<OpCase> CasesOf(Func<Axes, Op> make, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
    [
        new("everything", make(Axes.All), [new Shape(3, 5, 4)], 19, values) { InputValues = inputs },
        new("channels", make(Axes.Channels), [new Shape(3, 5, 4)], 3, values) { InputValues = inputs },
        new("rows", make(Axes.Rows), [new Shape(3, 5, 4)], 16, values) { InputValues = inputs },
        new("columns", make(Axes.Columns), [new Shape(3, 5, 4)], 5, values) { InputValues = inputs },
        new("space", make(Axes.Space), [new Shape(3, 5, 4)], 18, values) { InputValues = inputs },
        new("channels and rows", make(Axes.Channels | Axes.Rows), [new Shape(3, 2, 4)], 2, values) { InputValues = inputs },
        new("channels and columns", make(Axes.Channels | Axes.Columns), [new Shape(4, 2, 4)], 1, values) { InputValues = inputs },
        new("vector", make(Axes.All), [Shape.Vector(8)], 33, values) { InputValues = inputs },
        new("nothing to do: columns of a vector", make(Axes.Columns), [Shape.Vector(8)], 3, values) { InputValues = inputs },
    ];

    private protected static OpCase RandomCaseOf(ref RandomSequence random, Func<Axes, Op> make, CaseValues values = CaseValues.Integers, params InputValues[] inputs) =>
        new("random", make((Axes)(1 + random.NextInt(7))), [ElementwiseCases.RandomShape(ref random)], 1 + random.NextInt(40), values) { InputValues = inputs };

    private protected static OnnxOperator Operator(string name, Func<Axes, Op> make) =>
        new(name, node => node.Result(ReadOnnx(node, make)), "axes", "keepdims", "noop_with_empty_axes");

    private protected static OnnxFeature ReadOnnx(OnnxImport node, Func<Axes, Op> make)
    {
        var feature = node.Feature();
        var sizes = feature.Dimensions;
        var given = node.Has(1) ? node.Wholes(1, "axes") : node.Wholes("axes");
        if (given is null or [] && node.Flag("noop_with_empty_axes")) return feature;
        if (given is null or [] && node.HasBatch)
            throw node.Wrong("it reduces all axes, the batch among them: images of a batch do not meet in a network");
        var reduced = given is null or [] ? [.. Enumerable.Range(0, sizes.Count)] : given.Select(axis => node.Axis(feature, axis)).ToHashSet();
        int[] rest = node.Flag("keepdims", true)
            ? [.. sizes.Select((size, axis) => reduced.Contains(axis) ? 1 : size)]
            : [.. sizes.Where((_, axis) => !reduced.Contains(axis))];
        // The first axis is the channels, the last the columns, and all between are the rows.
        var between = Enumerable.Range(1, Math.Max(0, sizes.Count - 2)).ToList();
        if (between.Exists(reduced.Contains) && !between.TrueForAll(axis => reduced.Contains(axis) || sizes[axis] == 1))
        {
            // Some of the rows only: what is reduced moves behind all others.
            int[] kept = [.. Enumerable.Range(0, sizes.Count).Where(axis => !reduced.Contains(axis))];
            var ordered = node.Ordered(feature, [.. kept, .. Enumerable.Range(0, sizes.Count).Where(reduced.Contains)]);
            var count = OnnxImport.Product(kept.Select(axis => sizes[axis]));
            return node.Layer(make(Axes.Columns), [node.View(ordered, new Shape(count, 1, feature.Shape.Count / count), ordered.Dimensions)], rest);
        }
        var axes = (reduced.Contains(0) ? Axes.Channels : Axes.None) | (between.Exists(reduced.Contains) ? Axes.Rows : Axes.None)
            | (sizes.Count > 1 && reduced.Contains(sizes.Count - 1) ? Axes.Columns : Axes.None);
        // A single number has no axis; that of its channels stands for all of them.
        return node.Layer(make(axes == Axes.None ? Axes.Channels : axes), [node.View(feature, OnnxImport.Canonical(sizes), sizes)], rest);
    }

    private bool Reduces(Axes axes) => (ReducedAxes & axes) == axes;

    private AxisReach Along(Axes axis, int size) => new(Reduces(axis) ? size : 1, 1, 0);

    private static IEnumerable<(int Image, int Output, int[] Inputs)> Groups(ReferencePass pass)
    {
        var (x, y) = (pass.Input.Shape, pass.Output.Shape);
        var groups = from channel in Enumerable.Range(0, x.Channels)
                     from row in Enumerable.Range(0, x.Height)
                     from column in Enumerable.Range(0, x.Width)
                     group Index(x, channel, row, column) by Index(y, channel, row, column);
        var places = groups.Select(group => (Output: group.Key, Inputs: group.ToArray())).ToList();
        return from image in Enumerable.Range(0, pass.Output.Batch) from place in places select (image, place.Output, place.Inputs);
    }

    // Along a reduced axis the output has one position, whatever the input's.
    private static int Index(Shape shape, int channel, int row, int column) =>
        (((channel % shape.Channels * shape.Height) + (row % shape.Height)) * shape.Width) + (column % shape.Width);
}
