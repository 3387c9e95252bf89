using System.Globalization;
using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>
/// Reads YOLO: a text file for each picture with a line for each thing, its class and centre and sides of its box as shares of the
/// picture's, or the points of its outline, and data.yaml with the classes and the parts. A picture without a file has no thing in it.
/// </summary>
internal sealed class YoloReader(ReadContext context)
{
    private const long LargestFile = 50_000_000;

    // Labelling tools round, so a share may be a little beyond 1.
    private const double Most = 1.01, Least = -0.01;
    private const int MostRows = 1_000_000;

    private readonly HashSet<int> labels = [];
    private int scores;

    public (IReadOnlyList<string> Classes, IReadOnlyList<DraftPicture> Pictures) Read()
    {
        var description = YoloDescription.Find(context);
        var parts = new YoloParts(context, description).Read();
        if (parts.Count == 0)
        {
            var named = string.Join(", ", description.Parts.Select(part => part.Value).Distinct().Take(4));
            throw new DataException($"{context.Tree.Location}: none of the pictures that the parts name ({named}) is there. Expected "
                + $"train.txt "
                + "with a path such as images/1.jpg in each line, or data.yaml with folders.");
        }
        var drafts = new List<DraftPicture>();
        var labelOf = new Dictionary<int, DraftPicture>();
        foreach (var (picture, split) in parts)
        {
            var path = context.PathOf(picture);
            var label = LabelOf(path);
            if (label is { } twice && labelOf.TryGetValue(twice, out var other))
                throw new DataException($"{context.Place(twice)}: the file belongs to {other.Named} and to {path}, which differ in their "
                    + $"ending only. Call one of them differently.");
            var draft = new DraftPicture(picture, path, null, split, label is { } file ? context.PathOf(file) : path) { IsRelative = true };
            if (label is { } known) labelOf.Add(known, draft);
            drafts.Add(draft);
        }
        if (labelOf.Count == 0)
        {
            var first = context.PathOf(parts[0].Picture);
            throw new DataException($"{context.Tree.Location}: none of the {parts.Count:N0} pictures has a file of labels. For {first} "
                + $"expected {LabelPath(first)}"
                + $"{(first.Contains("images/", StringComparison.Ordinal) ? "" : ", beside it")}.");
        }
        context.ReadHeaders(parts.Select(part => part.Picture));
        foreach (var (file, content) in context.Contents([.. labelOf.Keys.Order()], LargestFile))
            Rows(file, content, description, labelOf[file]);
        if (scores > 0)
            context.Say(AnnotationRemarkKind.LeftOut, false, $"{scores:N0} rows have a sixth number, as the answers of a detector have "
                + $"their score; it is not read.", null);
        var classes = description.Names ?? Unnamed(drafts);
        NoteAlone(labelOf.Keys, drafts);
        return (classes, drafts);
    }

    private string[] Unnamed(List<DraftPicture> drafts)
    {
        var count = 1 + drafts.SelectMany(draft => draft.Things).Max(thing => (int?)thing.Class) ?? 0;
        if (count == 0) throw new DataException($"{context.Tree.Location}: no label has a thing in it and no file names classes. Expected "
            + $"data.yaml with 'names: [cat, dog]', or classes.txt.");
        if (context.Options.ClassNames is { } given)
            return given.Count >= count ? [.. given]
                : throw new DataException($"{context.Tree.Location}: the labels have classes up to {count - 1}, and "
                + $"AnnotationOptions.ClassNames names {given.Count}.");
        context.Say(AnnotationRemarkKind.Reading, true, $"No file names the classes (data.yaml with 'names: [cat, dog]', classes.txt, "
            + $"obj.names): they are called class 0 to class {count - 1}.", null);
        return [.. Enumerable.Range(0, count).Select(number => $"class {number}")];
    }

