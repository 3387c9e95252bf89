using FeatureMap.Descriptions;

namespace FeatureMap.Data;

/// <summary>Does something with a probability, and otherwise nothing. What it does must keep the shape of images.</summary>
public sealed record RandomApply : Augmentation
{
    /// <summary>Creates it.</summary>
    /// <exception cref="UsageException">The probability is outside 0 to 1, or there is no augmentation.</exception>
    public RandomApply(float probability, Augmentation augmentation)
    {
        Probability = probability;
        Augmentation = AugmentationParts.Copy(nameof(RandomApply), [augmentation])[0];
    }

    /// <summary>Probability that the augmentation is used, 0 to 1.</summary>
    /// <exception cref="UsageException">The value is outside 0 to 1.</exception>
    public float Probability { get; init => field = AugmentationOption.InRange<RandomApply>(value, 0, 1); }

    /// <summary>What is done.</summary>
    public Augmentation Augmentation { get; }

    internal static Word<Augmentation> Word { get; } = new GroupWord<Augmentation>(
        "apply", "probability", "does what stands in brackets with a probability", isChoice: false,
        (probability, parts) => new RandomApply((float)probability, parts[0]),
            given => given is RandomApply apply ? (apply.Probability, [apply.Augmentation]) : null);

    internal override uint Streams => 1 + Augmentation.Streams;

    internal override IReadOnlyList<Augmentation> Parts => [Augmentation];

    /// <inheritdoc/>
    public override TargetEffect OnTargets => Augmentation.OnTargets;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        var output = Augmentation.OutputShape(shape);
        return output == shape ? shape : throw new ShapeException(
            $"{nameof(RandomApply)} would make {output} of some of the images of {shape} and leave the others: all images of a batch have one shape. Use '{Augmentation}' always.");
    }

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape) => Probability == 1 ? Augmentation.ForEvaluation(shape) : None;

    /// <inheritdoc/>
    public override Augmentation Fit(ImageSet training) => new RandomApply(Probability, Augmentation.Fit(training));

    /// <inheritdoc/>
    public override int LargestImage(Shape shape) => Augmentation.LargestImage(shape);

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape) => Augmentation.ScratchFloats(shape);

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        if (random.NextSingle() >= Probability) return;
        work.Stream++;
        Augmentation.Change(ref work);
    }
}

/// <summary>Does one of several things, each equally likely. All of them must make the same shape of an image.</summary>
public sealed record RandomChoice : Augmentation
{
    private readonly Augmentation[] options;

    /// <summary>Creates it from what there is to choose from.</summary>
    /// <exception cref="UsageException">There is nothing to choose from, or an option is missing (null).</exception>
    public RandomChoice(params ReadOnlySpan<Augmentation> options)
    {
        if (options.IsEmpty) throw new UsageException($"{nameof(RandomChoice)} needs at least one augmentation to choose from: received none.");
        this.options = AugmentationParts.Copy(nameof(RandomChoice), options);
    }

    /// <summary>What there is to choose from.</summary>
    public IReadOnlyList<Augmentation> Options => options;

    internal static Word<Augmentation> Word { get; } = new GroupWord<Augmentation>(
        "choose", null, "does one of what stands between the bars, each equally likely", isChoice: true,
        (_, parts) => new RandomChoice([.. parts]), given => given is RandomChoice choice ? (0, choice.options) : null);

    internal override uint Streams => 1 + AugmentationParts.Streams(options);

    internal override IReadOnlyList<Augmentation> Parts => options;

    /// <inheritdoc/>
    public override TargetEffect OnTargets => AugmentationParts.OnTargets(options);

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        var output = options[0].OutputShape(shape);
        foreach (var option in options)
            if (option.OutputShape(shape) is var other && other != output)
                throw new ShapeException($"{nameof(RandomChoice)} would make {output} of some images of {shape} ('{options[0]}') and {other} of others ('{option}'): all images of a batch have one shape.");
        return output;
    }

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape) => OutputShape(shape) == shape ? None : options[0].ForEvaluation(shape);

    /// <inheritdoc/>
    public override Augmentation Fit(ImageSet training) => new RandomChoice([.. options.Select(option => option.Fit(training))]);

    /// <inheritdoc/>
    public override int LargestImage(Shape shape)
    {
        var largest = 0;
        foreach (var option in options)
            largest = Math.Max(largest, option.LargestImage(shape));
        return largest;
    }

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape)
    {
        var most = 0;
        foreach (var option in options)
            most = Math.Max(most, option.ScratchFloats(shape));
        return most;
    }

    /// <summary>Whether the other one has equal options in the same order.</summary>
    public bool Equals(RandomChoice? other) => other is not null && options.SequenceEqual(other.options);

    /// <inheritdoc/>
    public override int GetHashCode() => AugmentationParts.Hash(options);

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        var random = work.Random();
        var chosen = random.NextInt(options.Length);
        work.Stream++;
        for (var option = 0; option < chosen; option++)
            work.Stream += options[option].Streams;
        options[chosen].Change(ref work);
    }
}
