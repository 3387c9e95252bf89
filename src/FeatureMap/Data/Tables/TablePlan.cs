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
    private readonly Dictionary<int, TableRow> rows = []; // by file
    private readonly List<string> answerColumns = []; // of tables with a column for each class, label or number
    private TableAnswer? answer;

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
        notes.Add(Says(table, columns));
        if (answer is { } before && before != columns.Answer)
            throw new DataException($"{table.Place}: this table says {Words(columns.Answer)} of the images, and the one before says "
                + $"{Words(before)}: both must say the same. Say what they are by task=table, task=labels or task=numbers.");
        answer = columns.Answer;
        // The labels of a list are cells, all others the names of columns.
        string[] own = columns.IsList || columns is { Answer: TableAnswer.Class, Labels.Count: 1 } ? []
            : [.. columns.Labels.Select(column => table.Columns[column])];
        if (columns.Answer != TableAnswer.Class && answerColumns.Count > 0 && !answerColumns.SequenceEqual(own))
            throw new DataException($"{table.Place}: this table has the columns {CsvTable.Listed(own)}, and the one before has "
                + $"{CsvTable.Listed(answerColumns)}: both must say the same of their images.");
        answerColumns.AddRange(own.Except(answerColumns));
        var reader = new TableCells(table, columns);
        var (missing, unlabelled, twice, elsewhere) = (new List<string>(), new List<string>(), new List<string>(),
            new List<(string Value, string Path)>());
        var unclear = new List<string>();
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
            if (reader.Objection(row) is { } objection)
            {
                if (options.Unreadable == UnreadableImages.Fail)
                    throw new DataException($"{table.Place}: line {row.Line:N0}, {EntryPath.Shown(value)}: {objection} To leave such "
                        + "rows out, set unreadable=skip.");
                unclear.Add($"{At()}: {objection}");
                continue;
            }
            if (reader.Read(row) is not { } said)
            {
                unlabelled.Add(At());
                continue;
            }
            var part = columns.Part >= 0 ? LabelColumns.PartOf(table.Columns[columns.Part], row.Fields[columns.Part]) : placed.Part;
            var path = tree.Files[found.File].Path;
            if (elsewhere.Count == 0 && IsElsewhere(value, path)) elsewhere.Add((value, path));
            if (rows.TryAdd(found.File, new(said, part, $"{table.Place}, line {row.Line:N0}"))) continue;
            var other = rows[found.File];
            // A row for each label of an image says the same as a list.
            if (columns.IsList) rows[found.File] = other with { Said = other.Said.With(said) };
            else if (other.Said.Text != said.Text)
                throw new DataException($"{table.Place}: line {row.Line:N0} says that {EntryPath.Shown(path)} is "
                    + $"'{EntryPath.Shown(said.Text)}', and {other.Place} says '{EntryPath.Shown(other.Said.Text)}'. "
                    + (columns.Answer == TableAnswer.Class ? "An image is of one class here: keep the right line, or set task=labels where "
                    + "each row names one label of several." : "Keep the right line."));
            if (other.Part != part) throw new DataException($"{table.Place}: line {row.Line:N0} puts {EntryPath.Shown(path)} into "
                + $"another part than {other.Place}: it cannot be learnt from and judged by. Keep one line.");
            if (other.Said.Text == said.Text) twice.Add(At());
        }
        if (missing.Count > 0)
        {
            var which = $"{missing.Count:N0} of {table.Rows.Count:N0} rows name images that are not there: {Some(missing)}";
            if (options.Unreadable == UnreadableImages.Fail)
                throw new DataException($"{table.Place}: {which}. Looked in {tree.Location}. To leave such rows out, set unreadable=skip.");
            notes.Add($"{which}; they are left out.");
        }
        if (unlabelled.Count > 0) notes.Add($"{unlabelled.Count:N0} of {table.Rows.Count:N0} rows say no "
            + $"{(columns.Answer == TableAnswer.Numbers ? "number" : "class")} and are left out: {Some(unlabelled)}.");
        if (unclear.Count > 0) notes.Add($"{unclear.Count:N0} of {table.Rows.Count:N0} rows cannot be read and are left out: "
            + $"{Some(unclear)}");
        notes.AddRange(reader.Notes);
        if (twice.Count > 0) notes.Add($"{twice.Count:N0} images are named more than once and count once: {Some(twice)}.");
        foreach (var (value, path) in elsewhere)
            notes.Add($"{table.Place} names '{EntryPath.Shown(value)}', and {EntryPath.Shown(path)} in {tree.Location} is taken for it.");
    }

    private static string Says(CsvTable table, LabelColumns columns)
    {
        var names = string.Join(", ", columns.Labels.Take(MostNamed).Select(column => $"'{table.Columns[column]}'"))
            + (columns.Labels.Count > MostNamed ? $" and {columns.Labels.Count - MostNamed:N0} more" : "");
        var (what, how) = columns.Answer switch
        {
            TableAnswer.Labels when columns.IsList => ("several labels of each image",
                $"{names} their labels{(columns.Separator is { } letter ? $", with {Letter(letter)} between them" : "")}"),
            TableAnswer.Labels => ("several labels of each image", $"{names} say yes or no to a label each"),
            TableAnswer.Numbers => ("numbers of each image",
                $"{names} {(columns.Labels.Count == 1 ? "is the number" : "are the numbers")} to be "
                + "learnt"),
            _ => ("the classes", columns.Labels is [_] ? $"{names} their class"
                : $"and {columns.Labels.Count:N0} columns of zeros and ones say their class"),
        };
        return $"{table.Place} says {what}: the column '{table.Columns[columns.File]}' names the images, {how}"
            + (columns.Part >= 0 ? $", '{table.Columns[columns.Part]}' whether they are to learn from or to judge by." : ".")
            + (columns.Reason.Length > 0 ? $" {columns.Reason}" : "");
    }

    private static string Letter(char separator) => separator switch
    {
        ' ' => "spaces",
        ',' => "commas",
        ';' => "semicolons",
        _ => $"'{separator}'",
    };

    private static string Words(TableAnswer answer) => answer switch
    {
        TableAnswer.Labels => "several labels",
        TableAnswer.Numbers => "numbers",
        _ => "one class",
    };

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
        if (answer != TableAnswer.Class) return FinishTargets(place);
        var names = Names();
        if (names.Length < 2)
            throw new DataException($"{place}: " + (names.Length == 0 ? "no row has both an image that is there and a class." : $"all "
                + $"images are of one class, '{EntryPath.Shown(names[0])}'. One class cannot be told from another: at least two are "
                + $"needed."));
        ClassFolderPlan.NoteTwins(names, notes, "classes");
        var (learn, judge) = Parts(place);
        if (judge is null) return new([.. names], Part(learn, names), null, notes);
        var known = learn.Select(row => row.Value.Said.Text).ToHashSet(StringComparer.Ordinal);
        if (judge.FirstOrDefault(row => !known.Contains(row.Value.Said.Text)) is { Value: not null } stranger)
            throw new DataException($"{stranger.Value.Place}: the class '{EntryPath.Shown(stranger.Value.Said.Text)}' of "
                + $"{EntryPath.Shown(tree.Files[stranger.Key].Path)} has no image to learn from, only to judge by. "
                + "Both parts must have the same classes.");
        return new([.. names], Part(learn, names), Part(judge, names), notes);
    }

    // The images to learn from, and those to judge by where the table says which.
    private (KeyValuePair<int, TableRow>[] Learn, KeyValuePair<int, TableRow>[]? Judge) Parts(string place)
    {
        var learn = rows.Where(row => row.Value.Part is PartKind.None or PartKind.Training).ToArray();
        var kinds = rows.Values.Select(row => row.Part).ToHashSet();
        if (learn.Length == 0) throw new DataException($"{place}: no image is to learn from; all belong to the "
            + $"{(kinds.Contains(PartKind.Validation) ? "validation" : "test")} part. Expected rows of the training part too.");
        var judgeKind = kinds.Contains(PartKind.Validation) ? PartKind.Validation : kinds.Contains(PartKind.Test) ? PartKind.Test
            : PartKind.None;
        if (judgeKind == PartKind.Validation && kinds.Contains(PartKind.Test))
            notes.Add($"The {rows.Values.Count(row => row.Part == PartKind.Test):N0} images of the test part are not used.");
        return (learn, judgeKind == PartKind.None ? null : [.. rows.Where(row => row.Value.Part == judgeKind)]);
    }

    // Several labels or numbers: all images are of one kind, and the targets say the rest.
    private ClassFolderPlan FinishTargets(string place)
    {
        if (rows.Count == 0) throw new DataException($"{place}: no row has both an image that is there and something that is said of it.");
        var (learn, judge) = Parts(place);
        var names = TargetNames(place);
        var targets = new TargetColumns(answer == TableAnswer.Labels ? TargetKind.Labels : TargetKind.Quantities, names);
        var places = names.Index().ToDictionary(name => name.Item, name => name.Index, StringComparer.Ordinal);
        var (training, validation) = (TargetPart(learn, names, places), judge is null ? null : TargetPart(judge, names, places));
        if (answer == TableAnswer.Labels) NoteLabels(names, training, validation);
        return new(["image"], training, validation, notes) { Targets = targets };
    }

    private string[] TargetNames(string place)
    {
        if (answerColumns.Count > 0) return [.. answerColumns];
        var found = rows.Values.SelectMany(row => row.Said.Labels).ToHashSet(StringComparer.Ordinal);
        string[] names = found.All(LabelColumns.IsWholeNumber)
            ? [.. found.OrderBy(name => double.Parse(name, System.Globalization.CultureInfo.InvariantCulture)).ThenBy(name => name,
                StringComparer.Ordinal)]
            : [.. found.Order(StringComparer.Ordinal)];
        if (names.Length == 0) throw new DataException($"{place}: no image has a label, so there is nothing to learn.");
        ClassFolderPlan.NoteTwins(names, notes, "labels");
        var given = options.LabelNames.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (given.Length == 0) return names;
        return names.FirstOrDefault(name => !given.Contains(name, StringComparer.Ordinal)) is { } stranger
            ? throw new DataException($"{rows.Values.First(row => row.Said.Labels.Contains(stranger)).Place}: the label "
                + $"'{EntryPath.Shown(stranger)}' is none of those that are expected (label-names): {CsvTable.Listed(given)}."
                + NearestName.Suggest(stranger, given))
            : given;
    }

    private ClassFolderPart TargetPart(KeyValuePair<int, TableRow>[] part, string[] names, Dictionary<string, int> places)
    {
        KeyValuePair<int, TableRow>[] ordered = [.. part.OrderBy(row => tree.Files[row.Key].Path, StringComparer.Ordinal)];
        var values = new float[ordered.Length * names.Length];
        foreach (var (image, row) in ordered.Index())
        {
            var own = values.AsSpan(image * names.Length, names.Length);
            if (row.Value.Said.Values.Count > 0)
                for (var number = 0; number < names.Length; number++)
                    own[number] = row.Value.Said.Values[number];
            else
                foreach (var label in row.Value.Said.Labels)
                    own[places[label]] = 1;
        }
        return new([.. ordered.Select(row => row.Key)], new int[ordered.Length]) { Targets = values };
    }

    private void NoteLabels(string[] names, ClassFolderPart training, ClassFolderPart? validation)
    {
        int Count(ClassFolderPart part, int label) => Enumerable.Range(0, part.Labels.Length).Count(image =>
            part.Targets[(image * names.Length) + label] == 1);
        var never = new List<string>();
        var always = new List<string>();
        foreach (var (label, name) in names.Index())
        {
            var count = Count(training, label);
            if (count == 0) never.Add(EntryPath.Shown(name));
            else if (count == training.Labels.Length) always.Add(EntryPath.Shown(name));
        }
        if (never.Count > 0) notes.Add($"No image to learn from has {Some(never)}: nothing can be learnt about "
            + $"{(never.Count == 1 ? "it" : "them")}.");
        if (always.Count > 0) notes.Add($"Every image to learn from has {Some(always)}: nothing can be learnt about "
            + $"{(always.Count == 1 ? "it" : "them")}.");
        var none = Enumerable.Range(0, training.Labels.Length).Count(image =>
            !training.Targets.AsSpan(image * names.Length, names.Length).Contains(1));
        if (none > 0) notes.Add($"{none:N0} of {training.Labels.Length:N0} images{(validation is null ? "" : " to learn from")} have no "
            + "label, which is taken as said: they show none of them.");
    }

    // Numbers in their order, everything else in that of the letters, as class folders are; columns as they stand.
    private string[] Names()
    {
        var found = rows.Values.Select(row => row.Said.Text).ToHashSet(StringComparer.Ordinal);
        if (answerColumns.Count > 0) return [.. answerColumns.Where(found.Contains)];
        return found.All(LabelColumns.IsWholeNumber)
            ? [.. found.OrderBy(name => double.Parse(name, System.Globalization.CultureInfo.InvariantCulture))
            .ThenBy(name => name, StringComparer.Ordinal)]
            : [.. found.Order(StringComparer.Ordinal)];
    }

    private ClassFolderPart Part(IEnumerable<KeyValuePair<int, TableRow>> part, string[] names) =>
        ClassFolderPlan.Turns(part.GroupBy(row => row.Value.Said.Text).ToDictionary(group => group.Key, group => group
            .Select(row => (row.Key, tree.Files[row.Key].Path)).ToArray()), names);

    private static string Some(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? $" and {names.Count - MostNamed:N0} more" : "");
}

/// <summary>What a row says of its image.</summary>
/// <param name="Said">What.</param>
/// <param name="Part">The part that the image belongs to.</param>
/// <param name="Place">Table and line.</param>
internal sealed record TableRow(TableSaid Said, PartKind Part, string Place);

/// <summary>What a table says of its images where it is more than a class: several labels or numbers.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Names">What each label or number is called.</param>
internal sealed record TargetColumns(TargetKind Kind, IReadOnlyList<string> Names);
