using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x / (1 + |x|): from -1 to 1 as tanh, but so slowly (0.909 at 10) that its gradients do not die as soon. No exponential.
/// Source: Turian, Bergstra and Bengio, NAACL 2009; Glorot and Bengio, AISTATS 2010.
/// </summary>
public sealed class Softsign : Activation, IPlainRoom<Softsign>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Softsign", node => node.Unary(new Softsign()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Softsign(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Softsign(), 3, 0.75, 0.0625),
        new(new Softsign(), -1, -0.5, 0.25),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Softsign(), CaseValues.Reals, ref random);

    internal override double Value(double x) => x / (1 + Math.Abs(x));

    internal override double Derivative(double x) => 1 / ((1 + Math.Abs(x)) * (1 + Math.Abs(x)));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    // The gradient is (1 - |y|)^2 too, but far out that difference has no digits left, and far out is what this function is for.
    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x / (TLanes.Broadcast(1f) + LaneMath.Abs(x));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var reciprocal = LaneMath.Reciprocal(TLanes.Broadcast(1f) + LaneMath.Abs(seen));
            return dy * (reciprocal * reciprocal);
        }
    }
}
