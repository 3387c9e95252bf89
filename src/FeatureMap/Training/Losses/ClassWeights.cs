using FeatureMap.Data;

namespace FeatureMap.Training;

/// <summary>
/// How much a mistake counts in each class: more than 1 for rare classes, so that they are not drowned by frequent ones. Immutable.
/// Source of the balanced weights: King and Zeng, "Logistic regression in rare events data", Political Analysis 9 (2001).
/// </summary>
public sealed class ClassWeights
{
    private const int MostShown = 6;
    private readonly float[] values;

    /// <summary>One weight per class, in the order of the labels.</summary>
    /// <exception cref="UsageException">Fewer than two, a weight that is negative or not finite, or all 0.</exception>
    public ClassWeights(params ReadOnlySpan<float> values)
    {
        this.values = values.ToArray();
        if (values.Length < 2)
            throw new UsageException($"Class weights are one number per class, and there are at least 2 classes: received {values.Length}.");
        foreach (var (label, value) in this.values.Index())
            if (!(value >= 0 && float.IsFinite(value)))
                throw new UsageException($"The weight of class {label} must be a finite number of at least 0: received {value}.");
        if (this.values.All(value => value == 0))
            throw new UsageException("All class weights are 0, so there would be nothing to learn. 1 everywhere is no weighting.");
    }

    /// <summary>The weights, by label.</summary>
    public IReadOnlyList<float> Values => values;

    /// <summary>
    /// Every class counts the same, however many images it has: n / (K n_k) for n images in K classes, n_k of them of class k. The mean over the images is 1, so the
    /// learning rate stays right. A class without images gets 1 and is not counted in K.
    /// </summary>
    /// <param name="set">The training images; not those of validation, which nothing may be learned from.</param>
    public static ClassWeights Balanced(ImageSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var counts = set.CountPerClass();
        var present = counts.Count(count => count > 0);
        return new ClassWeights(Array.ConvertAll(counts, count => count == 0 ? 1 : (float)((double)set.Count / ((double)present * count))));
    }

    /// <summary>The weights with four digits; the first of many.</summary>
    public override string ToString() =>
        string.Join(", ", values.Take(MostShown).Select(value => $"{value:0.####}")) + (values.Length > MostShown ? $", ... ({values.Length} classes)" : "");
}
