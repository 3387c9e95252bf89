using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The largest integer that is not above x. Flat wherever it has a derivative, so no gradient goes back.
/// </summary>
public sealed class Floor : UnaryOp, IPlainRoom<Floor>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Floor", node => node.Unary(new Floor()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Floor(), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Floor(), CaseValues.Reals);

    internal override bool HasGradient(int input) => false;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Floor(x);

    internal override double Derivative(double x) => 0;

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.None;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Floor(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
