using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>Where something stands: a file, a line, and the number of an element in a list.</summary>
internal readonly record struct SourceLine(string Place, int Line, int Element = -1)
{
    public override string ToString() => $"{Place}, line {Line}{(Element < 0 ? "" : $", annotations[{Element}]")}";
}

/// <summary>A thing as its file has it: the box in the pixels of the annotation, not yet checked against the picture.</summary>
internal sealed record DraftThing(int Class, double X, double Y, double Width, double Height, SourceLine Place)
{
    public bool IsCrowd { get; init; }

    public bool IsDifficult { get; init; }

    /// <summary>Whether it is one point, which is nothing even where the last pixel counts.</summary>
    public bool IsPoint { get; init; }

    public IReadOnlyList<IReadOnlyList<PolygonPoint>> Polygons { get; init; } = [];

    public RunLengthMask? Mask { get; init; }

    public double? Area { get; init; }
}

/// <summary>A picture as the annotations have it.</summary>
/// <param name="File">Its number in the tree; null where it is not there.</param>
/// <param name="Named">What the annotation calls it.</param>
/// <param name="Size">What the annotation says of its size; null where it says nothing.</param>
/// <param name="Split">The part.</param>
/// <param name="Source">The file that speaks of it.</param>
internal sealed record DraftPicture(int? File, string Named, (int Width, int Height)? Size, string Split, string Source)
{
    public List<DraftThing> Things { get; } = [];

    /// <summary>Whether the boxes are shares of the sides of the picture as they stand in its file, to be multiplied by them.</summary>
    public bool IsRelative { get; init; }
}

/// <summary>What all readers need: the files, the pictures by name, and where to say what was met.</summary>
internal sealed class ReadContext
{
    private const int MostRemarks = 100_000;
    private readonly List<AnnotationRemark> remarks = [];
    private readonly Dictionary<string, int> byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<int>> byName, byStem;
    private readonly Dictionary<int, ImageHeader?> headers = [];

    public ReadContext(FileTree tree, AnnotationOptions options, int? only)
    {
        (Tree, Options, Only) = (tree, options, only);
        Pictures = [.. tree.Files.Index().Where(file => ClassFolderPlan.IsImage(file.Item.Path)).Select(file => file.Index)];
        foreach (var (index, file) in tree.Files.Index())
            byPath.TryAdd(file.Path, index);
        byName = Pictures.GroupBy(file => NameOf(tree.Files[file].Path))
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        byStem = Pictures.GroupBy(file => Stem(tree.Files[file].Path))
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        foreach (var note in tree.Notes)
            Say(AnnotationRemarkKind.Reading, false, note, null);
    }

    public FileTree Tree { get; }

    public AnnotationOptions Options { get; }

    /// <summary>The one file of annotations that was asked for; null for all.</summary>
    public int? Only { get; }

    /// <summary>The pictures of the tree.</summary>
    public IReadOnlyList<int> Pictures { get; }

    public void Say(AnnotationRemarkKind kind, bool isWrong, string message, string? file)
    {
        if (remarks.Count < MostRemarks) remarks.Add(new(kind, isWrong, message, file));
    }

    /// <summary>What was said, the worst first.</summary>
    public IReadOnlyList<AnnotationRemark> Remarks() => [.. remarks.OrderBy(remark => !remark.IsWrong).ThenBy(remark => remark.Kind)];

    public string PathOf(int file) => Tree.Files[file].Path;

    /// <summary>The number of a path; null where there is no such file.</summary>
    public int? Find(string path) => byPath.TryGetValue(path, out var file) ? file : null;

    public bool HasFolder(string path) => path.Length == 0 || Tree.Folders.Contains(path);

    /// <summary>
    /// The picture that an annotation means: by its path from the annotation or from the top, else by its name alone wherever it lies; of
    /// several of one name the one whose folder is nearest.
    /// </summary>
    /// <param name="name">What the annotation says; folders of another machine, and backslashes, may be in it.</param>
    /// <param name="from">The path of the file that says it.</param>
    /// <param name="place">Where it says it, for messages.</param>
    /// <exception cref="DataException">The name leads out of the data, or could be several files.</exception>
    public int? FindPicture(string name, string from, string place)
    {
        var path = name.Replace('\\', '/');
        var isForeign = path.StartsWith('/') || path.Contains(':', StringComparison.Ordinal);
        if (!isForeign)
        {
            var beside = Join(Folder(from), path);
            var top = Join("", path);
            if (beside is null && top is null)
            {
                throw new DataException($"{place}: the picture '{Utf8Text.Shown(name)}' leads out of {Tree.Location} by '..', and nothing "
                    + $"outside of it is read. "
                    + "Put pictures and annotations below one folder, and give that.");
            }
            var exact = (beside is null ? null : Find(beside)) ?? (top is null ? null : Find(top));
            if (exact is not null) return exact;
        }
        return Nearest(byName.GetValueOrDefault(NameOf(path)), path, from, place);
    }

