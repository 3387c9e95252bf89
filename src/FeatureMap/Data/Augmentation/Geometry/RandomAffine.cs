using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Shifts, turns, zooms, shears and mirrors each image at random around its middle, all in one bilinear resampling; what comes in from
/// outside is 0 (or what <see cref="FillMode"/> says). Each value is drawn uniformly from its range, by (seed, Augmentation, epoch, index). With all ranges 0 (the default)
/// images stay exactly as they are. Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks", ICDAR 2003.
/// </summary>
/// <example><code>var augmentation = new RandomAffine { ShiftPixels = 2, RotationDegrees = 10, Zoom = 0.1f };</code></example>
public sealed record RandomAffine : Augmentation
{
    /// <summary>Greatest shift along each axis, in pixels: the shift is uniform in [-s, s], fractions of pixels included. At least 0.</summary>
    /// <exception cref="UsageException">The value is negative or not finite.</exception>
    public float ShiftPixels { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 10_000); }

    /// <summary>Greatest turn either way, in degrees, 0 to 180.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 180.</exception>
    public float RotationDegrees { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 180); }

    /// <summary>Greatest change of size: the factor is uniform in [1 - z, 1 + z]. 0 to 0.9; 0.1 means 90 % to 110 %.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 0.9.</exception>
    public float Zoom { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 0.9f); }

    /// <summary>Greatest slant of vertical lines either way, in degrees, 0 to 60.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 60.</exception>
    public float ShearDegrees { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 60); }

    /// <summary>Probability that left and right are exchanged, 0 to 1. Right for things and clothes, wrong for digits and letters.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float MirrorProbability { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 1); }

    /// <summary>What comes in from outside: <see cref="FillMode.Constant"/>, that is <see cref="FillValue"/>, unless something else is asked for.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<RandomAffine>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomAffine>("affine", "shifts, turns, zooms, shears and mirrors around the middle", new())
        .Number("shift", a => a.ShiftPixels, (a, v) => a with { ShiftPixels = v }, isNamed: true)
        .Number("rotation", a => a.RotationDegrees, (a, v) => a with { RotationDegrees = v }, isNamed: true)
        .Number("zoom", a => a.Zoom, (a, v) => a with { Zoom = v }, isNamed: true)
        .Number("shear", a => a.ShearDegrees, (a, v) => a with { ShearDegrees = v }, isNamed: true)
        .Number("mirror", a => a.MirrorProbability, (a, v) => a with { MirrorProbability = v }, isNamed: true)
        .Choice("fill", a => a.FillMode, (a, v) => a with { FillMode = v })
        .Number("fill-value", a => a.FillValue, (a, v) => a with { FillValue = v }, isNamed: true);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<RandomAffine>(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        if (ShiftPixels == 0 && RotationDegrees == 0 && Zoom == 0 && ShearDegrees == 0 && MirrorProbability == 0) return;
        var random = work.Random();
        work.Warp(Draw(work.Shape, ref random), new(FillMode, FillValue));
    }

    /// <summary>The map of one sample. All six numbers are always drawn, so changing one range leaves the other values as they were.</summary>
    internal AffineMap Draw(Shape shape, ref RandomSequence random)
    {
        var shiftX = random.NextSingle(-ShiftPixels, ShiftPixels);
        var shiftY = random.NextSingle(-ShiftPixels, ShiftPixels);
        var rotation = random.NextSingle(-RotationDegrees, RotationDegrees);
        var zoom = random.NextSingle(1 - Zoom, 1 + Zoom);
        var shear = random.NextSingle(-ShearDegrees, ShearDegrees);
        var mirror = random.NextSingle() < MirrorProbability;
        return Map(shape, shiftX, shiftY, rotation, zoom, shear, mirror);
    }

    /// <summary>
    /// The map from the result back to the source. Forwards, a point p goes to M (p - c) + c + t with the middle c, the shift t and
    /// M = zoom x rotation x shear x mirror; backwards it is p = M^-1 (q - c - t) + c with
    /// M^-1 = 1/zoom x mirror x [1 -k; 0 1] x [cos sin; -sin cos], k = tan(shear). y points down, so a positive turn is clockwise.
    /// </summary>
    internal static AffineMap Map(Shape shape, double shiftX, double shiftY, double rotationDegrees, double zoom, double shearDegrees, bool mirror)
    {
        double sine = 0, cosine = 1, slope = 0;
        if (rotationDegrees != 0)
        {
            var angle = rotationDegrees * (Math.PI / 180);
            (sine, cosine) = (PortableMath.Sin(angle), PortableMath.Cos(angle));
        }
        if (shearDegrees != 0)
        {
            var angle = shearDegrees * (Math.PI / 180);
            slope = PortableMath.Sin(angle) / PortableMath.Cos(angle);
        }
        double inverse = 1 / zoom, inverseX = mirror ? -inverse : inverse;
        double xx = inverseX * (cosine + (slope * sine)), xy = inverseX * (sine - (slope * cosine));
        double yx = -inverse * sine, yy = inverse * cosine;
        double middleX = (shape.Width - 1) / 2.0, middleY = (shape.Height - 1) / 2.0;
        double fromX = middleX + shiftX, fromY = middleY + shiftY;
        return new(xx, xy, middleX - (xx * fromX) - (xy * fromY), yx, yy, middleY - (yx * fromX) - (yy * fromY));
    }
}
