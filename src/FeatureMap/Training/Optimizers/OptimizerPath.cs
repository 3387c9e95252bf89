using FeatureMap.Lanes;

namespace FeatureMap.Training;

/// <summary>A point on the way of an optimiser.</summary>
/// <param name="Point">Where it stands.</param>
/// <param name="Value">The function there.</param>
/// <param name="Gradient">Its gradient there.</param>
/// <param name="Slots">What the optimiser keeps for each coordinate when it stands there, slot by slot (<see
/// cref="Optimizer.Slots"/>).</param>
public sealed record OptimizerPoint(IReadOnlyList<float> Point, double Value, IReadOnlyList<float> Gradient,
    IReadOnlyList<IReadOnlyList<float>> Slots);

/// <summary>Value and gradient of a function of a few variables.</summary>
/// <param name="point">Where.</param>
/// <param name="gradient">Receives the slope along each variable.</param>
/// <returns>The value.</returns>
public delegate double Slope(ReadOnlySpan<float> point, Span<float> gradient);

/// <summary>
/// An optimiser on a function of a few variables, step by step: the update that trains, on variables in the place of weights. For pictures
/// of how optimisers walk.
/// </summary>
/// <example><code>
/// var path = OptimizerPath.Of(new Sgd(), [-2, 1], (x, slope) =>
/// {
///     (slope[0], slope[1]) = (2 * x[0], 20 * x[1]);
///     return (x[0] * x[0]) + (10 * x[1] * x[1]);
/// }, steps: 20, rate: _ => 0.05);
/// </code></example>
public static class OptimizerPath
{
    /// <summary>The points from the start on, one more than steps. Ends early where the function or a coordinate is no finite
    /// number.</summary>
    /// <param name="optimizer">Who walks.</param>
    /// <param name="start">Where; 1 to 16 variables.</param>
    /// <param name="function">Value and gradient.</param>
    /// <param name="steps">Steps, up to 100,000.</param>
    /// <param name="rate">Learning rate of each step, from 0 on.</param>
    /// <param name="decays">Whether weight decay pulls on the variables.</param>
    /// <exception cref="UsageException">There are no or more than 16 variables, or too many steps.</exception>
    public static unsafe IReadOnlyList<OptimizerPoint> Of(Optimizer optimizer, ReadOnlySpan<float> start, Slope function, int steps,
        Func<int, double> rate, bool decays = true)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(rate);
        if (start.Length is 0 or > LaneLayout.Lanes) throw new UsageException($"A path has 1 to {LaneLayout.Lanes} variables: received "
            + $"{start.Length}.");
        if (steps is < 0 or > 100_000) throw new UsageException($"A path has 0 to 100,000 steps: received {steps:N0}.");
        var (count, names) = (start.Length, optimizer.CheckedSlots());
        // A register reads and writes whole groups of 16.
        var numbers = stackalloc float[LaneLayout.Lanes * (2 + Math.Max(1, names.Count))];
        new Span<float>(numbers, LaneLayout.Lanes * (2 + Math.Max(1, names.Count))).Clear();
        var gradient = numbers + LaneLayout.Lanes;
        var slots = gradient + LaneLayout.Lanes;
        start.CopyTo(new Span<float>(numbers, count));
        var time = new UpdateTime();
        var run = new LaneRun<LanesScalar>(time, numbers, gradient, slots, LaneLayout.Lanes, names.Count, count, decays);
        var path = new List<OptimizerPoint>();
        for (var step = 0; step <= steps; step++)
        {
            var value = function(new ReadOnlySpan<float>(numbers, count), new Span<float>(gradient, count));
            path.Add(new OptimizerPoint(Copy(numbers), value, Copy(gradient),
                [.. names.Select((_, slot) => Copy(slots + (slot * LaneLayout.Lanes)))]));
            if (step == steps || !double.IsFinite(value) || !path[^1].Point.All(float.IsFinite)) break;
            (time.Step, time.LearningRate) = (step, rate(step));
            optimizer.Update(run);
        }
        return path;

        float[] Copy(float* source) => new ReadOnlySpan<float>(source, count).ToArray();
    }
}
