using FeatureMap.Lanes;
using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// log(1 + exp(beta x)) / beta: a smooth ReLU, always positive; log 2 = 0.6931 at 0 (beta 1). Its derivative is the sigmoid. For positive quantities, such as a
/// predicted variance. Source: Dugas et al., "Incorporating second-order functional knowledge for better option pricing", NIPS 2000.
/// </summary>
public sealed partial class Softplus : Activation, IOpRoom
{
    private const float LeastBeta = 1e-6f, MostBeta = 1e6f;

    /// <summary>The activation with the given sharpness.</summary>
    /// <exception cref="UsageException">Beta is not positive.</exception>
    public Softplus(float beta = 1)
    {
        if (!(beta is >= LeastBeta and <= MostBeta))
            throw new UsageException($"The beta of a softplus must be between 0.000001 and {MostBeta:N0}: received {beta}. The larger it "
                + "is, the closer the curve comes to ReLU; 1 is common.");
        Beta = beta;
    }

    /// <summary>Sharpness of the bend.</summary>
    public float Beta { get; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new Softplus(settings.Real("beta", (Softplus op) => op.Beta, LeastBeta, MostBeta, beta => beta == 1 ? "" : $"beta {beta}"));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("one", new Softplus(), [new Shape(3, 5, 4)], 19, CaseValues.Reals) { InputValues = FarReals },
        new("half", new Softplus(0.5f), [Shape.Vector(7)], 16, CaseValues.Reals) { InputValues = FarReals },
        new("three", new Softplus(3), [Shape.Vector(7)], 3, CaseValues.Reals) { InputValues = FarReals },
    ];

    static IReadOnlyList<KnownValue> IOpRoom.KnownValues =>
    [
        new(new Softplus(), 0, 0.6931471806, 0.5),
        new(new Softplus(2), 1, 1.0634640055, 0.8807970780),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => AnyShape(new Softplus((1 + random.NextInt(12)) / 4f), CaseValues.Reals, ref random);

    internal override double Value(double x) => ReferenceMath.Softplus(Beta * x) / Beta;

    internal override double Derivative(double x) => ReferenceMath.Sigmoid(Beta * x);

    internal override TResult Accept<TResult>(IUnaryVisitor<TResult> visitor) => visitor.Visit(new Function(Beta));

    private readonly struct Function(float beta) : IUnaryFunction
    {
        public static GradientReads Reads => GradientReads.Input;

        // max(x, 0) is outside of the product with beta and its inverse, so that a large x passes unchanged.
        public TLanes Value<TLanes>(TLanes x) where TLanes : unmanaged, ILanes<TLanes> =>
            LaneMath.AtLeast(x, TLanes.Zero) + (LaneMath.Softplus(LaneMath.NegativeSize(x) * TLanes.Broadcast(beta)) / TLanes.Broadcast(beta));

        public TLanes Gradient<TLanes>(TLanes seen, TLanes dy) where TLanes : unmanaged, ILanes<TLanes> =>
            dy * LaneMath.Sigmoid(seen * TLanes.Broadcast(beta));
    }
}
