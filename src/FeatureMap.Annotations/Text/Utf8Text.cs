using System.Globalization;
using System.Text;

namespace FeatureMap.Annotations;

/// <summary>Texts and numbers of files that anybody may have written.</summary>
internal static class Utf8Text
{
    /// <summary>Coordinates beyond this are nonsense: pictures have at most 65,535 pixels along a side.</summary>
    public const double Largest = 1e7;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a file, without a byte order mark.</summary>
    /// <exception cref="DataException">It is not UTF-8.</exception>
    public static string Of(byte[] content, string place)
    {
        var bytes = content.AsSpan();
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            var isWide = content is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..];
            throw new DataException($"{place}: the text is {(isWide ? "UTF-16" : "not UTF-8")}. Save it as UTF-8.", error);
        }
    }

    /// <summary>A finite number of a size that can be meant.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && IsUsable(value);

    public static bool IsUsable(double value) => double.IsFinite(value) && Math.Abs(value) <= Largest;

    /// <summary>A number with at most so many digits behind the point, in the same way everywhere.</summary>
    public static string Number(double value, string format = "0.######") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>A name of a foreign file as messages quote it.</summary>
    public static string Shown(string text) => text.Length <= 100 ? text : text[..100] + "...";
}
