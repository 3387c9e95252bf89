using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The nearest integer, ties to the even one: 0.5 gives 0, 1.5 gives 2. Flat wherever it has a derivative, so no gradient goes back.
/// </summary>
public sealed class Round : UnaryOp, IPlainRoom<Round>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Round", node => node.Unary(new Round()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Round(), CaseValues.Reals);

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Round(), CaseValues.Reals);

    internal override bool HasGradient(int input) => false;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Round(x, MidpointRounding.ToEven);

    internal override double Derivative(double x) => 0;

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.None;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Round(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => TLanes.Zero;
    }
}
