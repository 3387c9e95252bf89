using System.Text;

namespace FeatureMap.Data;

/// <summary>Which numbers the masks of a set have, before anybody says what they mean.</summary>
internal sealed class MaskSurvey
{
    private readonly long[] counts = new long[ushort.MaxValue + 1];
    private readonly string?[] places = new string?[ushort.MaxValue + 1];

    /// <summary>Counts a mask.</summary>
    public void Add(MaskFile mask, string place)
    {
        foreach (var value in mask.Values)
        {
            counts[value]++;
            places[value] ??= place;
        }
    }

    /// <summary>The numbers, from the lowest on.</summary>
    public IReadOnlyList<int> Values => [.. counts.Index().Where(count => count.Item > 0).Select(count => count.Index)];

    /// <summary>The first file that has a number.</summary>
    public string PlaceOf(int value) => places[value]!;

    /// <summary>The numbers with their part of the pixels, such as <c>0 (77.9 %) and 255 (22.1 %)</c>.</summary>
    public string Shares(int most)
    {
        var (values, total) = (Values, counts.Sum());
        string[] first = [.. values.Take(most).Select(value => $"{value} ({100.0 * counts[value] / total:0.0} %)")];
        return values.Count > most ? $"{string.Join(", ", first)} and {values.Count - most:N0} more"
            : first.Length < 2 ? string.Join("", first) : $"{string.Join(", ", first[..^1])} and {first[^1]}";
    }
}

/// <summary>What the numbers or colours of masks stand for.</summary>
/// <param name="ClassNames">The classes, by label.</param>
/// <param name="Ignored">The number of pixels that count for nothing; null where all count.</param>
/// <param name="Colours">The colours of the classes; null where the numbers are the classes.</param>
/// <param name="Why">A sentence on where it was taken from.</param>
internal sealed record MaskMeaning(IReadOnlyList<string> ClassNames, int? Ignored, MaskColours? Colours, string Why)
{
    private const int MostNamed = 6, LongestList = 1_000_000;
    private static readonly string[] ListNames = ["classes.txt", "class_names.txt", "codes.txt", "labels.txt", "names.txt", "obj.names"];
    private static readonly string[] IgnoredNames = ["void", "ignore", "ignored", "unlabeled", "unlabelled"];

    /// <summary>The table of colours that is to be looked at: the one that was given, or one that lies in the tree.</summary>
    /// <exception cref="DataException">It is no such table.</exception>
    public static MaskColours? TableOf(FileTree tree, ClassFolderOptions options)
    {
        if (options.MaskColours.Length > 0)
        {
            var given = Data.MaskColours.Load(options.MaskColours);
            return IgnoredIn(given) is { } name ? Data.MaskColours.Load(options.MaskColours, name) : given;
        }
        if (Shallowest(tree, ["labelmap.txt"]) is not { } file) return null;
        var (content, place) = (tree.Read([file], LongestList).First(), tree.Place(file));
        if (content.Error is { } error) throw error;
        var table = Data.MaskColours.Read(content.Content!, place, null);
        return IgnoredIn(table) is { } ignored ? Data.MaskColours.Read(content.Content!, place, ignored) : table;
    }

    /// <summary>That of masks that are painted in colours.</summary>
    public static MaskMeaning Of(MaskColours table) => new(table.ClassNames, table.HasIgnored ? MaskReader.Ignored : null, table,
        $"The colours stand for {Listed(table.ClassNames)}{(table.HasIgnored ? $" ({IgnoredIn(table)} counts for nothing)" : "")}.");

