using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// scale x + shift with two fixed numbers: what <c>x + 2</c>, <c>3 * x</c>, <c>-x</c> and <c>1 - x</c> become, so that a number costs no tensor. The sum is
/// rounded once. For numbers that are learned, multiply by a <see cref="LearnedParameter"/>.
/// </summary>
public sealed class ScaleShift : UnaryOp, IOpRoom
{
    /// <summary>The function scale x + shift.</summary>
    /// <exception cref="UsageException">One of the numbers is infinite or not a number.</exception>
    public ScaleShift(float scale, float shift = 0)
    {
        if (!float.IsFinite(scale) || !float.IsFinite(shift))
            throw new UsageException($"Scale and shift must be finite numbers of 32 bits: received {scale} x + {shift}. A quotient whose "
                + "divisor is 0 often is the reason.");
        (Scale, Shift) = (scale, shift);
    }

    /// <summary>The factor.</summary>
    public float Scale { get; }

    /// <summary>What is added.</summary>
    public float Shift { get; }

    /// <inheritdoc/>
    public override string Settings => $"{Scale} x{(float.IsNegative(Shift) ? " - " : " + ")}{MathF.Abs(Shift)}";

    internal override void ExportOnnx(OnnxExport graph)
    {
        var value = graph.Input();
        if (Scale == -1) value = graph.Node("Neg", [value]);
        else if (Scale != 1) value = graph.Node("Mul", [value, graph.Constant("scale", [], [Scale])]);
        if (Shift != 0) value = graph.Node("Add", [value, graph.Constant("shift", [], [Shift])]);
        graph.Result(value);
    }

    static Op IOpRoom.FromSettings(OpSettings settings) => new ScaleShift(settings.Real("scale", (ScaleShift op) => op.Scale),
        settings.Real("shift", (ScaleShift op) => op.Shift));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Neg", node => node.Unary(new ScaleShift(-1))), new("Not", node => node.Unary(new ScaleShift(-1, 1)))];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        .. ElementwiseCases.OfOne(new ScaleShift(3, -2)),
        new("one minus x", new ScaleShift(-1, 1), [new Shape(2, 3, 3)], 5),
        new("constant", new ScaleShift(0, 7), [Shape.Vector(3)], 1),
        new("halves", new ScaleShift(0.5f), [Shape.Vector(3)], 17),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new ScaleShift(random.NextInt(9) - 4, random.NextInt(9) - 4));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Scale, Shift));

    internal override double Value(double x) => (Scale * x) + Shift;

    internal override double Derivative(double x) => Scale;

    private readonly struct Function(float scale, float shift) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.None;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.MultiplyAdd(x, TLanes.Broadcast(scale), TLanes.Broadcast(shift));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * TLanes.Broadcast(scale);
    }
}
