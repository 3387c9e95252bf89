using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>Changes the pixels of one image, planar CHW. It must depend on its arguments only, and may be called from several threads at once.</summary>
public delegate void PixelFunction(Span<float> pixels, Shape shape);

/// <summary>
/// Every option of Keras' <c>ImageDataGenerator</c>, with its meaning and its order: first shift, turn, shear and zoom in one resampling, then channel shift, flips and brightness;
/// then the standardisation: user function, rescale, sample-wise, feature-wise, ZCA. Options that need statistics of the training images work after <see cref="Fit(ImageSet)"/>. The
/// lesson beside this file says where it differs. Source: Keras, <c>keras.src.legacy.preprocessing.image</c> (Apache-2.0), read for its behaviour.
/// </summary>
/// <remarks>The network's own normalization comes afterwards: where this standardises, give <c>TrainingOptions</c> the one of <see cref="PassThrough"/>.</remarks>
/// <example><code>var augmentation = new KerasAugmentation { RotationRange = 15, WidthShiftRange = 0.1f, ZoomRange = (0.9f, 1.1f), HorizontalFlip = true };</code></example>
public sealed partial record KerasAugmentation : Augmentation
{
    /// <summary><c>featurewise_center</c>: subtracts the mean of each channel over the training images.</summary>
    public bool FeaturewiseCenter { get; init; }

    /// <summary><c>samplewise_center</c>: subtracts the mean of the image, over all its channels.</summary>
    public bool SamplewiseCenter { get; init; }

    /// <summary><c>featurewise_std_normalization</c>: divides by the deviation of each channel over the training images, plus 10^-6; centres too.</summary>
    public bool FeaturewiseStdNormalization { get; init; }

    /// <summary><c>samplewise_std_normalization</c>: divides by the deviation of the image, over all its channels, plus 10^-6; centres too.</summary>
    public bool SamplewiseStdNormalization { get; init; }

    /// <summary>
    /// <c>zca_whitening</c>: multiplies the image with the matrix that makes all pixels of the training images uncorrelated with deviation 1 while changing
    /// them as little as possible. Centres feature-wise, and takes the place of <see cref="FeaturewiseStdNormalization"/>. For images of at most 1,024 numbers.
    /// </summary>
    public bool ZcaWhitening { get; init; }

    /// <summary><c>zca_epsilon</c>: added to the singular values before division, 10^-12 to 10^6. For smooth results on images take much more than Keras' 10^-6.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float ZcaEpsilon { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 1e-12f, 1e6f); } = 1e-6f;

    /// <summary><c>rotation_range</c>: greatest turn either way, in degrees, 0 to 360.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float RotationRange { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 0, 360); }

    /// <summary><c>width_shift_range</c>: shift along the rows.</summary>
    public ShiftRange WidthShiftRange { get; init; } = ShiftRange.None;

    /// <summary><c>height_shift_range</c>: shift along the columns.</summary>
    public ShiftRange HeightShiftRange { get; init; } = ShiftRange.None;

    /// <summary><c>brightness_range</c>: the factor of all pixels is uniform between the two, 0 to 10; 1 to 1 for no change.</summary>
    /// <exception cref="UsageException">The numbers are out of range or in the wrong order.</exception>
    public (float Lower, float Upper) BrightnessRange { get; init => field = AugmentationOption.InOrder<KerasAugmentation>(value, 0, 10); } = (1, 1);

    /// <summary><c>shear_range</c>: greatest shear angle either way, in degrees, 0 to 89.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float ShearRange { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 0, 89); }

    /// <summary>
    /// <c>zoom_range</c>: width and height are each divided by a factor uniform between the two, 0.01 to 100: above 1 things get <em>smaller</em>. Keras' single number z is (1 - z, 1 + z).
    /// </summary>
    /// <exception cref="UsageException">The numbers are out of range or in the wrong order.</exception>
    public (float Lower, float Upper) ZoomRange { get; init => field = AugmentationOption.InOrder<KerasAugmentation>(value, 0.01f, 100); } = (1, 1);

    /// <summary><c>channel_shift_range</c>: greatest number added to all pixels, 0 to 255; the result is kept between the least and the greatest pixel of the image.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float ChannelShiftRange { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 0, 255); }

    /// <summary><c>fill_mode</c>: what comes in from outside; the nearest pixel unless something else is asked for.</summary>
    public FillMode FillMode { get; init; } = FillMode.Nearest;

