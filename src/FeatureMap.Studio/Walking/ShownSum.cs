using System.Globalization;

namespace FeatureMap.Studio;

/// <summary>
/// A sum as a page shows it: parts with so many decimals, and what they give with so many that the parts as they are shown add up to it,
/// and that the number of the engine, which adds in single precision, is the same to the last digit.
/// </summary>
internal sealed record ShownSum
{
    // Of single precision about seven digits count.
    private const int Digits = 7, MostDecimals = 10;

    private ShownSum(int decimals, int resultDecimals, double sum, double engine) =>
        (Decimals, ResultDecimals, Sum, Engine) = (decimals, resultDecimals, sum, engine);

    /// <summary>Decimals of the parts.</summary>
    public int Decimals { get; }

    /// <summary>Decimals of the result.</summary>
    public int ResultDecimals { get; }

    private double Sum { get; }

    private double Engine { get; }

    /// <summary>The sum of the parts as they are shown.</summary>
    public string SumText => Written(Sum, ResultDecimals);

    /// <summary>What the engine gave.</summary>
    public string EngineText => Written(Engine, ResultDecimals);

    /// <summary>Chooses the decimals.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="result">What they give: the engine's number.</param>
    public static ShownSum Of(IReadOnlyCollection<double> parts, double result)
    {
        var largest = parts.Append(result).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        // Far numbers have no decimals that a sum could agree in.
        if (largest > 1e12 || parts.Append(result).Any(part => !double.IsFinite(part))) return new(0, 0, parts.Sum(), result);
        var decimals = Math.Clamp(Digits - (largest == 0 ? 0 : (int)Math.Ceiling(Math.Log10(largest))), 0, MostDecimals);
        var sum = parts.Sum(part => Rounded(part, decimals));
        var own = decimals;
        while (own > -MostDecimals && Rounded(sum, own) != Rounded((decimal)result, own)) own--;
        return new(decimals, own, (double)sum, result);
    }

    /// <summary>A part.</summary>
    public string Part(double value) => Written(value, Decimals);

    /// <summary>A number with so many decimals at most.</summary>
    public static string Written(double value, int decimals) => double.IsFinite(value) && Math.Abs(value) <= 1e12
        ? Rounded(value, decimals).ToString(decimals <= 0 ? "0" : "0." + new string('#', decimals), CultureInfo.InvariantCulture)
        : Lessons.NumberText.Of(value);

    /// <summary>A number with the seven digits that single precision has.</summary>
    public static string Exact(double value) => !double.IsFinite(value) ? Lessons.NumberText.Of(value)
        : ((float)value).ToString("G7", CultureInfo.InvariantCulture).Replace("E+0", "e+", StringComparison.Ordinal)
            .Replace("E-0", "e-", StringComparison.Ordinal).Replace('E', 'e');

    private static decimal Rounded(double value, int decimals) => Rounded((decimal)value, decimals);

    // Below 0: to tens, hundreds, and so on.
    private static decimal Rounded(decimal value, int decimals)
    {
        if (decimals >= 0) return Math.Round(value, decimals, MidpointRounding.AwayFromZero);
        var unit = (decimal)Math.Pow(10, -decimals);
        return Math.Round(value / unit, MidpointRounding.AwayFromZero) * unit;
    }
}
