using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>When a learning rate is asked for.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="TotalSteps">Steps of the whole training.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Validation">What validation gave after each finished epoch.</param>
public readonly record struct ScheduleTime(long Step, long TotalSteps, long StepsPerEpoch, IReadOnlyList<ValidationScore>? Validation = null);

/// <summary>The learning rate as a pure function of the step and of the validation scores so far, so that resuming needs no state of its own.</summary>
public abstract partial record Schedule
{
    /// <summary>The learning rate of a step.</summary>
    public abstract double LearningRate(ScheduleTime time);

    /// <summary>Half a cosine wave from one value (at fraction 0) to another (at 1).</summary>
    private protected static double Anneal(double from, double to, double fraction) =>
        to + ((from - to) * (1 + PortableMath.Cos(Math.PI * Math.Clamp(fraction, 0, 1))) / 2);

    private protected static double Positive(double value, string what) => value > 0 && double.IsFinite(value)
        ? value
        : throw new UsageException($"{what} must be above 0: received {value}.");

    private protected static double Fraction(double value, string what) => value is >= 0 and <= 1
        ? value
        : throw new UsageException($"{what} must be between 0 and 1: received {value}.");

    private protected static double Warm(double rate, long warmUpSteps, long step) => step < warmUpSteps ? rate * (step + 1) / warmUpSteps : rate;

    private protected static long NotNegative(long value, string what) => value >= 0 ? value : throw new UsageException($"{what} must be 0 or more: received {value}.");
}

/// <summary>The same rate always, after an optional linear warm-up.</summary>
public sealed record ConstantRate(double Rate, long WarmUpSteps = 0) : Schedule
{
    /// <summary>The rate after the warm-up.</summary>
    public double Rate { get; } = Positive(Rate, "The learning rate");

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public long WarmUpSteps { get; } = NotNegative(WarmUpSteps, "The number of warm-up steps");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time) => Warm(Rate, WarmUpSteps, time.Step);
}

/// <summary>From <paramref name="Start"/> down to <paramref name="End"/> along half a cosine wave, after an optional linear warm-up. Source: arXiv 1608.03983.</summary>
public sealed record CosineRate(double Start, double End = 0, long WarmUpSteps = 0) : Schedule
{
    /// <summary>The highest rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>The rate of the last step.</summary>
    public double End { get; } = End >= 0 && double.IsFinite(End) ? End : throw new UsageException("The last learning rate must be 0 or "
        + $"more: received {End}.");

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public long WarmUpSteps { get; } = NotNegative(WarmUpSteps, "The number of warm-up steps");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time) => time.Step < WarmUpSteps
        ? Warm(Start, WarmUpSteps, time.Step)
        : Anneal(Start, End, (double)(time.Step - WarmUpSteps) / Math.Max(1, time.TotalSteps - 1 - WarmUpSteps));
}

/// <summary>Multiplied by <paramref name="Factor"/> every <paramref name="EveryEpochs"/> epochs, after an optional linear warm-up.</summary>
public sealed record StepRate(double Start, int EveryEpochs, double Factor = 0.1, long WarmUpSteps = 0) : Schedule
{
    /// <summary>The first rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>Epochs between two falls.</summary>
    public int EveryEpochs { get; } = EveryEpochs > 0 ? EveryEpochs : throw new UsageException($"The number of epochs between two steps must be 1 or more: received {EveryEpochs}.");

    /// <summary>What the rate is multiplied with at each fall.</summary>
    public double Factor { get; } = Fraction(Factor, "The factor of a step schedule");

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public long WarmUpSteps { get; } = NotNegative(WarmUpSteps, "The number of warm-up steps");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time) =>
        Warm(Start * PortableMath.Power(Factor, time.Step / Math.Max(1, time.StepsPerEpoch) / EveryEpochs), WarmUpSteps, time.Step);
}

/// <summary>
/// One cycle: up from <paramref name="Max"/> / <paramref name="StartDivisor"/> to the maximum over the first <paramref name="WarmUpFraction"/> of the training, then
/// down to almost nothing, both along half cosine waves. Few epochs reach what long step schedules reach. Source: Smith and Topin, arXiv 1708.07120.
/// </summary>
public sealed record OneCycle(double Max, double WarmUpFraction = 0.3, double StartDivisor = 25, double EndDivisor = 10_000) : Schedule
{
    /// <summary>The highest rate.</summary>
    public double Max { get; } = Positive(Max, "The highest learning rate");

    /// <summary>Part of the training in which the rate rises.</summary>
    public double WarmUpFraction { get; } = Fraction(WarmUpFraction, "The warm-up fraction");

    /// <summary>The first rate is the highest divided by this.</summary>
    public double StartDivisor { get; } = Positive(StartDivisor, "The start divisor");

    /// <summary>The last rate is the first divided by this.</summary>
    public double EndDivisor { get; } = Positive(EndDivisor, "The end divisor");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var first = Max / StartDivisor;
        var peak = (WarmUpFraction * time.TotalSteps) - 1;
        if (time.Step <= peak) return Anneal(first, Max, time.Step / Math.Max(1, peak));
        return Anneal(Max, first / EndDivisor, (time.Step - peak) / Math.Max(1, time.TotalSteps - 1 - peak));
    }
}