    /// <summary><c>cval</c>: the pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 0, 255); }

    /// <summary><c>horizontal_flip</c>: exchanges left and right of every other image, at random.</summary>
    public bool HorizontalFlip { get; init; }

    /// <summary><c>vertical_flip</c>: exchanges top and bottom of every other image, at random.</summary>
    public bool VerticalFlip { get; init; }

    /// <summary><c>rescale</c>: factor of all pixels before they are standardised, -1,000 to 1,000; 1 for none.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Rescale { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, -1000, 1000); } = 1;

    /// <summary><c>preprocessing_function</c>: called for each image after the random changes, before everything else of the standardisation.</summary>
    public PixelFunction? PreprocessingFunction { get; init; }

    /// <summary><c>validation_split</c>: part of the images that <see cref="Split"/> puts aside, 0 to 0.99.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float ValidationSplit { get; init => field = AugmentationOption.InRange<KerasAugmentation>(value, 0, 0.99f); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, KerasAugmentation>("keras", "the options of Keras' ImageDataGenerator", new())
        .Number("rotation", k => k.RotationRange, (k, v) => k with { RotationRange = v }, isNamed: true)
        .Value("width-shift", ShiftKind, k => k.WidthShiftRange.ToString(), (k, v) => ShiftRange.Read(v) is { } range ? k with { WidthShiftRange = range } : null)
        .Value("height-shift", ShiftKind, k => k.HeightShiftRange.ToString(), (k, v) => ShiftRange.Read(v) is { } range ? k with { HeightShiftRange = range } : null)
        .Range("brightness", k => k.BrightnessRange, (k, v) => k with { BrightnessRange = v })
        .Number("shear", k => k.ShearRange, (k, v) => k with { ShearRange = v }, isNamed: true)
        .Range("zoom", k => k.ZoomRange, (k, v) => k with { ZoomRange = v })
        .Number("channel-shift", k => k.ChannelShiftRange, (k, v) => k with { ChannelShiftRange = v }, isNamed: true)
        .Choice("fill", k => k.FillMode, (k, v) => k with { FillMode = v })
        .Number("fill-value", k => k.FillValue, (k, v) => k with { FillValue = v }, isNamed: true)
        .Flag("horizontal-flip", k => k.HorizontalFlip, (k, v) => k with { HorizontalFlip = v })
        .Flag("vertical-flip", k => k.VerticalFlip, (k, v) => k with { VerticalFlip = v })
        .Number("rescale", k => k.Rescale, (k, v) => k with { Rescale = v }, isNamed: true)
        .Flag("samplewise-center", k => k.SamplewiseCenter, (k, v) => k with { SamplewiseCenter = v })
        .Flag("samplewise-std", k => k.SamplewiseStdNormalization, (k, v) => k with { SamplewiseStdNormalization = v })
        .Flag("featurewise-center", k => k.FeaturewiseCenter, (k, v) => k with { FeaturewiseCenter = v })
        .Flag("featurewise-std", k => k.FeaturewiseStdNormalization, (k, v) => k with { FeaturewiseStdNormalization = v })
        .Flag("zca", k => k.ZcaWhitening, (k, v) => k with { ZcaWhitening = v })
        .Number("zca-epsilon", k => k.ZcaEpsilon, (k, v) => k with { ZcaEpsilon = v }, isNamed: true)
        .Number("validation-split", k => k.ValidationSplit, (k, v) => k with { ValidationSplit = v }, isNamed: true)
        .Where(k => k.PreprocessingFunction is null);

    private const string ShiftKind = "a number, whole:N or one-of:A:B:...";

    private bool IsMoving => RotationRange != 0 || !WidthShiftRange.IsNone || !HeightShiftRange.IsNone || ShearRange != 0 || ZoomRange != (1, 1);

    /// <summary>The normalization that leaves standardised numbers as they are: the network reads what this makes.</summary>
    public static Normalization PassThrough(int channels) => new(new double[channels], [.. Enumerable.Repeat(1 / 255.0, channels)]);

