using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Scaled exponential linear unit: an ELU with alpha 1.6732632423543773, times 1.0507009873554805. With these numbers mean 0 and variance 1 are a fixed point
/// that activations drift to from layer to layer, given weights that start by LeCun's rule. Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515.
/// </summary>
public sealed partial class Selu : Activation, IPlainRoom<Selu>
{
    /// <summary>What everything is multiplied by.</summary>
    public const float Scale = 1.0507009873554805f;

    /// <summary>The alpha of the ELU inside; the output falls to -<see cref="Scale"/> x <see cref="Alpha"/> = -1.7581.</summary>
    public const float Alpha = 1.6732632423543773f;

    static IReadOnlyList<OpCase> IOpRoom.Cases => ElementwiseCases.OfOne(new Selu(), CaseValues.Reals, FarReals);

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Selu(), 1, 1.0507009874, 1.0507009874),
        new(new Selu(), -1, -1.1113307378, 0.6467686056),
        new(new Selu(), 0, 0, 1.7580993408),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Selu(), CaseValues.Reals, ref random);

    internal override double Value(double x) => Scale * (x > 0 ? x : Alpha * ReferenceMath.Expm1(x));

    internal override double Derivative(double x) => Scale * (x > 0 ? 1 : Alpha * Math.Exp(x));

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) =>
        visitor.Visit(new ExponentialTail(Scale, (float)((double)Scale * Alpha), 1));
}
