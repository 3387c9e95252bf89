using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace FeatureMap.Reports;

/// <summary>How large and how many the pictures of a page are.</summary>
/// <param name="MapSide">The longer side of a channel of a feature map, in pixels; larger ones are averaged down.</param>
/// <param name="MapChannels">Channels of a layer that are shown.</param>
/// <param name="ImagePixels">Pixels of an image for each CSS pixel.</param>
internal sealed record PictureDetail(int MapSide, int MapChannels, double ImagePixels)
{
    public static PictureDetail Full { get; } = new(64, 64, 2);
}

/// <summary>
/// Builds HTML from interpolated strings: what stands in the literal is markup, what stands in the holes is text and is escaped. So a class
/// name such as &lt;b&gt; cannot become markup anywhere in a report, not by forgetting a call either.
/// </summary>
internal sealed class HtmlBuilder
{
    // Almost all of a text is of these, and is taken over as it is.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Except("&<>\"'").Concat("\t\n")]);

    private readonly StringBuilder text = new();
    private readonly List<int> cuts = [];

    /// <summary>How large and how many the pictures are.</summary>
    public PictureDetail Detail { get; init; } = PictureDetail.Full;

    /// <summary>Whether charts are drawn twice, for broad and for narrow screens, of which the style sheet shows one.</summary>
    public bool HasNarrowCharts { get; init; }

    /// <summary>
    /// Where pieces begin and end that are elements with an id and may change alone, in their order: a page that has the rest takes over
    /// those that are not as they were.
    /// </summary>
    public IReadOnlyList<int> Cuts => cuts;

    /// <summary>What is written is a piece, unless it is nothing or another piece is in it.</summary>
    public void Piece(Action write)
    {
        var start = text.Length;
        write();
        if (text.Length == start || (cuts is [.., var end] && end > start)) return;
        cuts.Add(start);
        cuts.Add(text.Length);
    }

    /// <summary>Adds markup with escaped holes.</summary>
    public void Add([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup; // it has already added its parts
        text.Append('\n');
    }

    /// <summary>Adds markup with escaped holes and without a line end, where white space would show.</summary>
    public HtmlBuilder Join([InterpolatedStringHandlerArgument("")] ref Markup markup)
    {
        _ = markup;
        return this;
    }

    /// <summary>Adds what another builder has made.</summary>
    public void Add(HtmlBuilder other) => text.Append(other.text);

    /// <summary>Adds a picture as an element that needs no other file.</summary>
    public void AddPicture(byte[] png, int width, int height, string description, string style = "")
    {
        Add($"""<img src="data:image/png;base64,{Convert.ToBase64String(png)}" width="{width}" height="{height}" alt="{description}" class="{style}">""");
    }

    /// <summary>Adds the style sheet, which is our own text and holds no data.</summary>
    public void AddStyle(string sheet) => text.Append(sheet).Append('\n');

    public override string ToString() => text.ToString();

    /// <summary>
    /// What makes a text harmless in element content and in quoted attributes; what is not seen (<see cref="VisibleText"/>) shows as
    /// U+FFFD.
    /// </summary>
    public static void Escape(StringBuilder target, ReadOnlySpan<char> value)
    {
        while (true)
        {
            var end = value.IndexOfAnyExcept(Plain);
            target.Append(end < 0 ? value : value[..end]);
            if (end < 0) return;
            Rune.DecodeFromUtf16(value[end..], out var character, out var length);
            value = value[(end + length)..];
            switch (character.Value)
            {
                case '&': target.Append("&amp;"); break;
                case '<': target.Append("&lt;"); break;
                case '>': target.Append("&gt;"); break;
                case '"': target.Append("&quot;"); break;
                case '\'': target.Append("&#39;"); break;
                case '\r': break;
                default: target.Append(VisibleText.IsHidden(character) ? "\uFFFD" : character.ToString()); break;
            }
        }
    }

    [InterpolatedStringHandler]
    internal readonly ref struct Markup
    {
        private readonly StringBuilder target;

        public Markup(int literalLength, int formattedCount, HtmlBuilder builder)
        {
            _ = literalLength + formattedCount;
            target = builder.text;
        }

        public void AppendLiteral(string literal) => target.Append(literal);

        public void AppendFormatted(string? value) => Escape(target, value);

        public void AppendFormatted(int value) => target.Append(CultureInfo.InvariantCulture, $"{value}");

        // Coordinates: a hundredth of a pixel is enough.
        public void AppendFormatted(double value) => target.Append(value.ToString("0.##", CultureInfo.InvariantCulture));
    }
}
