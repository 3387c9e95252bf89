using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>Exchanges left and right with a probability. Right for things and clothes, wrong for digits and letters.</summary>
public sealed record RandomHorizontalFlip : Augmentation
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The probability is outside 0 to 1.</exception>
    public RandomHorizontalFlip(float probability = 0.5f) => Probability = probability;

    /// <summary>Probability of the exchange, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<RandomHorizontalFlip>(value, 0, 1); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomHorizontalFlip>("flip", "exchanges left and right", new())
        .Number("probability", f => f.Probability, (f, v) => f with { Probability = v });

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() < Probability) work.FlipLeftRight();
    }
}

/// <summary>
/// Exchanges left and right in every second epoch; chance decides for each image which epochs those are. Two epochs in a row show each image once as it is and once mirrored, where
/// <see cref="RandomHorizontalFlip"/> shows every second image the same way twice: more different images in the same time. For the same pictures as that one.
/// Source: Jordan, "94% on CIFAR-10 in 3.29 seconds on a single GPU", arXiv 2404.00498, section 3.6.
/// </summary>
public sealed record AlternatingFlip : Augmentation
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, AlternatingFlip>("alternating-flip", "exchanges left and right in every second epoch", new());

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.RandomOfFirstEpoch();
        if ((random.NextInt(2) == 0) == (work.Epoch % 2 == 0)) work.FlipLeftRight();
    }
}

/// <summary>Exchanges top and bottom with a probability: for pictures without an upright position, as from a microscope or a satellite.</summary>
public sealed record RandomVerticalFlip : Augmentation
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The probability is outside 0 to 1.</exception>
    public RandomVerticalFlip(float probability = 0.5f) => Probability = probability;

    /// <summary>Probability of the exchange, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<RandomVerticalFlip>(value, 0, 1); }

    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomVerticalFlip>("vertical-flip", "exchanges top and bottom", new())
        .Number("probability", f => f.Probability, (f, v) => f with { Probability = v });

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() < Probability) work.FlipTopBottom();
    }
}

/// <summary>
/// Turns the image by 0, 90, 180 or 270 degrees, each equally likely and exact to the pixel: together with a flip the eight ways to lay down a square picture that has no upright
/// position, as from a microscope or a satellite. An image that is not square is turned by 0 or 180 degrees, because a quarter turn would change its shape.
/// </summary>
public sealed record RandomQuarterTurns : Augmentation
{
    internal static Word<Augmentation> Word { get; } = new Word<Augmentation, RandomQuarterTurns>("quarter-turns", "turns by 0, 90, 180 or 270 degrees", new());

    /// <inheritdoc/>
    public override TargetEffect OnTargets => TargetEffect.Follows;

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        // Transposing and mirroring the columns is a quarter turn, mirroring both ways a half turn, and one after the other three quarters.
        var random = work.Random();
        var turns = random.NextInt(4);
        if (turns >= 2)
        {
            work.FlipLeftRight();
            work.FlipTopBottom();
        }
        if (turns % 2 == 0 || work.Shape.Height != work.Shape.Width) return;
        work.Transpose();
        work.FlipLeftRight();
    }
}

/// <summary>Mirrors images in place.</summary>
internal static class Flip
{
    /// <summary>Writes rows as columns and returns the shape of the result.</summary>
    public static Shape Transpose(ReadOnlySpan<float> pixels, Shape shape, Span<float> destination)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            for (var y = 0; y < shape.Height; y++)
                for (var x = 0; x < shape.Width; x++)
                    destination[(channel * shape.Area) + (x * shape.Height) + y] = pixels[(channel * shape.Area) + (y * shape.Width) + x];
        return new(shape.Channels, shape.Width, shape.Height);
    }

    public static void LeftRight(Span<float> pixels, Shape shape)
    {
        for (var row = 0; row < pixels.Length; row += shape.Width)
            pixels.Slice(row, shape.Width).Reverse();
    }

    public static void TopBottom(Span<float> pixels, Shape shape)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            var plane = pixels.Slice(channel * shape.Area, shape.Area);
            for (int top = 0, bottom = shape.Area - shape.Width; top < bottom; top += shape.Width, bottom -= shape.Width)
                for (var x = 0; x < shape.Width; x++)
                    (plane[top + x], plane[bottom + x]) = (plane[bottom + x], plane[top + x]);
        }
    }
}
