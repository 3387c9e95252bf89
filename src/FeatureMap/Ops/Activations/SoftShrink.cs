using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x moved towards 0 by lambda, and 0 where it would pass it: small numbers of either sign are taken for noise, without a jump. It is
/// what a penalty of lambda |y| makes of x: the y for which (x - y)^2 / 2 + lambda |y| is least.
/// Source: Donoho, "De-noising by soft-thresholding", IEEE Transactions on Information Theory 41, 1995.
/// </summary>
public sealed class SoftShrink : Activation, IOpRoom
{
    private const float Most = 1e30f;

    /// <summary>The activation with the given step towards 0.</summary>
    /// <exception cref="UsageException">Lambda is negative or not a number.</exception>
    public SoftShrink(float lambda = 0.5f)
    {
        if (!(lambda is >= 0 and <= Most))
            throw new UsageException($"The lambda of a soft shrinkage must be between 0 (identity) and {Most}: received {lambda}. "
                + "Numbers up to this size become 0, and all others come nearer to it by as much; PyTorch uses 0.5 by default.");
        Lambda = lambda;
    }

    /// <summary>How far numbers are moved; PyTorch calls it lambd, ONNX lambd and bias.</summary>
    public float Lambda { get; }

    internal override void ExportOnnx(OnnxExport graph) =>
        graph.Result("Shrink", [graph.Input()], new OnnxAttribute("lambd", Lambda), new OnnxAttribute("bias", Lambda));

    static Op IOpRoom.FromSettings(OpSettings settings) => new SoftShrink(settings.Real("lambda", (SoftShrink op) => op.Lambda, 0, Most));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new SoftShrink(1), [new Shape(3, 5, 4)], 19),
        new("half, reals", new SoftShrink(), [Shape.Vector(7)], 16, CaseValues.Reals),
        new("zero is identity", new SoftShrink(0), [Shape.Vector(7)], 3),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new SoftShrink(), 0.75, 0.25, 1),
        new(new SoftShrink(), -2, -1.5, 1),
        new(new SoftShrink(), -0.25, 0, 0),
        new(new SoftShrink(), 0.5, 0, 0),
        new(new SoftShrink(), -0.5, 0, 0),
        new(new SoftShrink(2), 3, 1, 1),
    ];

    static string? IOpRoom.WithoutGolden => "one subtraction, rounded once: the known values of the room and ONNX Runtime judge it";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) =>
        AnyShape(new SoftShrink(random.NextInt(4)), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Abs(x) <= Lambda ? 0 : x - Math.CopySign(Lambda, x);

    internal override double Derivative(double x) => Math.Abs(x) <= Lambda ? 0 : 1;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Lambda));

    private readonly struct Function(float lambda) : IUnaryFunction
    {
        // The difference of two floats that are near each other is exact, so an output is 0 only where the slope is.
        public static GradientReads Reads => GradientReads.Output;

        // A comparison with NaN is false, so it is asked for by itself: it stays NaN and is noticed.
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes>
        {
            var step = TLanes.Broadcast(lambda);
            return TLanes.Select(TLanes.GreaterThan(LaneMath.Abs(x), step), x - LaneMath.WithSignOf(step, x),
                TLanes.Select(TLanes.EqualTo(x, x), TLanes.Zero, x));
        }

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            TLanes.And(TLanes.GreaterThan(LaneMath.Abs(seen), TLanes.Zero), dy);
    }
}
