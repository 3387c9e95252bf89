using System.Globalization;
using System.Text;

namespace System.Runtime.CompilerServices;

/// <summary>
/// What the compiler makes of <c>$"..."</c> in every assembly of this repository: the same text in every culture. The type of this name
/// in the base library writes numbers as the user's machine does, so that one message had "2,000,000,000" beside "10.000.000.000". The
/// compiler takes the one of the assembly that it builds, and so no message, report or file can forget to be invariant.
/// <c>CultureTests</c> fails where that is no longer so.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct DefaultInterpolatedStringHandler
{
    private readonly StringBuilder text;
    private readonly StringBuilder.AppendInterpolatedStringHandler handler;

    public DefaultInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        text = new StringBuilder(literalLength + (formattedCount * 16));
        handler = new(literalLength, formattedCount, text, CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string value) => text.Append(value);

    public void AppendFormatted<T>(T value) => handler.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => handler.AppendFormatted(value, format);

    public void AppendFormatted<T>(T value, int alignment) => handler.AppendFormatted(value, alignment);

    public void AppendFormatted<T>(T value, int alignment, string? format) => handler.AppendFormatted(value, alignment, format);

    public void AppendFormatted(ReadOnlySpan<char> value) => text.Append(value);

    public void AppendFormatted(ReadOnlySpan<char> value, int alignment, string? format = null) =>
        handler.AppendFormatted(value, alignment, format);

    public void AppendFormatted(string? value) => text.Append(value);

    public void AppendFormatted(string? value, int alignment, string? format = null) => handler.AppendFormatted(value, alignment, format);

    public void AppendFormatted(object? value, int alignment = 0, string? format = null) =>
        handler.AppendFormatted(value, alignment, format);

    public string ToStringAndClear() => text.ToString();
}
