namespace FeatureMap.Interchange;

/// <summary>Numbers counted in buckets whose limits are 0 and plus and minus 1e-12 times powers of 1.1, as TensorFlow's histograms.</summary>
internal sealed class HistogramBuckets
{
    private static readonly double[] Limits = MakeLimits();
    private readonly long[] counts = new long[Limits.Length];
    private readonly double minimum = double.PositiveInfinity, maximum = double.NegativeInfinity, sum, squares;

    public HistogramBuckets(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value)) continue;
            Count++;
            (minimum, maximum) = (Math.Min(minimum, value), Math.Max(maximum, value));
            sum += value;
            squares += (double)value * value;
            var at = Array.BinarySearch(Limits, value);
            // A bucket holds what lies below its limit and not below the limit before.
            counts[at >= 0 ? at + 1 : ~at]++;
        }
    }

    public long Count { get; }

    /// <summary>The fields of a HistogramProto; empty buckets at both ends are left out.</summary>
    public void Write(ProtobufWriter histogram)
    {
        var first = Array.FindIndex(counts, count => count > 0);
        var last = Array.FindLastIndex(counts, count => count > 0);
        // The bucket before the first begins it.
        first = Math.Max(0, first - 1);
        histogram.Double(1, minimum);
        histogram.Double(2, maximum);
        histogram.Double(3, Count);
        histogram.Double(4, sum);
        histogram.Double(5, squares);
        histogram.Packed(6, Limits[first..(last + 1)]);
        histogram.Packed(7, Array.ConvertAll(counts[first..(last + 1)], count => (double)count));
    }

    private static double[] MakeLimits()
    {
        var positive = new List<double>();
        for (var limit = 1e-12; limit < 1e20; limit *= 1.1)
            positive.Add(limit);
        positive.Add(double.MaxValue);
        return [.. positive.AsEnumerable().Reverse().Select(limit => -limit), 0, .. positive];
    }
}
