using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Rectified linear unit: max(0, x). Its derivative is 1 above 0 and 0 elsewhere (at 0 too), so gradients pass unchanged or not at all.
/// Source: Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", ICML 2010.
/// </summary>
public sealed class Relu : Activation, IPlainRoom<Relu>
{
    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Relu", node => node.Unary(new Relu()))];

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Relu());

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Relu(), 0, 0, 0),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Relu(), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Max(0, x);

    internal override double Derivative(double x) => x > 0 ? 1 : 0;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(default(Function));

    private readonly struct Function : IUnaryFunction
    {
        // The sign of the output tells what the input was, so the output may overwrite the input.
        public static GradientReads Reads => GradientReads.Output;

        // Zero where 0 > x, so that NaN stays NaN and is noticed.
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(TLanes.Zero, x), TLanes.Zero, x);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.And(TLanes.GreaterThan(seen, TLanes.Zero), dy);
    }
}
