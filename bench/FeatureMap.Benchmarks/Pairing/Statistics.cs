namespace FeatureMap.Benchmarks.Pairing;

public static class Statistics
{
    public static double Median(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// <summary>(largest - smallest) / median: the noise of the rounds in one figure.</summary>
    public static double Spread(IReadOnlyList<double> values) => (values.Max() - values.Min()) / Median(values);
}