    // Labels without a picture would be lost without a word.
    private void NoteAlone(IEnumerable<int> used, List<DraftPicture> drafts)
    {
        var folders = used.Select(file => ReadContext.Folder(context.PathOf(file))).ToHashSet(StringComparer.Ordinal);
        var known = used.ToHashSet();
        var stems = drafts.Select(draft => LabelOf(draft.Named)).ToHashSet();
        int[] alone = [.. context.Tree.Files.Index().Where(file => file.Item.Path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)
            && !known.Contains(file.Index)
            && !stems.Contains(file.Index) && folders.Contains(ReadContext.Folder(file.Item.Path))
            && !YoloDescription.IsDescription(file.Item.Path)).Select(file => file.Index)];
        if (alone.Length == 0) return;
        context.Say(AnnotationRemarkKind.MissingPicture, true,
            $"{SetFinish.Count(alone.Length, "file of labels has", "files of labels have")} no picture in the data, such as "
            + $"{Utf8Text.Shown(context.PathOf(alone[0]))}.",
            context.PathOf(alone[0]));
    }

    // The last folder images becomes labels; where there is none, the label lies beside the picture.
    private int? LabelOf(string picture)
    {
        if (context.Find(LabelPath(picture)) is { } file) return file;
        return context.Find(Ending(picture));
    }

    /// <summary>Where the labels of a picture stand by the rule of the format.</summary>
    internal static string LabelPath(string picture)
    {
        var text = "/" + Ending(picture);
        var at = text.LastIndexOf("/images/", StringComparison.Ordinal);
        return at < 0 ? text[1..] : (text[..at] + "/labels/" + text[(at + "/images/".Length)..])[1..];
    }

    private static string Ending(string picture) => picture[..picture.LastIndexOf('.')] + ".txt";

    private void Rows(int file, byte[] content, YoloDescription description, DraftPicture draft)
    {
        var place = context.Place(file);
        labels.Add(file);
        var number = 0;
        foreach (var line in Utf8Text.Of(content, place).AsSpan().EnumerateLines())
        {
            number++;
            if (line.Trim().IsEmpty) continue;
            if (number > MostRows) throw new DataException($"{place}: the file has more than {MostRows:N0} lines: no picture has so many "
                + $"things.");
            draft.Things.Add(Row(line, new(place, number), description));
        }
    }

    private DraftThing Row(ReadOnlySpan<char> line, SourceLine place, YoloDescription description)
    {
        var numbers = new List<double>(8);
        foreach (var range in line.SplitAny([' ', '\t']))
        {
            var text = line[range].Trim();
            if (text.IsEmpty) continue;
            if (!Utf8Text.TryNumber(text, out var value))
            {
                throw new DataException($"{place}: '{Utf8Text.Shown(text.ToString())}' is no number. Expected class, centre x, centre y, "
                    + $"width and height between spaces, such as '0 0.5 0.5 0.2 0.1'"
                    + $"{(text.Contains(',') ? ", with a point in the numbers" : "")}.");
            }
            numbers.Add(value);
        }
        if (numbers.Count is < 5 or 8 || (numbers.Count > 6 && numbers.Count % 2 == 0))
        {
            throw new DataException($"{place}: the line has {numbers.Count} numbers. Expected 5 for a box (class, centre x, centre y, "
                + $"width, height), or the class and x and y of three or more points for an "
                + $"outline: an odd number from 7 on.{(numbers.Count > 6 ? " Key points are not read." : "")}");
        }
        var kind = numbers[0];
        if (kind != Math.Floor(kind) || kind < 0 || kind > 1_000_000)
            throw new DataException($"{place}: the class is {Utf8Text.Number(kind)}: expected a whole number from 0. Is the class behind "
                + $"the box?");
        if (description.Names is { } names && kind >= names.Count)
        {
            throw new DataException($"{place}: the class is {kind:0}, and {names.Count} classes are named in {description.Source} (0 to "
                + $"{names.Count - 1}: {string.Join(", ", names.Take(6))}{(names.Count > 6 ? ", ..." : "")}). "
                + "Add the name, or mend the label: classes count from 0.");
        }
        for (var i = 1; i < numbers.Count && (numbers.Count != 6 || i < 5); i++)
        {
            if (numbers[i] is < Least or > Most)
            {
                throw new DataException($"{place}: {Utf8Text.Number(numbers[i])} is no share of the picture's side: expected 0 to 1 (a "
                    + $"little more by rounding, up to {Most})."
                    + (numbers[i] > 2 ? " Are these pixels? Divide x and width by the width of the picture, y and height by its height."
                    : ""));
            }
        }
        if (numbers.Count <= 6)
        {
            if (numbers.Count == 6) scores++;
            var (width, height) = (numbers[3], numbers[4]);
            if (width < 0 || height < 0) throw new DataException($"{place}: the box is {Utf8Text.Number(width)} wide and "
                + $"{Utf8Text.Number(height)} high: expected shares of 0 or more.");
            return new((int)kind, numbers[1] - (width / 2), numbers[2] - (height / 2), width, height, place);
        }
        var points = new PolygonPoint[(numbers.Count - 1) / 2];
        for (var i = 0; i < points.Length; i++)
            points[i] = new(numbers[1 + (2 * i)], numbers[2 + (2 * i)]);
        var (left, top) = (points.Min(point => point.X), points.Min(point => point.Y));
        return new((int)kind, left, top, points.Max(point => point.X) - left, points.Max(point => point.Y) - top,
            place)
        { Polygons = [points] };
    }
}

