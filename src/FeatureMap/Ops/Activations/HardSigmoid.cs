using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Straight pieces instead of a sigmoid: slope x + offset, held between 0 and 1. With 1/6 and 1/2 (PyTorch, Keras 3, MobileNetV3) it rises from -3 to 3; with
/// 0.2 and 0.5 (ONNX by default, Keras 2, Theano) from -2.5 to 2.5. Source: Courbariaux, Bengio and David, arXiv 1511.00363; Howard et al., arXiv 1905.02244.
/// </summary>
public sealed class HardSigmoid : Activation, IOpRoom
{
    private const float Least = 1e-6f, Most = 1e6f;

    /// <summary>The activation with the given line.</summary>
    /// <exception cref="UsageException">The slope is not positive, or one of the two is not a number.</exception>
    public HardSigmoid(float slope = 1f / 6, float offset = 0.5f)
    {
        if (!(slope is >= Least and <= Most) || !(offset is >= -Most and <= Most))
            throw new UsageException($"The line of a hard sigmoid needs a slope between 0.000001 and {Most:N0} and an offset of at most "
                + $"{Most:N0} in size: received slope {slope}, offset {offset}. PyTorch and Keras 3 use 1/6 and 0.5, ONNX by default "
                + "0.2 and 0.5.");
        (Slope, Offset) = (slope, offset);
    }

    /// <summary>Slope of the line between the flat ends; ONNX calls it alpha.</summary>
    public float Slope { get; }

    /// <summary>The output at 0; ONNX calls it beta.</summary>
    public float Offset { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Result("HardSigmoid", [graph.Input()], new OnnxAttribute("alpha", Slope), new OnnxAttribute("beta", Offset));

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new HardSigmoid(settings.Real("slope", (HardSigmoid op) => op.Slope, Least, Most),
            settings.Real("offset", (HardSigmoid op) => op.Offset, -Most, Most));

    static IReadOnlyList<OnnxOperator> IOpRoom.OnnxOperators => [new("HardSigmoid", ReadOnnx, "alpha", "beta")];

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("quarter", new HardSigmoid(0.25f), [new Shape(3, 5, 4)], 19),
        new("PyTorch", new HardSigmoid(), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
        new("ONNX default", new HardSigmoid(0.2f), [Shape.Vector(7)], 3, CaseValues.Reals) { InputValues = FarReals },
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new HardSigmoid(), 1.5, 0.75, 1 / 6.0),
        new(new HardSigmoid(0.2f), 1.5, 0.8, 0.2),
        new(new HardSigmoid(), -3, 0, 0),
        new(new HardSigmoid(), 3, 1, 0),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new HardSigmoid((1 + random.NextInt(4)) / 8f, random.NextInt(5) / 4f), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Clamp((Slope * x) + Offset, 0, 1);

    internal override double Derivative(double x) => Value(x) is > 0 and < 1 ? Slope : 0;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Slope, Offset));

    // A line that falls or lies is a line and bounds.
    private static void ReadOnnx(OnnxImport node)
    {
        var (input, slope, offset) = (node.Feature(), node.Real("alpha", 0.2f), node.Real("beta", 0.5f));
        OnnxFeature Layer(Op op, OnnxFeature x) => node.Layer(op, [x], input.Dimensions);
        node.Result(slope is >= Least and <= Most && offset is >= -Most and <= Most
            ? Layer(new HardSigmoid(slope, offset), input)
            : Layer(new Clip(0, 1), Layer(new ScaleShift(slope, offset), input)));
    }

    private readonly struct Function(float slope, float offset) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Output;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            LaneMath.Clamp(TLanes.MultiplyAdd(x, TLanes.Broadcast(slope), TLanes.Broadcast(offset)), 0, 1);

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            ClampFunction.Inside(seen, 0, 1, dy * TLanes.Broadcast(slope));
    }
}
