using System.Globalization;
using FeatureMap.Ops;

namespace FeatureMap;

// Initialisers by name: a word, or a word with numbers and names in parentheses. The names may come from files, so nothing is trusted.
public abstract partial class Initializer
{
    private const float Largest = 1_000_000;
    private const int LongestName = 200;

    /// <summary>What the names with settings look like, for messages.</summary>
    internal const string Forms =
        "constant(VALUE), normal(DEVIATION[, MEAN]), truncated-normal(DEVIATION[, MEAN]), uniform(LIMIT) or uniform(LOW, HIGH), "
        + "variance-scaling(SCALE, fan-in|fan-out|fan-average, normal|uniform), orthogonal(GAIN), identity(GAIN), icnr(FACTOR, column-row-depth|depth-column-row, INITIALISER)";

    private static readonly string[] FanNames = ["fan-in", "fan-out", "fan-average"];
    private static readonly string[] Distributions = ["normal", "uniform"];

    /// <summary>Names of the initialisers without a number of their own.</summary>
    internal static IReadOnlyList<string> Names => [.. Named.Select(initializer => initializer.Name)];

    private static Initializer[] Named => [HeNormal, HeUniform, GlorotNormal, GlorotUniform, LeCunNormal, LeCunUniform, Zeros, Ones];

    /// <summary>The initialiser of this <see cref="Name"/>; null where there is none among those of this class.</summary>
    internal static Initializer? FromName(string name)
    {
        if (Named.FirstOrDefault(initializer => initializer.Name == name) is { } named) return named;
        var open = name.IndexOf('(', StringComparison.Ordinal);
        if (name.Length > LongestName || open < 0 || name[^1] != ')') return null;
        // Only the last setting may have parentheses and commas of its own: that of ICNR.
        var settings = name[(open + 1)..^1].Split(',', 3, StringSplitOptions.TrimEntries);
        var made = (name[..open], settings) switch
        {
            ("constant", [var value]) when Number(value) is { } v => Constant(v),
            ("normal", [var deviation, .. { Length: <= 1 } mean]) when Size(deviation) is { } d && Mean(mean) is { } m => Normal(d, m),
            ("truncated-normal", [var deviation, .. { Length: <= 1 } mean]) when Size(deviation) is { } d && Mean(mean) is { } m => TruncatedNormal(d, m),
            ("uniform", [var limit]) when Size(limit) is { } l => Uniform(l),
            ("uniform", [var low, var high]) when Number(low) is { } l && Number(high) is { } h && l <= h => Uniform(l, h),
            ("variance-scaling", [var scale, var fan, var distribution]) when Size(scale) is { } s && FanNames.Contains(fan) && Distributions.Contains(distribution) =>
                VarianceScaling(s, (FanMode)Array.IndexOf(FanNames, fan), distribution == "uniform"),
            ("orthogonal", [var gain]) when Size(gain) is { } g => Orthogonal(g),
            ("identity", [var gain]) when Number(gain) is { } g => Identity(g),
            ("icnr", [var factor, var order, var inner]) when int.TryParse(factor, NumberStyles.None, CultureInfo.InvariantCulture, out var f) && f is >= 1 and <= SubPixels.MostFactor
                && SubPixelInitializer.OrderNames.Contains(order) && FromName(inner) is { } i => Icnr(f, i, (ChannelOrder)Array.IndexOf(SubPixelInitializer.OrderNames, order)),
            _ => (Initializer?)null,
        };
        return made;
    }

    private static float? Mean(string[] settings) => settings.Length == 0 ? 0 : Number(settings[0]);

    private static float? Size(string text) => Number(text) is >= 0 and var size ? size : null;

    private static float? Number(string text) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Math.Abs(number) <= Largest ? number : null;
}
