using System.Runtime.CompilerServices;
using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Fixed numbers that are known when the network is built, the same for every image: class weights, a mask, coordinates of pixels. Reads no input; stretch it over
/// others with the elementwise ops. The numbers belong to the description of the network and travel in its file, so there may be at most 65,536; larger tables are
/// weights: see <see cref="LearnedParameter"/>. Never learned.
/// </summary>
public sealed class Constant : Op, IOpRoom
{
    /// <summary>The most numbers of a constant.</summary>
    public const int MaximumCount = 65_536;

    private readonly float[] values;

    /// <summary>A constant of the given shape.</summary>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="values">Its numbers in the order channel, row, column.</param>
    /// <exception cref="UsageException">Another count of numbers than the shape has, too many, or one that is not finite.</exception>
    public Constant(Shape shape, params ReadOnlySpan<float> values)
    {
        if (values.Length != shape.Count)
            throw new UsageException($"A constant of shape {shape} has {shape.Channels} x {shape.Height} x {shape.Width} = "
                + $"{shape.Count:N0} numbers (channels x height x width): received {values.Length:N0}.");
        if (values.Length > MaximumCount)
            throw new UsageException($"A constant has at most {MaximumCount:N0} numbers, as they are part of the network's description: "
                + $"received {values.Length:N0}. Use a shape with sizes of 1 where numbers repeat, or a learned parameter, whose numbers "
                + "are weights.");
        for (var i = 0; i < values.Length; i++)
            if (!float.IsFinite(values[i]))
                throw new UsageException($"The numbers of a constant must be finite: number {i} is {values[i]}.");
        Shape = shape;
        this.values = values.ToArray();
    }

    /// <summary>Shape of the result.</summary>
    public Shape Shape { get; }

    /// <summary>The numbers in the order channel, row, column.</summary>
    public IReadOnlyList<float> Values => values;

    /// <inheritdoc/>
    public override int InputCount => 0;

    /// <inheritdoc/>
    public override Shape OutputShape(IReadOnlyList<Shape> inputs) => Shape;

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    /// <inheritdoc/>
    public override Reach Reach(IReadOnlyList<Shape> inputs) => Ops.Reach.Pointwise;

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("fill", "each number is written to all lanes, so that the layers behind read it like any other input");

    internal override void ExportOnnx(OnnxExport graph) => LaneSource.ExportOnnx(graph, values);

    static Op IOpRoom.FromSettings(OpSettings settings) => FromShape(settings, settings.Shape("shape", (Constant op) => op.Shape, _ => ""));

    private static Constant FromShape(OpSettings settings, Shape shape) => new(shape, settings.Reals(
        "values", (Constant op) => op.values, MaximumCount, values => $"{shape}: {string.Join(" ", values.Take(4).Select(value => $"{value}"))}{(values.Length > 4 ? " ..." : "")}"));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one number", new Constant(Shape.Vector(1), 0.1f), [], 19, CaseValues.Reals),
        new("map", new Constant(new Shape(2, 1, 3), 1, -2, 3, 4, 0, 6), [], 16),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var shape = ElementwiseCases.RandomShape(ref random);
        var numbers = new float[shape.Count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextSingle(-2, 2);
        return new OpCase("random", new Constant(shape, numbers), [], 1 + random.NextInt(40), CaseValues.Reals);
    }

    internal override GradientReads GradientReads => GradientReads.None;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new FillKernel<TLanes>(site, values);

    internal override void ReferenceForward(ReferencePass pass)
    {
        for (var i = 0; i < pass.Output.Values.Length; i++)
            pass.Output.Values[i] = values[i % values.Length];
    }

    // There is no input to have a gradient.
    internal override void ReferenceBackward(ReferencePass pass) { }

    private sealed unsafe class FillKernel<TLanes>(KernelSite site, float[] values) : Kernel where TLanes : unmanaged, ILanes<TLanes>
    {
        public override void Schedule(StepSchedule schedule) => schedule.Forward.PerShard(Forward);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Forward(in WorkItem item)
        {
            fixed (float* numbers = values)
                LaneSource.Fill<TLanes>(numbers, values.Length, site.Output.At(item.Slot));
        }
    }
}
