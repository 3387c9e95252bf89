using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>What was written.</summary>
/// <param name="Folder">The full path of the folder.</param>
/// <param name="Format">The format.</param>
/// <param name="Pictures">Pictures in it.</param>
/// <param name="Things">Things in it.</param>
/// <param name="Start">The file or folder that other programs are given.</param>
/// <param name="Notices">What the format cannot say, and what became of it.</param>
public sealed record AnnotationExport(string Folder, AnnotationFormat Format, int Pictures, int Things, string Start,
    IReadOnlyList<string> Notices);

/// <summary>What all writers share: a new folder, names for the pictures, things that a format cannot hold.</summary>
internal sealed class SetWriter
{
    private readonly List<string> notices = [];
    private readonly Dictionary<AnnotatedPicture, string> names;

    private SetWriter(AnnotatedSet set, string folder)
    {
        (Set, Folder) = (set, folder);
        names = Names(set);
    }

    public AnnotatedSet Set { get; }

    public string Folder { get; }

    public int Things { get; set; }

    public static AnnotationExport Write(AnnotatedSet set, string folder, AnnotationFormat format, bool copyPictures)
    {
        folder = Path.GetFullPath(folder);
        if (File.Exists(folder)) throw new DataException($"{folder}: this is a file. Expected a new folder to write into.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new DataException($"{folder}: the folder is not empty, and nothing is written over. Give a new one.");
        var writer = new SetWriter(set, folder);
        try
        {
            Directory.CreateDirectory(folder);
            var start = format switch
            {
                AnnotationFormat.Coco => CocoWriter.Write(writer),
                AnnotationFormat.Voc => VocWriter.Write(writer),
                AnnotationFormat.Yolo => YoloWriter.Write(writer),
                AnnotationFormat.Csv => CsvWriter.Write(writer),
                _ => throw new UsageException($"There is no format {format}."),
            };
            var missing = set.Pictures.Count(picture => picture.IsMissing);
            if (missing > 0) writer.Say($"{SetFinish.Count(missing, "picture is", "pictures are")} not there and could not be copied.");
            if (copyPictures) writer.Copy(format);
            return new(folder, format, set.Pictures.Count, writer.Things, Path.Combine(folder, start), writer.notices);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(folder, error);
        }
    }

    public void Say(string notice) => notices.Add(notice);

    /// <summary>The name of a picture in the new folder, with its ending; no two of them differ in the ending alone.</summary>
    public string NameOf(AnnotatedPicture picture) => names[picture];

    public string StemOf(AnnotatedPicture picture) => Path.GetFileNameWithoutExtension(names[picture]);

    /// <summary>Where the picture lies in the new folder.</summary>
    public string PathOf(AnnotatedPicture picture, AnnotationFormat format) => format switch
    {
        AnnotationFormat.Voc => $"JPEGImages/{NameOf(picture)}",
        AnnotationFormat.Csv => $"images/{NameOf(picture)}",
        _ => picture.Split.Length == 0 ? $"images/{NameOf(picture)}" : $"images/{SafeSplit(picture.Split)}/{NameOf(picture)}",
    };

    public void WriteText(string path, string text)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public void WriteFile(string path, Action<Stream> write)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        using var stream = new FileStream(full, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        write(stream);
    }

    /// <summary>The name of a part as the name of a file.</summary>
    public static string SafeSplit(string split) => split.Length == 0 ? "all" : split;

    private void Copy(AnnotationFormat format)
    {
        foreach (var (picture, content) in Set.Contents())
            WriteFile(PathOf(picture, format), stream => stream.Write(content));
    }

    // The name of its file, with the folders in front where that is taken.
    private Dictionary<AnnotatedPicture, string> Names(AnnotatedSet set)
    {
        var result = new Dictionary<AnnotatedPicture, string>(ReferenceEqualityComparer.Instance);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var renamed = 0;
        foreach (var picture in set.Pictures)
        {
            var path = picture.File.Replace('\\', '/');
            var name = Safe(ReadContext.NameOf(path));
            var stem = ReadContext.Stem(name);
            if (!taken.Add(stem))
            {
                renamed++;
                var longer = Safe(ReadContext.Folder(path).Replace('/', '_') + "_" + stem);
                for (var number = 2; !taken.Add(longer); number++)
                    longer = $"{stem}_{number}";
                name = longer + name[stem.Length..];
            }
            result.Add(picture, name);
        }
        if (renamed > 0) Say($"{SetFinish.Count(renamed, "picture was", "pictures were")} given another name, as two of one name "
            + $"(whatever their endings) cannot lie in one folder.");
        return result;
    }

    // What cannot be the name of a file anywhere, and what would be more than a name.
    private static string Safe(string name)
    {
        var safe = string.Concat(name.Select(letter => char.IsControl(letter)
            || letter is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' ? '_' : letter)).Trim();
        return safe.Trim('.').Length == 0 ? "picture" : safe.Length <= 200 ? safe : safe[^200..];
    }
}
