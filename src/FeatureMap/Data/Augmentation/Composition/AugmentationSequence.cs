namespace FeatureMap.Data;

/// <summary>
/// One augmentation after the other (torchvision: Compose). Each step draws from a random stream of its own, so adding a step at the end, or changing the strength
/// of one, leaves what the others draw as it was.
/// </summary>
public sealed record AugmentationSequence : Augmentation
{
    private readonly Augmentation[] steps;

    /// <summary>Creates it from the steps, in order.</summary>
    /// <exception cref="UsageException">A step is missing (null).</exception>
    public AugmentationSequence(params ReadOnlySpan<Augmentation> steps) => this.steps = AugmentationParts.Copy(nameof(AugmentationSequence), steps);

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<Augmentation> Steps => steps;

    internal override uint Streams => AugmentationParts.Streams(steps);

    internal override IReadOnlyList<Augmentation> Parts => steps;

    /// <inheritdoc/>
    public override Shape OutputShape(Shape shape)
    {
        foreach (var step in steps)
            shape = step.OutputShape(shape);
        return shape;
    }

    /// <inheritdoc/>
    public override Augmentation ForEvaluation(Shape shape)
    {
        var kept = new List<Augmentation>();
        foreach (var step in steps)
        {
            if (step.ForEvaluation(shape) is not NoAugmentation and var evaluation) kept.Add(evaluation);
            shape = step.OutputShape(shape);
        }
        return Sequence([.. kept]);
    }

    /// <inheritdoc/>
    public override Augmentation Fit(ImageSet training) => new AugmentationSequence([.. steps.Select(step => step.Fit(training))]);

    /// <inheritdoc/>
    public override TargetEffect OnTargets => AugmentationParts.OnTargets(steps);

    /// <inheritdoc/>
    public override int LargestImage(Shape shape)
    {
        var largest = shape.Count;
        foreach (var step in steps)
        {
            largest = Math.Max(largest, step.LargestImage(shape));
            shape = step.OutputShape(shape);
        }
        return largest;
    }

    /// <inheritdoc/>
    public override int ScratchFloats(Shape shape)
    {
        var most = 0;
        foreach (var step in steps)
        {
            most = Math.Max(most, step.ScratchFloats(shape));
            shape = step.OutputShape(shape);
        }
        return most;
    }

    /// <summary>Whether the other one has equal steps in the same order.</summary>
    public bool Equals(AugmentationSequence? other) => other is not null && steps.SequenceEqual(other.steps);

    /// <inheritdoc/>
    public override int GetHashCode() => AugmentationParts.Hash(steps);

    /// <inheritdoc/>
    protected internal override void Change(ref AugmentationWork work)
    {
        foreach (var step in steps)
        {
            var stream = work.Stream;
            step.Change(ref work);
            work.Stream = stream + step.Streams;
        }
    }
}

/// <summary>What augmentations that hold others have in common.</summary>
internal static class AugmentationParts
{
    public static Augmentation[] Copy(string owner, ReadOnlySpan<Augmentation> parts)
    {
        foreach (var part in parts)
            if (part is null) throw new UsageException($"{owner} received a part that is null. Leave it out, or use Augmentation.None.");
        return parts.ToArray();
    }

    public static uint Streams(Augmentation[] parts)
    {
        var sum = 0u;
        foreach (var part in parts)
            sum += part.Streams;
        return sum;
    }

    /// <summary>What several do to targets, and to the first that does not say it.</summary>
    public static TargetEffect OnTargets(Augmentation[] parts) => parts.Any(part => part.OnTargets == TargetEffect.Unknown) ? TargetEffect.Unknown
        : parts.Any(part => part.OnTargets == TargetEffect.Follows) ? TargetEffect.Follows : TargetEffect.None;

    public static int Hash(Augmentation[] parts)
    {
        var hash = new HashCode();
        foreach (var part in parts)
            hash.Add(part);
        return hash.ToHashCode();
    }
}
