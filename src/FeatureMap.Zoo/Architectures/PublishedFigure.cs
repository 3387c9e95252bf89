using System.Globalization;

namespace FeatureMap.Zoo;

/// <summary>A count of an architecture, and what others print for it.</summary>
/// <param name="Value">The exact count, as a network of the default shape and classes has it.</param>
/// <param name="Source">Who prints it; where nobody does, what it is counted from.</param>
/// <param name="Printed">How it is printed there: all digits, or rounded or cut off, with <c>M</c> for a million and <c>G</c> for a thousand of them; null where nobody does.</param>
public sealed record PublishedFigure(long Value, string Source, string? Printed = null)
{
    /// <summary>Whether the exact count agrees with what is printed, up to one unit of its last digit; true where nothing is printed.</summary>
    public bool Agrees
    {
        get
        {
            if (Printed is null) return true;
            var digits = Printed.TrimEnd('M', 'G', ' ');
            var unit = Printed[^1] switch { 'M' => 1e6, 'G' => 1e9, _ => 1 };
            var decimals = digits.Contains('.', StringComparison.Ordinal) ? digits.Length - digits.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
            var difference = Math.Abs((Value / unit) - double.Parse(digits, CultureInfo.InvariantCulture));
            return unit == 1 ? difference == 0 : difference < Math.Pow(10, -decimals);
        }
    }

    /// <summary>The count, how it is printed where that is rounded, and where it comes from.</summary>
    public override string ToString() => $"{Value:N0} ({(Printed?[^1] is 'M' or 'G' ? $"{Printed}: " : "")}{Source})";
}
