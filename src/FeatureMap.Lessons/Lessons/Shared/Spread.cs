namespace FeatureMap.Lessons;

/// <summary>Mean and deviation of numbers, in double precision.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation; divides by how many there are.</param>
internal readonly record struct Spread(double Mean, double Deviation)
{
    /// <summary>Of these numbers.</summary>
    public static Spread Of(IReadOnlyCollection<float> numbers)
    {
        var mean = numbers.Average(value => (double)value);
        return new Spread(mean, Math.Sqrt(numbers.Average(value => (value - mean) * (value - mean))));
    }
}
