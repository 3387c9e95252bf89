using System.Globalization;
using FeatureMap.Descriptions;

namespace FeatureMap.Studio;

/// <summary>The pairs of an address, each name once unless it is one of a list.</summary>
internal sealed class RunQuery
{
    private readonly List<(string Name, string Text)> pairs;
    private readonly string page;

    /// <param name="page">The page, for messages.</param>
    /// <param name="query">What stands behind the question mark.</param>
    /// <param name="known">Names that the page takes.</param>
    /// <param name="lists">Those of them that may stand several times.</param>
    /// <exception cref="UsageException">A name is not one of the page's, or stands twice.</exception>
    public RunQuery(string page, string query, IReadOnlyList<string> known, IReadOnlyList<string>? lists = null)
    {
        this.page = page;
        pairs = [.. Pairs(query)];
        foreach (var (name, _) in pairs)
            if (!known.Contains(name))
                throw new UsageException($"{page} has no {ValueKind.Shortened(name)}; it takes {string.Join(", ", known)}.");
        foreach (var twice in pairs.GroupBy(pair => pair.Name).Where(group => group.Count() > 1 && lists?.Contains(group.Key) != true))
            throw new UsageException($"{ValueKind.Shortened(twice.Key)} is given twice. Leave one out.");
    }

    /// <summary>The pairs of a text.</summary>
    public static IEnumerable<(string Name, string Text)> Pairs(string query) => query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2) is [var name, var text] ? (Decoded(name), Decoded(text)) : (Decoded(pair), ""));

    /// <summary>Pairs as an address; empty values are left out. A comma may stand in it as it is.</summary>
    public static string Written(IEnumerable<(string Name, string Text)> pairs) => string.Join('&', pairs
        .Where(pair => pair.Text.Length > 0).Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Text)}"))
        .Replace("%2C", ",", StringComparison.Ordinal);

    /// <summary>The text of a name; empty where it is not there.</summary>
    public string Text(string name) => pairs.FirstOrDefault(pair => pair.Name == name).Text?.Trim() ?? "";

    /// <summary>All texts of a name, also those with commas between them.</summary>
    public IReadOnlyList<string> All(string name) => [.. pairs.Where(pair => pair.Name == name).SelectMany(pair =>
        pair.Text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];

    /// <summary>One of several words; the first where it is not there.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public string Word(string name, params string[] words) => Text(name) is not { Length: > 0 } text ? words[0]
        : words.Contains(text) ? text
        : throw new UsageException($"{name} of {page} is one of {string.Join(", ", words)}: received '{ValueKind.Shortened(text)}'.");

    /// <summary>A number; <paramref name="usual"/> where it is not there.</summary>
    /// <exception cref="UsageException">It is none, or out of range.</exception>
    public double Number(string name, double usual, double least, double most) => Text(name) is not { Length: > 0 } text ? usual
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
        ? number
        : throw new UsageException($"{name} of {page} is a number from {least} to {most}: received '{ValueKind.Shortened(text)}'.");

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
