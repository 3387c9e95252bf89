using System.Globalization;
using System.Text.Json;

namespace FeatureMap.Descriptions;

/// <summary>
/// The type and range of a described value: reads and writes its values as text and as JSON, and says in words what is expected. A kind
/// holds no value of its own; <see cref="Setting{T}"/> says where one is kept.
/// </summary>
public abstract class ValueKind
{
    private const int LongestShown = 60, LongestText = 4096;

    /// <summary>Yes or no.</summary>
    public static ValueKind Flag { get; } = new FlagKind("true", "false");

    /// <summary>Yes or no, in the words of descriptions.</summary>
    internal static ValueKind YesNo { get; } = new FlagKind("yes", "no");

    /// <summary>A number without limits that is kept in single precision.</summary>
    internal static ValueKind Single { get; } = SingleIn();

    /// <summary>A part of 1, 1 excluded.</summary>
    internal static ValueKind PartBelowOne { get; } = Real(0, 1, withMost: false);

    /// <summary>A part of 1.</summary>
    internal static ValueKind Part { get; } = Real(0, 1);

    /// <summary>A number above 0.</summary>
    internal static ValueKind Positive { get; } = Real(0, withLeast: false);

    /// <summary>0 or more.</summary>
    internal static ValueKind NotNegative { get; } = Real(0);

    /// <summary>Two numbers in single precision, the lower first.</summary>
    internal static ValueKind Range { get; } = new RangeKind();

    /// <summary>Type and range in words, such as <c>a whole number from 1 to 1,000</c>.</summary>
    public abstract string Text { get; }

    /// <summary>The words that a value is one of, for a list to choose from; empty where there are too many to list.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>How a value stands in JSON: as a number, as true or false (then <see cref="JsonValueKind.True"/>), or as a text.</summary>
    protected virtual JsonValueKind Json => JsonValueKind.String;

    internal bool IsNumber => Json == JsonValueKind.Number;

    /// <summary>A whole number, least and most included; without limits where they are left out. Values are <see cref="Int128"/>.</summary>
    public static ValueKind Whole(Int128? least = null, Int128? most = null) => new WholeKind(least, most);

    /// <summary>A number. Values are <see cref="double"/>.</summary>
    /// <param name="least">No value is lower.</param>
    /// <param name="most">No value is higher.</param>
    /// <param name="withLeast">Whether the least is a value itself.</param>
    /// <param name="withMost">Whether the most is a value itself.</param>
    public static ValueKind Real(
        double least = double.NegativeInfinity, double most = double.PositiveInfinity, bool withLeast = true, bool withMost = true) =>
        new RealKind(least, most, withLeast, withMost);

    /// <summary>The same for values that are kept in single precision.</summary>
    internal static ValueKind SingleIn(double least = double.NegativeInfinity, double most = double.PositiveInfinity,
        bool withMost = true) =>
        new SingleKind(Real(least, most, withMost: withMost));

    /// <summary>One of a few words. The value is the word.</summary>
    public static ValueKind Choice(params string[] words) => new ChoiceKind(words);

    /// <summary>Any text that may be a path, so whatever a file may be called.</summary>
    /// <param name="meaning">What is expected, such as <c>a name or a path</c>.</param>
    /// <param name="empty">What the empty text means.</param>
    public static ValueKind AnyText(string meaning, string empty) => new TextKind(meaning, empty);

    /// <summary>A text with a form of its own. The value is the text in its usual form.</summary>
    /// <param name="words">What is expected.</param>
    /// <param name="read">Gives the usual form; a <see cref="UsageException"/> tells what is wrong with the text.</param>
    public static ValueKind Described(string words, Func<string, string> read) => new DescribedKind(words, read);

    /// <summary>Several numbers with colons between them. Values are lists.</summary>
    internal static ValueKind Row<TNumber>(string words) where TNumber : System.Numerics.INumber<TNumber> => new RowKind<TNumber>(words);

    /// <summary>The value that a text stands for; null where it is none of the type and range.</summary>
    public abstract object? Parse(string text);

    /// <summary>The text of a value, as <see cref="Parse"/> reads it.</summary>
    public abstract string Format(object value);

    /// <summary>
    /// What the author of a wrong text may have meant, as a sentence with a space before it; empty where there is no telling.
    /// </summary>
    protected virtual string Hint(string text) => "";

    /// <summary>The value that a user wrote.</summary>
    /// <param name="what">What it is the value of, as the message begins.</param>
    /// <param name="text">What was written.</param>
    /// <exception cref="UsageException">The text is not a value of the type and range.</exception>
    public object Read(string what, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Parse(text.Trim()) ?? throw new UsageException($"{what} is {Text}: received '{Shortened(text)}'.{Hint(text.Trim())}");
    }

    /// <summary>The value of a file; null when it is of another kind or out of range.</summary>
    public object? Read(JsonElement json)
    {
        var isKind = json.ValueKind == Json || (Json == JsonValueKind.True && json.ValueKind == JsonValueKind.False);
        return !isKind ? null : Parse(Json == JsonValueKind.String ? json.GetString()! : json.GetRawText());
    }