/// <summary>What a data set of YOLO says of itself.</summary>
/// <param name="Names">The classes; null where nothing names them.</param>
/// <param name="Source">The file that names them.</param>
/// <param name="Parts">Parts with what they name, folders or lists; empty where nothing is named.</param>
/// <param name="Folder">The folder that those begin in.</param>
internal sealed record YoloDescription(IReadOnlyList<string>? Names, string Source,
    IReadOnlyList<(string Split, string Value, int Line)> Parts, string Folder)
{
    private const long LargestYaml = 4_000_000;

    /// <summary>Whether a text file speaks of the set and is none of labels.</summary>
    public static bool IsDescription(string path) => ReadContext.NameOf(path)
        .ToLowerInvariant() is "classes.txt" or "train.txt" or "val.txt" or "valid.txt" or "test.txt" or "labels.txt"
        or "readme.txt" or "notes.txt" or "license.txt" || ReadContext.NameOf(path)
        .StartsWith("README.", StringComparison.OrdinalIgnoreCase);

    public static YoloDescription Find(ReadContext context)
    {
        var found = new List<YoloDescription>();
        foreach (var (file, content) in context.Contents(context.Ending(".yaml", ".yml"), LargestYaml))
        {
            // Other descriptions may lie about; one of a data set names classes.
            var isMeant = context.Only is not null || ReadContext.NameOf(context.PathOf(file))
                .StartsWith("data.", StringComparison.OrdinalIgnoreCase);
            if (!isMeant && content.AsSpan().IndexOf("names"u8) < 0) continue;
            var yaml = SimpleYaml.Read(content, context.Place(file));
            if (yaml["names"] is null && yaml["train"] is null && context.Only is null) continue;
            found.Add(Of(context, yaml, file));
        }
        if (found.Count > 1)
            throw new DataException($"{context.Tree.Location}: {found[0].Source} and {found[1].Source} both describe a data set. Give the "
                + $"one that is meant.");
        return found.Count == 1 ? found[0] : Lists(context);
    }

    private static YoloDescription Of(ReadContext context, YamlValue yaml, int file)
    {
        var place = context.Place(file);
        var names = yaml["names"] is { } given ? Classes(given, place) : null;
        if (yaml["kpt_shape"] is { } points)
            throw new DataException($"{place}, line {points.Line}: kpt_shape says that the labels have key points, which are not read. "
                + $"Export boxes or outlines.");
        if (yaml["nc"] is { Text: { } said } nc && names is not null)
        {
            if (!int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != names.Length)
                throw new DataException($"{place}, line {nc.Line}: nc is '{Utf8Text.Shown(said)}' and names has {names.Length} classes. "
                    + $"Which one is right?");
        }
        if (names is null) context.Say(AnnotationRemarkKind.Reading, true, $"{context.PathOf(file)} has no names.", context.PathOf(file));
        var parts = new List<(string, string, int)>();
        foreach (var (key, split) in new[] { ("train", "train"), ("val", "val"), ("valid", "val"), ("test", "test") })
        {
            if (yaml[key] is not { } value) continue;
            foreach (var one in value.Items ?? [value])
            {
                if (one.Text is null) throw new DataException($"{place}, line {one.Line}: {key} is {one.Kind}: expected a folder, or a "
                    + $"list of folders.");
                if (one.Text.Length > 0) parts.Add((split, one.Text, one.Line));
            }
        }
        var folder = ReadContext.Folder(context.PathOf(file));
        if (yaml["path"] is { Text: { Length: > 0 } path } line)
        {
            var joined = IsForeign(path) ? null : ReadContext.Join(folder, path);
            if (joined is not null && context.HasFolder(joined)) folder = joined;
            else if (path != ".")
            {
                context.Say(AnnotationRemarkKind.Reading, false, $"{context.PathOf(file)}, line {line.Line}: path is "
                    + $"'{Utf8Text.Shown(path)}', which is no folder here (it counts from a folder of the program that "
                    + "wrote it); the parts are looked for beside the file.", context.PathOf(file));
            }
        }
        return new(names, context.PathOf(file), parts, folder);
    }

    public static bool IsForeign(string path) => path.StartsWith('/') || path.StartsWith('~')
        || path.Contains(':', StringComparison.Ordinal) || path.Contains('\\', StringComparison.Ordinal);

    private static string[] Classes(YamlValue names, string place)
    {
        string[] classes;
        if (names.Members is { } members)
        {
            var byNumber = new SortedDictionary<int, string>();
            foreach (var (key, value) in members)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    throw new DataException($"{place}, line {value.Line}: '{Utf8Text.Shown(key)}' stands as the number of a class. "
                        + $"Expected '0: cat', '1: dog'.");
                if (!byNumber.TryAdd(number, Name(value))) throw new DataException($"{place}, line {value.Line}: the class {number} is "
                    + $"named twice.");
            }
            var hole = byNumber.Keys.Index().FirstOrDefault(one => one.Item != one.Index, (Index: -1, Item: 0)).Index;
            if (hole >= 0) throw new DataException($"{place}, line {names.Line}: names has no class {hole}. The numbers count from 0 "
                + $"without a hole.");
            classes = [.. byNumber.Values];
        }
        else if (names.Items is { } items) classes = [.. items.Select(Name)];
        else throw new DataException($"{place}, line {names.Line}: names is a text: expected a list such as [cat, dog], or 0: cat below "
            + $"it.");
        if (classes.Length == 0) throw new DataException($"{place}, line {names.Line}: names is empty: expected a name for each class.");
        if (classes.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new DataException($"{place}, line {names.Line}: names has '{Utf8Text.Shown(twice.Key)}' twice. Give each class a name "
                + $"of its own.");
        return classes;

        string Name(YamlValue value) => value.Text is { Length: > 0 } text ? text
            : throw new DataException($"{place}, line {value.Line}: the name of a class is {(value.Text is null ? value.Kind : "empty")}.");
    }

    // Without data.yaml: obj.names of CVAT and Darknet, or classes.txt of labelling tools.
    private static YoloDescription Lists(ReadContext context)
    {
        string[] known = ["obj.names", "classes.txt", "_darknet.labels", "labels.txt", "predefined_classes.txt"];
        var files = context.Tree.Files.Index().Where(file => known.Contains(ReadContext.NameOf(file.Item.Path).ToLowerInvariant())
            || file.Item.Path.EndsWith(".names", StringComparison.Ordinal))
            .Select(file => file.Index).ToArray();
        IReadOnlyList<string>? names = null;
        var source = "";
        foreach (var (file, content) in context.Contents(files, LargestYaml))
        {
            string[] lines = [.. Utf8Text.Of(content, context.Place(file))
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
            if (lines.Length == 0) continue;
            if (names is not null && !names.SequenceEqual(lines))
                throw new DataException($"{context.Place(file)}: the classes are {string.Join(", ", lines.Take(5))}, and {source} has "
                    + $"{string.Join(", ", names.Take(5))}. Which one is right? Take the other away.");
            (names, source) = (lines, context.PathOf(file));
        }
        // train.txt of CVAT lists pictures; one that lists labels is none.
        var parts = context.Tree.Files.Where(file => ReadContext.NameOf(file.Path)
            .ToLowerInvariant() is "train.txt" or "val.txt" or "valid.txt" or "test.txt")
            .Where(file => context.Pictures.All(picture => ReadContext.Stem(context.PathOf(picture)) != ReadContext.Stem(file.Path)))
            .Select(file => (ReadContext.SplitWord(ReadContext.Stem(file.Path)), file.Path, 0)).ToArray();
        return new(names, source, parts, "");
    }
}