    /// <summary>Puts aside the first images for validation, <see cref="ValidationSplit"/> of them rounded down, as Keras does: shuffle a sorted set before.</summary>
    /// <exception cref="UsageException">One of the two parts would be empty.</exception>
    public (ImageSet Training, ImageSet Validation) Split(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var count = (int)(set.Count * (double)ValidationSplit);
        if (count == 0)
        {
            throw new UsageException(
                $"A {nameof(ValidationSplit)} of {ValidationSplit} puts none of the {set.Count:N0} images of {set.Name} aside. Choose at "
                    + $"least {1.0 / set.Count:0.######}.");
        }
        int[] all = [.. Enumerable.Range(0, set.Count)];
        return (set.Subset(all.AsSpan(count)), set.Subset(all.AsSpan(0, count)));
    }

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<KerasAugmentation>(shape);
        CheckStatistics(shape);
        return shape;
    }

    /// <summary>The standardisation, without the random changes.</summary>
    public override Augmentation ForEvaluation(Shape shape) => !IsStandardizing ? None : this with
    {
        RotationRange = 0,
        WidthShiftRange = ShiftRange.None,
        HeightShiftRange = ShiftRange.None,
        ShearRange = 0,
        ZoomRange = (1, 1),
        ChannelShiftRange = 0,
        HorizontalFlip = false,
        VerticalFlip = false,
        BrightnessRange = (1, 1),
    };

    /// <summary>Where the image is moved, so is its target; the rest changes values of the image only, the user function too, which must move nothing then.</summary>
    public override TargetEffect OnTargets => IsMoving || HorizontalFlip || VerticalFlip ? TargetEffect.Follows : TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        RandomChange(ref work);
        Standardize(ref work);
    }

    /// <summary>
    /// The map from the result to the source in Keras' order, rotation x shift x shear x zoom around the middle:
    /// [cos -sin; sin cos] [1 0 tx; 0 1 ty] [1 -sin k; 0 cos k] [zx 0; 0 zy].
    /// </summary>
    internal static AffineMap Map(Shape shape, double rotation, double shiftX, double shiftY, double shear, double zoomX, double zoomY)
    {
        double angle = rotation * (Math.PI / 180), slant = shear * (Math.PI / 180);
        double sine = angle == 0 ? 0 : PortableMath.Sin(angle), cosine = angle == 0 ? 1 : PortableMath.Cos(angle);
        double sineShear = slant == 0 ? 0 : PortableMath.Sin(slant), cosineShear = slant == 0 ? 1 : PortableMath.Cos(slant);
        double xx = cosine * zoomX, xy = ((-cosine * sineShear) - (sine * cosineShear)) * zoomY;
        double yx = sine * zoomX, yy = ((-sine * sineShear) + (cosine * cosineShear)) * zoomY;
        double middleX = (shape.Width - 1) / 2.0, middleY = (shape.Height - 1) / 2.0;
        double x0 = (cosine * shiftX) - (sine * shiftY), y0 = (sine * shiftX) + (cosine * shiftY);
        return new(xx, xy, x0 + middleX - (xx * middleX) - (xy * middleY), yx, yy, y0 + middleY - (yx * middleX) - (yy * middleY));
    }

    // All numbers are always drawn, so changing one range leaves the other values as they were.
    private void RandomChange(ref AugmentationWork work)
    {
        var random = work.Random();
        var shape = work.Shape;
        var rotation = random.NextSingle(-RotationRange, RotationRange);
        float shiftY = HeightShiftRange.Draw(ref random, shape.Height), shiftX = WidthShiftRange.Draw(ref random, shape.Width);
        var shear = random.NextSingle(-ShearRange, ShearRange);
        float zoomX = random.NextSingle(ZoomRange.Lower, ZoomRange.Upper), zoomY = random.NextSingle(ZoomRange.Lower, ZoomRange.Upper);
        var flipHorizontally = random.NextSingle() < 0.5f && HorizontalFlip;
        var flipVertically = random.NextSingle() < 0.5f && VerticalFlip;
        var channelShift = random.NextSingle(-ChannelShiftRange, ChannelShiftRange);
        var brightness = random.NextSingle(BrightnessRange.Lower, BrightnessRange.Upper);

        if (IsMoving) work.Warp(Map(shape, rotation, shiftX, shiftY, shear, zoomX, zoomY), new(FillMode, FillValue));
        if (channelShift != 0)
        {
            var (least, greatest) = PixelMath.Range(work.Pixels);
            PixelMath.Map(work.Pixels, new AddWithin(channelShift, least, greatest));
        }
        if (flipHorizontally) work.FlipLeftRight();
        if (flipVertically) work.FlipTopBottom();
        ColorMath.Brightness(work.Pixels, brightness);
    }
}
