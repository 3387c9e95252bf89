using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The same numbers as one vector, in the order channel, row, column: C x H x W to C H W. Nothing is computed or moved. A dense layer behind it has one
/// weight per pixel, channel and output; <see cref="GlobalAveragePool"/> is the lighter way to a vector.
/// </summary>
public sealed class Flatten : Op, IPlainRoom<Flatten>
{
    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Shape.Vector(inputs[0].Count);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => inputs[0].IsVector ? Ops.Reach.Pointwise : Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("view", "in the lane layout channels, rows and columns already stand in this order, so the output is the input's memory under another shape");

    internal override void ExportOnnx(OnnxExport graph) => graph.Result(graph.Vector());

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Flatten", ReadOnnx, "axis")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new Flatten(), [new Shape(3, 5, 4)], 19),
        new("vector", new Flatten(), [Shape.Vector(7)], 16),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new Flatten(), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40));

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool IsView(ExecutionMode mode) => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) =>
        throw new InvalidOperationException("Flatten has no kernel: its output is its input's memory under another shape (IsView), so a plan must not ask for one.");

    /// <summary>With channels in the lanes the numbers do not stand in this order, so they move.</summary>
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new ChannelMove(place, to => to);

    internal override void ReferenceForward(ReferencePass pass) => pass.Input.Values.CopyTo(pass.Output.Values, 0);

    internal override void ReferenceBackward(ReferencePass pass) => pass.OutputGradient!.Values.CopyTo(pass.InputGradients[0].Values, 0);

    // ONNX makes a matrix: the axes before the given one are its rows, the others its columns. With axis 1 the rows are the batch.
    private static void ReadOnnx(OnnxImport node)
    {
        var input = node.Feature();
        var rank = input.Dimensions.Count + (node.HasBatch ? 1 : 0);
        var axis = node.Whole("axis", 1) is var given && given < 0 ? given + rank : given;
        if (axis < 0 || axis > rank)
            throw node.Wrong($"there is no axis {given}: its input has {rank}");
        if (node.HasBatch && axis != 1)
            throw node.Wrong($"it flattens from axis {given} on, which mixes the batch with what an image has; only axis 1 keeps images apart");
        var columns = OnnxImport.Product(input.Dimensions.Skip((int)axis - (node.HasBatch ? 1 : 0)));
        node.Result(node.HasBatch
            ? input.Shape.IsVector ? input with { Dimensions = [columns] } : node.Layer(new Flatten(), [input], [columns])
            : node.View(input, new Shape(input.Shape.Count / columns, 1, columns), [input.Shape.Count / columns, columns]));
    }
}
