namespace FeatureMap.Data;

/// <summary>Which columns of a table say what: the image, its class (one column, or one for each class), and the part that it belongs
/// to.</summary>
/// <param name="File">The column that names the images.</param>
/// <param name="Labels">The column of the class; or several of zeros and ones, of which each row has a single one.</param>
/// <param name="Part">The column that says whether an image is to learn from or to judge by; -1 for none.</param>
internal sealed record LabelColumns(int File, IReadOnlyList<int> Labels, int Part)
{
    private const int RowsLookedAt = 200, FewWhole = 20;

    private static readonly string[] FileNames =
        ["file", "filename", "filenames", "filepath", "filepaths", "image", "images", "imagename", "imagefile", "imagepath", "imageid",
            "img", "imgname", "imgpath", "path", "photo", "picture", "fname", "name", "id"];

    private static readonly string[] LabelNames =
        ["label", "labels", "class", "classname", "classlabel", "classes", "category", "categoryname", "target", "tag", "tags",
            "species", "breed", "diagnosis", "dx", "y"];

    private static readonly string[] PartNames = ["split", "set", "part", "subset", "partition", "dataset", "usage", "isvalid",
        "isvalidation", "istest"];

    /// <summary>The column that names images; -1 where none does.</summary>
    /// <param name="table">The table.</param>
    /// <param name="files">The images.</param>
    /// <param name="folder">The folder of the table among them.</param>
    public static int FileColumn(CsvTable table, TableFiles files, string folder)
    {
        var rows = Sample(table);
        var found = Enumerable.Range(0, table.Columns.Length).Select(column =>
        {
            string[] values = [.. rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
            return (Column: column, There: values.Count(value => files.Find(value, folder).IsThere), Named: values
                .Count(ClassFolderPlan.IsImage), Values: values);
        }).Where(one => one.There > 0 && 2 * one.There >= one.Values.Length).ToArray();
        // Numbers of classes may be names of images without their endings too.
        return found.Length == 0 ? -1 : found.OrderByDescending(one => 2 * one.Named >= one.Values.Length)
            .ThenByDescending(one => Rank(FileNames, table.Columns[one.Column]) < int.MaxValue)
            .ThenByDescending(one => one.There).ThenByDescending(one => one.Values.Distinct(StringComparer.Ordinal).Count())
            .ThenBy(one => one.Column).First().Column;
    }

    /// <summary>Whether a column has the name of one that says the class.</summary>
    public static bool HasLabelName(CsvTable table) => table.Columns.Any(name => Rank(LabelNames, name) < int.MaxValue);

    /// <summary>Chooses the columns.</summary>
    /// <param name="table">The table.</param>
    /// <param name="files">The images.</param>
    /// <param name="folder">The folder of the table among them.</param>
    /// <param name="options">Columns that were asked for.</param>
    /// <exception cref="DataException">No column names the images, or it is not clear which one says their class, or the values are no
    /// classes. The message says what was found.</exception>
    public static LabelColumns Of(CsvTable table, TableFiles files, string folder, ClassFolderOptions options)
    {
        var file = options.FileColumn.Length > 0 ? Named(table, options.FileColumn, "file-column") : FileColumn(table, files, folder);
        if (file < 0 || table.Columns.Any(name => ClassFolderPlan.IsImage(name)
            && files.Find(name, folder).IsThere)) throw NoFiles(table, files, folder);
        var part = PartColumn(table, file);
        int[] others = [.. Enumerable.Range(0, table.Columns.Length).Where(column => column != file && column != part
            && table.Columns[column].Length > 0)];
        if (options.LabelColumn.Length > 0)
            return Checked(table, new(file, [Named(table, options.LabelColumn, "label-column")], part), options);
        int[] known = [.. others.Where(column => Rank(LabelNames, table.Columns[column]) < int.MaxValue)
            .OrderBy(column => Rank(LabelNames, table.Columns[column]))];
        if (known.Length > 0) return Checked(table, new(file, [OneOf(table, known)], part), options);
        if (others is [var only]) return Checked(table, new(file, [only], part), options);
        if (others.Length > 1 && others.All(column => IsZeroOne(table, column))) return OfZerosAndOnes(table, new(file, others, part));
        throw new DataException($"{table.Place}: " + (others.Length == 0 ? $"beside the names of the images ('{table.Columns[file]}') "
            + $"the table has no column, so nothing says what they show. Expected a column such as 'label'."
            : $"which column says the class of an image? There are "
            + $"{CsvTable.Listed([.. others.Select(column => table.Columns[column])])}. Name one: "
            + $"label-column={table.Columns[others[0]]}."));
    }

    private static LabelColumns Checked(CsvTable table, LabelColumns columns, ClassFolderOptions options)
    {
        if (options.Task == DataTask.Table) return columns;
        var column = columns.Labels[0];
        var name = table.Columns[column];
        string[] values = [.. table.Rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
        string[] distinct = [.. values.Distinct(StringComparer.Ordinal)];
        const string Whole = " If each value is a class all the same, set task=table.";
        if (distinct.FirstOrDefault(value => value.Contains('.', StringComparison.Ordinal) && IsNumber(value)) is { } measured
            && distinct.All(IsNumber))
        {
            if (distinct.Any(value => !IsWholeNumber(value)))
                throw new DataException($"{table.Place}: the column '{name}' has numbers such as {measured}, which measure something and "
                    + $"are no classes. Images are sorted into classes here; to learn "
                    + $"numbers, make an ImageSet with targets (TargetSet.Numbers) in a program. For classes name another column: "
                    + $"label-column=NAME.{Whole}");
        }
        if (distinct.Length > FewWhole && 5 * distinct.Length > values.Length && distinct.All(IsNumber))
            throw new DataException($"{table.Place}: the column '{name}' has {distinct.Length:N0} different numbers in "
                + $"{values.Length:N0} rows, which measure something and are no classes. For classes "
                + $"name another column: label-column=NAME. To learn numbers, make an ImageSet with targets (TargetSet.Numbers) in a "
                + $"program.{Whole}");
        if (values.Length > 10 && distinct.Length == values.Length)
            throw new DataException($"{table.Place}: each row has a value of its own in the column '{name}', such as "
                + $"'{EntryPath.Shown(distinct[0])}' and '{EntryPath.Shown(distinct[1])}', so it names no "
                + $"classes. Name another column: label-column=NAME.{Whole}");
        if (ListSeparator(distinct, name) is { } separator)
            throw new DataException($"{table.Place}: the column '{name}' has lists of labels, such as "
                + $"'{EntryPath.Shown(distinct.First(value => value.Contains(separator, StringComparison.Ordinal)))}': several labels "
                + $"for one image. "
                + "Only one class for each image is learnt from a table; for several, make an ImageSet with targets (a number 0 or 1 for "
                + "each label) and train it with Loss.BinaryCrossEntropy in a program."
                + Whole);
        return columns;
    }

    private static LabelColumns OfZerosAndOnes(CsvTable table, LabelColumns columns)
    {
        foreach (var row in table.Rows)
        {
            var ones = columns.Labels.Count(column => IsOne(row.Fields[column]));
            if (ones == 1) continue;
            throw new DataException($"{table.Place}: the columns "
                + $"{CsvTable.Listed([.. columns.Labels.Select(column => table.Columns[column])])} say yes or no to several labels, and "
                + $"line {row.Line:N0} has "
                + $"{(ones == 0 ? "none" : $"{ones:N0}")} of them. Only one class for each image is learnt from a table; for several, "
                + $"make an ImageSet with targets and train it with Loss.BinaryCrossEntropy in a "
                + "program, or choose one column: label-column=" + $"{table.Columns[columns.Labels[0]]}.");
        }
        return columns;
    }

    // Several columns with names of labels are one choice where they tell the same apart, as a number and a name of the class do.
    private static int OneOf(CsvTable table, int[] known)
    {
        if (known.Length == 1) return known[0];
        var first = known[0];
        foreach (var other in known[1..])
        {
            if (IsSame(table, first, other)) continue;
            throw new DataException($"{table.Place}: which column says the class of an image? The columns "
                + $"{CsvTable.Listed([.. known.Select(column => table.Columns[column])])} tell different things. "
                + $"Name one: label-column={table.Columns[first]}.");
        }
        return known.FirstOrDefault(column => !table.Rows.All(row => IsNumber(row.Fields[column].Trim())), first);
    }

    private static bool IsSame(CsvTable table, int first, int second)
    {
        Dictionary<string, string> there = new(StringComparer.Ordinal), back = new(StringComparer.Ordinal);
        foreach (var row in table.Rows)
        {
            var (a, b) = (row.Fields[first].Trim(), row.Fields[second].Trim());
            if (!there.TryAdd(a, b) && there[a] != b) return false;
            if (!back.TryAdd(b, a) && back[b] != a) return false;
        }
        return true;
    }

    private static int PartColumn(CsvTable table, int file)
    {
        var at = Array.FindIndex(table.Columns, name => Rank(PartNames, name) < int.MaxValue);
        return at < 0 || at == file || !table.Rows.All(row => PartOf(table.Columns[at], row.Fields[at]) != PartKind.None) ? -1 : at;
    }

    /// <summary>The part that a value names; <see cref="PartKind.None"/> for none.</summary>
    public static PartKind PartOf(string column, string value)
    {
        value = value.Trim();
        if (!Plain(column).StartsWith("is", StringComparison.Ordinal)) return PartName.Of(value) is { IsPart: true, IsPlain: true } part
            ? part.Kind : PartKind.None;
        var isYes = IsOne(value) || value.Equals("true", StringComparison.OrdinalIgnoreCase);
        return !isYes && value is not "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase) ? PartKind.None
            : !isYes ? PartKind.Training : Plain(column) == "istest" ? PartKind.Test : PartKind.Validation;
    }

    // Lists are told by their parts: the same ones come in other company again.
    private static char? ListSeparator(string[] distinct, string column)
    {
        foreach (var separator in "|;, ")
        {
            var lists = distinct.Where(value => value.Contains(separator, StringComparison.Ordinal)).ToArray();
            if (lists.Length == 0 || (separator == ' ' && Plain(column) is not ("tags" or "labels" or "classes" or "attributes"))) continue;
            var words = distinct.SelectMany(value => value.Split(separator,
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
            var inLists = lists.SelectMany(value => value.Split(separator,
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()).Distinct().ToArray();
            if (2 * inLists.Count(word => words.Count(other => other == word) > 1) >= inLists.Length && lists
                .Any(value => value.Trim(separator, ' ').Contains(separator, StringComparison.Ordinal))) return separator;
        }
        return null;
    }

    private static DataException NoFiles(CsvTable table, TableFiles files, string folder)
    {
        if (table.Columns.Any(name => ClassFolderPlan.IsImage(name) || files.Find(name, folder).IsThere))
            return new($"{table.Place}: the first line ({CsvTable.Listed(table.Columns)}) is an image already; expected the names of the "
                + $"columns there. Write a line such as file,label above it.");
        var likely = Array.FindIndex(table.Columns, name => Rank(FileNames, name) < int.MaxValue);
        if (likely < 0) likely = Array.FindIndex(table.Rows[0].Fields, field => ClassFolderPlan.IsImage(field));
        var example = likely < 0 ? "" : $" Line {table.Rows[0].Line:N0} says '{EntryPath.Shown(table.Rows[0].Fields[likely])}' in the "
            + $"column '{table.Columns[likely]}', and there is no such image.";
        return new($"{table.Place}: no column ({CsvTable.Listed(table.Columns)}) names the images, of which {files.Images.Count:N0} are "
            + $"there.{example} Give the folder of the images (image-folder=FOLDER), or the column that names them "
            + "(file-column=NAME).");
    }

    private static int Named(CsvTable table, string name, string setting)
    {
        var at = Array.FindIndex(table.Columns, column => column == name);
        if (at < 0) at = Array.FindIndex(table.Columns, column => column.Equals(name, StringComparison.OrdinalIgnoreCase));
        return at >= 0 ? at : throw new DataException($"{table.Place}: there is no column '{name}' ({setting}); it has "
            + $"{CsvTable.Listed(table.Columns)}.{NearestName.Suggest(name, table.Columns)}");
    }

    private static IReadOnlyList<CsvRow> Sample(CsvTable table) => table.Rows.Count <= RowsLookedAt ? table.Rows
        : [.. Enumerable.Range(0, RowsLookedAt).Select(i => table.Rows[(int)((long)i * table.Rows.Count / RowsLookedAt)])];

    private static bool IsZeroOne(CsvTable table, int column) => table.Rows
        .All(row => row.Fields[column].Trim() is "0" or "1" or "0.0" or "1.0" or "-1");

    private static bool IsOne(string value) => value.Trim() is "1" or "1.0";

    private static bool IsNumber(string value) => double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out _);

    internal static bool IsWholeNumber(string value) => double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture,
        out var number) && Math.Abs(number) < 1e15 && Math.Floor(number) == number;

    private static int Rank(string[] names, string column) => Array.IndexOf(names, Plain(column)) is >= 0 and var at ? at : int.MaxValue;

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
