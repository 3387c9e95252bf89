using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Covers a rectangle of random size, proportion and place with one value or with noise. Area and proportion are drawn like the window of
/// <see cref="RandomResizedCrop"/>; after ten rectangles that do not fit the image stays as it is. Source: Zhong et al., "Random erasing data
/// augmentation", AAAI 2020; torchvision's RandomErasing.
/// </summary>
public sealed record RandomErasing : Augmentation
{
    private const int Attempts = 10;

    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The probability is outside 0 to 1.</exception>
    public RandomErasing(float probability = 0.5f) => Probability = probability;

    /// <summary>Probability that anything is covered, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<RandomErasing>(value, 0, 1); }

    /// <summary>Least and greatest area of the rectangle, as a part of the image: 0.02 to 0.33 unless something else is asked for.</summary>
    /// <exception cref="UsageException">The numbers are outside 0 to 1 or in the wrong order.</exception>
    public (float Lower, float Upper) Scale { get; init => field = AugmentationOption.InOrder<RandomErasing>(value, 0, 1); } = (0.02f, 0.33f);

    /// <summary>Least and greatest proportion of the rectangle, height / width: 0.3 to 3.3 unless something else is asked for.</summary>
    /// <exception cref="UsageException">The numbers are outside 0.01 to 100 or in the wrong order.</exception>
    public (float Lower, float Upper) Ratio { get; init => field = AugmentationOption.InOrder<RandomErasing>(value, 0.01f, 100); } = (0.3f, 3.3f);

    /// <summary>What covers it, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float Value { get; init => field = AugmentationOption.InRange<RandomErasing>(value, 0, 255); }

    /// <summary>Whether noise covers it instead: each number uniform in [0, 255).</summary>
    public bool Noise { get; init; }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomErasing>("erase", "covers a rectangle of random size and place", new())
        .Number("probability", e => e.Probability, (e, v) => e with { Probability = v })
        .Range("scale", e => e.Scale, (e, v) => e with { Scale = v })
        .Range("ratio", e => e.Ratio, (e, v) => e with { Ratio = v })
        .Number("value", e => e.Value, (e, v) => e with { Value = v }, isNamed: true)
        .Flag("noise", e => e.Noise, (e, v) => e with { Noise = v });

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() >= Probability || Draw(work.Shape, ref random) is not { } box) return;
        var pixels = work.Pixels;
        var shape = work.Shape;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var y = 0; y < box.Height; y++)
            {
                var row = pixels.Slice((channel * shape.Area) + ((box.Top + y) * shape.Width) + box.Left, box.Width);
                if (!Noise) row.Fill(Value);
                else
                    foreach (ref var pixel in row)
                        pixel = random.NextSingle(0, 255);
            }
        }
    }

    /// <summary>The rectangle of one sample.</summary>
    internal PixelBox? Draw(Shape shape, ref RandomSequence random)
    {
        double low = PortableMath.Log(Ratio.Lower), high = PortableMath.Log(Ratio.Upper);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = shape.Area * (double)random.NextSingle(Scale.Lower, Scale.Upper);
            var ratio = PortableMath.Exp(low + ((high - low) * random.NextDouble()));
            int height = (int)Math.Round(Math.Sqrt(area * ratio)), width = (int)Math.Round(Math.Sqrt(area / ratio));
            if (height < shape.Height && width < shape.Width)
                return new(random.NextInt(shape.Height - height + 1), random.NextInt(shape.Width - width + 1), height, width);
        }
        return null;
    }
}

/// <summary>
/// Covers squares whose middles are anywhere in the image; what hangs over the edge covers less. Source: DeVries, Taylor, "Improved regularization of
/// convolutional neural networks with cutout", 2017, where the images are normalized before and the squares are 0, that is of the mean colour: choose
/// <see cref="Value"/> near the mean of the set (125 for CIFAR-10) to get the same.
/// </summary>
public sealed record Cutout : Augmentation
{
    /// <summary>Creates it for squares with sides of this many pixels.</summary>
    /// <exception cref="UsageException">The size is outside 1 to 65,536.</exception>
    public Cutout(int size) => Size = size;

    /// <summary>Side of the square, in pixels.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 65,536.</exception>
    public int Size { get; init => field = AugmentationOption.InRange<Cutout>(value, 1, AffineMap.LongestSide); }

    /// <summary>Number of squares, 1 to 1,000.</summary>
    /// <exception cref="UsageException">The value is outside 1 to 1,000.</exception>
    public int Holes { get; init => field = AugmentationOption.InRange<Cutout>(value, 1, 1000); } = 1;

    /// <summary>What covers them, 0 to 255.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 255.</exception>
    public float Value { get; init => field = AugmentationOption.InRange<Cutout>(value, 0, 255); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, Cutout>("cutout", "covers squares", new(8))
        .Whole("size", c => c.Size, (c, v) => c with { Size = v }, isRequired: true)
        .Whole("holes", c => c.Holes, (c, v) => c with { Holes = v })
        .Number("value", c => c.Value, (c, v) => c with { Value = v }, isNamed: true);

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.None;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var pixels = work.Pixels;
        var shape = work.Shape;
        for (var hole = 0; hole < Holes; hole++)
        {
            int middleY = random.NextInt(shape.Height), middleX = random.NextInt(shape.Width);
            int top = Math.Max(0, middleY - (Size / 2)), bottom = Math.Min(shape.Height, middleY - (Size / 2) + Size);
            int left = Math.Max(0, middleX - (Size / 2)), right = Math.Min(shape.Width, middleX - (Size / 2) + Size);
            for (var channel = 0; channel < shape.Channels; channel++)
                for (var y = top; y < bottom; y++)
                    pixels.Slice((channel * shape.Area) + (y * shape.Width) + left, right - left).Fill(Value);
        }
    }
}
