namespace FeatureMap.Reports;

/// <summary>Maps values onto pixels of an axis and knows where its ticks stand.</summary>
internal sealed class AxisScale
{
    private readonly double first, last;
    private readonly bool logarithmic;

    private AxisScale(double minimum, double maximum, double first, double last, bool logarithmic, IReadOnlyList<double> ticks)
    {
        (Minimum, Maximum, Ticks) = (minimum, maximum, ticks);
        (this.first, this.last, this.logarithmic) = (first, last, logarithmic);
    }

    public double Minimum { get; }

    public double Maximum { get; }

    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A linear axis that ends at round values around [minimum, maximum]. <paramref name="first"/> and <paramref name="last"/> are
    /// the pixels of its ends.</summary>
    public static AxisScale Linear(double minimum, double maximum, double first, double last, int ticks = 5)
    {
        Widen(ref minimum, ref maximum);
        var step = Step((maximum - minimum) / ticks);
        var begin = Math.Floor((minimum / step) + 1e-9) * step;
        var end = Math.Ceiling((maximum / step) - 1e-9) * step;
        var count = (int)Math.Round((end - begin) / step);
        // Rounded so that 0.1 + 0.2 is not shown as 0.30000000000000004.
        return new(begin, end, first, last, false, [.. Enumerable.Range(0, count + 1).Select(i => Math.Round(begin + (i * step), 12))]);
    }

    /// <summary>A linear axis that ends exactly where it is told to, with ticks at the round numbers inside.</summary>
    public static AxisScale Within((double Minimum, double Maximum) range, double first, double last, int ticks = 5)
    {
        var round = Linear(range.Minimum, range.Maximum, first, last, ticks);
        return new(range.Minimum, range.Maximum, first, last, false,
            [.. round.Ticks.Where(tick => tick >= range.Minimum && tick <= range.Maximum)]);
    }

    /// <summary>A linear axis over whole numbers that ends exactly at its values, for epochs.</summary>
    public static AxisScale Whole(double minimum, double maximum, double first, double last, int ticks = 8)
    {
        var step = Math.Max(1, (int)Step((maximum - minimum) / ticks));
        List<double> marks = [.. Enumerable.Range((int)Math.Ceiling(minimum),
            Math.Max(0, (int)maximum - (int)Math.Ceiling(minimum)) + 1).Where(i => i % step == 0).Select(i => (double)i)];
        Widen(ref minimum, ref maximum);
        return new(minimum, maximum, first, last, false, marks);
    }

    /// <summary>A logarithmic axis with ticks at 1, 2 and 5 times powers of ten, or powers of ten alone over more than three
    /// decades.</summary>
    public static AxisScale Logarithmic(double minimum, double maximum, double first, double last)
    {
        var (low, high) = ((int)Math.Floor(Math.Log10(minimum)), (int)Math.Ceiling(Math.Log10(maximum)));
        double[] factors = high - low > 3 ? [1] : [1, 2, 5];
        var all = Enumerable.Range(low,
            high - low + 1).SelectMany(power => factors.Select(factor => factor * Math.Pow(10, power))).ToList();
        var begin = all.LastOrDefault(tick => tick <= minimum * 1.0001, minimum);
        var end = all.FirstOrDefault(tick => tick >= maximum * 0.9999, maximum);
        return new(begin, end, first, last, true, [.. all.Where(tick => tick >= begin * 0.9999 && tick <= end * 1.0001)]);
    }

    /// <summary>What a reader should know about where an axis of these values begins; empty where it begins at zero.</summary>
    /// <param name="minimum">The least value that is drawn.</param>
    /// <param name="maximum">The greatest one.</param>
    /// <param name="format">How the numbers of the axis are written.</param>
    public static string Beginning(double minimum, double maximum, Func<double, string> format) =>
        Linear(minimum, maximum, 0, 1).Minimum is var begin && begin > 0 ? $" The axis begins at {format(begin)}, not at zero." : "";

    public double Position(double value)
    {
        var share = logarithmic ? Math.Log(value / Minimum) / Math.Log(Maximum / Minimum) : (value - Minimum) / (Maximum - Minimum);
        return first + (share * (last - first));
    }

    // The next of 1, 2, 5 x 10^n at or above the value.
    private static double Step(double value)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        var factor = value / power;
        return power * (factor <= 1.0001 ? 1 : factor <= 2.0001 ? 2 : factor <= 5.0001 ? 5 : 10);
    }

    private static void Widen(ref double minimum, ref double maximum)
    {
        if (maximum - minimum > 1e-9 * Math.Max(1e-9, Math.Abs(maximum)))
            return;
        var margin = Math.Max(Math.Abs(minimum) * 0.1, 1e-6);
        minimum -= margin;
        maximum += margin;
    }
}
