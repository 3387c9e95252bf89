using System.Text;
using System.Text.Json;

namespace FeatureMap;

/// <summary>
/// The one way in which JSON of files is read (and the one in which settings are written), which may come from anywhere: the standard (RFC
/// 8259) and nothing beside it. A name twice in an object, half a surrogate pair, bytes that are no UTF-8, comments, commas at the end,
/// NaN and nesting without end are refused before anything is made of the content; a byte order mark, as editors on Windows write it, is
/// passed over.
/// </summary>
public static class StrictJson
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of an object, indented and with a line feed at the end of each line.</summary>
    /// <param name="write">Writes its members.</param>
    public static string Write(Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>Parses a text and makes something of its content.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="read">Makes something of the root; what it throws passes through.</param>
    /// <param name="depth">How deep objects and lists may stand in each other.</param>
    /// <exception cref="JsonException">It is not such a text; the message says what is wrong and, where it is known, where.</exception>
    public static T Parse<T>(string text, Func<JsonElement, T> read, int depth = 8)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Parse(Utf8.GetBytes(text), read, depth);
        }
        catch (EncoderFallbackException error)
        {
            throw new JsonException("a text in it has half a surrogate pair, which stands for no character", error);
        }
    }

    /// <summary>The same for the bytes of a file.</summary>
    /// <param name="utf8">The whole content.</param>
    /// <param name="read">Makes something of the root; what it throws passes through.</param>
    /// <param name="depth">How deep objects and lists may stand in each other.</param>
    /// <exception cref="JsonException">It is not such a text; the message says what is wrong and, where it is known, where.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> utf8, Func<JsonElement, T> read, int depth = 8)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (utf8.Span.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        CheckTexts(utf8.Span, depth);
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = depth, AllowDuplicateProperties = false });
        return read(document.RootElement);
    }

    // The parser looks into a text only when it is asked for it, which is too late to say where.
    private static void CheckTexts(ReadOnlySpan<byte> utf8, int depth)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = depth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) continue;
            try
            {
                _ = reader.GetString();
            }
            catch (InvalidOperationException error)
            {
                throw new JsonException($"the text that begins at byte {reader.TokenStartIndex:N0} is no valid Unicode", error);
            }
        }
    }
}
