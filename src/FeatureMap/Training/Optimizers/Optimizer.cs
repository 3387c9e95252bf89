namespace FeatureMap.Training;

/// <summary>
/// How a step changes the weights, given their gradients: an immutable description. The state that it needs (momentum, averages) belongs to the training
/// session and goes into the checkpoints. Weight decay pulls on weights only, not on biases and normalisation parameters.
/// <para>
/// One of your own derives from this class: it names the numbers that it keeps for each weight (<see cref="Slots"/>) and writes its
/// formula once for a single weight (<see cref="IUpdateRule"/>). The library runs it over all weights, on all threads, with the same bits
/// everywhere.
/// </para>
/// </summary>
/// <example><code>
/// sealed class Adagrad(float epsilon = 1e-8f) : Optimizer
/// {
///     public override string Name => "Adagrad";
///
///     public override IReadOnlyList&lt;string&gt; Slots => ["squares"];
///
///     protected internal override void Update(WeightRun weights) => weights.Apply(new Rule((float)weights.LearningRate, epsilon));
///
///     private readonly struct Rule(float rate, float epsilon) : IUpdateRule
///     {
///         public TReal Update&lt;TReal&gt;(TReal weight, TReal gradient, WeightSlots&lt;TReal&gt; slots)
///             where TReal : struct, IReal&lt;TReal&gt;
///         {
///             slots[0] += gradient * gradient;
///             return weight - (TReal.Of(rate) * gradient / (TReal.Sqrt(slots[0]) + TReal.Of(epsilon)));
///         }
///     }
/// }
/// </code></example>
public abstract partial class Optimizer
{
    /// <summary>An optimiser with or without weight decay.</summary>
    /// <param name="weightDecay">How strongly weights are pulled towards 0; what the pull is, <see cref="Update"/> says.</param>
    /// <exception cref="UsageException">The decay is not at least 0 and below 1.</exception>
    protected Optimizer(double weightDecay = 0)
    {
        if (!(weightDecay is >= 0 and < 1))
            throw new UsageException($"Weight decay must be at least 0 and below 1: received {weightDecay}. Common values are 0 to 0.01 "
                + "(5e-4 for convolutional networks).");
        WeightDecay = weightDecay;
    }

    /// <summary>Name as the field says it.</summary>
    public abstract string Name { get; }

    /// <summary>How strongly weights are pulled towards 0.</summary>
    public double WeightDecay { get; }

    /// <summary>
    /// Names of the numbers that are kept for each weight from step to step; they start at 0, and stand in checkpoints under these names.
    /// Always the same for the same settings.
    /// </summary>
    public abstract IReadOnlyList<string> Slots { get; }

    /// <summary>
    /// Changes a run of weights in one step: works out what is the same for all of them, and applies a rule with it. Called for many runs
    /// at the same time, so it must keep nothing, and should allocate nothing.
    /// </summary>
    /// <param name="weights">The weights, and when the step happens.</param>
    protected internal abstract void Update(WeightRun weights);

    /// <summary>The names of the slots, checked.</summary>
    /// <exception cref="UsageException">A name is empty, has other characters, or comes twice.</exception>
    internal IReadOnlyList<string> CheckedSlots()
    {
        var slots = Slots;
        if (slots.FirstOrDefault(slot => string.IsNullOrEmpty(slot) || !slot.All(char.IsAsciiLetterOrDigit)) is { } bad)
            throw new UsageException($"The optimiser '{Name}' names a slot '{bad}': in checkpoints a slot is a name of letters and digits, "
                + "such as 'momentum'.");
        if (slots.GroupBy(slot => slot).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"The optimiser '{Name}' names {twice.Count()} slots '{twice.Key}': each needs a name of its own, "
                + "under which a checkpoint holds it.");
        return slots;
    }

    private protected static double Between(double value, double from, double below, string what) =>
        value >= from && value < below ? value : throw new UsageException($"{what} must be at least {from} and below {below}: "
            + $"received {value}.");
}
