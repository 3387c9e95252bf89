using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x tanh(softplus(x)) = x tanh(log(1 + exp(x))): close to SiLU, dips to -0.309 at -1.192. Source: Misra, arXiv 1908.08681.
/// </summary>
public sealed partial class Mish : Activation, IPlainRoom<Mish>
{
    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Mish(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Mish(), 1, 0.8650983883, 1.0490362200),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Mish(), CaseValues.Reals, ref random);

    internal override double Value(double x) => x * Math.Tanh(ReferenceMath.Softplus(x));

    internal override double Derivative(double x)
    {
        var gate = Math.Tanh(ReferenceMath.Softplus(x));
        return gate + (x * (1 - (gate * gate)) * ReferenceMath.Sigmoid(x));
    }

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    /// <summary>
    /// With e = exp(x): tanh(log(1 + e)) = ((1 + e)^2 - 1) / ((1 + e)^2 + 1) = n / (n + 2), n = e (e + 2). One exponential instead of three functions, and nothing
    /// cancels. Above 20 the gate is 1 in float32, so x stops there in the exponential.
    /// </summary>
    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
        {
            var two = TLanes.Broadcast(2f);
            var e = LaneMath.ExpOrZero(LaneMath.AtMost(x, TLanes.Broadcast(20f)));
            var n = e * (e + two);
            return x * (n / (n + two));
        }

        // n / (n + 2) + x 4 e (1 + e) / (n + 2)^2: the second part is x (1 - tanh^2) sigmoid(x).
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var two = TLanes.Broadcast(2f);
            var x = LaneMath.AtMost(seen, TLanes.Broadcast(20f));
            var e = LaneMath.ExpOrZero(x);
            var n = e * (e + two);
            var reciprocal = LaneMath.Reciprocal(n + two);
            var bend = TLanes.Broadcast(4f) * e * reciprocal * ((TLanes.Broadcast(1f) + e) * reciprocal);
            return dy * TLanes.MultiplyAdd(x, bend, n * reciprocal);
        }
    }
}
