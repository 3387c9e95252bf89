using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Numbers that are learned and the same for every image: a scale per channel, a position code, class centres. Reads no input; stretch it over others with the
/// elementwise ops. Its gradient is the sum over the images of the batch. Parameter: value, of the given shape.
/// </summary>
public sealed class LearnedParameter : Op, IOpRoom
{
    /// <summary>A parameter of the given shape.</summary>
    public LearnedParameter(Shape shape) => Shape = shape;

    /// <summary>Shape of the result.</summary>
    public Shape Shape { get; }

    /// <summary>How the numbers start. An initialiser that scales with the fans sees 1 and 1, as no sum runs over these numbers.</summary>
    public Initializer ValueInitializer { get; init; } = Initializer.Zeros;

    /// <summary>Whether weight decay pulls on the numbers.</summary>
    public bool Decays { get; init; }

    /// <inheritdoc/>
    public override int InputCount => 0;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Shape;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) =>
        [new("value", Shape.IsVector ? [Shape.Channels] : [Shape.Channels, Shape.Height, Shape.Width], Trainable: true, ValueInitializer, Decays: Decays)];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("fill", "each number is written to all lanes; back, the 16 lanes of its gradient are added in a fixed tree, and the shards in order");

    internal override void ExportOnnx(OnnxExport graph) => LaneSource.ExportOnnx(graph, graph.ParameterValues(0));

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new LearnedParameter(settings.Shape("shape", (LearnedParameter op) => op.Shape, shape => $"{shape}"))
        {
            ValueInitializer = settings.Initializer("initializer", (LearnedParameter op) => op.ValueInitializer),
            Decays = settings.Flag("decays", (LearnedParameter op) => op.Decays),
        };

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("vector", new LearnedParameter(Shape.Vector(7)), [], 16),
        new("map", new LearnedParameter(new Shape(3, 5, 4)), [], 19),
        new("one number, many shards", new LearnedParameter(Shape.Vector(1)) { Decays = true, ValueInitializer = Initializer.Ones }, [], 50),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        new("random", new LearnedParameter(ElementwiseCases.RandomShape(ref random)), [], 1 + random.NextInt(40));

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new LearnedParameterKernel<TLanes>(site);

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.Output.Values[i] = pass.Parameters[0][i % Shape.Count];
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.ParameterGradients[0][i % Shape.Count] += pass.OutputGradient!.Values[i];
    }

    private sealed unsafe class LearnedParameterKernel<TLanes>(KernelSite site) : ShardKernel(site) where TLanes : unmanaged, ILanes<TLanes>
    {
        private readonly ShardSums? sums = site.HasBackward && site.Parameters[0].IsTrained
            ? new ShardSums(site, site.Parameters[0]) : null;

        protected override ShardSums?[] ParameterSums => [sums];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Forward(in WorkItem item) =>
            LaneSource.Fill<TLanes>(Site.Parameters[0].Values, Site.Parameters[0].Count, Site.Output.At(item.Slot));

        // Lanes without an image hold 0 in gradients.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Backward(in WorkItem item)
        {
            var dy = Site.OutputGradient!.At(item.Slot);
            var target = sums!.Of(item.Index);
            for (var i = 0; i < Site.Parameters[0].Count; i++, dy += LaneLayout.Lanes)
                target[i] = LaneMath.Sum(dy);
        }
    }
}
