using System.Text;

namespace FeatureMap.Data;

/// <summary>What the files of a folder or an archive are meant for.</summary>
public enum DataTask
{
    /// <summary>Each image is of one class: the folder that it lies in.</summary>
    Classes,

    /// <summary>A table says what each image is.</summary>
    Table,

    /// <summary>Boxes or polygons say where things are.</summary>
    Boxes,

    /// <summary>A mask beside each image says what each pixel is.</summary>
    Masks,
}

/// <summary>
/// Recognises the task of a tree of files by what lies beside the images: XML of Pascal VOC, JSON of COCO, text files of YOLO, folders of masks,
/// a CSV. Few files are opened for it. What does not look like one of them is taken for classes.
/// </summary>
/// <param name="Task">The task.</param>
/// <param name="Why">What it was recognised by, as the end of "that are ...".</param>
/// <param name="Advice">What can be done with it today.</param>
internal sealed record FolderTask(DataTask Task, string Why, string Advice)
{
    private const int FilesLookedAt = 3;
    private const long LargestTable = 64_000_000;
    private static readonly string[] MaskFolders =
        ["mask", "masks", "label", "labels", "gt", "ground_truth", "groundtruth", "annotation", "annotations", "annots", "segmentationclass", "labelids", "targets"];

    private static readonly string[] FileColumns = ["file", "filename", "file_name", "image", "image_id", "imageid", "img", "path", "name", "id"];

    private static readonly FolderTask Classes = new(DataTask.Classes, "folders of images, one for each class", "");

    /// <summary>Looks at a tree.</summary>
    public static FolderTask Of(FileTree tree)
    {
        var images = tree.Files.Index().Where(file => ClassFolderPlan.IsImage(file.Item.Path)).ToArray();
        var stems = images.Select(file => Stem(file.Item.Path)).ToHashSet(StringComparer.Ordinal);
        return Masks(images.Select(file => file.Item.Path)) ?? Voc(tree, stems) ?? Coco(tree) ?? Yolo(tree, stems) ?? Table(tree, images.Select(file => file.Item.Path), stems) ?? Classes;
    }

    /// <exception cref="DataException">The files are meant for something else than classes.</exception>
    public static void CheckClasses(FileTree tree)
    {
        var found = Of(tree);
        if (found.Task == DataTask.Classes) return;
        throw new DataException($"{tree.Location}: {found.Why}. {found.Advice} If the folders of the images are the classes all the same, set task=classes.");
    }

    // Two folders side by side with the same names of files, one of them called like masks. Folders of classes may have equal names too, so the
    // name of the folder decides.
    private static FolderTask? Masks(IEnumerable<string> images)
    {
        var folders = images.GroupBy(Folder).ToDictionary(group => group.Key, group => group.Select(Stem).ToHashSet(StringComparer.Ordinal));
        foreach (var (folder, masks) in folders.OrderBy(one => one.Key, StringComparer.Ordinal))
        {
            if (!MaskFolders.Contains(Name(folder).ToLowerInvariant())) continue;
            var partner = folders.Where(other => other.Key != folder && Folder(other.Key) == Folder(folder)).OrderBy(other => other.Key, StringComparer.Ordinal)
                .FirstOrDefault(other => masks.Count(other.Value.Contains) is var shared && shared > 0 && 2 * shared >= masks.Count).Key;
            if (partner is null) continue;
            return new(DataTask.Masks, $"{Shown(folder)}/ has pictures of the same names as {Shown(partner)}/, so these are masks, one for each image, and no classes",
                $"Masks are read by ImagePairs.Open in a program (ImageFolder \"{Name(partner)}\", TargetFolder \"{Name(folder)}\") and trained by the segmentation lab.");
        }
        return null;
    }

    private static FolderTask? Voc(FileTree tree, HashSet<string> stems)
    {
        var files = Ending(tree, ".xml").Where(file => stems.Contains(Stem(tree.Files[file].Path))).ToArray();
        if (files.Length == 0 || !Texts(tree, files.Take(FilesLookedAt)).Any(text => text.Contains("<annotation", StringComparison.Ordinal))) return null;
        return new(DataTask.Boxes, $"{files.Length:N0} images have an XML file of Pascal VOC, such as {Shown(tree.Files[files[0]].Path)}, so these are boxes around things and no classes", NoDetector);
    }

