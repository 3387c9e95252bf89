using System.Text;

namespace FeatureMap.Cli;

/// <summary>
/// The one place where text becomes terminal output: nothing passes that is not seen (<see cref="VisibleText"/>). What is written by
/// WriteLine as a text is one line, so a line end in it came with a foreign name and is shown, not done; a text of several lines of our own
/// is written by Write or as an object. An output that cannot be written, because its disk is full or it is closed, stops no training: it
/// is remembered (<see cref="Loss"/>) and told at the end.
/// </summary>
internal sealed class VisibleWriter(TextWriter inner) : TextWriter
{
    private int drawn;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Why something that was written is lost; null where nothing is.</summary>
    public string? Loss { get; private set; }

    public override void Write(char value) => Write($"{value}");

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Try(() => inner.Write(VisibleText.OfLines(value)));

    public override void WriteLine() => Try(inner.WriteLine);

    public override void WriteLine(string? value)
    {
        Redraw("");
        Try(() => inner.WriteLine(VisibleText.Of(value)));
    }

    public override void WriteLine(object? value)
    {
        Redraw("");
        Try(() => inner.WriteLine(VisibleText.OfLines($"{value}")));
    }

    /// <summary>A line that the next one is written over; empty takes it away.</summary>
    public void Redraw(string value)
    {
        var text = VisibleText.Of(value);
        if (text.Length + drawn > 0) Try(() => inner.Write($"\r{text.PadRight(drawn)}\r"));
        drawn = text.Length;
    }

    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" }) // the last: a limit on the size of files
        {
            Loss ??= error.Message.TrimEnd('.');
        }
    }
}
