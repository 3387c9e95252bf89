using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Exponential linear unit: x above 0, alpha (exp(x) - 1) below, which bends to -alpha. Negative outputs bring the mean near 0, and with alpha 1 the curve has
/// no kink. Source: Clevert, Unterthiner and Hochreiter, arXiv 1511.07289.
/// </summary>
public sealed class Elu : Activation, IOpRoom
{
    private const float MostAlpha = 1e6f;

    /// <summary>An activation that falls to -alpha.</summary>
    /// <exception cref="UsageException">Alpha is negative or not a number.</exception>
    public Elu(float alpha = 1)
    {
        if (!(alpha is >= 0 and <= MostAlpha))
            throw new UsageException($"The alpha of an ELU must be between 0 and {MostAlpha:N0}: received {alpha}. For large negative "
                + "numbers the output is -alpha; 1 is common, and the only one without a kink at 0.");
        Alpha = alpha;
    }

    /// <summary>Minus the output for large negative numbers.</summary>
    public float Alpha { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Elu", [graph.Input()], new OnnxAttribute("alpha", Alpha));

    static Op IOpRoom.FromSettings(OpSettings settings) => new Elu(settings.Real("alpha", (Elu op) => op.Alpha, 0, MostAlpha));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Elu", node => node.Result(Read(node, node.Feature(), node.Real("alpha", 1))), "alpha")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new Elu(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("half", new Elu(0.5f), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
        new("zero is ReLU", new Elu(0), [Shape.Vector(7)], 3),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Elu(), -1, -0.6321205588, 0.3678794412),
        new(new Elu(0.5f), -1, -0.3160602794, 0.1839397206),
        new(new Elu(), 0, 0, 1),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Elu(random.NextInt(9) / 4f), CaseValues.Reals, ref random);

    internal override double Value(double x) => x > 0 ? x : Alpha * ReferenceMath.Expm1(x);

    internal override double Derivative(double x) => x > 0 ? 1 : Alpha * Math.Exp(x);

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new ExponentialTail(1, Alpha, 1));

    /// <summary>
    /// An ELU of any alpha. Beyond those of this op it is max(x, 0) + alpha (exp(min(x, 0)) - 1), the second term an ELU of alpha 1 and a
    /// factor.
    /// </summary>
    internal static OnnxFeature Read(OnnxImport node, OnnxFeature input, float alpha)
    {
        OnnxFeature Layer(Op op, params OnnxFeature[] inputs) => node.Layer(op, inputs, input.Dimensions);
        return alpha is >= 0 and <= MostAlpha
            ? Layer(new Elu(alpha), input)
            : Layer(new Add(), Layer(new Relu(), input), Layer(new ScaleShift(alpha), Layer(new Elu(), Layer(new Clip(maximum: 0), input))));
    }
}
