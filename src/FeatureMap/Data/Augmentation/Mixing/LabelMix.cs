using FeatureMap.Descriptions;
using FeatureMap.Randomness;

namespace FeatureMap.Data;

/// <summary>
/// Mixes two images of a batch and their labels: the network learns that what lies between two classes is a little of both. Which image is mixed with which,
/// and how much, is a pure function of (seed, epoch, index), like an <see cref="Augmentation"/>; the mixing comes after it.
/// </summary>
/// <example><code>Mix mix = new CutMix().Draw(seed, epoch, index, position, batchCount, shape);
/// mix.BlendImage(image, partnerImage, shape);
/// mix.BlendLabels(target, partnerTarget);</code></example>
public abstract record LabelMix
{
    private protected LabelMix()
    {
    }

    /// <summary>Part of the images that are mixed at all, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<LabelMix>(value, 0, 1); } = 1;

    /// <summary>Reads a description such as <c>mixup 0.2</c>, <c>cutmix</c> or <c>choose (mixup 0.2 | cutmix)</c>; <see cref="ToString"/> writes it.</summary>
    /// <exception cref="UsageException">The text is not such a description.</exception>
    public static LabelMix Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return LabelMixVocabulary.Known.Parse(text);
    }

    /// <summary>Decides what happens to one image.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="epoch">Number of the epoch.</param>
    /// <param name="index">Number of the image in its set.</param>
    /// <param name="position">Place of the image in the batch, 0 to <paramref name="count"/> - 1.</param>
    /// <param name="count">Images in the batch. The only image of a batch is left alone.</param>
    /// <param name="shape">Shape of the images when they are mixed.</param>
    public Mix Draw(ulong seed, uint epoch, uint index, int position, int count, Shape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, count);
        var random = new RandomSequence(seed, RandomPurpose.LabelMix, epoch, index);
        if (count == 1 || random.NextSingle() >= Probability) return new Mix(position, 1, default);
        // Each of the others is equally likely.
        var partner = (position + 1 + random.NextInt(count - 1)) % count;
        return Draw(partner, shape, ref random);
    }

    /// <summary>The description that <see cref="Parse"/> reads.</summary>
    public sealed override string ToString() => LabelMixVocabulary.Known.Write(this);

    internal abstract Mix Draw(int partner, Shape shape, ref RandomSequence random);
}

/// <summary>
/// Lays the partner over the image: image x weight + partner x (1 - weight), and the labels alike, with a weight of Beta(alpha, alpha). Source: Zhang et al., "mixup: beyond empirical
/// risk minimization", ICLR 2018, with alpha 0.1 to 0.4 for images (1 for CIFAR-10).
/// </summary>
public sealed record MixUp : LabelMix
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">Alpha is outside 0.01 to 100.</exception>
    public MixUp(float alpha = 0.2f) => Alpha = alpha;

    /// <summary>Parameter of the distribution, 0.01 (nearly always one of the two images) over 1 (uniform) to 100 (nearly always half and half).</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Alpha { get; init => field = AugmentationOption.InRange<MixUp>(value, 0.01f, 100); }

    internal static Word<LabelMix> Word { get; } = new Word<LabelMix, MixUp>("mixup", "lays another image over each", new())
        .Number("alpha", m => m.Alpha, (m, v) => m with { Alpha = v })
        .Number("probability", m => m.Probability, (m, v) => m with { Probability = v }, isNamed: true);

    internal override Mix Draw(int partner, Shape shape, ref RandomSequence random) => new(partner, (float)random.NextBeta(Alpha, Alpha), default);
}

/// <summary>
/// Pastes a rectangle of the partner into the image; labels are weighted by area. The rectangle has the proportions of the image and the area 1 - Beta(alpha, alpha), its middle is
/// anywhere; what hangs over the edge is cut off, and the weight is that of what remains. Source: Yun et al., "CutMix: regularization strategy to train strong classifiers with
/// localizable features", ICCV 2019.
/// </summary>
public sealed record CutMix : LabelMix
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">Alpha is outside 0.01 to 100.</exception>
    public CutMix(float alpha = 1) => Alpha = alpha;

    /// <summary>Parameter of the distribution, 0.01 to 100; 1 (uniform) is the paper's.</summary>
    /// <exception cref="UsageException">The value is out of range.</exception>
    public float Alpha { get; init => field = AugmentationOption.InRange<CutMix>(value, 0.01f, 100); }

    internal static Word<LabelMix> Word { get; } = new Word<LabelMix, CutMix>("cutmix", "pastes a part of another image into each", new())
        .Number("alpha", m => m.Alpha, (m, v) => m with { Alpha = v })
        .Number("probability", m => m.Probability, (m, v) => m with { Probability = v }, isNamed: true);

    internal override Mix Draw(int partner, Shape shape, ref RandomSequence random)
    {
        var half = 0.5 * Math.Sqrt(1 - random.NextBeta(Alpha, Alpha));
        int middleY = random.NextInt(shape.Height), middleX = random.NextInt(shape.Width);
        int halfHeight = (int)(half * shape.Height), halfWidth = (int)(half * shape.Width);
        int top = Math.Max(0, middleY - halfHeight), bottom = Math.Min(shape.Height, middleY + halfHeight);
        int left = Math.Max(0, middleX - halfWidth), right = Math.Min(shape.Width, middleX + halfWidth);
        var box = new PixelBox(top, left, bottom - top, right - left);
        return new(partner, 1 - (box.Height * box.Width / (float)shape.Area), box);
    }
}

/// <summary>Mixes each image in one of several ways, each equally likely.</summary>
public sealed record RandomMix : LabelMix
{
    private readonly LabelMix[] options;

    /// <summary>Creates it from what there is to choose from. The probabilities of the options count as well.</summary>
    /// <exception cref="UsageException">There is nothing to choose from, or an option is missing (null).</exception>
    public RandomMix(params ReadOnlySpan<LabelMix> options)
    {
        if (options.IsEmpty) throw new UsageException($"{nameof(RandomMix)} needs at least one way of mixing to choose from: received none.");
        foreach (var option in options)
            if (option is null) throw new UsageException($"{nameof(RandomMix)} received an option that is null. Leave it out.");
        this.options = options.ToArray();
    }

    /// <summary>What there is to choose from.</summary>
    public IReadOnlyList<LabelMix> Options => options;

    internal static Word<LabelMix> Word { get; } = new GroupWord<LabelMix>(
        "choose", "probability", "mixes in one of the ways between the bars", isChoice: true,
        (probability, parts) => new RandomMix([.. parts]) { Probability = (float)probability },
            given => given is RandomMix choice ? (choice.Probability, choice.options) : null, otherwise: 1f);

    /// <summary>Whether the other one has equal options in the same order.</summary>
    public bool Equals(RandomMix? other) => other is not null && Probability == other.Probability && options.SequenceEqual(other.options);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Probability, options.Length, options[0]);

    internal override Mix Draw(int partner, Shape shape, ref RandomSequence random)
    {
        var option = options[random.NextInt(options.Length)];
        return random.NextSingle() < option.Probability ? option.Draw(partner, shape, ref random) : new(partner, 1, default);
    }
}
