using System.Globalization;
using System.Text.Json.Nodes;

namespace FeatureMap.Cli;

/// <summary>What a concept has to say: sentences, numbers and small tables of numbers, in the order in which they are read.</summary>
internal sealed class ConceptPage(Concept concept)
{
    private const int MostShown = 24;
    private readonly List<string> text = [];
    private readonly JsonObject numbers = [];

    /// <summary>A sentence of the lesson.</summary>
    public ConceptPage Say(FormattableString sentence)
    {
        text.Add(sentence.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>A number that was computed, with the words before it.</summary>
    public ConceptPage Number(string key, string words, double value, string unit = "")
    {
        text.Add($"  {words}: {Shown(value)}{unit}");
        numbers[key] = Terminal.Number(value);
        return this;
    }

    /// <summary>Numbers in a row.</summary>
    public ConceptPage Row(string key, string words, IReadOnlyList<double> values)
    {
        text.Add($"  {words}: {string.Join(' ', values.Take(4 * MostShown).Select(Shown))}{(values.Count > 4 * MostShown ? " ..." : "")}");
        numbers[key] = new JsonArray([.. values.Select(value => Terminal.Number(value))]);
        return this;
    }

    /// <summary>Numbers in rows and columns.</summary>
    public ConceptPage Grid(string key, string words, int height, int width, Func<int, int, double> value)
    {
        text.Add($"  {words}:");
        var (rows, columns) = (Math.Min(height, MostShown), Math.Min(width, MostShown));
        var cells = Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns).Select(column => Shown(value(row, column))).ToArray()).ToArray();
        var wide = cells.Max(row => row.Max(cell => cell.Length));
        foreach (var row in cells)
            text.Add($"    {string.Join(' ', row.Select(cell => cell.PadLeft(wide)))}{(width > columns ? " ..." : "")}");
        if (height > rows) text.Add("    ...");
        numbers[key] = new JsonArray([.. Enumerable.Range(0, height).Select(row => new JsonArray([.. Enumerable.Range(0, width).Select(column => Terminal.Number(value(row, column)))]))]);
        return this;
    }

    public void Write(TextWriter writer)
    {
        writer.WriteLine($"{concept.Name}: {concept.Title}");
        writer.WriteLine();
        foreach (var line in text)
            writer.WriteLine(line);
        writer.WriteLine();
        writer.WriteLine($"Lesson: {concept.Lesson}");
        if (concept.Options.Count > 0) writer.WriteLine($"Try other numbers: {string.Join(' ', concept.Options.Select(option => option.Option.Name))}");
    }

    public JsonObject ToJson() => new()
    {
        ["concept"] = concept.Name,
        ["description"] = concept.Title,
        ["lesson"] = concept.Lesson,
        ["text"] = new JsonArray([.. text.Select(line => JsonValue.Create(line))]),
        ["numbers"] = numbers.DeepClone(),
    };

    private static string Shown(double value) => double.IsPositiveInfinity(value) ? "infinite" : value.ToString(Math.Abs(value) < 1e15 ? "#,0.####" : "0.###e+0", CultureInfo.InvariantCulture);
}
