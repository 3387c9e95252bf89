using System.Globalization;
using FeatureMap.Descriptions;

namespace FeatureMap.Lessons;

/// <summary>Several whole numbers with <c>_</c> between them, as they may stand in an address; commas and spaces are read too.</summary>
internal sealed class ListKind(int least, int most, int fewest, int longest) : ValueKind
{
    public override string Text =>
        $"{(fewest == longest ? $"{fewest}" : $"{fewest} to {longest}")} whole numbers with commas between them, each from {least} to "
            + $"{most:N0}";

    public override object? Parse(string text)
    {
        var parts = text.Split([',', '_', ' '], StringSplitOptions.TrimEntries);
        if (parts.Length < fewest || parts.Length > longest) return null;
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i])
                || numbers[i] < least || numbers[i] > most) return null;
        return numbers;
    }

    public override string Format(object value) => string.Join('_', ((IReadOnlyList<int>)value)
        .Select(number => number.ToString(CultureInfo.InvariantCulture)));
}
