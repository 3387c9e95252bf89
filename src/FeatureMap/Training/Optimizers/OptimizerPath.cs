using FeatureMap.Lanes;

namespace FeatureMap.Training;

/// <summary>
/// An optimiser on a function of a few numbers, step by step, by the arithmetic that moves the weights of a network (<see cref="Optimizer.Update"/> on one register): for pictures of what an
/// optimiser does, and to try one of your own.
/// </summary>
/// <example><code>
/// var path = OptimizerPath.Of(new Adam(), [2, 1], steps: 20, at => [2 * at[0], 8 * at[1]], step => 0.1);
/// Console.WriteLine(string.Join(' ', path[^1].Weights));
/// </code></example>
public static unsafe class OptimizerPath
{
    /// <summary>The start, and the weights after each step.</summary>
    /// <param name="optimizer">The optimiser.</param>
    /// <param name="start">Where it starts.</param>
    /// <param name="steps">How many steps; it stops early where a gradient is not finite.</param>
    /// <param name="gradient">The gradient at a place, one number for each.</param>
    /// <param name="rate">Learning rate by number of the step, from 0.</param>
    /// <param name="decays">Whether weight decay pulls on the numbers.</param>
    /// <exception cref="UsageException">No numbers, more than 16, or another count of gradients.</exception>
    public static IReadOnlyList<OptimizerPoint> Of(
        Optimizer optimizer, IReadOnlyList<float> start, int steps, Func<IReadOnlyList<float>, IReadOnlyList<float>> gradient, Func<int, double> rate, bool decays = true)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(gradient);
        ArgumentNullException.ThrowIfNull(rate);
        if (start.Count is < 1 or > LaneLayout.Lanes) throw new UsageException($"A path has 1 to {LaneLayout.Lanes} numbers: received {start.Count}.");
        var names = optimizer.CheckedSlots();
        // The collector's memory: it goes away with this call.
        AlignedBuffer weights = new(LaneLayout.Lanes, isCollected: true), gradients = new(LaneLayout.Lanes, isCollected: true);
        var slots = new AlignedBuffer(Math.Max(1, names.Count) * LaneLayout.Lanes, isCollected: true);
        var time = new UpdateTime();
        var run = new LaneRun<LanesScalar>(time, weights.Pointer, gradients.Pointer, slots.Pointer, LaneLayout.Lanes, names.Count, start.Count, decays, factor: 1);
        start.ToArray().CopyTo(weights.Span);
        var points = new List<OptimizerPoint>();
        for (var step = 0; ; step++)
        {
            float[] at = weights.Span[..start.Count].ToArray(), slope = [.. gradient(at)];
            if (slope.Length != start.Count) throw new UsageException($"A gradient has a number for each weight, here {start.Count}: received {slope.Length}.");
            points.Add(new OptimizerPoint(at, slope, [.. names.Select((_, slot) => slots.Span.Slice(slot * LaneLayout.Lanes, start.Count).ToArray())]));
            if (step == steps || !slope.All(float.IsFinite)) return points;
            slope.CopyTo(gradients.Span);
            (time.Step, time.LearningRate) = (step, rate(step));
            optimizer.Update(run);
            GC.KeepAlive((weights, gradients, slots));
        }
    }
}

/// <summary>One point of the path of an optimiser.</summary>
/// <param name="Weights">Where it stands.</param>
/// <param name="Gradient">The gradient there.</param>
/// <param name="Slots">What the optimiser keeps, as <see cref="Optimizer.Slots"/> names it, before the next step.</param>
public sealed record OptimizerPoint(float[] Weights, float[] Gradient, IReadOnlyList<float[]> Slots);
