using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// The natural logarithm; minus infinity at 0, NaN below. Its derivative 1 / x has no bound near 0: a probability that reaches 0 makes loss and gradient infinite, so
/// take the logarithm of <c>(x + 1e-7)</c> or start from a log-softmax.
/// </summary>
public sealed class Log : UnaryOp, IPlainRoom<Log>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Log", node => node.Unary(new Log()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Log(), CaseValues.Reals, InputValues.Between(0.1, 4));

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => ElementwiseCases.RandomOfOne(ref random, new Log(), CaseValues.Reals, InputValues.Between(0.1, 4));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    internal override double Value(double x) => Math.Log(x);

    internal override double Derivative(double x) => 1 / x;

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.LogEverywhere(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> => dy / seen;
    }
}
