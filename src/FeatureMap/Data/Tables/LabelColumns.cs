namespace FeatureMap.Data;

/// <summary>What a table says of each image.</summary>
internal enum TableAnswer
{
    /// <summary>One class.</summary>
    Class,

    /// <summary>Several labels, each there or not.</summary>
    Labels,

    /// <summary>Numbers.</summary>
    Numbers,
}

/// <summary>Which columns of a table say what: the image, what is said of it, and the part that it belongs to.</summary>
/// <param name="File">The column that names the images.</param>
/// <param name="Labels">The column of the class, or of a list of labels; or several: of zeros and ones, or of numbers.</param>
/// <param name="Part">The column that says whether an image is to learn from or to judge by; -1 for none.</param>
internal sealed record LabelColumns(int File, IReadOnlyList<int> Labels, int Part)
{
    private const int RowsLookedAt = 200, FewWhole = 20;
    private const string Whole = " If each value is a class all the same, set task=table.";
    private const string Separators = "|;, ";

    /// <summary>What they say.</summary>
    public TableAnswer Answer { get; private init; }

    /// <summary>What stands between the labels of one column; null where there is no list.</summary>
    public char? Separator { get; private init; }

    /// <summary>Whether the labels are words in one column, and no columns of their own.</summary>
    public bool IsList { get; private init; }