    /// <summary>The picture of a name without its ending; null where there is none.</summary>
    /// <inheritdoc cref="FindPicture"/>
    public int? FindByStem(string stem, string from, string place) => Nearest(byStem.GetValueOrDefault(stem), stem, from, place);

    /// <summary>The content of a file.</summary>
    /// <param name="file">Its number.</param>
    /// <param name="longest">More bytes are refused.</param>
    public byte[] Content(int file, long longest) => Contents([file], longest).Single().Content;

    /// <summary>The contents of files, in the order of the tree's reading.</summary>
    public IEnumerable<(int File, byte[] Content)> Contents(IReadOnlyList<int> files, long longest)
    {
        foreach (var content in Tree.Read(files, longest))
        {
            Options.Cancellation.ThrowIfCancellationRequested();
            yield return (content.File, content.Content ?? throw content.Error!);
        }
    }

    public string Place(int file) => Tree.Place(file);

    /// <summary>Files with an ending, in the order of their paths; the one that was asked for where there is one.</summary>
    public IReadOnlyList<int> Ending(params string[] endings) => Only is { } only ? [only]
        : [.. Tree.Files.Index().Where(file => endings.Any(ending => file.Item.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(file => file.Item.Path, StringComparer.Ordinal).Select(file => file.Index)];

    /// <summary>Reads the headers of pictures; what cannot be read is said, once.</summary>
    public void ReadHeaders(IEnumerable<int> files)
    {
        int[] wanted = [.. files.Distinct().Where(file => !headers.ContainsKey(file)).Order()];
        foreach (var content in Tree.Read(wanted, ImageFile.LargestFile))
        {
            Options.Cancellation.ThrowIfCancellationRequested();
            try
            {
                headers[content.File] = ImageHeader.Parse(content.Content ?? throw content.Error!, Place(content.File));
            }
            catch (DataException error)
            {
                headers[content.File] = null;
                Say(AnnotationRemarkKind.Unreadable, true, error.Message, PathOf(content.File));
            }
        }
    }

    /// <summary>A header that was read; null where that was not possible, or not asked for.</summary>
    public ImageHeader? Header(int file) => headers.GetValueOrDefault(file);

    public static string Folder(string path) => path.LastIndexOf('/') is >= 0 and var at ? path[..at] : "";

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    public static string Stem(string path) => NameOf(path) is var name && name.LastIndexOf('.') is > 0 and var at ? name[..at] : name;

    /// <summary>A path from a folder, with '.' and '..' worked out; null where it leads out of the top.</summary>
    public static string? Join(string folder, string path)
    {
        var parts = new List<string>(folder.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count == 0) return null;
            else parts.RemoveAt(parts.Count - 1);
        }
        return string.Join('/', parts);
    }

    /// <summary>The part that a path names: by the name of the file, else by the nearest folder; empty where nothing names one.</summary>
    public static string SplitOf(string path)
    {
        foreach (var part in path.Split('/').Reverse())
        {
            var word = SplitWord(part);
            if (word.Length > 0) return word;
        }
        return "";
    }

    /// <summary>The part that one name means; empty where it means none.</summary>
    public static string SplitWord(string name) => PartName.Of(name).Kind switch
    {
        PartKind.Training => "train",
        PartKind.Validation => "val",
        PartKind.Test => "test",
        _ => "",
    };

    private int? Nearest(List<int>? files, string path, string from, string place)
    {
        if (files is null) return null;
        if (files.Count == 1) return files[0];
        var ranked = files.Select(file => (File: file, Near: Near(PathOf(file), path, from))).OrderByDescending(file => file.Near)
            .ToArray();
        if (ranked[0].Near > ranked[1].Near) return ranked[0].File;
        throw new DataException($"{place}: the picture '{Utf8Text.Shown(path)}' could be {Utf8Text.Shown(PathOf(ranked[0].File))} or "
            + $"{Utf8Text.Shown(PathOf(ranked[1].File))}. "
            + "Which one is meant? Write its path from the top, or take one away.");
    }

    // Folders that the end of the wanted path names count most, then the folders in common with the file that asks.
    private static int Near(string file, string path, string from)
    {
        string[] have = file.Split('/'), want = path.Split('/'), by = Folder(from).Split('/');
        var tail = 0;
        while (tail + 1 < Math.Min(have.Length, want.Length) && have[^(tail + 2)] == want[^(tail + 2)]) tail++;
        var common = 0;
        while (common < Math.Min(have.Length - 1, by.Length) && have[common] == by[common]) common++;
        var isSameSplit = SplitOf(Folder(file)) is { Length: > 0 } split && split == SplitOf(from);
        return (tail * 1000) + (common * 2) + (isSameSplit ? 1 : 0);
    }
}
