using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x where it is farther from 0 than lambda, else 0: small numbers of either sign are taken for noise, large ones keep their size (there
/// are jumps at both ends).
/// Source: Donoho and Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994, who call it hard thresholding.
/// </summary>
public sealed class HardShrink : Activation, IOpRoom
{
    private const float Most = 1e30f;

    /// <summary>The activation with the given threshold on either side of 0.</summary>
    /// <exception cref="UsageException">Lambda is negative or not a number.</exception>
    public HardShrink(float lambda = 0.5f)
    {
        if (!(lambda is >= 0 and <= Most))
            throw new UsageException($"The lambda of a hard shrinkage must be between 0 (identity) and {Most}: received {lambda}. "
                + "Numbers up to this size become 0; PyTorch and ONNX use 0.5 by default.");
        Lambda = lambda;
    }

    /// <summary>Numbers of at most this size become 0; PyTorch and ONNX call it lambd.</summary>
    public float Lambda { get; }

    internal override void ExportOnnx(OnnxExport graph) =>
        graph.Result("Shrink", [graph.Input()], new OnnxAttribute("lambd", Lambda), new OnnxAttribute("bias", 0f));

    static Op IOpRoom.FromSettings(OpSettings settings) => new HardShrink(settings.Real("lambda", (HardShrink op) => op.Lambda, 0, Most));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("Shrink", ReadOnnx, "bias", "lambd")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new HardShrink(1), [new Shape(3, 5, 4)], 19),
        new("half, reals", new HardShrink(), [Shape.Vector(7)], 16, CaseValues.Reals),
        new("zero is identity", new HardShrink(0), [Shape.Vector(7)], 3),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new HardShrink(), 0.75, 0.75, 1),
        new(new HardShrink(), -0.75, -0.75, 1),
        new(new HardShrink(), -0.25, 0, 0),
        new(new HardShrink(), 0.5, 0, 0),
        new(new HardShrink(), -0.5, 0, 0),
    ];

    static string? IOpRoom.WithoutGolden => "compares and copies, so nothing is rounded: the known values of the room judge it";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        AnyShape(new HardShrink(random.NextInt(4)), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Abs(x) <= Lambda ? 0 : x;

    internal override double Derivative(double x) => Math.Abs(x) <= Lambda ? 0 : 1;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Lambda));

    // What remains of x is moved towards 0 by the bias: the soft shrinkage, where the bias is lambda, and several layers for any other.
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, lambda, bias) = (node.Feature(), node.Real("lambd", 0.5f), node.Real("bias", 0));
        if (!(lambda is >= 0 and <= Most))
            throw node.Wrong($"its lambd is {lambda}, and it keeps what is farther than that from 0");
        OnnxFeature Layer(Op op, params OnnxFeature[] inputs) => node.Layer(op, inputs, input.Dimensions);
        if (bias != 0 && bias == lambda)
        {
            node.Result(Layer(new SoftShrink(lambda), input));
            return;
        }
        var kept = Layer(new HardShrink(lambda), input);
        node.Result(bias == 0 ? kept : Layer(new Add(), kept, Layer(new ScaleShift(-bias), Layer(new Sign(), kept))));
    }

    private readonly struct Function(float lambda) : IUnaryFunction
    {
        // An output that is not 0 is the input.
        public static GradientReads Reads => GradientReads.Output;

        // A comparison with NaN is false, so it is asked for by itself: it stays NaN and is noticed.
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.Select(TLanes.GreaterThan(LaneMath.Abs(x), TLanes.Broadcast(lambda)), x, TLanes.Select(TLanes.EqualTo(x, x), TLanes.Zero, x));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.And(TLanes.GreaterThan(LaneMath.Abs(seen), TLanes.Broadcast(lambda)), dy);
    }
}
