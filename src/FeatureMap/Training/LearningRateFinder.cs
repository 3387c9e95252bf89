using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// The learning-rate range test: a short training whose rate grows by the same factor at every step, from far too small to far too large, with the loss of every step. The loss first
/// stands still, then falls, then turns ragged and rises: the rates in between are the ones to train with. Source: Smith, "Cyclical learning rates for training neural networks", arXiv 1506.01186.
/// </summary>
public static class LearningRateFinder
{
    // Memory of the running loss; batches alone are too noisy to read.
    internal const double Memory = 0.9;

    /// <summary>Checks the range, before the data are loaded.</summary>
    /// <param name="lowest">The first rate.</param>
    /// <param name="highest">The last rate.</param>
    /// <param name="steps">The number of steps.</param>
    /// <exception cref="UsageException">The rates are not ascending, or there are fewer than 10 steps.</exception>
    public static void Check(double lowest, double highest, int steps)
    {
        if (!(lowest > 0 && highest > lowest && double.IsFinite(highest)))
            throw new UsageException($"The range test goes from a lower to a higher learning rate, both above 0: received {lowest} "
                + $"to {highest}.");
        if (steps is < 10 or > 100_000)
            throw new UsageException($"The range test takes between 10 and 100,000 steps: received {steps:N0}. 100 are usual.");
    }

    /// <summary>Runs the test. It ends early where the loss explodes, which is what it is looking for.</summary>
    /// <param name="network">What is to be trained.</param>
    /// <param name="data">Its data; validation is not looked at.</param>
    /// <param name="options">The training it is for: optimiser, batch size, loss, augmentation. Schedule and epochs are the test's own.</param>
    /// <param name="lowest">The first rate.</param>
    /// <param name="highest">The last rate.</param>
    /// <param name="steps">Steps, each on a batch of its own; the data are gone through as often as needed.</param>
    /// <param name="stepDone">Told each step as it is done, on the thread that does the steps.</param>
    /// <exception cref="UsageException">The rates are not ascending, or there are fewer than 10 steps.</exception>
    public static LearningRateRange Run(
        Network network, SplitData data, TrainingOptions? options = null, double lowest = 1e-5, double highest = 10, int steps = 100,
        Action<LearningRatePoint>? stepDone = null)
    {
        Check(lowest, highest, steps);
        options = (options ?? new TrainingOptions()) with { Schedule = new Growth(lowest, highest, steps), Epochs = 1_000_000, EarlyStopping = null, Folder = null, Resume = false };
        using var session = new TrainingSession(network, data, options);
        var points = new List<LearningRatePoint>();
        double average = 0, best = double.PositiveInfinity;
        for (var step = 0; step < steps && !options.Cancellation.IsCancellationRequested; step++)
        {
            try
            {
                session.Step();
            }
            catch (TrainingException)
            {
                return new LearningRateRange(points, Exploded: true);
            }
            average = (Memory * average) + ((1 - Memory) * session.StepLoss);
            var smooth = average / (1 - PortableMath.Power(Memory, step + 1));
            points.Add(new LearningRatePoint(session.LearningRate, session.StepLoss, smooth));
            stepDone?.Invoke(points[^1]);
            best = Math.Min(best, smooth);
            if (step >= 10 && smooth > 4 * best) return new LearningRateRange(points, Exploded: true);
        }
        return new LearningRateRange(points, Exploded: false);
    }

    private sealed record Growth(double Lowest, double Highest, int Steps) : Schedule
    {
        public override double LearningRate(ScheduleTime time) => Lowest * PortableMath.Exp(PortableMath.Log(Highest / Lowest) * time.Step / (Steps - 1));
    }
}

/// <summary>One step of a range test.</summary>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="Loss">Mean loss of its batch, before the step.</param>
/// <param name="SmoothLoss">Running average of the losses.</param>
public readonly record struct LearningRatePoint(double LearningRate, double Loss, double SmoothLoss);

/// <summary>What a range test found.</summary>
/// <param name="Points">The steps in order.</param>
/// <param name="Exploded">Whether the loss rose to four times its lowest value, or beyond all numbers, before the highest rate was reached.</param>
public sealed record LearningRateRange(IReadOnlyList<LearningRatePoint> Points, bool Exploded)
{
    // The running average starts with single batches.
    private const int Settling = 8;

    /// <summary>The rate at which the smoothed loss fell fastest per factor of the rate: a lower bound for a cyclic schedule. Null where it never fell.</summary>
    public double? Steepest
    {
        get
        {
            double? rate = null;
            var fastest = 0.0;
            for (var i = Settling; i + 2 < Points.Count; i++)
                if (Points[i + 2].SmoothLoss - Points[i - 2].SmoothLoss is var fall && double.IsFinite(fall) && fall < fastest)
                    (fastest, rate) = (fall, Points[i].LearningRate);
            return rate;
        }
    }

    /// <summary>The rate with the lowest smoothed loss: from here on larger steps do harm. Null where there are too few steps.</summary>
    public double? Lowest => Points.Skip(Settling).Where(point => double.IsFinite(point.SmoothLoss)).ToList() is { Count: > 0 } settled ? settled.MinBy(point => point.SmoothLoss).LearningRate : null;

    /// <summary>
    /// A maximum for one-cycle, or a constant rate: between the steepest fall and the lowest loss, at their geometric mean, and at most the
    /// rate 9 steps before the lowest, as the smoothed loss is so late. Null where the loss never fell.
    /// </summary>
    public double? Suggested => Steepest is not { } steepest ? null : Lowest is not { } lowest ? steepest
        : Math.Min(lowest > steepest ? Math.Sqrt(steepest * lowest) : steepest, lowest / Lag);

    // The smoothed loss shows what happened m / (1 - m) steps ago on average, 9 for a memory of 0.9: where it is lowest, the loss rises
    // already. That is the growth of as many steps, a factor of 3.5 for 100 steps from 1e-5 to 10.
    private double Lag => Points.Count < 2 ? 1 : Math.Pow(Points[1].LearningRate / Points[0].LearningRate,
        LearningRateFinder.Memory / (1 - LearningRateFinder.Memory));
}
