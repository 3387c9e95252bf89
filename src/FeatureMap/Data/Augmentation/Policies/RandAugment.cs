using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Does a number of random operations, all with the same strength: shears, translations, rotation, brightness, colour, contrast, sharpness, posterize, solarize, auto contrast, equalize, or
/// nothing. Two numbers are all there is to tune. Ranges are those of torchvision's RandAugment; resampling is bilinear. Source: Cubuk et al., "RandAugment: practical
/// automated data augmentation with a reduced search space", NeurIPS 2020.
/// </summary>
public sealed record RandAugment : Augmentation
{
    private const float TranslationPart = 150f / 331; // of the side, as in the search on ImageNet at 331 pixels

    /// <summary>Creates it for a number of operations and their magnitude.</summary>
    /// <exception cref="UsageException">A number is out of its range.</exception>
    public RandAugment(int operations = 2, int magnitude = 9) => (Operations, Magnitude) = (operations, magnitude);

    /// <summary>Operations one after the other, 1 to 14. The same one may come again.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Operations { get; init => field = AugmentationOption.InRange<RandAugment>(value, 1, 14); }

    /// <summary>Strength, 0 (nothing) to 30 (full: shear 0.3, translation 45 % of the side, 30 degrees, factors 0.1 to 1.9, 4 bits).</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Magnitude { get; init => field = AugmentationOption.InRange<RandAugment>(value, 0, Bins - 1); }

    /// <summary>What comes in from outside.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<RandAugment>(value, 0, 255); }

    internal const int Bins = 31;

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandAugment>("randaugment", "does a number of random operations of one strength", new())
        .Whole("operations", r => r.Operations, (r, v) => r with { Operations = v })
        .Whole("magnitude", r => r.Magnitude, (r, v) => r with { Magnitude = v })
        .Choice("fill", r => r.FillMode, (r, v) => r with { FillMode = v })
        .Number("fill-value", r => r.FillValue, (r, v) => r with { FillValue = v }, isNamed: true);

    internal static ReadOnlySpan<PolicyOperation> All =>
    [
        PolicyOperation.Identity, PolicyOperation.ShearX, PolicyOperation.ShearY, PolicyOperation.TranslateX, PolicyOperation.TranslateY, PolicyOperation.Rotate, PolicyOperation.Brightness,
        PolicyOperation.Color, PolicyOperation.Contrast, PolicyOperation.Sharpness, PolicyOperation.Posterize, PolicyOperation.Solarize, PolicyOperation.AutoContrast, PolicyOperation.Equalize,
    ];

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<RandAugment>(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var shape = work.Shape;
        var space = new PolicySpace(0.3f, TranslationPart * shape.Width, TranslationPart * shape.Height, 30, 0.9f, 8, 4);
        for (var i = 0; i < Operations; i++)
        {
            var (operation, _, sign) = PolicySpace.Draw(ref random, All, steps: 1, Bins);
            space.Apply(operation, Magnitude / (Bins - 1f), sign, ref work, new(FillMode, FillValue));
        }
    }
}

/// <summary>
/// Does one random operation with a random strength; nothing to tune. The operations are those of <see cref="RandAugment"/> with wider ranges: shear 0.99, translation 32 pixels, 135
/// degrees, factors 0.01 to 1.99, 2 bits. Source: Müller, Hutter, "TrivialAugment: tuning-free yet state-of-the-art data augmentation", ICCV 2021;
/// torchvision's TrivialAugmentWide.
/// </summary>
public sealed record TrivialAugment : Augmentation
{
    /// <summary>What comes in from outside.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<TrivialAugment>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, TrivialAugment>("trivialaugment", "does one random operation of random strength", new())
        .Choice("fill", r => r.FillMode, (r, v) => r with { FillMode = v })
        .Number("fill-value", r => r.FillValue, (r, v) => r with { FillValue = v }, isNamed: true);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<TrivialAugment>(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var (operation, strength, sign) = PolicySpace.Draw(ref random, RandAugment.All, RandAugment.Bins, RandAugment.Bins);
        new PolicySpace(0.99f, 32, 32, 135, 0.99f, 8, 2).Apply(operation, strength, sign, ref work, new(FillMode, FillValue));
    }
}
