using FeatureMap.Data;

namespace FeatureMap.Annotations;

/// <summary>Opens a place, finds out the format, and has it read.</summary>
internal static class SetReader
{
    public static AnnotatedSet Open(string path, AnnotationOptions options)
    {
        if (options.FirstPixel is not (null or 0 or 1))
            throw new UsageException($"AnnotationOptions.FirstPixel is 0 or 1, the number of the first pixel: received "
                + $"{options.FirstPixel}.");
        if (options.ClassNames is { } names && names.Distinct(StringComparer.Ordinal).Count() != names.Count)
            throw new UsageException("AnnotationOptions.ClassNames names a class twice.");
        var (root, file) = Place(path);
        using var tree = FileTree.Open(root);
        int? only = null;
        if (file is not null)
        {
            only = tree.Files.Index().Where(one => Path.GetFullPath(tree.Place(one.Index)) == Path.GetFullPath(file))
                .Select(one => (int?)one.Index).FirstOrDefault();
            if (only is null) throw new DataException($"{file}: files with such a name are passed over. Rename it.");
        }
        return Read(tree, Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path)), options, only);
    }

    public static AnnotationFormat? FormatOf(string path)
    {
        if (File.Exists(path) && !FileTree.IsArchive(path))
            return Path.GetExtension(path).ToLowerInvariant() switch
            {
                ".json" => AnnotationFormat.Coco,
                ".yaml" or ".yml" => AnnotationFormat.Yolo,
                ".csv" or ".tsv" when IsBoxTable(path) => AnnotationFormat.Csv,
                _ => null,
            };
        try
        {
            using var tree = FileTree.Open(path);
            return FolderTask.FormatOf(tree);
        }
        catch (DataException)
        {
            return null; // whoever opens it for something else says what is wrong with it
        }
    }

    private static bool IsBoxTable(string path)
    {
        using var reader = new StreamReader(path);
        var head = new char[4_096];
        return FolderTask.IsBoxTable(new string(head, 0, reader.ReadBlock(head)));
    }

    /// <summary>Reads a tree.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="name">What the set is called.</param>
    /// <param name="options">How.</param>
    /// <param name="only">The one file of annotations that is to be read; null for all.</param>
    public static AnnotatedSet Read(FileTree tree, string name, AnnotationOptions options, int? only = null)
    {
        var formats = only is { } given ? [OfFile(tree, given)] : FolderTask.Formats(tree);
        var format = options.Format ?? (formats is [var first, ..] ? first : throw Nothing(tree));
        var context = new ReadContext(tree, options, only);
        if (only is null && formats.Count > 1)
        {
            context.Say(AnnotationRemarkKind.Reading, false, $"There are annotations in several formats "
                + $"({string.Join(", ", formats.Select(Word))}): "
                + $"{Word(format)} was read. AnnotationOptions.Format chooses.", null);
        }
        var (classes, drafts) = format switch
        {
            AnnotationFormat.Voc => new VocReader(context).Read(),
            AnnotationFormat.Coco => new CocoReader(context).Read(),
            AnnotationFormat.Yolo => new YoloReader(context).Read(),
            AnnotationFormat.Csv => new CsvReader(context).Read(),
            _ => throw new UsageException($"There is no format {format}."),
        };
        var pictures = new SetFinish(context, classes).Finish(drafts);
        return new AnnotatedSet
        {
            Name = name,
            Location = tree.Location,
            Format = format,
            ClassNames = classes,
            Pictures = pictures,
            Remarks = context.Remarks(),
        };
    }

    /// <summary>A format as people call it.</summary>
    public static string Word(AnnotationFormat format) => format switch
    {
        AnnotationFormat.Coco => "COCO",
        AnnotationFormat.Voc => "Pascal VOC",
        AnnotationFormat.Yolo => "YOLO",
        _ => "CSV",
    };

    // A file of annotations stands beside its pictures, or in a folder beside them.
    private static (string Root, string? File) Place(string path)
    {
        if (Directory.Exists(path) || !File.Exists(path) || FileTree.IsArchive(path)) return (path, null);
        if (Path.GetExtension(path).ToLowerInvariant() is not (".json" or ".yaml" or ".yml" or ".csv" or ".tsv"))
        {
            throw new DataException($"{path}: expected a folder, an archive (zip, tar, tar.gz), or a file of annotations: COCO's .json, "
                + $"YOLO's data.yaml, "
                + "or a .csv. Give the folder that pictures and annotations are in.");
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        // Only a folder that is called after annotations has its pictures beside it; the one above could be a whole disk.
        var isOwn = Path.GetFileName(folder).ToLowerInvariant() is "annotations" or "annotation" or "labels" or "label" or "data" or "json"
            or "csv";
        if (!isOwn || Path.GetDirectoryName(folder) is not { } above) return (folder, path);
        using var tree = FolderTree.Open(folder, isDeep: true);
        return (tree.Files.Any(file => ClassFolderPlan.IsImage(file.Path)) ? folder : above, path);
    }

    private static AnnotationFormat OfFile(FileTree tree, int file) => Path.GetExtension(tree.Files[file].Path).ToLowerInvariant() switch
    {
        ".json" => AnnotationFormat.Coco,
        ".yaml" or ".yml" => AnnotationFormat.Yolo,
        _ => AnnotationFormat.Csv,
    };

    private static string Likeness(DataTask task) => task switch
    {
        DataTask.Masks => "images with masks",
        DataTask.Table => "a table of other columns",
        _ => "images in folders of classes",
    };

    private static DataException Nothing(FileTree tree)
    {
        var task = FolderTask.Of(tree);
        return new($"{tree.Location}: no annotations of boxes are there. Expected COCO (a .json with images, annotations and categories), "
            + $"Pascal VOC (an .xml for each "
            + "picture), YOLO (a .txt for each picture and data.yaml), or a .csv with the columns filename, class, xmin, ymin, xmax, ymax. "
            + (task.Task == DataTask.Boxes ? $"What is there: {task.Why}. {task.Advice}" : $"It looks like {Likeness(task.Task)}."));
    }
}
