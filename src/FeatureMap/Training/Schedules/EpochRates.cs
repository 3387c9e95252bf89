using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>Multiplied by a factor at the end of each of the given epochs: the plan of many papers (for example at epochs 82 and 123 of 164).</summary>
/// <param name="Start">The first rate.</param>
/// <param name="Factor">What the rate is multiplied with each time.</param>
/// <param name="Epochs">Epochs after which it falls, ascending.</param>
public sealed record MilestoneRate(double Start, double Factor, params IReadOnlyList<int> Epochs) : Schedule
{
    /// <summary>The first rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>What the rate is multiplied with each time.</summary>
    public double Factor { get; } = Fraction(Factor, "The factor of a milestone schedule");

    /// <summary>Epochs after which it falls.</summary>
    public IReadOnlyList<int> Epochs { get; } = Ascending(Epochs);

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var epoch = time.Step / Math.Max(1, time.StepsPerEpoch);
        var passed = 0;
        while (passed < Epochs.Count && epoch >= Epochs[passed])
            passed++;
        return Start * PortableMath.Power(Factor, passed);
    }

    private static IReadOnlyList<int> Ascending(IReadOnlyList<int> epochs)
    {
        for (var i = 0; i < epochs.Count; i++)
            if (epochs[i] < 1 || (i > 0 && epochs[i] <= epochs[i - 1]))
                throw new UsageException("The epochs of a milestone schedule must be 1 or more and ascending: received "
                    + $"{NumberRow.Join(", ", epochs)}.");
        return epochs;
    }
}

/// <summary>Multiplied by a factor after every epoch.</summary>
/// <param name="Start">The first rate.</param>
/// <param name="Factor">What the rate is multiplied with after every epoch.</param>
public sealed record ExponentialRate(double Start, double Factor) : Schedule
{
    /// <summary>The first rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>What the rate is multiplied with after every epoch.</summary>
    public double Factor { get; } = Fraction(Factor, "The factor of an exponential schedule");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time) => Start * PortableMath.Power(Factor, time.Step / Math.Max(1, time.StepsPerEpoch));
}

/// <summary>A straight line from the first rate to the last over the whole training; with a power, a curve that falls late (below 1) or early (above 1).</summary>
/// <param name="Start">The first rate.</param>
/// <param name="End">The rate of the last step.</param>
/// <param name="Power">1 for a straight line; a whole number.</param>
public sealed record PolynomialRate(double Start, double End = 0, int Power = 1) : Schedule
{
    /// <summary>The first rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>The rate of the last step.</summary>
    public double End { get; } = End >= 0 ? End : throw new UsageException($"The last learning rate must be 0 or more: received {End}.");

    /// <summary>1 for a straight line.</summary>
    public int Power { get; } = Power >= 1 ? Power : throw new UsageException($"The power of a polynomial schedule must be 1 or more: received {Power}.");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time) =>
        End + ((Start - End) * PortableMath.Power(1 - ((double)Math.Min(time.Step, time.TotalSteps - 1) / Math.Max(1, time.TotalSteps - 1)), Power));
}

/// <summary>Any schedule with a linear rise from a small rate before it; the schedule itself then runs over the remaining steps.</summary>
/// <param name="Then">The schedule after the warm-up.</param>
/// <param name="Steps">Steps of the warm-up.</param>
public sealed record WarmUp(Schedule Then, long Steps) : Schedule
{
    /// <summary>Steps of the warm-up.</summary>
    public long Steps { get; } = NotNegative(Steps, "The number of warm-up steps");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var rest = time with { Step = Math.Max(0, time.Step - Steps), TotalSteps = Math.Max(1, time.TotalSteps - Steps) };
        return Warm(Then.LearningRate(rest), Steps, time.Step);
    }
}

/// <summary>
/// Multiplied by a factor when the validation loss has not fallen for some epochs. It looks at the scores of all epochs so far and replays its decisions, so that resuming needs no
/// state. The arithmetic of PyTorch's ReduceLROnPlateau with a relative threshold.
/// </summary>
/// <param name="Start">The first rate.</param>
/// <param name="Factor">What the rate is multiplied with.</param>
/// <param name="Patience">Epochs without improvement that are allowed.</param>
/// <param name="Threshold">A loss counts as better below (1 - threshold) times the best.</param>
/// <param name="CoolDown">Epochs after a fall in which bad epochs do not count.</param>
/// <param name="Lowest">The rate never falls below this.</param>
public sealed record PlateauRate(double Start, double Factor = 0.1, int Patience = 10, double Threshold = 1e-4, int CoolDown = 0, double Lowest = 0) : Schedule
{
    /// <summary>The first rate.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>What the rate is multiplied with.</summary>
    public double Factor { get; } = Fraction(Factor, "The factor of a plateau schedule");

    /// <summary>Epochs without improvement that are allowed.</summary>
    public int Patience { get; } = Patience >= 0 ? Patience : throw new UsageException($"The patience of a plateau schedule must be 0 epochs or more: received {Patience}.");

    /// <summary>A loss counts as better below (1 - threshold) times the best.</summary>
    public double Threshold { get; } = Fraction(Threshold, "The threshold of a plateau schedule");

    /// <summary>Epochs after a fall in which bad epochs do not count.</summary>
    public int CoolDown { get; } = CoolDown >= 0 ? CoolDown : throw new UsageException($"The cool-down of a plateau schedule must be 0 epochs or more: received {CoolDown}.");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var (rate, best) = (Start, double.PositiveInfinity);
        int bad = 0, cooling = 0;
        for (var epoch = 0; epoch < (time.Validation?.Count ?? 0); epoch++)
        {
            var loss = time.Validation![epoch].Loss;
            if (double.IsFinite(loss) && (double.IsInfinity(best) || loss < best * (1 - Threshold))) (best, bad) = (loss, 0);
            else bad++;
            if (cooling > 0) (cooling, bad) = (cooling - 1, 0);
            if (bad > Patience) (rate, bad, cooling) = (Math.Max(Lowest, rate * Factor), 0, CoolDown);
        }
        return rate;
    }
}
