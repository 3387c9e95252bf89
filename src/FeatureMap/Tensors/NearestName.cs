namespace FeatureMap;

/// <summary>Finds the name that a mistyped one was probably meant to be.</summary>
public static class NearestName
{
    /// <summary>" Did you mean 'x'?" for the nearest of the known names, or a list of them when none is near; empty when there are
    /// none.</summary>
    public static string Suggest(string received, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(received);
        var names = known.ToList();
        if (names.Count == 0) return "";
        var nearest = names.MinBy(name => Distance(received, name))!;
        return Distance(received, nearest) <= Math.Max(2, nearest.Length / 3)
            ? $" Did you mean '{nearest}'?"
            : $" Known: {string.Join(", ", names.Take(30))}{(names.Count > 30 ? ", ..." : "")}.";
    }

    /// <summary>Insertions, deletions, replacements and swaps of neighbours from one word to the other, upper and lower case
    /// alike.</summary>
    internal static int Distance(string first, string second)
    {
        (first, second) = (first.ToUpperInvariant(), second.ToUpperInvariant());
        if (first.Length > 100) first = first[..100];
        var rows = new int[first.Length + 1, second.Length + 1];
        for (var i = 0; i <= first.Length; i++)
            for (var j = 0; j <= second.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }
                var replace = rows[i - 1, j - 1] + (first[i - 1] == second[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(replace, 1 + Math.Min(rows[i - 1, j], rows[i, j - 1]));
                if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        return rows[first.Length, second.Length];
    }
}
