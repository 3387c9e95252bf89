using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Changes brightness, contrast, saturation and hue by random amounts, in random order. Factors of the first three are uniform in [max(0, 1 - strength), 1 + strength];
/// the hue is turned by a part of the circle uniform in [-strength, strength]. Strengths of 0 (the default) change no bit; saturation and hue change only images of three
/// channels. Source: torchvision's ColorJitter; Howard, "Some improvements on deep convolutional neural network based image classification", 2013.
/// </summary>
public sealed record ColorJitter : Augmentation
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">A strength is out of its range.</exception>
    public ColorJitter(float brightness = 0, float contrast = 0, float saturation = 0, float hue = 0) =>
        (Brightness, Contrast, Saturation, Hue) = (brightness, contrast, saturation, hue);

    /// <summary>Strength of the change of brightness, 0 to 10.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Brightness { get; init => field = AugmentationOption.InRange<ColorJitter>(value, 0, 10); }

    /// <summary>Strength of the change of contrast, 0 to 10.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Contrast { get; init => field = AugmentationOption.InRange<ColorJitter>(value, 0, 10); }

    /// <summary>Strength of the change of saturation, 0 to 10.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Saturation { get; init => field = AugmentationOption.InRange<ColorJitter>(value, 0, 10); }

    /// <summary>Greatest turn of the hue, as a part of the circle, 0 to 0.5.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Hue { get; init => field = AugmentationOption.InRange<ColorJitter>(value, 0, 0.5f); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, ColorJitter>("jitter", "changes brightness, contrast, saturation and hue", new())
        .Number("brightness", j => j.Brightness, (j, v) => j with { Brightness = v })
        .Number("contrast", j => j.Contrast, (j, v) => j with { Contrast = v })
        .Number("saturation", j => j.Saturation, (j, v) => j with { Saturation = v })
        .Number("hue", j => j.Hue, (j, v) => j with { Hue = v });

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        Span<int> order = [0, 1, 2, 3];
        random.Shuffle(order);
        float brightness = Factor(Brightness), contrast = Factor(Contrast), saturation = Factor(Saturation), hue = random.NextSingle(-Hue, Hue);
        var pixels = work.Pixels;
        var shape = work.Shape;
        foreach (var step in order)
        {
            if (step == 0) ColorMath.Brightness(pixels, brightness);
            else if (step == 1) ColorMath.Contrast(pixels, shape, contrast);
            else if (step == 2) ColorMath.Saturation(pixels, shape, saturation);
            else ColorMath.Hue(pixels, shape, hue);
        }

        float Factor(float strength) => random.NextSingle(Math.Max(0, 1 - strength), 1 + strength);
    }
}

/// <summary>Takes the colours away with a probability; all three channels become the brightness. Other images stay as they are.</summary>
public sealed record RandomGrayscale : Augmentation
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The probability is outside 0 to 1.</exception>
    public RandomGrayscale(float probability = 0.1f) => Probability = probability;

    /// <summary>Probability of the change, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<RandomGrayscale>(value, 0, 1); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomGrayscale>("gray", "takes the colours away", new())
        .Number("probability", g => g.Probability, (g, v) => g with { Probability = v });

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() < Probability) ColorMath.Gray(work.Pixels, work.Shape);
    }
}

/// <summary>
/// Blurs with a Gaussian whose deviation is uniform in <see cref="Sigma"/>; its weights reach three of the greatest deviations. The image is mirrored at its
/// edges. Source: torchvision's GaussianBlur, which cuts the weights at a kernel size instead.
/// </summary>
public sealed record GaussianBlur : Augmentation
{
    /// <summary>Least and greatest deviation, in pixels: 0.1 to 2 unless something else is asked for.</summary>
    /// <exception cref="UsageException">The numbers are outside 0.1 to 64 or in the wrong order.</exception>
    public (float Lower, float Upper) Sigma { get; init => field = AugmentationOption.InOrder<GaussianBlur>(value, 0.1f, 64); } = (0.1f, 2);

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, GaussianBlur>("blur", "blurs with a Gaussian of random width", new())
        .Range("sigma", b => b.Sigma, (b, v) => b with { Sigma = v });

    private int Radius => (int)MathF.Ceiling(3 * Sigma.Upper);

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => checked(SeparableBlur.ScratchFloats(shape, Radius) + (2 * Radius) + 1);

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var pixels = work.Pixels;
        var shape = work.Shape;
        var weights = work.Scratch[..((2 * Radius) + 1)];
        SeparableBlur.Gaussian(weights, random.NextSingle(Sigma.Lower, Sigma.Upper));
        for (var channel = 0; channel < shape.Channels; channel++)
            SeparableBlur.Apply(pixels.Slice(channel * shape.Area, shape.Area), shape.Height, shape.Width, weights, new(FillMode.Mirror, 0), work.Scratch[weights.Length..]);
    }
}
