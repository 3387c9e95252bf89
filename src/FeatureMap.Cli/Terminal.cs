using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FeatureMap.Cli;

/// <summary>Where a command writes: results to the output, notices and errors beside it. With <c>--json</c> the output gets one document and nothing else.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, CancellationToken cancellation)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public TextWriter Output { get; } = output;

    public TextWriter Error { get; } = error;

    /// <summary>Ends when the user wants the command to stop.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>Whether a person watches: lines may be drawn over.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether the output gets one JSON document.</summary>
    public bool IsJson { get; set; }

    /// <summary>For the eyes: the output, or beside it where the output gets a document.</summary>
    public TextWriter Prose => IsJson ? Error : Output;

    /// <summary>A line that the user should see whatever the output is used for.</summary>
    public void Notice(string text) => Error.WriteLine(Wrapped($"note: {text}"));

    /// <summary>Says what went wrong.</summary>
    public void Complain(string text) => Error.WriteLine(Wrapped($"error: {text}"));

    /// <summary>Writes the document.</summary>
    public void Write(JsonObject document) => Output.WriteLine(document.ToJsonString(Indented));

    /// <summary>A number, or null where JSON has no number for it.</summary>
    public static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    /// <summary>A path as it is shortest to type from here, in quotes where it needs them.</summary>
    public static string Shown(string path)
    {
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        var best = relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
        return best.All(c => char.IsAsciiLetterOrDigit(c) || "/\\.-_+:,=@%".Contains(c, StringComparison.Ordinal)) ? best : $"\"{best}\"";
    }

    // Only for the eyes: whoever reads the lines by program wants them whole.
    private string Wrapped(string text)
    {
        const int Columns = 110;
        if (!IsInteractive) return text;
        var lines = new System.Text.StringBuilder();
        var length = 0;
        foreach (var word in text.Split(' '))
        {
            if (length > 0 && length + 1 + word.Length > Columns)
            {
                lines.Append("\n      ");
                length = 6;
            }
            else if (length > 0)
            {
                lines.Append(' ');
                length++;
            }
            lines.Append(word);
            length += word.Length;
        }
        return lines.ToString();
    }
}
