using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Group normalisation: the channels of an image are cut into groups of neighbours, and each group is normalised over its channels and pixels, with a gamma and
/// beta per channel. It stands in for <see cref="BatchNorm"/> where batches are small. Shape stays. Parameters: weight and bias, one per channel.
/// Source: Wu and He, "Group normalization", arXiv 1803.08494.
/// </summary>
public sealed partial class GroupNorm : ImageNorm, IOpRoom
{
    /// <summary>As many groups; must divide the channels.</summary>
    public GroupNorm(int groups) => Groups = groups;

    private GroupNorm(OpSettings settings, int groups) : base(settings) => Groups = groups;

    /// <summary>Blocks of channels that are normalised together; 1 for all channels, as many as channels for <see cref="InstanceNorm"/>.</summary>
    public int Groups { get; }

    static Op IOpRoom.FromSettings(OpSettings settings) =>
        new GroupNorm(settings,
            settings.Whole("groups", (GroupNorm op) => op.Groups, text: groups => $"{groups} {(groups == 1 ? "group" : "groups")}"));

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("two groups of three channels", new GroupNorm(2), [new Shape(6, 5, 4)], 19, CaseValues.Reals),
        new("one group, sums of several blocks", new GroupNorm(1), [new Shape(3, 8, 7)], 16, CaseValues.Reals),
        new("a group per channel", new GroupNorm(4) { Epsilon = 1e-3f }, [new Shape(4, 3, 3)], 5, CaseValues.Reals),
        new("vector", new GroupNorm(4), [Shape.Vector(32)], 17, CaseValues.Reals),
        new("not affine", new GroupNorm(2) { IsAffine = false }, [new Shape(4, 2, 3)], 3, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random)
    {
        var groups = 1 + random.NextInt(3);
        return new OpCase(
            "random", new GroupNorm(groups) { IsAffine = random.NextInt(3) != 0, Epsilon = 1e-3f },
            [new Shape(groups * (1 + random.NextInt(3)), 1 + random.NextInt(8), 2 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);
    }

    private protected override string LargerSets => "Use fewer groups, or normalise before the planes shrink to one pixel.";

    internal override NormSets Sets(Shape input) => Groups >= 1 && input.Channels % Groups == 0
        ? new(input.Channels, input.Area, Groups, false)
        : throw new ShapeException(Groups < 1
            ? $"Group normalisation needs at least 1 group: received {Groups}."
            : $"Group normalisation cuts the channels into groups of equal size: received {input.Channels} channels and {Groups} groups, "
            + $"and {input.Channels} / {Groups} leaves {input.Channels % Groups}. The groups that fit are "
            + $"{NumberRow.Join(", ", Enumerable.Range(1, Math.Min(input.Channels, 128)).Where(groups => input.Channels % groups == 0))}.");

    internal override IReadOnlyList<int> ScaleDimensions(Shape input) => [input.Channels];

    internal override int SetOf(Shape input, int channel, int pixel) => channel / (input.Channels / Groups);

    internal override int ScaleOf(Shape input, int channel, int pixel) => channel;
}
