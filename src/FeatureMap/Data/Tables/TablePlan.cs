namespace FeatureMap.Data;

/// <summary>A table among images.</summary>
/// <param name="Table">Its columns and rows.</param>
/// <param name="Folder">Its folder in the tree of the images; empty for the top, and where it lies elsewhere.</param>
/// <param name="Part">The part that its name says; none for that of its rows.</param>
internal sealed record PlacedTable(CsvTable Table, string Folder, PartKind Part = PartKind.None);

/// <summary>Makes of tables and the images that they name what <see cref="ClassFolderPlan"/> makes of folders.</summary>
internal sealed class TablePlan
{
    private const int MostNamed = 5;
    private readonly FileTree tree;
    private readonly TableFiles files;
    private readonly ClassFolderOptions options;
    private readonly List<string> notes = [];
    private readonly Dictionary<int, (string Label, PartKind Part, string Place)> rows = []; // by file
    private readonly List<string> classColumns = []; // of tables with a column for each class

    private TablePlan(FileTree tree, TableFiles files, ClassFolderOptions options) => (this.tree, this.files, this.options) = (tree,
        files, options);

    /// <summary>The images of a tree with the classes and parts that tables say.</summary>
    /// <param name="tree">The images.</param>
    /// <param name="tables">One table, or one for each part.</param>
    /// <param name="options">Columns that were asked for, and whether rows without an image end the load.</param>
    /// <exception cref="DataException">The tables make no data set of the images; the message names line and file.</exception>
    public static ClassFolderPlan Of(FileTree tree, IReadOnlyList<PlacedTable> tables, ClassFolderOptions options)
    {
        var plan = new TablePlan(tree, new(tree, isLoose: options.ImageFolder.Length > 0), options);
        if (plan.files.Images.Count == 0) throw new DataException($"{tree.Location}: {PlaceWords.NoImages(tree)} The table "
            + $"{tables[0].Table.Place} names images: give their folder by image-folder=FOLDER.");
        foreach (var table in tables)
            plan.Read(table);
        return plan.Finish(tables[0].Table.Place);
    }

    private void Read(PlacedTable placed)
    {
        var table = placed.Table;
        var columns = LabelColumns.Of(table, files, placed.Folder, options);
        notes.AddRange(table.Notes);
        notes.Add($"{table.Place} says the classes: the column '{table.Columns[columns.File]}' names the images, "
            + (columns.Labels is [var one] ? $"'{table.Columns[one]}' their class" : $"and {columns.Labels.Count:N0} columns of zeros "
            + $"and ones say their class")
            + (columns.Part >= 0 ? $", '{table.Columns[columns.Part]}' whether they are to learn from or to judge by." : "."));
        if (columns.Labels.Count > 1) classColumns.AddRange(columns.Labels.Select(column => table.Columns[column]).Except(classColumns));
        var (missing, unlabelled, twice, elsewhere) = (new List<string>(), new List<string>(), new List<string>(),
            new List<(string Value, string Path)>());
        foreach (var row in table.Rows)
        {
            var value = row.Fields[columns.File].Trim();
            string At() => $"{(value.Length == 0 ? "(nothing)" : EntryPath.Shown(value))} (line {row.Line:N0})";
            var found = files.Find(value, placed.Folder);
            if (found.Several.Count > 0)
                throw new DataException($"{table.Place}: line {row.Line:N0} names '{EntryPath.Shown(value)}', and that may be "
                    + $"{PlaceWords.Some(found.Several.Select(file => tree.Files[file].Path))}. "
                    + "Write the path of the image, beginning at the folder of the table or of the images.");
            if (found.File < 0)
            {
                missing.Add(At() + (files.Near(value) is { } near && !near.EndsWith(value, StringComparison.Ordinal) && missing
                    .Count < MostNamed ? $", where {EntryPath.Shown(near)} is there" : ""));
                continue;
            }
            var label = Label(table, columns, row);
            if (label.Length == 0)
            {
                unlabelled.Add(At());
                continue;
            }
            var part = columns.Part >= 0 ? LabelColumns.PartOf(table.Columns[columns.Part], row.Fields[columns.Part]) : placed.Part;
            var path = tree.Files[found.File].Path;
            if (elsewhere.Count == 0 && IsElsewhere(value, path)) elsewhere.Add((value, path));
            if (rows.TryAdd(found.File, (label, part, $"{table.Place}, line {row.Line:N0}"))) continue;
            var other = rows[found.File];
            if (other.Label != label)
                throw new DataException($"{table.Place}: line {row.Line:N0} says that {EntryPath.Shown(path)} is "
                    + $"'{EntryPath.Shown(label)}', and {other.Place} says '{EntryPath.Shown(other.Label)}'. "
                    + "An image is of one class here: keep the right line.");
            if (other.Part != part) throw new DataException($"{table.Place}: line {row.Line:N0} puts {EntryPath.Shown(path)} into "
                + $"another part than {other.Place}: it cannot be learnt from and judged by. Keep one line.");
            twice.Add(At());
        }
        if (missing.Count > 0)
        {
            var which = $"{missing.Count:N0} of {table.Rows.Count:N0} rows name images that are not there: {Some(missing)}";
            if (options.Unreadable == UnreadableImages.Fail)
                throw new DataException($"{table.Place}: {which}. Looked in {tree.Location}. To leave such rows out, set unreadable=skip.");
            notes.Add($"{which}; they are left out.");
        }
        if (unlabelled.Count > 0) notes.Add($"{unlabelled.Count:N0} of {table.Rows.Count:N0} rows say no class and are left out: "
            + $"{Some(unlabelled)}.");
        if (twice.Count > 0) notes.Add($"{twice.Count:N0} images are named more than once and count once: {Some(twice)}.");
        foreach (var (value, path) in elsewhere)
            notes.Add($"{table.Place} names '{EntryPath.Shown(value)}', and {EntryPath.Shown(path)} in {tree.Location} is taken for it.");
    }

