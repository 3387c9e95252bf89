using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Alpha dropout, for networks of SELU: in training each number takes SELU's limit for very negative inputs, -1.7581, with the given probability, and all numbers
/// are then scaled and shifted so that mean 0 and variance 1 stay what they are; zeros would move them. In evaluation it is the identity.
/// Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", arXiv 1706.02515.
/// </summary>
public sealed class AlphaDropout : DropoutMask, IOpRoom
{
    // -scale x alpha of SELU.
    private const double Limit = -1.0507009873554805 * 1.6732632423543773;

    /// <summary>Drops numbers with this probability.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public AlphaDropout(float probability) : base(probability) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("elementwise", "the mask is drawn again in the backward pass, which needs the scale of the kept numbers only");

    // With the limit L and the part q = 1 - p that is kept, m x + (1 - m) L has mean p L and variance q + L^2 p q; scale and shift take them back to 0 and 1.
    internal override double Scale => 1 / Math.Sqrt((1.0 - Probability) * (1 + (Probability * Limit * Limit)));

    internal override double Shift => -Scale * Probability * Limit;

    internal override double Dropped => (Scale * Limit) + Shift;

    static Op IOpRoom.FromSettings(OpSettings settings) => new AlphaDropout(ProbabilityOf(settings));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("half", new AlphaDropout(0.5f), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("a twentieth", new AlphaDropout(0.05f), [Shape.Vector(37)], 16, CaseValues.Reals),
    ];

    static string? IOpRoom.WithoutGolden => "random: the mask comes from our own generator";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new AlphaDropout(random.NextInt(20) / 20f), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override int Unit(Shape input) => 1;
}
