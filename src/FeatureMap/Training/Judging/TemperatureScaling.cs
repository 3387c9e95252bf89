using FeatureMap.Randomness;

namespace FeatureMap.Training;

/// <summary>
/// One number that makes a classifier as sure as it is right: its scores are divided by a temperature before the softmax. Above 1 it is
/// less sure, below 1 surer; which class is the most probable never changes. It is chosen where the likelihood of images that were not
/// trained on is highest. Source: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", ICML 2017, section 4.2.
/// </summary>
public static class TemperatureScaling
{
    /// <summary>No temperature is lower: it is reached where every answer is right, and more sureness can only gain.</summary>
    public const double Lowest = 0.05;

    /// <summary>No temperature is higher: it is reached where the answers say nothing about the truth.</summary>
    public const double Highest = 20;

    // A probability of 0 has no logarithm.
    private const double Least = 1e-300;
    private const int MostSteps = 100;

    /// <summary>The temperature with the highest likelihood, from <see cref="Lowest"/> to <see cref="Highest"/>.</summary>
    /// <param name="probabilities">Of each image, the probability of each class: they add up to 1.</param>
    /// <param name="labels">The true class of each image.</param>
    /// <exception cref="DataException">The lengths differ, there are no images, or a label has no probability.</exception>
    public static double Fit(IReadOnlyList<IReadOnlyList<double>> probabilities, IReadOnlyList<int> labels)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        ProbabilityTable.Check(probabilities, labels, probabilities.Count == 0 ? 0 : probabilities[0].Count);
        var scores = new double[probabilities.Count][];
        for (var image = 0; image < scores.Length; image++)
            scores[image] = [.. probabilities[image].Select(p => PortableMath.Log(Math.Max(p, Least)))];
        // The loss is convex in 1 / temperature, so its slope crosses 0 once: Newton's steps, kept inside a shrinking bracket.
        double low = 1 / Highest, high = 1 / Lowest, at = 1;
        if (Slope(scores, labels, low).First >= 0) return Highest;
        if (Slope(scores, labels, high).First <= 0) return Lowest;
        for (var step = 0; step < MostSteps && high - low > 1e-12 * high; step++)
        {
            var (first, second) = Slope(scores, labels, at);
            if (first == 0) break;
            if (first < 0) low = at;
            else high = at;
            var next = at - (first / second);
            if (!(next > low && next < high)) next = (low + high) / 2;
            if (Math.Abs(next - at) <= 1e-13 * at) break;
            at = next;
        }
        return 1 / at;
    }

    /// <summary>Probabilities at a temperature: each to the power of 1 / temperature, and then again with a sum of 1.</summary>
    /// <param name="probabilities">Those of one image.</param>
    /// <param name="temperature">Above 0.</param>
    /// <exception cref="UsageException">The temperature is not above 0.</exception>
    public static IReadOnlyList<double> Apply(IReadOnlyList<double> probabilities, double temperature)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        Check(temperature);
        double[] powers = [.. probabilities.Select(p => PortableMath.Log(Math.Max(p, Least)) / temperature)];
        var most = powers.Max();
        double sum = 0;
        foreach (ref var power in powers.AsSpan())
            sum += power = PortableMath.Exp(power - most);
        foreach (ref var power in powers.AsSpan())
            power /= sum;
        return powers;
    }

    /// <exception cref="UsageException">The temperature is not above 0.</exception>
    internal static void Check(double temperature)
    {
        if (!(temperature > 0 && double.IsFinite(temperature)))
            throw new UsageException($"A temperature is a number above 0: received {temperature}. 1 changes nothing.");
    }

    // Of the summed cross-entropy at 1 / temperature: the slope is (mean score - true score), the curvature the variance of the scores.
    private static (double First, double Second) Slope(double[][] scores, IReadOnlyList<int> labels, double inverse)
    {
        double first = 0, second = 0;
        for (var image = 0; image < scores.Length; image++)
        {
            var own = scores[image];
            double most = own.Max(), sum = 0, mean = 0, square = 0;
            foreach (var score in own)
            {
                var weight = PortableMath.Exp((score - most) * inverse);
                var distance = score - most;
                sum += weight;
                mean += weight * distance;
                square += weight * distance * distance;
            }
            mean /= sum;
            first += mean - (own[labels[image]] - most);
            second += (square / sum) - (mean * mean);
        }
        return (first, Math.Max(second, 1e-300));
    }
}
