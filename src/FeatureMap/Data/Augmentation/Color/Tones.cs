using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>Base of augmentations that do the same to every image: they are no chance, so validation images get them too. For a chance, <see cref="RandomApply"/>.</summary>
public abstract record ToneChange : Augmentation
{
    private protected ToneChange()
    {
    }

    /// <inheritdoc/>
    public sealed override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    public sealed override Augmentation ForEvaluation(Shape shape) => this;
}

/// <summary>
/// Spreads the brightness values of each channel so that all are about equally frequent (histogram equalisation, as in PIL). Images become values of 0 to 255 in whole
/// numbers; one whose values are equally frequent already, or all the same, stays.
/// </summary>
public sealed record Equalize : ToneChange
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Equalize>("equalize", "makes all brightness values equally frequent", new());

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.Equalize(work.Pixels, work.Shape);
}

/// <summary>Stretches each channel to the whole range 0 to 255; a channel of a single value stays.</summary>
public sealed record AutoContrast : ToneChange
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, AutoContrast>("autocontrast", "stretches each channel to 0 to 255", new());

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.AutoContrast(work.Pixels, work.Shape);
}

/// <summary>Makes the negative: 255 - pixel.</summary>
public sealed record Invert : ToneChange
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Invert>("invert", "makes the negative", new());

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.Solarize(work.Pixels, 0);
}

/// <summary>Inverts only the pixels that are at least a threshold.</summary>
public sealed record Solarize : ToneChange
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The threshold is outside 0 to 256.</exception>
    public Solarize(float threshold = 128) => Threshold = threshold;

    /// <summary>From here on pixels are inverted, 0 (all) to 256 (none).</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Threshold { get; init => field = AugmentationOption.InRange<Solarize>(value, 0, 256); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Solarize>("solarize", "inverts the bright pixels", new())
        .Number("threshold", s => s.Threshold, (s, v) => s with { Threshold = v });

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.Solarize(work.Pixels, Threshold);
}

/// <summary>Keeps the highest bits of each pixel and clears the others.</summary>
public sealed record Posterize : ToneChange
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The number of bits is outside 0 to 8.</exception>
    public Posterize(int bits = 4) => Bits = bits;

    /// <summary>Bits kept, 0 (black) to 8 (no change).</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public int Bits { get; init => field = AugmentationOption.InRange<Posterize>(value, 0, 8); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Posterize>("posterize", "keeps the highest bits of each pixel", new())
        .Whole("bits", p => p.Bits, (p, v) => p with { Bits = v });

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.Posterize(work.Pixels, Bits);
}

/// <summary>Smooths (factor below 1) or sharpens (above 1) with the 3x3 kernel 1 1 1, 1 5 1, 1 1 1 over 13; the outermost pixels stay.</summary>
public sealed record Sharpness : ToneChange
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The factor is outside 0 to 10.</exception>
    public Sharpness(float factor = 2) => Factor = factor;

    /// <summary>0 for the smoothed image, 1 for no change, more for sharper; at most 10.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Factor { get; init => field = AugmentationOption.InRange<Sharpness>(value, 0, 10); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Sharpness>("sharpness", "smooths or sharpens", new())
        .Number("factor", s => s.Factor, (s, v) => s with { Factor = v });

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work) => ColorMath.Sharpness(work.Pixels, work.Shape, Factor, work.Next(work.Shape));
}
