using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>How the height of a cyclic schedule changes from cycle to cycle.</summary>
public enum CyclicMode
{
    /// <summary>All cycles are of the same height.</summary>
    Triangular,

    /// <summary>Each cycle is half as high as the one before.</summary>
    Triangular2,

    /// <summary>The height shrinks by a factor at every step.</summary>
    ExponentialRange,
}

/// <summary>
/// Up and down in straight lines between two rates, again and again: with t the step and h the steps of half a cycle, cycle = floor(1 + t / 2h), x = |t / h - 2 cycle + 1| and
/// rate = low + (high - low) max(0, 1 - x) height. High rates take the weights over barriers, low rates let them settle; the range test (<c>lr-find</c>) finds both.
/// Source: Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186.
/// </summary>
/// <param name="Low">The lowest rate.</param>
/// <param name="High">The highest rate, of the first cycle.</param>
/// <param name="HalfCycleSteps">Steps from low to high; 2 to 10 epochs are common.</param>
/// <param name="Mode">How the height changes.</param>
/// <param name="Factor">For <see cref="CyclicMode.ExponentialRange"/>: what the height is multiplied with at every step.</param>
public sealed record CyclicRate(double Low, double High, long HalfCycleSteps, CyclicMode Mode = CyclicMode.Triangular, double Factor = 0.9999) : Schedule
{
    /// <summary>The lowest rate.</summary>
    public double Low { get; } = Positive(Low, "The lowest learning rate");

    /// <summary>The highest rate.</summary>
    public double High { get; } = High >= Low ? Positive(High, "The highest learning rate") : throw new UsageException($"The highest learning rate of a cycle must not be below the lowest: received {High} and {Low}.");

    /// <summary>Steps from low to high.</summary>
    public long HalfCycleSteps { get; } = HalfCycleSteps > 0 ? HalfCycleSteps : throw new UsageException($"Half a cycle must have at least 1 step: received {HalfCycleSteps}.");

    /// <summary>What the height is multiplied with at every step.</summary>
    public double Factor { get; } = Fraction(Factor, "The factor of a cyclic schedule");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var cycle = 1 + (time.Step / (2 * HalfCycleSteps));
        var x = Math.Abs(((double)time.Step / HalfCycleSteps) - (2 * cycle) + 1);
        var height = Mode switch
        {
            CyclicMode.Triangular2 => PortableMath.Power(0.5, cycle - 1),
            CyclicMode.ExponentialRange => PortableMath.Power(Factor, time.Step),
            _ => 1,
        };
        return Low + ((High - Low) * Math.Max(0, 1 - x) * height);
    }
}

/// <summary>
/// Half a cosine wave from high to low, then at once back to high, with cycles that may grow longer: at the end of each cycle stands a good network. Source: Loshchilov and Hutter,
/// "SGDR: stochastic gradient descent with warm restarts", arXiv 1608.03983.
/// </summary>
/// <param name="Start">The rate at the start of each cycle.</param>
/// <param name="CycleSteps">Steps of the first cycle.</param>
/// <param name="CycleFactor">Each cycle is this many times as long as the one before.</param>
/// <param name="End">The rate that a cycle falls to.</param>
public sealed record CosineRestarts(double Start, long CycleSteps, int CycleFactor = 1, double End = 0) : Schedule
{
    /// <summary>The rate at the start of each cycle.</summary>
    public double Start { get; } = Positive(Start, "The learning rate");

    /// <summary>Steps of the first cycle.</summary>
    public long CycleSteps { get; } = CycleSteps > 0 ? CycleSteps : throw new UsageException($"A cycle must have at least 1 step: received {CycleSteps}.");

    /// <summary>Each cycle is this many times as long as the one before.</summary>
    public int CycleFactor { get; } = CycleFactor > 0 ? CycleFactor : throw new UsageException($"Cycles cannot shrink: their factor must be 1 or more, received {CycleFactor}.");

    /// <summary>The rate that a cycle falls to.</summary>
    public double End { get; } = End >= 0 && End <= Start ? End : throw new UsageException("The last rate of a cycle must be between 0 "
        + $"and the first, {Start}: received {End}.");

    /// <inheritdoc/>
    public override double LearningRate(ScheduleTime time)
    {
        var (step, length) = (time.Step, CycleSteps);
        if (CycleFactor == 1) step %= length;
        while (step >= length)
            (step, length) = (step - length, length * CycleFactor);
        return Anneal(Start, End, (double)step / length);
    }
}
