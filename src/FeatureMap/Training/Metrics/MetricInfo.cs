using System.Globalization;

namespace FeatureMap.Training;

/// <summary>How a measure is called, written and compared.</summary>
/// <param name="Name">Its name in lower case, such as <c>pixel error</c>.</param>
/// <param name="Unit"><c>%</c> for shares of 0 to 1, which are written as per cent; otherwise what is written behind the number, such as <c>dB</c>, or nothing.</param>
/// <param name="HigherIsBetter">Whether more is better.</param>
public sealed record MetricInfo(string Name, string Unit = "", bool HigherIsBetter = true)
{
    /// <summary>The share of right answers: what is measured where a network tells classes apart.</summary>
    public static MetricInfo Accuracy { get; } = new("accuracy", "%");

    /// <summary>Its name in lower case: letters, digits and spaces, so that it can be a column of the log.</summary>
    /// <exception cref="UsageException">The name has other characters.</exception>
    public string Name { get; } = Name is { Length: > 0 } && Name.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ') && char.IsAsciiLetter(Name[0]) && Name[^1] != ' '
        ? Name : throw new UsageException($"The name of a metric consists of letters, digits and spaces and begins with a letter: received '{Name}'.");

    /// <summary>Whether this is the share of right answers.</summary>
    public bool IsAccuracy => this == Accuracy;

    /// <summary>The name at the beginning of a line: <c>Pixel error</c>, <c>PSNR</c>.</summary>
    public string Title => char.ToUpperInvariant(Name[0]) + Name[1..];

    /// <summary>The name as part of a column of the log, which has <c>train</c> or <c>validation</c> before it: <c>PixelError</c>.</summary>
    internal string Column => string.Concat(Name.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>What a value is multiplied with to be written: 100 for per cent, else 1.</summary>
    public double Factor => Unit == "%" ? 100 : 1;

    /// <summary>A value for people: <c>97.31 %</c>, <c>32.55 dB</c>, <c>0.1234</c>; a dash where nothing was measured.</summary>
    public string Format(double value) => double.IsNaN(value) ? "-" : Unit.Length == 0
        ? value.ToString("0.0000", CultureInfo.InvariantCulture)
        : $"{value * Factor:0.00} {Unit}";

    /// <summary>Whether the first value is better than the second; one that is not a number is worse than any.</summary>
    /// <param name="value">The first.</param>
    /// <param name="than">The second.</param>
    public bool IsBetter(double value, double than) => HigherIsBetter ? value > than || (double.IsNaN(than) && !double.IsNaN(value)) : value < than || (double.IsNaN(than) && !double.IsNaN(value));
}