    private static FolderTask? Coco(FileTree tree)
    {
        foreach (var file in Ending(tree, ".json").Take(20))
        {
            var text = Texts(tree, [file]).FirstOrDefault() ?? "";
            if (!text.Contains("\"annotations\"", StringComparison.Ordinal) || !text.Contains("\"image_id\"", StringComparison.Ordinal)) continue;
            return new(DataTask.Boxes, $"{Shown(tree.Files[file].Path)} is a JSON file of COCO, so these are boxes or polygons around things and no classes", NoDetector);
        }
        return null;
    }

    private static FolderTask? Yolo(FileTree tree, HashSet<string> stems)
    {
        var labels = Ending(tree, ".txt").Where(file => stems.Contains(Stem(tree.Files[file].Path))).ToArray();
        if (labels.Length == 0 || !Texts(tree, labels.Take(FilesLookedAt)).Any(IsYolo)) return null;
        return new(DataTask.Boxes, $"{labels.Length:N0} images have a text file of YOLO, such as {Shown(tree.Files[labels[0]].Path)}, so these are boxes around things and no classes", NoDetector);
    }

    // A table with a column that names most of the images, which do not lie in class folders.
    private static FolderTask? Table(FileTree tree, IEnumerable<string> images, HashSet<string> stems)
    {
        if (images.Select(Folder).Distinct().Count() > 2) return null;
        foreach (var file in Ending(tree, ".csv").Concat(Ending(tree, ".tsv")).Take(20))
        {
            var lines = (Texts(tree, [file]).FirstOrDefault() ?? "").Split('\n');
            var separator = lines[0].MaxBy(letter => letter is ',' or ';' or '\t' ? lines[0].Count(other => other == letter) : 0);
            var columns = lines[0].Split(separator).Select(column => column.Trim().Trim('"').ToLowerInvariant()).ToArray();
            var at = Array.FindIndex(columns, FileColumns.Contains);
            if (at < 0 || columns.Length < 2) continue;
            var named = lines.Skip(1).Take(200).Select(line => line.Split(separator)).Where(fields => fields.Length > at).Select(fields => Stem(fields[at].Trim().Trim('"'))).ToArray();
            if (named.Length == 0 || 2 * named.Count(stems.Contains) < named.Length) continue;
            return new(DataTask.Table, $"{Shown(tree.Files[file].Path)} says in its columns ({string.Join(", ", columns.Take(6))}) what the images are, so the folders are no classes",
                "Tables are not read yet: put the images of each class into a folder of its own, or make an ImageSet in a program.");
        }
        return null;
    }

    private const string NoDetector = "Detectors of things cannot be trained on files yet; taking the folders for classes would be wrong.";

    private static bool IsYolo(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(5).ToArray() is { Length: > 0 } lines
        && lines.All(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: >= 5 } fields
            && fields[0].All(char.IsAsciiDigit) && fields.Skip(1).All(field => double.TryParse(field, System.Globalization.CultureInfo.InvariantCulture, out var value) && value is >= -0.1 and <= 1.1));

    private static IEnumerable<int> Ending(FileTree tree, string ending) =>
        tree.Files.Index().Where(file => file.Item.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)).OrderBy(file => file.Item.Path, StringComparer.Ordinal).Select(file => file.Index);

    private static IEnumerable<string> Texts(FileTree tree, IEnumerable<int> files)
    {
        foreach (var content in tree.Read([.. files], LargestTable))
            if (content.Content is { } bytes)
                yield return Encoding.UTF8.GetString(bytes);
    }

    private static string Shown(string path) => EntryPath.Shown(path);

    private static string Folder(string path) => path.LastIndexOf('/') is >= 0 and var at ? path[..at] : "";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Stem(string path) => Name(path) is var name && name.LastIndexOf('.') is > 0 and var at ? name[..at] : name;
}
