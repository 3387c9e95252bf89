using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Instance normalisation: every plane of every image by itself. It takes away contrast and brightness of each channel, which is style rather than content. Shape
/// stays. As in PyTorch it has no parameters unless <see cref="ImageNorm.IsAffine"/> is set: then a gamma and beta per channel. Running statistics are not kept.
/// Source: Ulyanov, Vedaldi and Lempitsky, "Instance normalization: the missing ingredient for fast stylization", arXiv 1607.08022.
/// </summary>
public sealed partial class InstanceNorm : ImageNorm, IOpRoom
{
    /// <summary>Without gamma and beta, unless they are asked for.</summary>
    public InstanceNorm() => IsAffine = false;

    private InstanceNorm(OpSettings settings) : base(settings) { }

    static Op IOpRoom.FromSettings(OpSettings settings) => new InstanceNorm(settings);

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("plane", new InstanceNorm(), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("affine", new InstanceNorm { IsAffine = true }, [new Shape(4, 6, 3)], 16, CaseValues.Reals),
        new("sums of several blocks", new InstanceNorm { IsAffine = true, Epsilon = 1e-3f }, [new Shape(2, 11, 13)], 1, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new InstanceNorm { IsAffine = random.NextInt(2) == 0, Epsilon = 1e-3f },
        [new Shape(1 + random.NextInt(5), 1 + random.NextInt(8), 2 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    private protected override string LargerSets => "Normalise before the planes shrink to one pixel, or take LayerNorm or GroupNorm, whose sets span channels.";

    internal override bool IsChannelwise => true;

    internal override NormSets Sets(Shape input) => new(input.Channels, input.Area, input.Channels, false);

    internal override IReadOnlyList<int> ScaleDimensions(Shape input) => [input.Channels];

    internal override int SetOf(Shape input, int channel, int pixel) => channel;

    internal override int ScaleOf(Shape input, int channel, int pixel) => channel;
}
