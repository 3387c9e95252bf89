using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>
/// Bends the image as if it were printed on rubber: each pixel is fetched from a place nearby, and neighbours from neighbouring places. The
/// displacement along each axis is <see cref="Alpha"/> times noise, uniform in [-1, 1), smoothed by a Gaussian of deviation <see cref="Sigma"/>; its
/// root mean square is about 0.163 alpha / sigma pixels (alpha 34 and sigma 4: 1.4 pixels). All channels bend alike. Source: Simard, Steinkraus,
/// Platt, "Best practices for convolutional neural networks", ICDAR 2003.
/// </summary>
public sealed record ElasticDeformation : Augmentation
{
    private const float MostSigma = 64;

    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">Alpha is outside 0 to 10,000 or sigma outside 0.5 to 64.</exception>
    public ElasticDeformation(float alpha = 34, float sigma = 4) => (Alpha, Sigma) = (alpha, sigma);

    /// <summary>Strength of the displacement, in pixels before smoothing, 0 to 10,000.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Alpha { get; init => field = AugmentationOption.InRange<ElasticDeformation>(value, 0, 10_000); }

    /// <summary>Deviation of the Gaussian, in pixels, 0.5 to 64: the larger, the wider the waves.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Sigma { get; init => field = AugmentationOption.InRange<ElasticDeformation>(value, 0.5f, MostSigma); }

    /// <summary>What comes in from outside.</summary>
    public FillMode FillMode { get; init; }

    /// <summary>The pixel outside in the mode <see cref="FillMode.Constant"/>, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float FillValue { get; init => field = AugmentationOption.InRange<ElasticDeformation>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, ElasticDeformation>("elastic", "bends the image as if it were of rubber", new())
        .Number("alpha", e => e.Alpha, (e, v) => e with { Alpha = v })
        .Number("sigma", e => e.Sigma, (e, v) => e with { Sigma = v })
        .Choice("fill", e => e.FillMode, (e, v) => e with { FillMode = v })
        .Number("fill-value", e => e.FillValue, (e, v) => e with { FillValue = v }, isNamed: true);

    private int Radius => (int)MathF.Ceiling(3 * Sigma);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        AffineMap.Check<ElasticDeformation>(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => checked((2 * shape.Area) + SeparableBlur.ScratchFloats(shape, Radius) + (2 * Radius) + 1);

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        if (Alpha == 0) return;
        var shape = work.Shape;
        var field = work.Scratch[..(2 * shape.Area)];
        var weights = work.Scratch.Slice(field.Length, (2 * Radius) + 1);
        var random = work.Random();
        foreach (ref var displacement in field)
            displacement = random.NextSingle(-Alpha, Alpha);
        SeparableBlur.Gaussian(weights, Sigma);
        Span<float> acrossField = field[..shape.Area], downField = field[shape.Area..], scratch = work.Scratch[(field.Length + weights.Length)..];
        SeparableBlur.Apply(acrossField, shape.Height, shape.Width, weights, default, scratch);
        SeparableBlur.Apply(downField, shape.Height, shape.Width, weights, default, scratch);
        work.Displace(acrossField, downField, new(FillMode, FillValue));
    }
}