    /// <summary>That of masks of numbers.</summary>
    /// <param name="survey">The numbers.</param>
    /// <param name="tree">Where a list of names may lie.</param>
    /// <param name="options">What was said.</param>
    /// <exception cref="DataException">The numbers are no classes, or only one.</exception>
    public static MaskMeaning Of(MaskSurvey survey, FileTree tree, ClassFolderOptions options)
    {
        var values = survey.Values;
        string[] names = [.. options.MaskClasses.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        var isGiven = names.Length > 0;
        var ignored = options.MaskIgnore is >= 0 ? options.MaskIgnore : options.MaskIgnore is null && IsUsuallyIgnored(values, names)
            ? MaskReader.Ignored : null;
        int[] counted = [.. values.Where(value => value != ignored)];
        if (counted.Length < 2)
            throw new DataException($"{tree.Location}: the masks have one number only, {(counted.Length == 1 ? counted[0] : ignored)}"
                + $"{(ignored is not null && counted.Length == 1 ? $" (besides {ignored}, which counts for nothing)" : "")}, at every "
                + $"pixel of every mask, such as {survey.PlaceOf(values[0])}: there is nothing to tell apart. It is usually a wrong "
                + "folder or a wrong threshold.");
        var of = "";
        if (!isGiven && NamesIn(tree) is var (listed, place) && listed.Length > 0)
        {
            if (listed.Length > counted[^1] || (listed.Length == 2 && counted.Length == 2)) (names, of) = (listed, place);
            else of = $"{place} has {listed.Length:N0} names, too few for the number {counted[^1]}, and is not used";
        }
        var ends = ignored is not { } value ? "" : $"; {value} counts for nothing{(values.Contains(value) ? "" : ", and no mask has it")}";
        if (names.Length > 0)
        {
            CheckNames(names, tree.Location);
            return new(names, ignored, null, $"They stand for {Listed(names)}{ends}{(isGiven ? "" : $" ({of})")}.");
        }
        var more = of.Length == 0 ? "" : $" {of}.";
        if (counted is [0, var one])
            return new(["background", "object"], ignored, null, $"0 is called background and {one} object{ends}. Other names: "
                + $"mask-classes=background,cell.{more}");
        if (counted[^1] >= MaskReader.Ignored || 2 * counted.Length <= counted[^1])
            throw new DataException($"{tree.Location}: the masks have the numbers {survey.Shares(MostNamed)}; {counted[^1]} is one of "
                + $"{survey.PlaceOf(counted[^1])}. The number of a pixel is the number of its class, from 0 on, and here most of the "
                + $"numbers up to {counted[^1]} are missing. Are these gray values? Smooth edges (black and white with gray between) need "
                + "a threshold; painted gray values need a table, such as a labelmap.txt with lines road:128,128,128:: beside the "
                + $"folders; or name all {counted[^1] + 1:N0} classes by mask-classes.");
        names = [.. Enumerable.Range(0, counted[^1] + 1).Select(number => $"class {number}")];
        return new(names, ignored, null, $"They are taken for the numbers of {names.Length:N0} classes{ends}. Names for them: a "
            + $"classes.txt with one on each line, or mask-classes=road,sky,...{more}");
    }

    private static bool IsUsuallyIgnored(IReadOnlyList<int> values, string[] names) =>
        values.Contains(MaskReader.Ignored) && names.Length <= MaskReader.Ignored
        && (names.Length > 2 || values.Any(value => value is > 0 and < MaskReader.Ignored));

    private static void CheckNames(string[] names, string location)
    {
        if (names.Length is < 2 or > 256) throw new DataException($"{location}: masks tell 2 to 256 classes apart: received "
            + $"{(names.Length == 1 ? $"1 name ({names[0]})" : $"{names.Length:N0} names")}. The background is a class too: "
            + "mask-classes=background,cell.");
        if (names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new DataException($"{location}: two classes of the masks are called {twice.Key}. Give each its own name.");
    }

    private static string? IgnoredIn(MaskColours table) => table.IgnoredName ?? (table.ClassNames.Count > 2
        ? table.ClassNames.FirstOrDefault(name => IgnoredNames.Contains(name.ToLowerInvariant())) : null);

    private static (string[] Names, string Place) NamesIn(FileTree tree)
    {
        if (Shallowest(tree, ListNames) is not { } file || tree.Read([file], LongestList).First().Content is not { } content) return ([],
            "");
        return ([.. Encoding.UTF8.GetString(content).TrimStart('\uFEFF')
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(EntryPath.Shown)],
                tree.Files[file].Path);
    }

    private static int? Shallowest(FileTree tree, string[] names) => tree.Files.Index()
        .Where(file => names.Contains(file.Item.Path[(file.Item.Path.LastIndexOf('/') + 1)..].ToLowerInvariant()))
        .OrderBy(file => file.Item.Path.Count(letter => letter == '/')).ThenBy(file => file.Item.Path, StringComparer.Ordinal)
        .Select(file => (int?)file.Index).FirstOrDefault();

    private static string Listed(IReadOnlyList<string> names) => names.Count <= 2 * MostNamed ? string.Join(", ", names)
        : $"{string.Join(", ", names.Take(2 * MostNamed))} and {names.Count - (2 * MostNamed):N0} more";
}
