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

    /// <summary>A table says which of several labels each image has.</summary>
    Labels,

    /// <summary>A table says numbers of each image.</summary>
    Numbers,
}

/// <summary>The formats of files that say where things are. What reads and writes them is the assembly
/// <c>FeatureMap.Annotations</c>.</summary>
public enum AnnotationFormat
{
    /// <summary>One JSON file of COCO for each part: boxes, outlines and masks.</summary>
    Coco,

    /// <summary>An XML file of Pascal VOC for each picture: boxes.</summary>
    Voc,

    /// <summary>A text file of YOLO for each picture and data.yaml: boxes or outlines.</summary>
    Yolo,

    /// <summary>A table with a row for each box.</summary>
    Csv,
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
    private const int FilesLookedAt = 3, LabelsLookedAt = 50, RowsLookedAt = 200;
    private const long LargestTable = 64_000_000, LargestJson = 2_000_000_000;

    /// <summary>What is assumed where nothing else is recognised.</summary>
    public static readonly FolderTask Classes = new(DataTask.Classes, "folders of images, one for each class", "");

    private static readonly string[] FileColumns =
        ["file", "filename", "file_name", "image", "image_id", "imageid", "img", "path", "name", "id"];
    // Those that the reader of boxes takes, in FeatureMap.Annotations.
    private static readonly string[] ClassColumns = ["class", "label", "class_name", "classname", "category", "category_name", "type"];
    private static readonly string[][] BoxColumns =
        [["xmin", "ymin", "xmax", "ymax"], ["x_min", "y_min", "x_max", "y_max"], ["x1", "y1", "x2", "y2"],
            ["left", "top", "right", "bottom"], ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"], ["x", "y", "w", "h"],
            ["x", "y", "width", "height"], ["x", "y", "box_width", "box_height"], ["bbox_x", "bbox_y", "bbox_w", "bbox_h"],
            ["bbox_x", "bbox_y", "bbox_width", "bbox_height"]];

    /// <summary>The tables that say what the images are.</summary>
    public IReadOnlyList<PlacedTable> Found { get; private init; } = [];

    /// <summary>Looks at a tree.</summary>
    /// <exception cref="DataException">A table and folders say different classes.</exception>
    public static FolderTask Of(FileTree tree)
    {
        string[] images = [.. tree.Files.Select(file => file.Path).Where(ClassFolderPlan.IsImage)];
        var stems = StemsOf(images);
        return Masks(images) ?? Boxes(tree, stems).FirstOrDefault() ?? LabelMe(tree, stems) ?? Table(tree, images) ?? Classes;
    }

    /// <summary>The format of boxes; null where these are none that are read.</summary>
    public AnnotationFormat? Format { get; private init; }

    /// <summary>The names of the folders of images and masks that stand side by side; null where there are none.</summary>
    public (string Images, string Masks)? Pair { get; private init; }

    /// <summary>The format of boxes of a tree; null where it has none that is read, or has masks.</summary>
    public static AnnotationFormat? FormatOf(FileTree tree)
    {
        string[] images = [.. tree.Files.Select(file => file.Path).Where(ClassFolderPlan.IsImage)];
        // Only the first is looked for: files of COCO are large.
        return Masks(images) is null ? Boxes(tree, StemsOf(images)).FirstOrDefault()?.Format : null;
    }

    /// <summary>Every format of boxes that a tree has, the most trusted first.</summary>
    public static IReadOnlyList<AnnotationFormat> Formats(FileTree tree) =>
        [.. Boxes(tree, StemsOf(tree.Files.Select(file => file.Path).Where(ClassFolderPlan.IsImage))).Select(task => task.Format!.Value)];

    private static HashSet<string> StemsOf(IEnumerable<string> images) => images.Select(Stem).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<FolderTask> Boxes(FileTree tree, HashSet<string> stems)
    {
        if (Voc(tree, stems) is { } voc) yield return voc;
        if (Coco(tree) is { } coco) yield return coco;
        if (Yolo(tree, stems) is { } yolo) yield return yolo;
        if (BoxTable(tree) is { } table) yield return table;
    }

