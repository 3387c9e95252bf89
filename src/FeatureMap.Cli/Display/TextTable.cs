namespace FeatureMap.Cli;

/// <summary>Columns of text, as wide as their widest cell.</summary>
internal sealed class TextTable(params string[] headings)
{
    private const string Gap = "  ";
    private readonly List<string[]> rows = [];
    private readonly HashSet<int> right = [];

    /// <summary>Numbers stand at the right side of these columns.</summary>
    public TextTable AlignRight(params ReadOnlySpan<int> columns)
    {
        foreach (var column in columns)
            right.Add(column);
        return this;
    }

    // Made visible here, because what is shown decides how wide a column is.
    public void Add(params string[] cells) => rows.Add(Array.ConvertAll(cells, VisibleText.Of));

    public void Write(TextWriter writer)
    {
        var all = headings.Length > 0 ? rows.Prepend(headings).ToList() : rows;
        if (all.Count == 0) return;
        var widths = Enumerable.Range(0,
            all.Max(row => row.Length)).Select(column => all.Max(row => column < row.Length ? row[column].Length : 0)).ToArray();
        foreach (var row in all)
            writer.WriteLine(string.Join(Gap, row.Select((cell, column) => right.Contains(column) ? cell.PadLeft(widths[column])
                : cell.PadRight(widths[column]))).TrimEnd());
    }
}
