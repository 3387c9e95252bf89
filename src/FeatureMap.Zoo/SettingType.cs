using System.Globalization;
using System.Text.Json;
using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>The type and range of a setting: reads and writes its values as text.</summary>
internal abstract class SettingType
{
    public abstract string Text { get; }

    public abstract object? Parse(string text);

    public abstract string Format(object value);

    /// <summary>The kind of JSON value that it is written as.</summary>
    public abstract JsonValueKind Json(JsonElement received);

    public virtual string Hint(string text) => "";

    /// <summary>The value that a user wrote for a setting.</summary>
    /// <exception cref="UsageException">The text is not a value of the type and range.</exception>
    public object Read(string name, string text) => Parse(text.Trim())
        ?? throw new UsageException($"The setting {name} is {Text}: received '{Shortened(text)}'.{Hint(text.Trim())}");

    /// <summary>The value of a file; null when it is of another kind or out of range.</summary>
    public object? Read(JsonElement json) =>
        json.ValueKind != Json(json) ? null : Parse(json.ValueKind == JsonValueKind.String ? json.GetString()! : json.GetRawText());

    /// <summary>Writes a value as JSON: a number, true or false, or a text.</summary>
    public void Write(Utf8JsonWriter json, string name, object value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case string or ImageSize:
                json.WriteString(name, Format(value));
                break;
            default:
                json.WritePropertyName(name);
                json.WriteRawValue(Format(value));
                break;
        }
    }

    /// <summary>A text as messages quote it.</summary>
    public static string Shortened(string text) => text.Length <= 60 ? text : text[..60] + "...";

    /// <summary>A whole number, least and most included.</summary>
    public sealed class Whole(ulong least, ulong most) : SettingType
    {
        public override string Text => $"a whole number from {least} to {most:N0}";

        public override object? Parse(string text) =>
            ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : null;

        public override string Format(object value) => ((ulong)value).ToString(CultureInfo.InvariantCulture);

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.Number;
    }

    /// <summary>A real number.</summary>
    public sealed class Real(double least, double most, bool withLeast = true, bool withMost = true) : SettingType
    {
        public override string Text => (withLeast, withMost) switch
        {
            (true, true) => $"a number from {least:G15} to {most:#,0.###############}",
            (true, false) => $"a number of at least {least:G15} and below {most:#,0.###############}",
            (false, true) => $"a number above {least:G15} and at most {most:#,0.###############}",
            _ => $"a number above {least:G15} and below {most:#,0.###############}",
        };

        public override object? Parse(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            && (value > least || (withLeast && value == least)) && (value < most || (withMost && value == most)) ? value : null;

        public override string Format(object value) => ((double)value).ToString("R", CultureInfo.InvariantCulture);

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.Number;

        public override string Hint(string text) =>
            text.Contains(',', StringComparison.Ordinal) && Parse(text.Replace(',', '.')) is { } meant ? $" Write a point: {Format(meant)}."
            : text.EndsWith('%') && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && Parse(Format(percent / 100)) is not null
                ? $" Write a part of 1: {Format(percent / 100)}." : "";
    }

    /// <summary>A description in a small language of its own; the value is the text in its usual form, empty for none.</summary>
    public sealed class Description(string words, Func<string, string> read) : SettingType
    {
        public override string Text => words;

        public override object? Parse(string text)
        {
            try
            {
                return text.Length == 0 ? text : read(text);
            }
            catch (UsageException)
            {
                return null;
            }
        }

        public override string Format(object value) => (string)value;

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.String;

        public override string Hint(string text)
        {
            try
            {
                read(text);
                return "";
            }
            catch (UsageException error)
            {
                return $" {error.Message}";
            }
        }
    }

    /// <summary>Yes or no.</summary>
    public sealed class Flag : SettingType
    {
        public override string Text => "true or false";

        public override object? Parse(string text) => text.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" or "1" => true,
            "FALSE" or "NO" or "OFF" or "0" => false,
            _ => null,
        };

        public override string Format(object value) => (bool)value ? "true" : "false";

        public override JsonValueKind Json(JsonElement received) => received.ValueKind is JsonValueKind.False ? JsonValueKind.False : JsonValueKind.True;
    }

    /// <summary>Any text that may be a path, so whatever a file may be called; the empty one has a meaning of its own.</summary>
    public sealed class Words(string meaning, string empty) : SettingType
    {
        private const int Longest = 4096;

        public override string Text => $"{meaning}; empty for {empty}";

        public override object? Parse(string text) => text.Length <= Longest && !text.Contains('\0', StringComparison.Ordinal) ? text : null;

        public override string Format(object value) => (string)value;

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.String;
    }

    /// <summary>The size of an image: one number for a square, height x width, or keep.</summary>
    public sealed class Size : SettingType
    {
        /// <summary>Stands for no size at all.</summary>
        public static readonly ImageSize Keep = new(0, 0);

        private static readonly Whole Side = new(1, ImageSize.Longest);

        public override string Text => $"keep, a number of pixels such as 32, or HEIGHTxWIDTH such as 32x48, each at most {ImageSize.Longest.ToString("N0", CultureInfo.InvariantCulture)}";

        public override object? Parse(string text)
        {
            if (string.Equals(text, "keep", StringComparison.OrdinalIgnoreCase)) return Keep;
            var sides = text.Split('x', 'X').Select(Side.Parse).ToArray();
            return sides is [ulong height] ? new ImageSize((int)height, (int)height) : sides is [ulong h, ulong w] ? new ImageSize((int)h, (int)w) : null;
        }

        public override string Format(object value) => (ImageSize)value == Keep ? "keep" : $"{value}";

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.String;
    }

    /// <summary>One of a few words; the value is the word.</summary>
    public sealed class Choice(params string[] words) : SettingType
    {
        public override string Text => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

        public override object? Parse(string text) => words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase));

        public override string Format(object value) => (string)value;

        public override JsonValueKind Json(JsonElement received) => JsonValueKind.String;

        public override string Hint(string text) =>
            NearestName.Suggest(text, words) is { } hint && hint.StartsWith(" Did", StringComparison.Ordinal) ? hint : "";
    }
}
