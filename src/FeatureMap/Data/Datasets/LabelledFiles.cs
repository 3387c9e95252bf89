using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>
/// Image files with what says their classes: the folders that they lie in, or a table. The place is a folder, an archive, or a table whose
/// images are in its own folder or in <see cref="ClassFolderOptions.ImageFolder"/>.
/// </summary>
internal sealed class LabelledFiles : IDisposable
{
    private static readonly string[] Workbooks = [".xlsx", ".xls", ".ods", ".numbers", ".parquet", ".feather"];
    private readonly ClassFolderOptions options;
    private readonly CsvTable? table;
    private readonly string folderOfTable = "", identityOfTable = "";

    private LabelledFiles(FileTree tree, ClassFolderOptions options) => (Tree, this.options) = (tree, options);

    private LabelledFiles(FileTree tree, ClassFolderOptions options, CsvTable table, string folder, byte[] content) : this(tree, options) =>
        (this.table, folderOfTable, identityOfTable) = (table, folder, $"; table {Convert.ToHexStringLower(SHA256.HashData(content))}");

    /// <summary>All files.</summary>
    public FileTree Tree { get; }

    /// <summary>Whether the place is a table.</summary>
    public bool IsTable => table is not null;

    /// <summary>Changes when the files do; see <see cref="FileTree.Identity"/>.</summary>
    public string Identity => Tree.Identity + identityOfTable;

    /// <summary>Whether a path is that of a table, by its name.</summary>
    public static bool IsTableAt(string path) => CsvTable.IsNameOf(path) && File.Exists(path);

    /// <summary>Whether a name is that of a table of another kind, which is not read.</summary>
    public static bool IsWorkbook(string path) => Array.Exists(Workbooks, ending => path.EndsWith(ending,
        StringComparison.OrdinalIgnoreCase));

    /// <summary>Opens a place: lists its files, and reads it where it is a table.</summary>
    /// <exception cref="DataException">It cannot be read.</exception>
    /// <exception cref="UsageException">An option for tables was given with something else.</exception>
    public static LabelledFiles Open(string path, ClassFolderOptions options)
    {
        if (IsWorkbook(path) && File.Exists(path))
            throw new DataException($"{path}: tables of this kind are not read. Save it as CSV, with a column for the files and one for "
                + $"their classes, and give that.");
        if (!IsTableAt(path))
        {
            if (options.ImageFolder.Length > 0)
                throw new UsageException($"The setting image-folder is the place of the images that a table names, and {path} is no "
                    + $"table (.csv or .tsv). Leave it out, or give the table in place of {path}.");
            var files = FileTree.Open(path);
            files.Decoder = options.Decoder;
            return new(files, options);
        }
        var content = Content(path);
        var table = CsvTable.Parse(content, path);
        var place = options.ImageFolder;
        if (place.Length > 0 && PlaceWords.Missing(place) is { } missing) throw new DataException(missing);
        var home = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var root = place.Length > 0 ? Path.GetFullPath(place) : Nearest(home, table);
        var isShallow = place.Length == 0 && root == home && !table.Rows.Take(200)
            .Any(row => row.Fields.Any(field => field.Contains('/', StringComparison.Ordinal)
            || field.Contains('\\', StringComparison.Ordinal)))
            && table.Rows.Take(20).Any(row => row.Fields.Any(field => IsFile(home, field)));
        FileTree tree = isShallow ? FolderTree.Open(home, isDeep: false) : FileTree.Open(place.Length > 0 ? place : root);
        tree.Decoder = options.Decoder;
        // Where the table lies among the images, its values begin there.
        var folder = Directory.Exists(root) && home.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Path.GetRelativePath(root, home).Replace(Path.DirectorySeparatorChar, '/') : "";
        return new(tree, options, table, CanonicalForm.Of(folder), content);
    }

    /// <summary>What the files are meant for.</summary>
    public FolderTask Task() => table is not null ? new(DataTask.Table, $"{Path.GetFileName(table.Place)} says what the images are", "")
        : options.Task == DataTask.Classes ? FolderTask.Classes : FolderTask.Of(Tree);

    /// <summary>The images of each class and part.</summary>
    /// <exception cref="DataException">The files make no data set of classes; the message says what was expected.</exception>
    public ClassFolderPlan Plan()
    {
        if (table is not null)
        {
            if (options is { Task: null, LabelColumn.Length: 0, NumberColumn.Length: 0 } && FolderTask.HasBoxes(table.Columns))
                throw new DataException($"{table.Place}: the table has a row for each box, so these are boxes around things and no "
                    + "classes. AnnotatedSet.Open reads them, and DetectionData.Open makes images of them that a detector learns from. "
                    + "If each image has one class all the same, set task=table.");
            return TablePlan.Of(Tree, [new(table, folderOfTable)], options);
        }
        if (options.Task == DataTask.Classes) return ClassFolderPlan.Of(Tree);
        var task = options.Task is null ? FolderTask.Of(Tree) : FolderTask.Tables(Tree)
            ?? throw new DataException($"{Tree.Location}: there is no table in it that names the images "
                + $"(task={$"{options.Task}".ToLowerInvariant()}). Expected a "
                + "CSV file with a column for the files and one for what they show.");
        switch (task.Task)
        {
            case DataTask.Table:
                var notes = new List<string>();
                var tables = TableSearch.Choose(task.Found, Tree.Location, notes);
                var plan = TablePlan.Of(Tree, tables, options);
                return notes.Count == 0 ? plan : plan.WithNotes(notes);
            case DataTask.Classes:
                return ClassFolderPlan.Of(Tree);
            default:
                throw new DataException($"{Tree.Location}: {task.Why}. {task.Advice} If the folders of the images are the classes all "
                    + $"the same, set task=classes.");
        }
    }

    public void Dispose() => Tree.Dispose();

    // The folder that all images of a table lie in, as far as its first rows tell; so that what else lies beside the table need not be
    // looked through.
    private static string Nearest(string home, CsvTable table)
    {
        string[] named = [.. table.Rows.Take(200).SelectMany(row => row.Fields.Where(ClassFolderPlan.IsImage))];
        if (!named.All(field => IsFile(home, field))) return home;
        string[] folders = [.. named
            .Select(field => Path.GetDirectoryName(Path.GetFullPath(Path.Combine(home, field.Trim().Replace('\\', '/'))))!).Distinct()];
        if (folders.Length == 0) return home;
        var common = folders[0];
        while (!folders.All(folder => folder == common || folder.StartsWith(Path.TrimEndingDirectorySeparator(common)
            + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            common = Path.GetDirectoryName(common) ?? home;
        return common;
    }

    private static bool IsFile(string home, string field)
    {
        var value = field.Trim().Replace('\\', '/');
        return value.Length is > 0 and < 1000 && !value.Contains('\0', StringComparison.Ordinal) && (File.Exists(Path.Combine(home, value))
            || (!ClassFolderPlan.IsImage(value) && ClassFolderPlan.ReadEndings
            .Any(ending => File.Exists(Path.Combine(home, value + ending)))));
    }

    private static byte[] Content(string path)
    {
        try
        {
            var info = new FileInfo(path);
            return info.Length <= CsvTable.LargestFile ? File.ReadAllBytes(path)
                : throw new DataException($"{path}: the table has {info.Length:N0} bytes: at most {CsvTable.LargestFile:N0} are read.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the table cannot be read: {error.Message}", error);
        }
    }
}
