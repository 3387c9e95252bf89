using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Hyperbolic tangent: from -1 to 1, slope 1 at 0. A sigmoid that is centred, 2 sigmoid(2x) - 1; its derivative 1 - y^2 vanishes for large inputs all the same.
/// Source: LeCun, Bottou, Orr and Muller, "Efficient backprop", 1998.
/// </summary>
public sealed class Tanh : Activation, IPlainRoom<Tanh>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Tanh", node => node.Unary(new Tanh()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Tanh(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Tanh(), 1, 0.7615941560, 0.4199743416),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Tanh(), CaseValues.Reals, ref random);

    internal override double Value(double x) => Math.Tanh(x);

    internal override double Derivative(double x) => 1 - (Math.Tanh(x) * Math.Tanh(x));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Output;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Tanh(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            dy * TLanes.MultiplySubtractFrom(seen, seen, TLanes.Broadcast(1f));
    }
}
