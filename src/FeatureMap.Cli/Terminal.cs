using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>
/// Where a command writes: results to the output, notices and errors beside it. With <c>--json</c> the output gets one document and nothing
/// else. All of it goes through
/// <see cref="VisibleWriter"/>: what foreign files bring along cannot act on the terminal.
/// </summary>
internal sealed class Terminal(TextWriter output, TextWriter error, CancellationToken cancellation)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public VisibleWriter Output { get; } = new(output);

    public VisibleWriter Error { get; } = new(error);

    /// <summary>Ends when the user wants the command to stop.</summary>
    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The tool that was started.</summary>
    public CommandTool Tool { get; init; } = CommandTool.Usual;

    /// <summary>Whether a person watches: lines may be drawn over.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether the output gets one JSON document.</summary>
    public bool IsJson { get; set; }

    /// <summary>The ranks that do the work together; null for this process alone. Only the first one tells anything.</summary>
    public RankTeam? Ranks { get; init; }

    /// <summary>What to say of their processors before they work; null for nothing.</summary>
    public string? RankNotice { get; init; }

    /// <summary>For the work that a command does: what it tells is shown here.</summary>
    public WorkContext Context => new()
    {
        Notice = Notice,
        Downloading = () => new DataLines.DownloadLines(this),
        Decoding = () => new DataLines.DecodeLine(this),
        Cancellation = Cancellation,
        Ranks = Ranks,
    };

    /// <summary>For the eyes: the output, or beside it where the output gets a document.</summary>
    public VisibleWriter Prose => IsJson ? Error : Output;

    /// <summary>A line that the user should see whatever the output is used for.</summary>
    public void Notice(string text) => WriteLines(Error, Wrapped($"note: {FlagNames.In(VisibleText.Of(text))}"));

    /// <summary>Says what went wrong.</summary>
    public void Complain(string text) => WriteLines(Error, Wrapped($"error: {FlagNames.In(VisibleText.Of(text))}"));

    /// <summary>Where a person watches: a line that the next one is written over.</summary>
    public void Redraw(string text)
    {
        if (IsInteractive) Error.Redraw(text);
    }

    /// <summary>Writes the document.</summary>
    public void Write(JsonObject document) => WriteDocument(document.ToJsonString(Indented));

    /// <summary>Writes a document that is text already.</summary>
    public void WriteDocument(string text) => WriteLines(Output, text);

    /// <summary>A number, or null where JSON has no number for it.</summary>
    public static JsonNode? Number(double? value) => value is { } number && double.IsFinite(number) ? JsonValue.Create(number) : null;

    /// <summary>A path for a sentence or a command line; see <see cref="ShownPath"/>.</summary>
    public static string Shown(string path) => ShownPath.Of(path);

    // As an object: the line ends in it are our own.
    private static void WriteLines(VisibleWriter writer, object text) => writer.WriteLine(text);

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