    private static FolderTask? Masks(IEnumerable<string> images)
    {
        if (MaskLayout.Pairs(images) is not [var first, ..]) return null;
        return new(DataTask.Masks, $"{Shown(first.Masks)}/ has pictures of the same names as {Shown(first.Images)}/, so these are masks, "
            + $"one for each image, and no classes", "A network that gives a class for each pixel is trained on "
                + "them.")
        { Pair = first.Names };
    }

    private static FolderTask? Voc(FileTree tree, HashSet<string> stems)
    {
        var all = Ending(tree, ".xml").ToArray();
        int[] files = [.. all.Where(file => stems.Contains(Stem(tree.Files[file].Path)))];
        var sign = files.Length > 0 ? "<annotation" : "<bndbox";
        if (files.Length == 0) files = all;
        if (files.Length == 0 || !Texts(tree, files.Take(FilesLookedAt))
            .Any(text => text.Contains(sign, StringComparison.Ordinal))) return null;
        return OfBoxes(AnnotationFormat.Voc, $"{files.Length:N0} images have an XML file of Pascal VOC, such as "
            + $"{Shown(tree.Files[files[0]].Path)}, so these are boxes around things and no classes");
    }

    // Looked at as bytes, as such a file can have hundreds of megabytes.
    private static FolderTask? Coco(FileTree tree)
    {
        foreach (var file in Ending(tree, ".json").Take(20))
        {
            if (tree.Read([file], LargestJson).First().Content is not { } json) continue;
            bool Has(ReadOnlySpan<byte> name) => json.AsSpan().IndexOf(name) >= 0;
            if (!Has("\"annotations\""u8) || !(Has("\"image_id\""u8) || (Has("\"images\""u8) && Has("\"categories\""u8)))) continue;
            return OfBoxes(AnnotationFormat.Coco, $"{Shown(tree.Files[file].Path)} is a JSON file of COCO, so these are boxes or polygons "
                + $"around things and no classes");
        }
        return null;
    }

    // Files of pictures without things are empty, so more than the first few are looked at; a description of the set says it too.
    private static FolderTask? Yolo(FileTree tree, HashSet<string> stems)
    {
        var labels = Ending(tree, ".txt").Where(file => stems.Contains(Stem(tree.Files[file].Path))).ToArray();
        if (labels.Length == 0) return null;
        var hasNames = Texts(tree, Ending(tree, ".yaml").Concat(Ending(tree, ".yml")).Take(FilesLookedAt))
            .Any(text => text.Contains("names:", StringComparison.Ordinal) && text.Contains("train:", StringComparison.Ordinal));
        if (!hasNames && !Texts(tree, labels.Take(LabelsLookedAt)).Any(IsYolo)) return null;
        return OfBoxes(AnnotationFormat.Yolo, $"{labels.Length:N0} images have a text file of YOLO, such as "
            + $"{Shown(tree.Files[labels[0]].Path)}, so these are boxes around things and no classes");
    }

    private static FolderTask? BoxTable(FileTree tree)
    {
        foreach (var file in Ending(tree, ".csv").Concat(Ending(tree, ".tsv")).Take(20))
        {
            if (!IsBoxTable(Texts(tree, [file]).FirstOrDefault() ?? "")) continue;
            return OfBoxes(AnnotationFormat.Csv, $"{Shown(tree.Files[file].Path)} is a table with a row for each box, so these are boxes "
                + $"around things and no classes");
        }
        return null;
    }

    private static FolderTask? LabelMe(FileTree tree, HashSet<string> stems)
    {
        var files = Ending(tree, ".json").Where(file => stems.Contains(Stem(tree.Files[file].Path))).ToArray();
        if (files.Length == 0 || !Texts(tree, files.Take(FilesLookedAt)).Any(text =>
            text.Contains("\"shapes\"", StringComparison.Ordinal) && text.Contains("\"imagePath\"", StringComparison.Ordinal))) return null;
        return new(DataTask.Boxes, $"{files.Length:N0} images have a JSON file of LabelMe, such as {Shown(tree.Files[files[0]].Path)}, so "
            + $"these are outlines of things and no classes",
            "That format is not read: export COCO.");
    }

