using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// min(max(0, x), 6): a ReLU whose output fits few bits of fixed point, as in MobileNet v1 and v2. Source: Krizhevsky, "Convolutional deep belief networks on
/// CIFAR-10", 2010.
/// </summary>
public sealed class Relu6 : Activation, IPlainRoom<Relu6>
{
    internal override void ExportOnnx(OnnxExport graph) => graph.Clip(0, 6);

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Relu6());

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Relu6(), 7, 6, 0),
        new(new Relu6(), 0, 0, 0),
        new(new Relu6(), 6, 6, 0),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Relu6(), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Clamp(x, 0, 6);

    internal override double Derivative(double x) => x is > 0 and < 6 ? 1 : 0;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new ClampFunction(0, 6));
}
