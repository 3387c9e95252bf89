using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Sigmoid linear unit, also called Swish: x sigmoid(beta x). Smooth, dips to -0.278 at -1.278 (for beta 1), and its slope goes a little above 1. A large beta
/// approaches ReLU, beta 0 is x / 2. Sources: Elfwing, Uchibe and Doya, arXiv 1702.03118; Ramachandran, Zoph and Le, arXiv 1710.05941.
/// </summary>
public sealed partial class Silu : Activation, IOpRoom
{
    private const float MostBeta = 1e6f;

    /// <summary>The activation, with the given steepness of its gate.</summary>
    /// <exception cref="UsageException">Beta is negative or not a number.</exception>
    public Silu(float beta = 1)
    {
        if (!(beta is >= 0 and <= MostBeta))
            throw new UsageException($"The beta of a SiLU (Swish) must be between 0 and {MostBeta:N0}: received {beta}. It is the "
                + "steepness of the gate sigmoid(beta x); 1 is SiLU, 1.702 is close to GELU.");
        Beta = beta;
    }

    /// <summary>Steepness of the gate.</summary>
    public float Beta { get; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new Silu(settings.Real("beta", (Silu op) => op.Beta, 0, MostBeta, beta => beta == 1 ? "" : $"beta {beta}"));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new Silu(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("close to GELU", new Silu(1.702f), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
        new("beta zero is one half", new Silu(0), [Shape.Vector(7)], 3),
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Silu(), 1, 0.7310585786, 0.9276705119),
        new(new Silu(2), 1, 0.8807970780, 1.0907842488),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Silu(random.NextInt(9) / 4f), CaseValues.Reals, ref random);

    internal override double Value(double x) => x * ReferenceMath.Sigmoid(Beta * x);

    internal override double Derivative(double x)
    {
        var gate = ReferenceMath.Sigmoid(Beta * x);
        return gate + (Beta * x * gate * (1 - gate));
    }

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Beta));

    private readonly struct Function(float beta) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> => x * LaneMath.Sigmoid(x * TLanes.Broadcast(beta));

        // In this order a closed gate makes 0 of any x before beta can make infinity of it.
        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes>
        {
            var gate = LaneMath.Sigmoid(seen * TLanes.Broadcast(beta));
            return dy * TLanes.MultiplyAdd(seen * gate * (TLanes.Broadcast(1f) - gate), TLanes.Broadcast(beta), gate);
        }
    }
}
