using System.Globalization;
using System.Text;

namespace FeatureMap.Interchange;

/// <summary>
/// One line of a network's text, taken apart without knowing any op: <c>[name:] Op[(input, ...)] {setting=value} [# comment]</c>.
/// </summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Name">The name before the colon; null where there is none.</param>
/// <param name="Word">What follows: the op, or the shape of the input.</param>
/// <param name="Inputs">What stands in the brackets; null where there are none.</param>
/// <param name="Settings">Settings and their values, of the kinds of <see cref="Ops.OpSetting.Value"/>.</param>
internal sealed record NetworkTextLine(int Number, string? Name, string Word, IReadOnlyList<string>? Inputs,
    IReadOnlyList<KeyValuePair<string, object>> Settings)
{
    /// <summary>The comment at its end, from the sign on; empty where there is none.</summary>
    public string Comment { get; init; } = "";

    /// <summary>Where the name stands, its colon and the blanks behind it included; nothing where there is none.</summary>
    public Range NamePlace { get; init; }

    /// <summary>Where the op stands.</summary>
    public Range WordPlace { get; init; }

    /// <summary>Where the inputs stand, brackets included; nothing, behind the op, where there are none.</summary>
    public Range InputPlace { get; init; }

    /// <summary>Where each setting stands, from the first letter of its name to the last of its value.</summary>
    public IReadOnlyList<Range> SettingPlaces { get; init; } = [];

    private const int LongestLine = 2 * 1024 * 1024, MostLines = 4 * NetworkFile.MaximumLayers;

    /// <summary>The lines of a text that say something.</summary>
    public static IReadOnlyList<NetworkTextLine> Split(string text, string source)
    {
        var lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        if (lines.Length > MostLines)
            throw new NetworkTextException(new(0, $"{source} has {lines.Length:N0} lines; at most {MostLines:N0} are read."));
        var found = new List<NetworkTextLine>();
        for (var i = 0; i < lines.Length; i++)
            if (Of(lines[i], i + 1, source) is { } line) found.Add(line);
        return found;
    }

    /// <summary>One line; null where it is empty or a comment.</summary>
    public static NetworkTextLine? Of(string text, int number, string source) => new Reader(text, number, source).Line();

    /// <summary>The value that a text stands for: a number, true or false, a row of numbers, or else a text.</summary>
    public static object ValueOf(string text)
    {
        switch (text)
        {
            case "true" or "false": return text == "true";
            case "Infinity": return double.PositiveInfinity;
            case "-Infinity": return double.NegativeInfinity;
            case "NaN": return double.NaN;
            case ['"', .., '"']: return text[1..^1];
        }
        if (text is ['[', .., ']']) return Row(text[1..^1].Split(',')) ?? text;
        if (IsNumber(text) && NumberOf(text) is { } number) return number;
        return text.Contains('x', StringComparison.Ordinal) && text.Split('x') is { Length: <= 4 } sizes
            && sizes.All(size => size.Length > 0 && size.All(char.IsAsciiDigit)) ? Row(sizes) ?? text : text;
    }

    private static bool IsNumber(string text) => text.Length > 0 && (char.IsAsciiDigit(text[0]) || (text[0] is '-' or '+' or '.'
        && text.Length > 1 && (char.IsAsciiDigit(text[1]) || text[1] == '.')));

    private static object? NumberOf(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null;

    // Whole numbers where all of them are, as for sizes; real ones as soon as one of them is not.
    private static object? Row(string[] parts)
    {
        var numbers = Array.ConvertAll(parts, part => ValueOf(part.Trim()));
        if (Array.TrueForAll(numbers, number => number is int)) return Array.ConvertAll(numbers, number => (int)number);
        return Array.TrueForAll(numbers, number => number is int or double)
            ? Array.ConvertAll(numbers, number => number is int whole ? whole : (double)number) : null;
    }

    /// <summary>Reads one line from left to right.</summary>
    private sealed class Reader(string text, int number, string source)
    {
        private int at, began; // the next letter, and the first of the last word

        public NetworkTextLine? Line()
        {
            if (text.Length > LongestLine) throw Wrong($"the line has {text.Length:N0} characters; at most {LongestLine:N0} are read");
            if (IsEnd()) return null;
            var word = Word();
            string? name = null;
            var namePlace = began..began;
            if (Skip(':'))
            {
                name = word;
                namePlace = began..at;
                if (IsEnd()) throw Wrong($"an op is missing behind '{Shown(name)}:', such as {Shown(name)}: Relu");
                word = Word();
                namePlace = namePlace.Start..began;
            }
            if (word.Length == 0)
                throw Wrong($"{Here} stands where a name or an op is expected; a line is 'name: Op(inputs) setting=value'");
            var wordPlace = began..(began + word.Length);
            var inputs = Skip('(') ? Inputs() : null;
            var inputPlace = wordPlace.End..(inputs is null ? wordPlace.End : at);
            var settings = new List<KeyValuePair<string, object>>();
            var places = new List<Range>();
            while (!IsEnd())
            {
                var key = Word();
                var start = began;
                if (key.Length == 0) throw Wrong($"{Here} stands where a setting is expected, such as channels=16");
                if (!Skip('=')) throw Wrong($"'{Shown(key)}' has no value; a setting is written name=value, such as channels=16");
                if (settings.Any(setting => setting.Key == key)) throw Wrong($"the setting '{Shown(key)}' is given twice");
                settings.Add(new(key, Value(key)));
                places.Add(start..at);
            }
            return new(number, name, word, inputs, settings)
            {
                Comment = text[at..],
                NamePlace = namePlace,
                WordPlace = wordPlace,
                InputPlace = inputPlace,
                SettingPlaces = places,
            };
        }

        private List<string> Inputs()
        {
            var inputs = new List<string>();
            SkipSpace();
            if (Skip(')')) return inputs;
            do
            {
                var input = Word();
                if (input.Length == 0) throw Wrong($"{Here} stands where the name of a layer is expected");
                inputs.Add(input);
            }
            while (Skip(','));
            if (!Skip(')')) throw Wrong($"{Here} stands where a comma or the closing bracket of the inputs is expected");
            return inputs;
        }

        private object Value(string key)
        {
            SkipSpace();
            var start = at;
            if (at < text.Length && text[at] is '[' or '"')
            {
                var end = text.IndexOf(text[at] == '[' ? ']' : '"', at + 1);
                if (end < 0) throw Wrong($"the value of '{Shown(key)}' does not end: {text[at]} is not closed");
                at = end + 1;
            }
            else
            {
                while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('#' or '=' or '(' or ')' or '"' or '[' or ']'))
                    at++;
            }
            if (at == start) throw Wrong($"the setting '{Shown(key)}' has no value: {Here} stands behind its '='");
            return ValueOf(text[start..at]);
        }

        private string Word()
        {
            SkipSpace();
            began = at;
            while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-' or '.' or '/'))
                at++;
            return text[began..at];
        }

        private bool Skip(char symbol)
        {
            SkipSpace();
            if (at == text.Length || text[at] != symbol) return false;
            at++;
            return true;
        }

        private bool IsEnd()
        {
            SkipSpace();
            return at == text.Length || text[at] == '#';
        }

        private void SkipSpace()
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
                at++;
        }

        private string Here
        {
            get
            {
                SkipSpace();
                return at == text.Length ? "the end" : char.IsControl(text[at]) ? "a control character"
                    : Rune.TryGetRuneAt(text, at, out var rune) ? $"'{rune}'" : "half a character";
            }
        }

        private NetworkTextException Wrong(string what) => new(new(number, $"{source}, line {number}: {what}."));

        private static string Shown(string text) => Descriptions.ValueKind.Shortened(text);
    }
}
