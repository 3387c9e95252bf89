using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// x, held between two bounds: by default -1 and 1. Inside it passes gradients unchanged, outside and at the bounds none. Source: Collobert, "Large scale machine
/// learning", 2004.
/// </summary>
public sealed class HardTanh : Activation, IOpRoom
{
    private const float Most = 1e30f;

    /// <summary>The activation with the given bounds.</summary>
    /// <exception cref="UsageException">The lower bound is not below the upper one.</exception>
    public HardTanh(float low = -1, float high = 1)
    {
        if (!(low < high && low >= -Most && high <= Most))
            throw new UsageException($"A hard tanh needs a lower bound below its upper bound, both at most {Most} in size: received {low} "
                + $"and {high}. Without an upper bound use Relu or ThresholdedRelu.");
        (Low, High) = (low, high);
    }

    /// <summary>The least output.</summary>
    public float Low { get; }

    /// <summary>The largest output.</summary>
    public float High { get; }

    internal override void ExportOnnx(OnnxExport graph) => graph.Clip(Low, High);

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        FromLow(settings, settings.Real("low", (HardTanh op) => op.Low, -Most, MathF.BitDecrement(Most), _ => ""));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("minus one to one", new HardTanh(), [new Shape(3, 5, 4)], 19),
        new("uneven", new HardTanh(-2, 5), [Shape.Vector(7)], 16),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new HardTanh(), 0.5, 0.5, 1),
        new(new HardTanh(), 1, 1, 0),
        new(new HardTanh(), -1, -1, 0),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new HardTanh(-1 - random.NextInt(6), random.NextInt(7)), CaseValues.Integers, ref random);

    internal override bool IsCheap => true;

    internal override double Value(double x) => Math.Clamp(x, Low, High);

    internal override double Derivative(double x) => x > Low && x < High ? 1 : 0;

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new ClampFunction(Low, High));

    private static HardTanh FromLow(OpSettings settings, float low) =>
        new(low, settings.Real("high", (HardTanh op) => op.High, MathF.BitIncrement(low), Most, high => $"{low} to {high}"));
}
