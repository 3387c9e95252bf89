namespace FeatureMap.Data;

/// <summary>What a row of a table says of an image.</summary>
/// <param name="Text">In words: the class, the labels with commas between them, or the numbers.</param>
/// <param name="Labels">The labels of a list; empty elsewhere.</param>
/// <param name="Values">A number for each column; empty for classes and lists.</param>
internal sealed record TableSaid(string Text, IReadOnlyList<string> Labels, IReadOnlyList<float> Values)
{
    /// <summary>The labels of two rows of one image.</summary>
    public TableSaid With(TableSaid other) => OfLabels(Labels.Concat(other.Labels));

    /// <summary>A list of labels; their order says nothing.</summary>
    public static TableSaid OfLabels(IEnumerable<string> labels)
    {
        string[] own = [.. labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return new(string.Join(", ", own), own, []);
    }
}

/// <summary>Reads what the rows of a table say of their images.</summary>
internal sealed class TableCells
{
    private readonly CsvTable table;
    private readonly LabelColumns columns;
    private readonly bool[] hasComma;

    /// <param name="table">The table.</param>
    /// <param name="columns">Which columns say it.</param>
    public TableCells(CsvTable table, LabelColumns columns)
    {
        (this.table, this.columns) = (table, columns);
        hasComma = [.. columns.Labels.Select(column => columns.Answer == TableAnswer.Numbers && TableNumbers.HaveDecimalComma(table,
            column))];
        string[] commas = [.. columns.Labels.Where((_, place) => hasComma[place]).Select(column => table.Columns[column])];
        if (commas.Length > 0) Notes.Add($"The comma in {string.Join(", ", commas.Select(name => $"'{name}'"))} stands before the "
            + $"fraction.");
    }

    /// <summary>Sentences on how cells were read.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Why a row cannot be read, as a sentence; null where it can, or says nothing.</summary>
    public string? Objection(CsvRow row)
    {
        if (columns.Answer == TableAnswer.Class || columns.IsList) return null;
        var filled = columns.Labels.Count(column => row.Fields[column].Trim().Length > 0);
        foreach (var (place, column) in columns.Labels.Index())
        {
            var (name, value) = (table.Columns[column], row.Fields[column].Trim());
            if (value.Length == 0 && filled == 0) return null; // nothing is said at all
            if (value.Length == 0) return $"nothing is said of '{name}'.";
            if (columns.Answer == TableAnswer.Numbers && TableNumbers.Parse(value, hasComma[place]) is null)
                return $"'{EntryPath.Shown(value)}' in the column '{name}' is no number. Expected digits with a point before the fraction.";
            if (columns.Answer == TableAnswer.Labels && TableNumbers.IsYes(value) is null)
                return $"'{EntryPath.Shown(value)}' in the column '{name}' is neither 1 nor 0.";
        }
        return null;
    }

    /// <summary>What a row says; null where it says nothing.</summary>
    public TableSaid? Read(CsvRow row)
    {
        string Cell(int column) => row.Fields[column].Trim();
        switch (columns.Answer)
        {
            case TableAnswer.Labels when columns.IsList:
                // An image without any label is one that shows none of them.
                var cell = CanonicalForm.Of(Cell(columns.Labels[0]));
                return TableSaid.OfLabels(columns.Separator is { } separator
                    ? cell.Split(separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    : cell.Length == 0 ? [] : [cell]);
            case TableAnswer.Class:
                var label = columns.Labels is [var only] ? CanonicalForm.Of(Cell(only))
                    : table.Columns[columns.Labels.First(column => TableNumbers.IsYes(Cell(column)) == true)];
                return label.Length == 0 ? null : new(label, [], []);
            default:
                if (columns.Labels.All(column => Cell(column).Length == 0)) return null;
                float[] values = [.. columns.Labels.Select((column, place) => columns.Answer == TableAnswer.Labels
                    ? TableNumbers.IsYes(Cell(column))!.Value ? 1 : 0 : (float)TableNumbers.Parse(Cell(column), hasComma[place])!.Value)];
                return new(NumberRow.Join(", ", values), [], values);
        }
    }
}
