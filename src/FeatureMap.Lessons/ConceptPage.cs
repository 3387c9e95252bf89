using System.Globalization;
using System.Text.Json.Nodes;

namespace FeatureMap.Lessons;

/// <summary>What a concept has to say: sentences, numbers and small tables of numbers, in the order in which they are read.</summary>
public sealed class ConceptPage
{
    private const int MostShown = 24;
    private readonly List<string> text = [];
    private readonly JsonObject numbers = [];

    /// <summary>The text in the order in which it is read: sentences, and numbers indented below them.</summary>
    public IReadOnlyList<string> Lines => text;

    /// <summary>The numbers by name, as JSON; those that are infinite or undefined are null. A copy.</summary>
    public JsonObject Numbers => (JsonObject)numbers.DeepClone();

    /// <summary>A sentence of the lesson.</summary>
    /// <param name="sentence">The sentence; its numbers are written as in English.</param>
    public ConceptPage Say(FormattableString sentence)
    {
        ArgumentNullException.ThrowIfNull(sentence);
        text.Add(sentence.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>A number that was computed, with the words before it.</summary>
    /// <param name="key">Its name in JSON.</param>
    /// <param name="words">What it is.</param>
    /// <param name="value">The number.</param>
    /// <param name="unit">What stands behind it.</param>
    public ConceptPage Number(string key, string words, double value, string unit = "")
    {
        text.Add($"  {words}: {Shown(value)}{unit}");
        numbers[key] = Finite(value);
        return this;
    }

    /// <summary>Numbers in a row.</summary>
    /// <param name="key">Their name in JSON.</param>
    /// <param name="words">What they are.</param>
    /// <param name="values">The numbers.</param>
    public ConceptPage Row(string key, string words, IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        text.Add($"  {words}: {string.Join(' ', values.Take(4 * MostShown).Select(Shown))}{(values.Count > 4 * MostShown ? " ..." : "")}");
        numbers[key] = new JsonArray([.. values.Select(Finite)]);
        return this;
    }

    /// <summary>Numbers in rows and columns.</summary>
    /// <param name="key">Their name in JSON.</param>
    /// <param name="words">What they are.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="value">The number at a row and column.</param>
    public ConceptPage Grid(string key, string words, int height, int width, Func<int, int, double> value)
    {
        ArgumentNullException.ThrowIfNull(value);
        text.Add($"  {words}:");
        var (rows, columns) = (Math.Min(height, MostShown), Math.Min(width, MostShown));
        var cells = Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => Shown(value(row, column))).ToArray()).ToArray();
        var wide = cells.Max(row => row.Max(cell => cell.Length));
        foreach (var row in cells)
            text.Add($"    {string.Join(' ', row.Select(cell => cell.PadLeft(wide)))}{(width > columns ? " ..." : "")}");
        if (height > rows) text.Add("    ...");
        numbers[key] = new JsonArray([.. Enumerable.Range(0, height).Select(row => new JsonArray([.. Enumerable.Range(0, width).Select(column => Finite(value(row, column)))]))]);
        return this;
    }

    private static JsonNode? Finite(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    private static string Shown(double value) => double.IsPositiveInfinity(value) ? "infinite" : value.ToString(Math.Abs(value) < 1e15 ? "#,0.####" : "0.###e+0", CultureInfo.InvariantCulture);
}
