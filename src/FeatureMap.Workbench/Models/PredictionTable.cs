using System.Globalization;
using System.Text;
using FeatureMap.Data;

namespace FeatureMap.Workbench;

/// <summary>Predictions as a table of comma-separated values (RFC 4180): lines end in CR LF, and fields with commas, quotes or line ends are quoted.</summary>
public static class PredictionTable
{
    private static readonly System.Buffers.SearchValues<char> Quoted = System.Buffers.SearchValues.Create(",\"\r\n");

    /// <summary>
    /// The text: a header, then a line for each file. The columns are <c>file</c>, <c>class</c> and <c>probability</c> (again with a number for more
    /// than one class) and <c>error</c>, which says why a file could not be read.
    /// Of several labels (<see cref="FilePredictions.AreLabels"/>) the columns are <c>file</c>, <c>labels</c> with '|' between those that
    /// are said, the probability of each label under its name, and <c>error</c>.
    /// </summary>
    /// <param name="predictions">What was seen.</param>
    /// <param name="top">How many classes of each file.</param>
    public static string Of(FilePredictions predictions, int top)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        var text = new StringBuilder();
        if (predictions.AreLabels) return OfLabels(predictions, text);
        Line(text, ["file", .. Enumerable.Range(1, top).SelectMany(rank => (string[])[rank == 1 ? "class" : $"class{rank}", rank == 1 ? "probability" : $"probability{rank}"]), "error"]);
        foreach (var (path, prediction) in predictions.Answers)
        {
            var shown = prediction.Top(top).SelectMany(one => (string[])[one.Name, double.IsFinite(one.Probability) ? one.Probability.ToString("R", CultureInfo.InvariantCulture) : ""]).ToArray();
            Line(text, [path, .. shown, .. Enumerable.Repeat("", (2 * top) - shown.Length), ""]);
        }
        foreach (var (path, message) in predictions.Failures)
            Line(text, [path, .. Enumerable.Repeat("", 2 * top), message]);
        return text.ToString();
    }

    private static string OfLabels(FilePredictions predictions, StringBuilder text)
    {
        var first = predictions.Answers[0].Prediction;
        var all = Enumerable.Range(0, first.Probabilities.Count).ToArray();
        Line(text, ["file", "labels", .. all.Select(first.NameOf), "error"]);
        foreach (var (path, prediction) in predictions.Answers)
            Line(text, [path, string.Join('|', prediction.Said().Select(one => one.Name)), .. prediction.Probabilities.Select(probability =>
                double.IsFinite(probability) ? probability.ToString("R", CultureInfo.InvariantCulture) : ""), ""]);
        foreach (var (path, message) in predictions.Failures)
            Line(text, [path, "", .. all.Select(_ => ""), message]);
        return text.ToString();
    }

    /// <summary>Writes it to a file.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public static void Write(FilePredictions predictions, int top, string file) => Write(Of(predictions, top), file);

    /// <summary>Writes a text that is such a table.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    internal static void Write(string table, string file)
    {
        try
        {
            File.WriteAllText(file, table);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new DataException($"{file}: the table cannot be written: {error.Message}", error);
        }
    }

    internal static void Line(StringBuilder text, IEnumerable<string> fields) =>
        text.AppendJoin(',', fields.Select(field => field.AsSpan().ContainsAny(Quoted) ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field)).Append("\r\n");
}
