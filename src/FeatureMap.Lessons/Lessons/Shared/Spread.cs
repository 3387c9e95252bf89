namespace FeatureMap.Lessons;

/// <summary>Mean and deviation of numbers, in double precision.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their standard deviation; divides by how many there are.</param>
internal readonly record struct Spread(double Mean, double Deviation)
{
    /// <summary>Of these numbers.</summary>
    public static Spread Of(ReadOnlySpan<float> numbers)
    {
        var (sum, squares) = (0.0, 0.0);
        foreach (var value in numbers)
            sum += value;
        var mean = sum / numbers.Length;
        foreach (var value in numbers)
            squares += (value - mean) * (value - mean);
        return new Spread(mean, Math.Sqrt(squares / numbers.Length));
    }

    /// <summary>The root of their mean square.</summary>
    public static double Size(ReadOnlySpan<float> numbers)
    {
        var squares = 0.0;
        foreach (var value in numbers)
            squares += (double)value * value;
        return Math.Sqrt(squares / numbers.Length);
    }
}
