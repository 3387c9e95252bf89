using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x above a threshold, 0 elsewhere: small activations are silenced, large ones keep their size (there is a jump at the threshold). Threshold 0 is ReLU.
/// Source: Konda, Memisevic and Krueger, arXiv 1402.3337.
/// </summary>
public sealed class ThresholdedRelu : Activation, IOpRoom
{
    private const float Most = 1e30f;

    /// <summary>The activation with the given threshold.</summary>
    /// <exception cref="UsageException">The threshold is negative or not a number.</exception>
    public ThresholdedRelu(float threshold = 1)
    {
        if (!(threshold is >= 0 and <= Most))
            throw new UsageException($"The threshold of a thresholded ReLU must be between 0 (ReLU) and {Most}: received {threshold}. "
                + "ONNX and Keras use 1 by default.");
        Threshold = threshold;
    }

    /// <summary>Numbers up to this become 0; ONNX calls it alpha.</summary>
    public float Threshold { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("ThresholdedRelu", [graph.Input()], new OnnxAttribute("alpha", Threshold));

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new ThresholdedRelu(settings.Real("threshold", (ThresholdedRelu op) => op.Threshold, 0, Most));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("ThresholdedRelu", ReadOnnx, "alpha")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new ThresholdedRelu(), [new Shape(3, 5, 4)], 19),
        new("zero is ReLU", new ThresholdedRelu(0), [Shape.Vector(7)], 16),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new ThresholdedRelu(), 1.5, 1.5, 1),
        new(new ThresholdedRelu(), 0.5, 0, 0),
        new(new ThresholdedRelu(), 1, 0, 0),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new ThresholdedRelu(random.NextInt(6)), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => x > Threshold ? x : 0;

    internal override double Derivative(double x) => x > Threshold ? 1 : 0;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Threshold));

    private readonly struct Function(float threshold) : IUnaryFunction
    {
        // With a threshold of 0 or more, an output above it tells that the input was.
        public static GradientReads Reads => GradientReads.Output;

        // A comparison with NaN is false, so it is asked for by itself: it stays NaN and is noticed.
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(x, TLanes.Broadcast(threshold)), x, TLanes.Select(TLanes.EqualTo(x, x), TLanes.Zero, x));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.And(TLanes.GreaterThan(seen, TLanes.Broadcast(threshold)), dy);
    }

    // Beyond the thresholds of this op: x where it is greater, else 0.
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, threshold) = (node.Feature(), node.Real("alpha", 1));
        OnnxFeature Number(float number) => node.Layer(new Constant(Shape.Vector(1), number), []);
        OnnxFeature Layer(Op op, params OnnxFeature[] inputs) => node.Layer(op, inputs, input.Dimensions);
        node.Result(threshold is >= 0 and <= Most
            ? Layer(new ThresholdedRelu(threshold), input)
            : Layer(new Where(), Layer(new Greater(), input, Number(threshold)), input, Number(0)));
    }
}