    private static string Label(CsvTable table, LabelColumns columns, CsvRow row) => columns.Labels is [var only]
        ? CanonicalForm.Of(row.Fields[only].Trim())
        : table.Columns[columns.Labels.First(column => row.Fields[column].Trim() is "1" or "1.0")];

    // A path of another disk or folder: the beginning is lost, and the last of it is not the folder of the images.
    private bool IsElsewhere(string value, string path)
    {
        var full = value.Replace('\\', '/');
        if (!full.EndsWith("/" + path, StringComparison.OrdinalIgnoreCase)) return false;
        var lost = full[..^(path.Length + 1)].TrimEnd('/');
        return lost is not ("" or ".")
            && !lost[(lost.LastIndexOf('/')
            + 1)..].Equals(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(tree.Location))),
            StringComparison.OrdinalIgnoreCase);
    }

    private ClassFolderPlan Finish(string place)
    {
        var unlisted = files.Images.Where(file => !rows.ContainsKey(file)).Select(file => EntryPath.Shown(tree.Files[file].Path))
            .Order(StringComparer.Ordinal).ToArray();
        if (unlisted.Length > 0)
            notes.Add($"{unlisted.Length:N0} of {files.Images.Count:N0} images are not in the table and are left out: {Some(unlisted)}.");
        var names = Names();
        if (names.Length < 2)
            throw new DataException($"{place}: " + (names.Length == 0 ? "no row has both an image that is there and a class." : $"all "
                + $"images are of one class, '{EntryPath.Shown(names[0])}'. One class cannot be told from another: at least two are "
                + $"needed."));
        ClassFolderPlan.NoteTwins(names, notes, "classes");
        var learn = rows.Where(row => row.Value.Part is PartKind.None or PartKind.Training).ToArray();
        var kinds = rows.Values.Select(row => row.Part).ToHashSet();
        if (learn.Length == 0) throw new DataException($"{place}: no image is to learn from; all belong to the "
            + $"{(kinds.Contains(PartKind.Validation) ? "validation" : "test")} part. Expected rows of the training part too.");
        var judgeKind = kinds.Contains(PartKind.Validation) ? PartKind.Validation : kinds.Contains(PartKind.Test) ? PartKind.Test
            : PartKind.None;
        if (judgeKind == PartKind.None) return new([.. names], Part(learn, names), null, notes);
        var judge = rows.Where(row => row.Value.Part == judgeKind).ToArray();
        var known = learn.Select(row => row.Value.Label).ToHashSet(StringComparer.Ordinal);
        if (judge.FirstOrDefault(row => !known.Contains(row.Value.Label)) is { Value.Label: not null } stranger)
            throw new DataException($"{stranger.Value.Place}: the class '{EntryPath.Shown(stranger.Value.Label)}' of "
                + $"{EntryPath.Shown(tree.Files[stranger.Key].Path)} has no image to learn from, only to judge by. "
                + "Both parts must have the same classes.");
        if (judgeKind == PartKind.Validation && kinds.Contains(PartKind.Test))
            notes.Add($"The {rows.Values.Count(row => row.Part == PartKind.Test):N0} images of the test part are not used.");
        return new([.. names], Part(learn, names), Part(judge, names), notes);
    }

    // Numbers in their order, everything else in that of the letters, as class folders are; columns as they stand.
    private string[] Names()
    {
        var found = rows.Values.Select(row => row.Label).ToHashSet(StringComparer.Ordinal);
        if (classColumns.Count > 0) return [.. classColumns.Where(found.Contains)];
        return found.All(LabelColumns.IsWholeNumber)
            ? [.. found.OrderBy(name => double.Parse(name, System.Globalization.CultureInfo.InvariantCulture))
            .ThenBy(name => name, StringComparer.Ordinal)]
            : [.. found.Order(StringComparer.Ordinal)];
    }

    private ClassFolderPart Part(IEnumerable<KeyValuePair<int, (string Label, PartKind Part, string Place)>> part, string[] names) =>
        ClassFolderPlan.Turns(part.GroupBy(row => row.Value.Label).ToDictionary(group => group.Key, group => group
            .Select(row => (row.Key, tree.Files[row.Key].Path)).ToArray()), names);

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed:N0} more" : "");
}
