using System.Globalization;

namespace FeatureMap.Data;

/// <summary>Reads the cells of a table that are numbers, or say yes or no.</summary>
internal static class TableNumbers
{
    private static readonly string[] Yes = ["1", "1.0", "true", "yes"], No = ["0", "0.0", "-1", "false", "no"];

    /// <summary>Whether every cell of a column says yes or no: 1 or 0, true or false, yes or no.</summary>
    public static bool AreYesOrNo(CsvTable table, int column) => table.Rows.All(row => IsYes(row.Fields[column]) is not null);

    /// <summary>Whether a cell says yes; null where it says neither yes nor no.</summary>
    public static bool? IsYes(string value)
    {
        value = value.Trim();
        return Has(Yes) ? true : Has(No) ? false : null;

        bool Has(string[] words) => Array.Exists(words, word => word.Equals(value, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>-1 stands for no in some tables and for "not known" in others: beside 0 it is not clear which.</summary>
    /// <exception cref="DataException">A column has both.</exception>
    public static void CheckMinusOne(CsvTable table, int column)
    {
        var (minus, zero) = (table.Rows.FirstOrDefault(row => row.Fields[column].Trim() == "-1"), table.Rows
            .FirstOrDefault(row => row.Fields[column].Trim() is "0" or "0.0"));
        if (minus.Fields is null || zero.Fields is null) return;
        throw new DataException($"{table.Place}: the column '{table.Columns[column]}' has -1 (line {minus.Line:N0}) beside 0 (line "
            + $"{zero.Line:N0}): -1 may mean no, or that nobody knows. Write 0 for no, and leave out rows of which nothing is known.");
    }

    /// <summary>Whether a value is a number as programs write it, with a point.</summary>
    public static bool IsNumber(string value) => Parse(value) is not null;

    /// <summary>Whether a value is a number without a fraction.</summary>
    public static bool IsWhole(string value) => Parse(value) is { } number && Math.Abs(number) < 1e15 && Math.Floor(number) == number;

    /// <summary>
    /// Whether the numbers of a column have a comma before their fraction, as spreadsheets of many countries write them.
    /// </summary>
    /// <exception cref="DataException">The commas may also stand between thousands.</exception>
    public static bool HaveDecimalComma(CsvTable table, int column)
    {
        string[] values = [.. table.Rows.Select(row => row.Fields[column].Trim()).Where(value => value.Length > 0)];
        string[] commas = [.. values.Where(value => value.Contains(',', StringComparison.Ordinal))];
        if (commas.Length == 0 || values.Any(value => value.Contains('.', StringComparison.Ordinal))
            || !values.All(value => IsNumber(value.Replace(',', '.')))) return false;
        if (commas.All(IsGrouped))
            throw new DataException($"{table.Place}: '{commas[0]}' in the column '{table.Columns[column]}' may be "
                + $"{commas[0].Replace(',', '.')} or {commas[0].Replace(",", "", StringComparison.Ordinal)}: write a point before the "
                + "fraction and nothing between thousands.");
        return true;
    }

    /// <summary>The number of a cell; null where it is none.</summary>
    /// <param name="value">The cell.</param>
    /// <param name="hasDecimalComma">Whether a comma stands before the fraction.</param>
    public static double? Parse(string value, bool hasDecimalComma = false) =>
        double.TryParse(hasDecimalComma ? value.Replace(',', '.') : value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) && float.IsFinite((float)number) ? number : null;

    // One to three digits and then threes of them: 1,234.
    private static bool IsGrouped(string value)
    {
        var parts = value.TrimStart('-', '+').Split(',');
        return parts[0].Length is >= 1 and <= 3 && parts.Skip(1).All(part => part.Length == 3 && part.All(char.IsAsciiDigit));
    }
}
