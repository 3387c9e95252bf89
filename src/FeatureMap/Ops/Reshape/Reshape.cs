using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The same numbers in the same order under another shape of as many numbers: element i of the output is element i of the input, counted channel by channel,
/// row by row. Nothing is computed or moved. It also stands for Squeeze, Unsqueeze and Unflatten; <see cref="Ops.Flatten"/> is the special case of a vector.
/// </summary>
public sealed class Reshape : Op, IOpRoom
{
    /// <summary>Gives the output this shape.</summary>
    public Reshape(Shape output) => Output = output;

    /// <summary>The shape that comes out.</summary>
    public Shape Output { get; }

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs)
    {
        var input = inputs[0];
        return input.Count == Output.Count
            ? Output
            : throw new ShapeException(
                $"A reshape keeps all numbers: {input} has {input.Channels} x {input.Height} x {input.Width} = {input.Count:N0}, {Output} has {Output.Channels} x {Output.Height} x {Output.Width} = {Output.Count:N0}. "
                + "Leave one size to be worked out, as in Reshape(-1, 7, 7), or slice or pad before.");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <summary>Pointwise where the planes stay as they are; else, as places change their meaning, everything.</summary>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => inputs[0] == Output ? Ops.Reach.Pointwise : Ops.Reach.Global(inputs[0]);

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("view", "the order in memory is channel, row, column under any shape, so the output is the input's memory");

    internal override void ExportOnnx(OnnxExport graph) => graph.Result(graph.Reshaped(graph.Input(), Output));

    static Op IOpRoom.FromSettings(OpSettings settings)
    {
        static Shape Of(int[] sizes) => new(sizes[0], sizes[1], sizes[2]);
        return new Reshape(Of(settings.Wholes(
            "shape", "channels, height, width", 3, (Reshape op) =>
                [op.Output.Channels, op.Output.Height, op.Output.Width], 1, int.MaxValue, sizes => $"to {Of(sizes)}")));
    }

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new Reshape(new Shape(5, 2, 6)), [new Shape(3, 5, 4)], 19),
        new("vector to plane", new Reshape(new Shape(2, 3, 4)), [Shape.Vector(24)], 16),
        new("the same shape", new Reshape(new Shape(2, 3, 4)), [new Shape(2, 3, 4)], 3),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var (a, b, c, d) = (1 + random.NextInt(4), 1 + random.NextInt(4), 1 + random.NextInt(4), 1 + random.NextInt(4));
        return new OpCase("random", new Reshape(new Shape(a * d, c, b)), [new Shape(b, a * c, d)], 1 + random.NextInt(40));
    }

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool IsView(ExecutionMode mode) => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) =>
        throw new InvalidOperationException("Reshape has no kernel: its output is its input's memory under another shape (IsView), so a plan must not ask for one.");

    /// <summary>With channels in the lanes the numbers do not stand in this order, so they move.</summary>
    internal override Kernel? CreateChannelKernel<TLanes>(ChannelSite place) => new ChannelMove(place, to => to);

    internal override void ReferenceForward(ReferencePass pass) => pass.Input.Values.CopyTo(pass.Output.Values, 0);

    internal override void ReferenceBackward(ReferencePass pass) => pass.OutputGradient!.Values.CopyTo(pass.InputGradients[0].Values, 0);
}