    /// <summary>Writes a value as JSON: a number, true or false, or a text.</summary>
    public void Write(Utf8JsonWriter json, string name, object value)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WritePropertyName(name);
        if (Json == JsonValueKind.String) json.WriteStringValue(Format(value));
        else json.WriteRawValue(Format(value));
    }

    /// <summary>A text as messages quote it.</summary>
    public static string Shortened(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= LongestShown ? text : text[..LongestShown] + "...";
    }

    internal static string Listed(IReadOnlyList<string> words) =>
        words.Count == 1 ? words[0] : $"{string.Join(", ", words.Take(words.Count - 1))} or {words[^1]}";

    private sealed class WholeKind(Int128? least, Int128? most) : ValueKind
    {
        public override string Text => (least, most) switch
        {
            ({ } from, { } to) => $"a whole number from {from} to {to:N0}",
            ({ } from, null) => $"a whole number of at least {from}",
            _ => "a whole number",
        };

        protected override JsonValueKind Json => JsonValueKind.Number;

        public override object? Parse(string text) =>
            Int128.TryParse(text, least >= 0 ? NumberStyles.None : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var value)
            && (least is null || value >= least) && (most is null || value <= most) ? value : null;

        public override string Format(object value) => ((Int128)value).ToString(CultureInfo.InvariantCulture);
    }

    private sealed class RealKind(double least, double most, bool withLeast, bool withMost) : ValueKind
    {
        public override string Text => (double.IsFinite(least), double.IsFinite(most), withLeast, withMost) switch
        {
            (false, false, _, _) => "a number",
            (_, false, true, _) => $"a number of at least {least:G15}",
            (_, false, _, _) => $"a number above {least:G15}",
            (_, _, true, true) => $"a number from {least:G15} to {most:#,0.###############}",
            (_, _, true, false) => $"a number of at least {least:G15} and below {most:#,0.###############}",
            (_, _, false, true) => $"a number above {least:G15} and at most {most:#,0.###############}",
            _ => $"a number above {least:G15} and below {most:#,0.###############}",
        };

        protected override JsonValueKind Json => JsonValueKind.Number;

        public override object? Parse(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            && (value > least || (withLeast && value == least)) && (value < most || (withMost && value == most)) ? value : null;

        public override string Format(object value) => ((double)value).ToString("R", CultureInfo.InvariantCulture);

        protected override string Hint(string text) =>
            text.Contains(',', StringComparison.Ordinal) && Parse(text.Replace(',', '.')) is { } meant ? $" Write a point: {Format(meant)}."
            : text.EndsWith('%') && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent)
                && Parse(Format(percent / 100)) is not null ? $" Write a part of 1: {Format(percent / 100)}." : "";
    }

    private sealed class SingleKind(ValueKind limits) : ValueKind
    {
        public override string Text => limits.Text;

        protected override JsonValueKind Json => JsonValueKind.Number;

        public override object? Parse(string text) => limits.Parse(text) is not null
            && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && float.IsFinite(value) ? value
                : null;

        public override string Format(object value) => ((float)value).ToString(CultureInfo.InvariantCulture);

        protected override string Hint(string text) => limits.Hint(text);
    }

    private sealed class RangeKind : ValueKind
    {
        public override string Text => "two numbers with a colon between them, the lower first";

        public override object? Parse(string text) => text.Split(':') is [var low, var high] && Single.Parse(low) is { } lower
            && Single.Parse(high) is { } upper ? ((float)lower, (float)upper) : null;

        public override string Format(object value) => ((float Lower, float Upper))value is var (lower, upper) ? $"{lower}:{upper}" : "";
    }

    private sealed class RowKind<TNumber>(string words) : ValueKind where TNumber : System.Numerics.INumber<TNumber>
    {
        public override string Text => words;

        public override object? Parse(string text)
        {
            var numbers = new List<TNumber>();
            foreach (var part in text.Split(':'))
            {
                if (!TNumber.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !TNumber.IsFinite(number))
                    return null;
                numbers.Add(number);
            }
            return numbers;
        }

        public override string Format(object value) =>
            string.Join(':', ((IEnumerable<TNumber>)value).Select(number => number.ToString(null, CultureInfo.InvariantCulture)));
    }

    private sealed class FlagKind(string yes, string no) : ValueKind
    {
        public override string Text => $"{yes} or {no}";

        public override IReadOnlyList<string> Words { get; } = [yes, no];

        protected override JsonValueKind Json => JsonValueKind.True;

        public override object? Parse(string text) => text.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "ON" or "1" => true,
            "FALSE" or "NO" or "OFF" or "0" => false,
            _ => null,
        };

        public override string Format(object value) => (bool)value ? yes : no;
    }

    private sealed class ChoiceKind(string[] words) : ValueKind
    {
        public override string Text => Listed(words);

        public override IReadOnlyList<string> Words => words;

        public override object? Parse(string text) =>
            words.FirstOrDefault(word => string.Equals(word, text, StringComparison.OrdinalIgnoreCase));

        public override string Format(object value) => (string)value;

        protected override string Hint(string text) =>
            NearestName.Suggest(text, words) is { } hint && hint.StartsWith(" Did", StringComparison.Ordinal) ? hint : "";
    }

    private sealed class TextKind(string meaning, string empty) : ValueKind
    {
        public override string Text => $"{meaning}; empty for {empty}";

        public override object? Parse(string text) => text.Length <= LongestText && !text.Contains('\0', StringComparison.Ordinal) ? text
            : null;

        public override string Format(object value) => (string)value;
    }

    private sealed class DescribedKind(string words, Func<string, string> read) : ValueKind
    {
        public override string Text => words;

        public override object? Parse(string text)
        {
            try
            {
                return read(text);
            }
            catch (UsageException)
            {
                return null;
            }
        }

        public override string Format(object value) => (string)value;

        protected override string Hint(string text)
        {
            try
            {
                read(text);
                return "";
            }
            catch (UsageException error)
            {
                return error.Message.Length == 0 ? "" : $" {error.Message}";
            }
        }
    }
}
