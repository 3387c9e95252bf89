using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Continuously differentiable exponential linear unit: x above 0, alpha (exp(x / alpha) - 1) below. As an ELU it falls to -alpha, but its slope at 0 is 1 from both
/// sides whatever alpha is. Source: Barron, arXiv 1704.07483.
/// </summary>
public sealed class Celu : Activation, IOpRoom
{
    private const float LeastAlpha = 1e-6f, MostAlpha = 1e6f;

    /// <summary>An activation that falls to -alpha.</summary>
    /// <exception cref="UsageException">Alpha is not positive.</exception>
    public Celu(float alpha = 1)
    {
        if (!(alpha is >= LeastAlpha and <= MostAlpha))
            throw new UsageException($"The alpha of a CELU must be between 0.000001 and {MostAlpha:N0}: received {alpha}. Inputs are "
                + "divided by it, and for large negative numbers the output is -alpha; 1 is common. For a fall to 0 use Relu.");
        Alpha = alpha;
    }

    /// <summary>Minus the output for large negative numbers, and the distance over which it falls.</summary>
    public float Alpha { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("Celu", [graph.Input()], new OnnxAttribute("alpha", Alpha));

    static Op IOpRoom.FromSettings(OpSettings settings) => new Celu(settings.Real("alpha", (Celu op) => op.Alpha, LeastAlpha, MostAlpha));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Celu", ReadOnnx, "alpha")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new Celu(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("half", new Celu(0.5f), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
        new("two", new Celu(2), [Shape.Vector(7)], 3, CaseValues.Reals) { InputValues = FarReals },
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Celu(2), -1, -0.7869386806, 0.6065306597),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Celu((1 + random.NextInt(8)) / 4f), CaseValues.Reals, ref random);

    internal override double Value(double x) => x > 0 ? x : Alpha * ReferenceMath.Expm1(x / Alpha);

    internal override double Derivative(double x) => x > 0 ? 1 : Math.Exp(x / Alpha);

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new ExponentialTail(1, Alpha, 1 / Alpha));

    // Beyond the alphas of this op: max(x, 0) + min(0, alpha (exp(x / alpha) - 1)).
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, alpha) = (node.Feature(), node.Real("alpha", 1));
        OnnxFeature Layer(Op op, params OnnxFeature[] inputs) => node.Layer(op, inputs, input.Dimensions);
        if (alpha == 0)
            throw node.Wrong("its alpha is 0, by which it divides");
        node.Result(alpha is >= LeastAlpha and <= MostAlpha
            ? Layer(new Celu(alpha), input)
            : Layer(new Add(), Layer(new Relu(), input), Layer(new Clip(maximum: 0), Layer(new ScaleShift(alpha, -alpha), Layer(new Exp(), Layer(new ScaleShift(1 / alpha), input))))));
    }
}
