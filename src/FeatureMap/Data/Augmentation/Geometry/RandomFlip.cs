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
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() < Probability) Flip.LeftRight(work.Pixels, work.Shape);
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
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() < Probability) Flip.TopBottom(work.Pixels, work.Shape);
    }
}

/// <summary>Mirrors images in place.</summary>
internal static class Flip
{
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