    /// <summary>How it was recognised, where another reading would have been possible; empty where not.</summary>
    public string Reason { get; private init; } = "";

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
        var columns = new LabelColumns(file, [], part);
        if (options.NumberColumn.Length > 0 || options.Task == DataTask.Numbers)
            return columns.OfNumbers(table, options.NumberColumn.Length > 0 ? Several(table, options.NumberColumn, "number-column")
                : Numeric(table, others));
        if (options.LabelColumn.Length > 0)
        {
            int[] named = Several(table, options.LabelColumn, "label-column");
            return named is [var one] ? columns.Checked(table, one, options) : columns.OfZerosAndOnes(table, named, options);
        }
        // A column called y or target is one number of several where all others are numbers with fractions too.
        if (others.Length > 1 && options.Task is null && others.All(column => Fractions(table, column)))
            return columns.OfNumbers(table, others) with
            {
                Reason = "Every column besides has numbers with fractions; number-column=NAME "
                + "takes fewer."
            };
        int[] known = [.. others.Where(column => Rank(LabelNames, table.Columns[column]) < int.MaxValue)
            .OrderBy(column => Rank(LabelNames, table.Columns[column]))];
        if (known.Length > 0) return columns.Checked(table, OneOf(table, known), options);
        if (others is [var only]) return columns.Checked(table, only, options);
        if (others.Length > 1 && others.All(column => TableNumbers.AreYesOrNo(table, column)))
            return columns.OfZerosAndOnes(table, others, options);
        // Whole numbers may be anything: a count, a year, the number of a class.
        var listed = CsvTable.Listed([.. others.Select(column => table.Columns[column])]);
        throw new DataException($"{table.Place}: " + (others.Length == 0 ? $"beside the names of the images ('{table.Columns[file]}') "
            + $"the table has no column, so nothing says what they show. Expected a column such as 'label'."
            : $"which column says the class of an image? There are {listed}. Name one: label-column={table.Columns[others[0]]}. For "
            + "several labels name their columns with commas between them, and for numbers to be learnt number-column=NAMES."));
    }

    // One column: a class, a list of labels, or a number.
    private LabelColumns Checked(CsvTable table, int column, ClassFolderOptions options)
    {
        var chosen = this with { Labels = [column] };
        if (options.Task == DataTask.Table) return chosen;
        var name = table.Columns[column];
        string[] values = [.. table.Rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
        string[] distinct = [.. values.Distinct(StringComparer.Ordinal)];
        if (options.LabelSeparator.Length > 0) return chosen.AsList(SeparatorOf(options.LabelSeparator));
        if (options.Task == DataTask.Labels)
            return distinct.All(value => TableNumbers.IsYes(value) is not null) ? OfZerosAndOnes(table, [column], options)
                : chosen.AsList(ListSeparator(distinct, name) ?? Separators.Cast<char?>().FirstOrDefault(separator =>
                    separator != ' ' && distinct.Any(value => value.Contains(separator!.Value, StringComparison.Ordinal))));
        if (ListSeparator(distinct, name) == ',' && TableNumbers.HaveDecimalComma(table, column))
        {
            var either = distinct.First(value => value.Contains(',', StringComparison.Ordinal));
            throw new DataException($"{table.Place}: '{either}' in the column '{name}' may be the number {either.Replace(',', '.')} or "
                + $"the labels "
                + $"{either.Replace(",", " and ", StringComparison.Ordinal)}. For the number set number-column={name}, for the labels "
                + "task=labels.");
        }
        CheckMostlyNumbers(table, column, values);
        if (IsMeasure(table, column, distinct)) return OfNumbers(table, [column]) with
        {
            Reason = "They have fractions, so they are no classes; task=table takes each for one.",
        };
        if (distinct.Length > FewWhole && 5 * distinct.Length > values.Length && distinct.All(TableNumbers.IsNumber))
        {
            // A column that is called like a class has to say which it is.
            if (Rank(LabelNames, name) == int.MaxValue && options.LabelColumn.Length == 0) return OfNumbers(table, [column]) with
            {
                Reason = $"The {distinct.Length:N0} different values of its {values.Length:N0} rows are numbers; task=table takes each "
                    + "for a class.",
            };
            throw new DataException($"{table.Place}: the column '{name}' has {distinct.Length:N0} different numbers in "
                + $"{values.Length:N0} rows: they may measure something, or be the numbers of classes. To learn the number set "
                + $"number-column={name}; for classes name another column: label-column=NAME.{Whole}");
        }
        if (values.Length > 10 && distinct.Length == values.Length && ListSeparator(distinct, name) is null)
            throw new DataException($"{table.Place}: each row has a value of its own in the column '{name}', such as "
                + $"'{EntryPath.Shown(distinct[0])}' and '{EntryPath.Shown(distinct[1])}', so it names no "
                + $"classes. Name another column: label-column=NAME.{Whole}");
        return ListSeparator(distinct, name) is not { } found ? chosen : chosen.AsList(found) with
        {
            Reason = $"Values such as '{EntryPath.Shown(distinct.First(value => value.Contains(found, StringComparison.Ordinal)))}' are "
                + "lists; task=table takes each for a class.",
        };
    }

    private LabelColumns AsList(char? separator) => this with { Answer = TableAnswer.Labels, Separator = separator, IsList = true };

    // One cell that is no number must not make classes of all others.
    private static void CheckMostlyNumbers(CsvTable table, int column, string[] values)
    {
        if (10 * values.Count(value => TableNumbers.IsNumber(value) && !TableNumbers.IsWhole(value)) < 9 * values.Length) return;
        var odd = table.Rows.FirstOrDefault(row => row.Fields[column].Trim() is { Length: > 0 } value && !TableNumbers.IsNumber(value));
        if (odd.Fields is null) return;
        throw new DataException($"{table.Place}: the column '{table.Columns[column]}' has numbers with fractions, and line {odd.Line:N0} "
            + $"says '{EntryPath.Shown(odd.Fields[column].Trim())}' there. Mend that line, or leave it empty; to leave such rows out, set "
            + $"number-column={table.Columns[column]} and unreadable=skip.{Whole}");
    }

    // Numbers with fractions are no classes, whatever the column is called.
    private static bool IsMeasure(CsvTable table, int column, string[] distinct) => distinct.Length > 0
        && (TableNumbers.HaveDecimalComma(table, column) || (distinct.All(TableNumbers.IsNumber) && distinct.Any(value =>
            !TableNumbers.IsWhole(value))));

    private LabelColumns OfNumbers(CsvTable table, int[] columns)
    {
        foreach (var column in columns)
        {
            string[] values = [.. table.Rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
            if (values.Length == 0 || (!TableNumbers.HaveDecimalComma(table, column) && !values.Any(TableNumbers.IsNumber)))
                throw new DataException($"{table.Place}: the column '{table.Columns[column]}' has no numbers"
                    + $"{(values.Length == 0 ? "" : $", but '{EntryPath.Shown(values[0])}' and the like")}. Name those to be learnt: "
                    + "number-column=NAME, with commas between several.");
        }
        return this with { Labels = columns, Answer = TableAnswer.Numbers };
    }

    private LabelColumns OfZerosAndOnes(CsvTable table, int[] columns, ClassFolderOptions options)
    {
        foreach (var column in columns)
            TableNumbers.CheckMinusOne(table, column);
        var chosen = this with { Labels = columns, Answer = TableAnswer.Labels };
        if (options.Task == DataTask.Labels) return chosen;
        var names = CsvTable.Listed([.. columns.Select(column => table.Columns[column])]);
        foreach (var row in table.Rows)
        {
            if (columns.FirstOrDefault(column => TableNumbers.IsYes(row.Fields[column]) is null, -1) is >= 0) return chosen;
            var ones = columns.Count(column => TableNumbers.IsYes(row.Fields[column])!.Value);
            if (ones == 1) continue;
            return options.Task != DataTask.Table ? chosen with
            {
                Reason = $"Line {row.Line:N0} has {(ones == 0 ? "none" : $"{ones:N0}")} of them, so they exclude nothing.",
            }
            : throw new DataException($"{table.Place}: the columns {names} say yes or no to several labels, and line {row.Line:N0} has "
                + $"{(ones == 0 ? "none" : $"{ones:N0}")} of them, so they are no classes (task=table). Leave task out to learn them as "
                + $"several labels, or choose one column: label-column={table.Columns[columns[0]]}.");
        }
        return chosen with
        {
            Answer = TableAnswer.Class,
            Reason = "Each row has exactly one of them; task=labels takes each for a question of its own."
        };
    }

    private static int[] Numeric(CsvTable table, int[] others)
    {
        int[] numbers = [.. others.Where(column => table.Rows.All(row => row.Fields[column].Trim() is ""
            || TableNumbers.IsNumber(row.Fields[column]))
            || TableNumbers.HaveDecimalComma(table, column))];
        if (numbers is [_]) return numbers;
        if (numbers.Where(column => Rank(LabelNames, table.Columns[column]) < int.MaxValue).ToArray() is [var called]) return [called];
        if (numbers.Length > 0 && numbers.All(column => Fractions(table, column))) return numbers;
        throw new DataException($"{table.Place}: which numbers are to be learnt? "
            + (others.Length == 0 ? "The table has no column beside the names of the images."
            : $"There are {CsvTable.Listed([.. (numbers.Length > 0 ? numbers : others).Select(column => table.Columns[column])])}. Name "
            + $"them, with commas between several: number-column={table.Columns[(numbers.Length > 0 ? numbers : others)[0]]}."));
    }

    // Only numbers, and some of them no whole ones.
    private static bool Fractions(CsvTable table, int column)
    {
        string[] values = [.. table.Rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
        return IsMeasure(table, column, values);
    }

    private static int[] Several(CsvTable table, string names, string setting)
    {
        // A name may have a comma itself.
        if (Array.Exists(table.Columns, column => column.Equals(names, StringComparison.OrdinalIgnoreCase))) return [Named(table, names,
            setting)];
        int[] found = [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(name => Named(table, name, setting))];
        return found.Length == 0 ? throw new UsageException($"The setting {setting} names columns: received '{names}'.")
            : found.Distinct().Count() == found.Length ? found
            : throw new UsageException($"The setting {setting} names a column twice: {names}.");
    }

    /// <summary>The letter that a setting stands for: itself, or comma, semicolon, space, bar.</summary>
    private static char SeparatorOf(string text) => text.ToLowerInvariant() switch
    {
        "comma" => ',',
        "semicolon" => ';',
        "space" or " " => ' ',
        "bar" or "pipe" => '|',
        { Length: 1 } letter => letter[0],
        _ => throw new UsageException($"The setting label-separator is one letter, or comma, semicolon, space or bar: received '{text}'."),
    };

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
        return known.FirstOrDefault(column => !table.Rows.All(row => TableNumbers.IsNumber(row.Fields[column].Trim())), first);
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
        var isYes = value is "1" or "1.0" || value.Equals("true", StringComparison.OrdinalIgnoreCase);
        return !isYes && value is not "0" && !value.Equals("false", StringComparison.OrdinalIgnoreCase) ? PartKind.None
            : !isYes ? PartKind.Training : Plain(column) == "istest" ? PartKind.Test : PartKind.Validation;
    }

    // Lists are told by their parts: the same ones come in other company again.
    private static char? ListSeparator(string[] distinct, string column)
    {
        foreach (var separator in Separators)
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

    internal static bool IsWholeNumber(string value) => TableNumbers.IsWhole(value);

    private static int Rank(string[] names, string column) => Array.IndexOf(names, Plain(column)) is >= 0 and var at ? at : int.MaxValue;

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
