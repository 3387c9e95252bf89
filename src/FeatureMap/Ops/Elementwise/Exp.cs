using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// e to the power of x; infinite above 88.72, 0 below -103.97. Its derivative is itself, so a large x gives a large gradient: subtract the largest x first where
/// that is possible, as <see cref="ReduceLogSumExp"/> does.
/// </summary>
public sealed class Exp : UnaryOp, IPlainRoom<Exp>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Exp", node => node.Unary(new Exp()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Exp(), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Exp(), CaseValues.Reals);

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Exp(x);

    internal override double Derivative(double x) => Math.Exp(x);

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Output;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.ExpEverywhere(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy * seen;
    }
}
