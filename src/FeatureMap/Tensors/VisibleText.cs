using System.Globalization;
using System.Text;

namespace FeatureMap;

/// <summary>
/// Makes text from foreign files harmless where people read it. Names of classes, files and layers may hold characters that are not seen
/// but act: escape codes and bells, line ends, controls that turn the direction of writing (U+202E), characters without width. Each is
/// written as the escape that JSON has for it, such as <c>\u001B</c>, so JSON stays the same JSON. Errors and notices of the library carry
/// names as they are: whoever prints them, or anything else of a foreign file, does it through this.
/// </summary>
public static class VisibleText
{
    /// <summary>The text with every character that is not seen as its escape; line ends and tabs too, so it stays one line.</summary>
    /// <param name="text">Any text.</param>
    public static string Of(string? text) => Of(text, keepsLines: false);

    /// <summary>
    /// The text with every character that is not seen as its escape, except line ends and tabs: for text of several lines that is one's
    /// own.
    /// </summary>
    /// <param name="text">Any text.</param>
    public static string OfLines(string? text) => Of(text, keepsLines: true);

    /// <summary>
    /// Whether a character is not seen but may act: controls, line ends and tabs among them, direction marks, characters without width.
    /// </summary>
    /// <param name="character">Any character.</param>
    public static bool IsHidden(Rune character) => Rune.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned
        // Letters and marks by category, and blank all the same.
        || character.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x180B or 0x180C or 0x180D or 0x180F or 0x3164 or 0xFFA0;

    private static string Of(string? text, bool keepsLines)
    {
        if (string.IsNullOrEmpty(text) || !HasHidden(text)) return text ?? "";
        var visible = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length;)
        {
            var isWhole = Rune.TryGetRuneAt(text, at, out var rune);
            var length = isWhole ? rune.Utf16SequenceLength : 1;
            if ((isWhole && !IsHidden(rune)) || (keepsLines && IsLayout(text, at))) visible.Append(text, at, length);
            else
                foreach (var unit in text.AsSpan(at, length))
                    visible.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:X4}");
            at += length;
        }
        return visible.ToString();
    }

    // A carriage return alone goes back to the beginning of the line and writes over it.
    private static bool IsLayout(string text, int at) =>
        text[at] is '\n' or '\t' || (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n');

    private static bool HasHidden(string text)
    {
        foreach (var character in text)
            if (character is < ' ' or > '~')
                return true;
        return false;
    }
}