    private static FolderTask OfBoxes(AnnotationFormat format, string why) =>
        new(DataTask.Boxes, why, "AnnotatedSet.Open reads them, and DetectionData.Open makes images of them that a detector learns from. "
            + "Taking the folders "
            + "for classes would be wrong.")
        { Format = format };

    /// <summary>Whether a table has a row for each box: a file, a class and four corners.</summary>
    public static bool IsBoxTable(string text)
    {
        var line = text.AsSpan(0, text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? end : text.Length)
            .TrimStart('\uFEFF').ToString();
        var separator = line.Length == 0 ? ',' : line.MaxBy(letter => letter is ',' or ';' or '\t' ? line.Count(other => other == letter)
            : 0);
        return HasBoxes(line.Split(separator).Select(column => column.Trim().Trim('"')));
    }

    /// <summary>Whether columns are those of a table with a row for each box.</summary>
    public static bool HasBoxes(IEnumerable<string> names)
    {
        string[] columns = [.. names.Select(name => name.Trim().ToLowerInvariant())];
        return columns.Any(FileColumns.Contains) && columns.Any(ClassColumns.Contains)
            && BoxColumns.Any(box => box.All(columns.Contains));
    }

    /// <summary>The tables of a tree that say what its images are; null where there is none.</summary>
    public static FolderTask? Tables(FileTree tree)
    {
        var found = TableSearch.In(tree, new(tree));
        return found.Count == 0 ? null : new(DataTask.Table, $"{Shown(found[0].Table.Place)} says in its columns "
            + $"({CsvTable.Listed(found[0].Table.Columns)}) what the images are", "")
        { Found = found };
    }

    // Beside class folders a table counts only where it says something else than they do, and then somebody has to choose.
    private static FolderTask? Table(FileTree tree, IEnumerable<string> images)
    {
        if (Tables(tree) is not { } found) return null;
        var classes = images.Select(Folder).Distinct().Where(folder => folder.Length > 0
            && PartName.Of(Name(folder)) is { Kind: PartKind.None, IsHolder: false }).Select(Name).ToHashSet(StringComparer.Ordinal);
        if (classes.Count < 2) return found;
        var labels = found.Found.Where(placed => LabelColumns.HasLabelName(placed.Table)).ToArray();
        if (labels.Length == 0 || labels.All(placed => SaysFolders(placed, tree))) return null;
        throw new DataException($"{tree.Location}: {labels[0].Table.Place} says other classes than the folders do "
            + $"({PlaceWords.Some(classes.Order(StringComparer.Ordinal))}). Which one is meant? For the table set task=table, for the "
            + "folders set task=classes.");
    }

    // Whether the value of some column is the folder of the image.
    private static bool SaysFolders(PlacedTable placed, FileTree tree)
    {
        var (table, files) = (placed.Table, new TableFiles(tree));
        var column = LabelColumns.FileColumn(table, files, placed.Folder);
        var rows = table.Rows.Take(RowsLookedAt).Select(row => (row.Fields, files.Find(row.Fields[column], placed.Folder).File))
            .Where(row => row.File >= 0)
            .Select(row => (row.Fields, Folder: Letters(Name(Folder(tree.Files[row.File].Path))))).ToArray();
        return Enumerable.Range(0, table.Columns.Length).Any(other => other != column && rows
            .All(row => Letters(row.Fields[other]) == row.Folder));
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();

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

    /// <summary>The folder of a path; empty at the top.</summary>
    internal static string Folder(string path) => path.LastIndexOf('/') is >= 0 and var at ? path[..at] : "";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The name of a file without its ending.</summary>
    internal static string Stem(string path) => Name(path) is var name && name.LastIndexOf('.') is > 0 and var at ? name[..at] : name;
}
