namespace FeatureMap.Data;

/// <summary>Finds the tables in a tree of images that say what they show.</summary>
internal static class TableSearch
{
    private const int MostTables = 20;

    /// <summary>The tables of a tree that name at least half of what their rows say, and have another column.</summary>
    /// <param name="tree">Files of images and others.</param>
    /// <param name="files">The images.</param>
    public static List<PlacedTable> In(FileTree tree, TableFiles files)
    {
        var found = new List<PlacedTable>();
        if (files.Images.Count == 0) return found;
        int[] wanted = [.. tree.Files.Index().Where(file => CsvTable.IsNameOf(file.Item.Path)).OrderBy(file => file.Item.Path,
            StringComparer.Ordinal).Take(MostTables).Select(file => file.Index)];
        foreach (var content in tree.Read(wanted, CsvTable.LargestFile))
        {
            var path = tree.Files[content.File].Path;
            if (content.Content is null || TryParse(content.Content, path) is not { Columns.Length: > 1 } table) continue;
            var folder = path.LastIndexOf('/') is >= 0 and var at ? path[..at] : "";
            if (LabelColumns.FileColumn(table, files, folder) >= 0) found.Add(new(table, folder));
        }
        return found;
    }

    /// <summary>Those that belong together: one table, or one for each part by their names (<c>train.csv</c>, <c>test.csv</c>).</summary>
    /// <param name="tables">What was found.</param>
    /// <param name="location">The folder or archive.</param>
    /// <param name="notes">Receives what is not used.</param>
    /// <exception cref="DataException">It is not clear which one is meant.</exception>
    public static IReadOnlyList<PlacedTable> Choose(IReadOnlyList<PlacedTable> tables, string location, List<string> notes)
    {
        // What a competition wants back has labels that nobody means.
        var real = tables.Where(table => !table.Table.Place.Contains("submission", StringComparison.OrdinalIgnoreCase)).ToArray();
        if (real.Length == 0) real = [.. tables];
        else notes.AddRange(tables.Except(real).Select(table => $"{table.Table.Place} is a form for answers by its name, and is not "
            + $"used."));
        if (real.Length == 1) return real;
        var parts = real.Select(table => table with { Part = PartOf(table.Table.Place) }).ToArray();
        var learn = parts.Where(table => table.Part == PartKind.Training).ToArray();
        var judge = parts.Where(table => table.Part is PartKind.Validation or PartKind.Test).ToArray();
        if (learn.Length == 1 && learn.Length + judge.Length == real.Length && judge.Select(table => table.Part).Distinct()
            .Count() == judge.Length)
        {
            var labelled = judge.Where(table => LabelColumns.HasLabelName(table.Table) == LabelColumns.HasLabelName(learn[0].Table))
                .ToArray();
            notes.AddRange(judge.Except(labelled).Select(table => $"{table.Table.Place} says no classes, and is not used."));
            return [learn[0], .. labelled];
        }
        throw new DataException($"{location}: {real.Length:N0} tables name the images "
            + $"({PlaceWords.Some(real.Select(table => table.Table.Place))}), and it is not clear which one says what they show. "
            + $"Give one in place of the folder: {Path.Combine(location, real[0].Table.Place)}.");
    }

    private static PartKind PartOf(string path) => PartName.Of(Path.GetFileNameWithoutExtension(path)).Kind;

    private static CsvTable? TryParse(byte[] content, string path)
    {
        try
        {
            return CsvTable.Parse(content, path);
        }
        catch (DataException)
        {
            return null; // Not a table of labels; whoever gives it by name is told why.
        }
    }
}
