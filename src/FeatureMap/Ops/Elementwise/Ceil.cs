using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The smallest integer that is not below x. Flat wherever it has a derivative, so no gradient goes back.
/// </summary>
public sealed class Ceil : UnaryOp, IPlainRoom<Ceil>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Ceil", node => node.Unary(new Ceil()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Ceil(), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Ceil(), CaseValues.Reals);

    internal override bool HasGradient(int input) => false;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Ceiling(x);

    internal override double Derivative(double x) => 0;

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.None;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Ceil(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
