using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Channel dropout, also called spatial dropout or Dropout2d: in training each whole plane of an image becomes 0 with the given probability; the others are
/// scaled up so that the mean stays. The neighbours of a dropped pixel would tell what it was, so in feature maps only whole planes hide something.
/// In evaluation it is the identity. Source: Tompson et al., "Efficient object localization using convolutional networks", arXiv 1411.4280.
/// </summary>
public sealed class ChannelDropout : DropoutMask, IOpRoom
{
    /// <summary>Drops planes with this probability.</summary>
    /// <exception cref="UsageException">The probability is not in [0, 1).</exception>
    public ChannelDropout(float probability) : base(probability) { }

    /// <inheritdoc/>
    public override KernelPath Path(IReadOnlyList<Shape> inputs) => new("planes", "one draw per image and channel, then one multiplication per pixel");

    static Op IOpRoom.FromSettings(OpSettings settings) => new ChannelDropout(ProbabilityOf(settings));

    // Scales 2 and 4 are exact on integers.
    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("half", new ChannelDropout(0.5f), [new Shape(6, 5, 4)], 19),
        new("three quarters", new ChannelDropout(0.75f), [new Shape(9, 1, 3)], 16),
        new("a fifth", new ChannelDropout(0.2f), [new Shape(8, 4, 4)], 35, CaseValues.Reals),
    ];

    static string? IOpRoom.WithoutGolden => "random: the mask comes from our own generator";

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new ChannelDropout(random.NextInt(20) / 20f), [new Shape(1 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    internal override int Unit(Shape input) => input.Area;
}
