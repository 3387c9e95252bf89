using FeatureMap.Randomness;

namespace FeatureMap.Ops;

/// <summary>
/// Layer normalisation: all numbers of an image together (the default, PyTorch's <c>LayerNorm([C, H, W])</c>), with a gamma and beta for each of them; or, with
/// <see cref="PerPixel"/>, the channels of each pixel by itself, with a gamma and beta per channel (ConvNeXt's, and what Keras does with images by default).
/// Other choices of dimensions (height and width, width alone) are not offered: over height and width it is <see cref="InstanceNorm"/>.
/// Shape stays. Parameters: weight and bias of C x H x W, or of C. Source: Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.
/// </summary>
public sealed partial class LayerNorm : ImageNorm, IOpRoom
{
    /// <summary>Over the whole image, or per pixel by the init property.</summary>
    public LayerNorm() { }

    private LayerNorm(OpSettings settings) : base(settings) => PerPixel = settings.Flag("perPixel", (LayerNorm op) => op.PerPixel, _ => "");

    /// <summary>Whether each pixel is normalised over its channels, instead of the whole image over everything.</summary>
    public bool PerPixel { get; init; }

    /// <inheritdoc/>
    public override string Settings =>
        PerPixel && base.Settings.Length > 0 ? $"per pixel, {base.Settings}" : PerPixel ? "per pixel" : base.Settings;

    static Op IOpRoom.FromSettings(OpSettings settings) => new LayerNorm(settings);

    static IReadOnlyList<OpCase> IOpRoom.Cases =>
    [
        new("image", new LayerNorm(), [new Shape(3, 5, 4)], 19, CaseValues.Reals),
        new("vector", new LayerNorm(), [Shape.Vector(37)], 16, CaseValues.Reals),
        new("sums of several blocks, one image", new LayerNorm { Epsilon = 1e-3f }, [new Shape(4, 9, 7)], 1, CaseValues.Reals),
        new("not affine", new LayerNorm { IsAffine = false }, [new Shape(2, 3, 3)], 5, CaseValues.Reals),
        new("per pixel", new LayerNorm { PerPixel = true, Epsilon = 1e-6f }, [new Shape(8, 4, 3)], 19, CaseValues.Reals),
        new("per pixel, sums of several blocks", new LayerNorm { PerPixel = true }, [new Shape(150, 2, 1)], 3, CaseValues.Reals),
        new("per pixel, not affine", new LayerNorm { PerPixel = true, IsAffine = false }, [new Shape(5, 3, 3)], 17, CaseValues.Reals),
    ];

    static OpCase IOpRoom.RandomCase(ref RandomSequence random) => new(
        "random", new LayerNorm { PerPixel = random.NextInt(2) == 0, IsAffine = random.NextInt(3) != 0, Epsilon = 1e-3f },
        [new Shape(2 + random.NextInt(6), 1 + random.NextInt(8), 1 + random.NextInt(8))], 1 + random.NextInt(40), CaseValues.Reals);

    private protected override string LargerSets => PerPixel ? "Per pixel there must be at least 2 channels." : "There must be at least 2 numbers.";

    // Over the whole image each number has its own gamma: an image of one pixel with that many channels is the same thing.
    internal override NormSets Sets(Shape input) => PerPixel ? new(input.Channels, input.Area, 1, true) : new(input.Count, 1, 1, false);

    internal override IReadOnlyList<int> ScaleDimensions(Shape input) => PerPixel ? [input.Channels] : [input.Channels, input.Height, input.Width];

    internal override int SetOf(Shape input, int channel, int pixel) => PerPixel ? pixel : 0;

    internal override int ScaleOf(Shape input, int channel, int pixel) => PerPixel ? channel : (channel * input.Area) + pixel;
}
