
namespace FeatureMap.Data;

/// <summary>
/// Makes label maps of mask files. With more than two classes the number of a pixel is its class. With two, a file holds indices (0 and
/// 1) or black and white (0 and the largest value, or 255), which is decided
/// file by file and never guessed: whatever else is there ends in an error with the values that were found.
/// </summary>
/// <param name="names">The classes.</param>
/// <param name="ignoreValue">The number of pixels that are to be ignored; null where all count.</param>
/// <param name="location">The folder or archive in messages.</param>
internal sealed class MaskReader(IReadOnlyList<string> names, int? ignoreValue, string location)
{
    /// <summary>What ignored pixels are in the label maps, whatever they were in the files.</summary>
    public const byte Ignored = 255;

    /// <summary>Whether only two classes are told apart.</summary>
    public bool IsTwoClasses => names.Count == 2;

    private const int MostNamed = 6;
    private const double Nearly = 0.8; // share of a class that is not the first from which on it is worth a word

    // Files with indices (a 1 in them), with black and white, with 0 and another number only; one of each kind for messages.
    private (int Count, string Place) indices, blackWhite, others, opacity, opaque, lossy;
    private int other;

    /// <summary>Reads one file.</summary>
    /// <param name="mask">Its numbers.</param>
    /// <param name="place">Its name in messages.</param>
    /// <param name="labels">Receives the classes.</param>
    /// <exception cref="DataException">A number stands for no class, or it is not clear for which.</exception>
    public void Add(MaskFile mask, string place, Span<byte> labels)
    {
        var histogram = new int[mask.Largest + 1];
        foreach (var value in mask.Values)
            histogram[value]++;
        (int Value, int Count)[] counts = [.. histogram.Index().Where(value => value.Item > 0)];
        int[] numbers = [.. counts.Select(value => value.Value).Where(value => value != ignoreValue)];
        var largest = numbers.LastOrDefault();
        var one = 1;
        if (names.Count > 2 || numbers.All(value => value <= 1))
        {
            if (largest >= names.Count) throw TooMany(counts, place);
            if (numbers.Contains(1) && mask.Kind != MaskKind.Opacity) Note(ref indices, place);
        }
        else
        {
            if (numbers.Any(value => value != 0 && value != largest)) throw TooMany(counts, place);
            one = largest;
            if (largest == mask.Largest || largest == 255) Note(ref blackWhite, place);
            else if (others.Count > 0 && other != largest)
            {
                throw new DataException($"{place}: the mask has the values 0 and {largest}, and {others.Place} has 0 and {other}: "
                    + $"which of them is {names[1]}? Write 0 and 1, or 0 and 255.");
            }
            else
            {
                other = largest;
                Note(ref others, place);
            }
        }
        switch (mask.Kind)
        {
            case MaskKind.Opacity: Note(ref opacity, place); break;
            case MaskKind.OpaqueNumbers: Note(ref opaque, place); break;
            case MaskKind.Lossy: Note(ref lossy, place); break;
        }
        for (var pixel = 0; pixel < labels.Length; pixel++)
        {
            int value = mask.Values[pixel];
            labels[pixel] = value == ignoreValue ? Ignored : names.Count > 2 ? (byte)value : value == one ? (byte)1 : (byte)0;
        }
    }

    /// <summary>What the user should know of all masks together; null where there is nothing.</summary>
    /// <param name="labels">All label maps.</param>
    /// <exception cref="DataException">The files contradict each other.</exception>
    public string? Finish(ReadOnlySpan<byte> labels)
    {
        if (others.Count > 0 && (indices.Count > 0 ? indices : blackWhite) is { Count: > 0 } usual)
        {
            throw new DataException($"{others.Place}: the mask has the values 0 and {other}, "
                + $"while {usual.Place} has 0 and {(indices.Count > 0 ? "1" : "255, or white")}: is {other} {names[1]} as well? Write 0 "
                + "and 1 in all of them, or 0 and 255.");
        }
        if (opacity.Count > 0 && opaque.Count > 0)
        {
            throw new DataException($"{opaque.Place}: the mask is opaque everywhere, while {opacity.Place} is transparent where there is "
                + $"no {names[1]}: "
                + $"is all of it {names[1]}, or do its gray values count? Save all masks as PNG of gray values, 0 and 1 or 0 and 255.");
        }
        var notes = new List<string>();
        if (indices.Count > 0 && blackWhite.Count > 0)
            notes.Add($"{Masks(indices.Count)} 0 and 1, {Masks(blackWhite.Count)} black and white; 1 and white are {names[1]}.");
        if (others.Count > 0) notes.Add($"The masks have the values 0 and {other}; {other} is taken for {names[1]}.");
        if (opacity.Count > 0) notes.Add($"{Masks(opacity.Count, "is", "are")} transparent in part; what is opaque is {names[1]}.");
        if (lossy.Count > 0)
            notes.Add($"{Masks(lossy.Count, "is a JPEG file", "are JPEG files")}, which blurs edges; light pixels are {names[1]}.");
        AddShares(labels, notes);
        return notes.Count == 0 ? null : $"{location}: {string.Join(' ', notes)}";
    }

    private void AddShares(ReadOnlySpan<byte> labels, List<string> notes)
    {
        var counts = new long[256];
        foreach (var label in labels)
            counts[label]++;
        if (ignoreValue is not null) counts[Ignored] = 0;
        var total = counts.Sum();
        string[] missing = [.. names.Where((_, label) => counts[label] == 0)];
        if (missing.Length > 0 && names.Count > 2)
            notes.Add($"No mask has a pixel of {string.Join(", ", missing.Take(MostNamed))}{More(missing.Length)}.");
        var most = Array.IndexOf(counts, counts.Max());
        if (most == 0 || total == 0 || counts[most] < Nearly * total) return;
        var shares = string.Join(", ", names.Select((name, label) => $"{name} {100.0 * counts[label] / total:0.0} %").Take(MostNamed));
        notes.Add($"{names[most]} covers {100.0 * counts[most] / total:0} % of the pixels ({shares}{More(names.Count)}). "
            + "Where it is the smaller part of the pictures the masks are exchanged: put the classes in the other order.");
    }

    private DataException TooMany((int Value, int Count)[] counts, string place)
    {
        var found = string.Join(", ", counts.Take(MostNamed).Select((value, i) =>
            $"{value.Value} ({value.Count:N0}{(i > 0 ? "" : value.Count == 1 ? " pixel" : " pixels")})")) + More(counts.Length);
        var named = string.Join(", ", names.Take(MostNamed)) + More(names.Count);
        var fix = ignoreValue is not null || names.Count > Ignored || !counts.Any(value => value.Value == Ignored) ? ""
            : " If 255 marks pixels of which nobody said what they are, set IgnoreValue = 255.";
        return new DataException($"{place}: the mask has the {(counts.Length == 1 ? "value" : "values")} {found}, and {names.Count} "
            + $"classes are named ({named}): "
            + (names.Count == 2 ? "expected 0 and 1, or 0 and 255 for black and white." : $"expected numbers from 0 to {names.Count - 1}.")
            + " Name as many classes as there are values, or write the number of the class at each pixel." + fix);
    }

    private static string More(int count) => count > MostNamed ? $" and {count - MostNamed:N0} more" : "";

    private static void Note(ref (int Count, string Place) kind, string place) => kind = (kind.Count + 1, kind.Count == 0 ? place : kind.Place);

    private static string Masks(int count, string verb = "has", string verbs = "have") =>
        $"{count:N0} {(count == 1 ? $"mask {verb}" : $"masks {verbs}")}";
}
