using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Shifts, turns, zooms, shears and mirrors each image at random around its middle, all in one bilinear resampling; what comes in from
/// outside is 0. Each value is drawn uniformly from its range, by (seed, Augmentation, epoch, index). With all ranges 0 (the default)
/// images stay exactly as they are. Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural networks", ICDAR 2003.
/// </summary>
/// <example><code>var augmentation = new RandomAffine { ShiftPixels = 2, RotationDegrees = 10, Zoom = 0.1f };</code></example>
public sealed record RandomAffine : Augmentation
{
    /// <summary>Greatest shift along each axis, in pixels: the shift is uniform in [-s, s], fractions of pixels included. At least 0.</summary>
    /// <exception cref="UsageException">The value is negative or not finite.</exception>
    public float ShiftPixels { get; init => field = InRange(value, 0, 10_000, nameof(ShiftPixels)); }

    /// <summary>Greatest turn either way, in degrees, 0 to 180.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 180.</exception>
    public float RotationDegrees { get; init => field = InRange(value, 0, 180, nameof(RotationDegrees)); }

    /// <summary>Greatest change of size: the factor is uniform in [1 - z, 1 + z]. 0 to 0.9; 0.1 means 90 % to 110 %.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 0.9.</exception>
    public float Zoom { get; init => field = InRange(value, 0, 0.9f, nameof(Zoom)); }

    /// <summary>Greatest slant of vertical lines either way, in degrees, 0 to 60.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 60.</exception>
    public float ShearDegrees { get; init => field = InRange(value, 0, 60, nameof(ShearDegrees)); }

    /// <summary>Probability that left and right are exchanged, 0 to 1. Right for things and clothes, wrong for digits and letters.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float MirrorProbability { get; init => field = InRange(value, 0, 1, nameof(MirrorProbability)); }

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<byte> source, Shape shape, ulong seed, uint epoch, uint index, Span<float> destination)
    {
        CheckLengths(source.Length, shape, destination.Length);
        if (Math.Max(shape.Height, shape.Width) > AffineMap.LongestSide)
        {
            throw new ShapeException($"{nameof(RandomAffine)} takes images with sides of at most {AffineMap.LongestSide:N0} pixels: received {shape}. "
                + "Scale the images down.");
        }
        if (ShiftPixels == 0 && RotationDegrees == 0 && Zoom == 0 && ShearDegrees == 0 && MirrorProbability == 0)
            Convert(source, destination);
        else
            Draw(shape, seed, epoch, index).Apply(source, shape, destination);
    }

    /// <summary>The map of one sample. All six numbers are always drawn, so changing one range leaves the other values as they were.</summary>
    internal AffineMap Draw(Shape shape, ulong seed, uint epoch, uint index)
    {
        var random = new RandomSequence(seed, RandomPurpose.Augmentation, epoch, index);
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

    private static float InRange(float value, float minimum, float maximum, string name) => value >= minimum && value <= maximum
        ? value
        : throw new UsageException($"{nameof(RandomAffine)}.{name} must be from {minimum} to {maximum}: received {value}.");
}
