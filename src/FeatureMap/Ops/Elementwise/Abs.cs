using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The absolute value |x|. Its derivative is the sign, and 0 at 0.
/// </summary>
public sealed class Abs : UnaryOp, IPlainRoom<Abs>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Abs", node => node.Unary(new Abs()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Abs());

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Abs());

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Abs(x);

    internal override double Derivative(double x) => Math.Sign(x);

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Abs(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(seen, TLanes.Zero), dy, TLanes.Select(TLanes.GreaterThan(TLanes.Zero, seen), TLanes.Zero - dy, TLanes.Zero));
    }
}
