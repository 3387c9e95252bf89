using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// 1 above 0, -1 below, 0 at 0, NaN where x is. Flat wherever it has a derivative, so no gradient goes back.
/// </summary>
public sealed class Sign : UnaryOp, IPlainRoom<Sign>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Sign", node => node.Unary(new Sign()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Sign());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Sign());

    internal override bool HasGradient(int input) => false;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => x > 0 ? 1 : x < 0 ? -1 : x;

    internal override double Derivative(double x) => 0;

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.None;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Sign(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
