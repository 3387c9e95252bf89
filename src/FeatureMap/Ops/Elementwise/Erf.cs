using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x: an S from -1 to 1 with the slope 2 / sqrt(pi) at 0. (1 +
/// erf(x / sqrt 2)) / 2 is the probability that a standard normal number is below x, the gate of <see cref="Gelu"/>. Source: Abramowitz and
/// Stegun, "Handbook of mathematical functions", 7.1.1.
/// </summary>
public sealed class Erf : UnaryOp, IPlainRoom<Erf>
{
    private const double SlopeAtZero = 1.1283791670955126; // 2 / sqrt(pi)

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Erf", node => node.Unary(new Erf()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Erf(), CaseValues.Reals, InputValues.Between(-5, 5));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Erf(), CaseValues.Reals, InputValues.Between(-5, 5));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => ReferenceMath.Erf(x);

    internal override double Derivative(double x) => SlopeAtZero * Math.Exp(-x * x);

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Erf(x);

        // 2 / sqrt(pi) exp(-x^2)
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            dy * (TLanes.Broadcast((float)SlopeAtZero) * LaneMath.ExpOrZero(TLanes.Zero - (seen * seen)));
    }
}
