namespace FeatureMap.Reports;

/// <summary>How wide a text is in the pictures of charts, so that no name is cut. Widths are those of a wide sans-serif letter, as the
/// font is the reader's.</summary>
internal static class TextWidth
{
    private const double Size = 13;

    /// <summary>Units that a text takes at 13 pixels.</summary>
    public static double Of(string text) => text.Sum(Letter) * Size;

    /// <summary>The text, or its beginning and an ellipsis where it does not fit.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">Units that there are.</param>
    public static string Fit(string text, double room)
    {
        if (Of(text) <= room) return text;
        var (width, count) = (Of("\u2026"), 0);
        while (count < text.Length && width + (Letter(text[count]) * Size) <= room)
            width += Letter(text[count++]) * Size;
        return text[..count].TrimEnd() + "\u2026";
    }

    // Parts of the height of the letters.
    private static double Letter(char letter) => letter switch
    {
        'm' or 'w' or 'M' or 'W' or '%' or '@' or '\u2026' => 0.98,
        'i' or 'j' or 'l' or 'f' or 't' or 'r' or '.' or ',' or ':' or '\'' or '(' or ')' or ' ' or '-' or 'I' or '/' => 0.42,
        _ when char.IsAsciiDigit(letter) || char.IsAsciiLetterLower(letter) => 0.64,
        _ when letter < 0x250 => 0.78,
        _ => 1.05,
    };
}
