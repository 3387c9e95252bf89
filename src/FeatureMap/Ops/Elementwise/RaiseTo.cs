using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x to the power of a fixed number: square (2), square root (0.5), reciprocal (-1), or any other. Each exponent takes the most exact way: one multiplication,
/// root or division, repeated squaring for whole numbers up to 64, else by the logarithm. As IEEE 754 says: the root of a negative number is NaN, 1 / 0 is
/// infinite. The derivative, exponent x^(exponent - 1), has no bound near 0 for exponents below 1: add a small number first, <c>(x + 1e-8).Sqrt()</c>.
/// </summary>
public sealed class RaiseTo : UnaryOp, IOpRoom
{
    private const int LargestWhole = 64;

    /// <summary>The function x to the power of the exponent.</summary>
    /// <exception cref="UsageException">The exponent is infinite or not a number.</exception>
    public RaiseTo(float exponent)
    {
        if (!float.IsFinite(exponent))
            throw new UsageException($"The exponent of a power must be a finite number: received {exponent}.");
        Exponent = exponent;
    }

    /// <summary>The fixed number above.</summary>
    public float Exponent { get; }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => Exponent switch
    {
        0.5f or 2 => base.Path(inputs),
        _ when IsWhole => new("repeated squaring", "exact as long as nothing has to be rounded, and right for negative numbers"),
        _ => new("exponential of logarithm", "2^(e log2 x), the logarithm with more digits than a float has: the only way for an exponent that is no whole number"),
    };

    internal override void ExportOnnx(OnnxExport graph)
    {
        if (Exponent is 0.5f or -1) graph.Result(Exponent == -1 ? "Reciprocal" : "Sqrt", [graph.Input()]);
        else graph.Result("Pow", [graph.Input(), graph.Constant("exponent", [], [Exponent])]);
    }

    static Op IOpRoom.FromSettings(OpSettings settings) => new RaiseTo(settings.Real("exponent", (RaiseTo op) => op.Exponent));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Sqrt", node => node.Unary(new RaiseTo(0.5f))), new("Reciprocal", node => node.Unary(new RaiseTo(-1)))];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        .. ElementwiseCases.OfOne(new RaiseTo(2)),
        new("cube", new RaiseTo(3), [new Shape(2, 3, 3)], 5),
        new("itself", new RaiseTo(1), [Shape.Vector(3)], 2),
        new("to the power of 0", new RaiseTo(0), [Shape.Vector(3)], 2),
        new("reciprocal", new RaiseTo(-1), [new Shape(2, 3, 3)], 17, CaseValues.Reals) { InputValues = [Positive] },
        new("square root", new RaiseTo(0.5f), [new Shape(2, 3, 3)], 17, CaseValues.Reals) { InputValues = [Positive] },
        new("1.7", new RaiseTo(1.7f), [new Shape(2, 3, 3)], 17, CaseValues.Reals) { InputValues = [Positive] },
        new("-2.5", new RaiseTo(-2.5f), [Shape.Vector(9)], 1, CaseValues.Reals) { InputValues = [Positive] },
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => random.NextInt(2) == 0
        ? ElementwiseCases.RandomOfOne(ref random, new RaiseTo(random.NextInt(5)))
        : ElementwiseCases.RandomOfOne(ref random, new RaiseTo((random.NextInt(13) - 6) / 4f), CaseValues.Reals, Positive);

    private static InputValues Positive => InputValues.Between(0.5, 2);

    private bool IsWhole => MathF.Abs(Exponent) <= LargestWhole && Exponent == (int)Exponent;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => Exponent switch
    {
        0.5f => visitor.Visit(default(Root)),
        2 => visitor.Visit(default(Squared)),
        _ when IsWhole => visitor.Visit(new Whole((int)Exponent)),
        _ => visitor.Visit(new Real(Exponent)),
    };

    internal override double Value(double x) => Math.Pow(x, Exponent);

    internal override double Derivative(double x) => Exponent == 0 ? 0 : Exponent * Math.Pow(x, Exponent - 1);

    private readonly struct Root : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Sqrt(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * TLanes.Broadcast(0.5f) / TLanes.Sqrt(seen);
    }

    private readonly struct Squared : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * x;

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * (seen + seen);
    }

    private readonly struct Whole(int exponent) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.WholePower(x, exponent);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            exponent == 0 ? TLanes.Zero : dy * (TLanes.Broadcast(exponent) * LaneMath.WholePower(seen, exponent - 1));
    }

    private readonly struct Real(float exponent) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Power(x, TLanes.Broadcast(exponent));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            dy * (TLanes.Broadcast(exponent) * LaneMath.Power(seen, TLanes.Broadcast(exponent - 1)));
    }
}
