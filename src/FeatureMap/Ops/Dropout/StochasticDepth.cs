using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Stochastic depth, also called drop path: in training everything of an image becomes 0 with the given probability, each image on its own; the others are scaled
/// up so that the mean stays. Put it at the end of a residual branch, right before the <see cref="Add"/>: a dropped image then takes the skip alone, as if the
/// block were not there, and the network is an ensemble of shallower ones. In evaluation it is the identity. What is dropped here is computed nevertheless.
/// Source: Huang et al., "Deep networks with stochastic depth", arXiv 1603.09382; per image as in torchvision's mode "row".
/// </summary>
public sealed class StochasticDepth : DropoutMask, IOpRoom
{
    /// <summary>Drops images with this probability; the first blocks of a network usually get less, the last ones most.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public StochasticDepth(float probability) : base(probability) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("images", "one draw per image, then one multiplication per number");

    static Op IOpRoom.FromSettings(OpSettings settings) => new StochasticDepth(ProbabilityOf(settings));

    // Scales 2 and 4 are exact on integers.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("half", new StochasticDepth(0.5f), [new Shape(6, 5, 4)], 19),
        new("three quarters", new StochasticDepth(0.75f), [Shape.Vector(9)], 16),
        new("a fifth", new StochasticDepth(0.2f), [new Shape(3, 4, 4)], 35, CaseValues.Reals),
    ];

    static string? IOpRoom.WithoutGolden => "random: the mask comes from our own generator";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new StochasticDepth(random.NextInt(20) / 20f), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override int Unit(Shape input) => input.Count;
}
