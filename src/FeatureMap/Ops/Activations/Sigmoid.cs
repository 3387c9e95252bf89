using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Logistic sigmoid: 1 / (1 + exp(-x)), between 0 and 1. Its derivative s (1 - s) is at most 1/4, so gradients shrink at least fourfold per layer: use it where a
/// number between 0 and 1 is wanted (a gate, a probability), not between convolutions. Source: Rumelhart, Hinton and Williams, Nature 323, 1986.
/// </summary>
public sealed class Sigmoid : Activation, IPlainRoom<Sigmoid>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Sigmoid", node => node.Unary(new Sigmoid()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Sigmoid(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Sigmoid(), 0, 0.5, 0.25),
        new(new Sigmoid(), 2, 0.8807970780, 0.1049935854),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Sigmoid(), CaseValues.Reals, ref random);

    internal override double Value(double x) => ReferenceMath.Sigmoid(x);

    internal override double Derivative(double x) => Value(x) * (1 - Value(x));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Output;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => LaneMath.Sigmoid(x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            dy * (seen * (TLanes.Broadcast(1f) - seen));
    }
}
