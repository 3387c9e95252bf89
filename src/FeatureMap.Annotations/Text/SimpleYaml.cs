using System.Globalization;
using System.Text;

namespace FeatureMap.Annotations;

/// <summary>A value of YAML with the line it stands in: a text, a list or a map.</summary>
internal sealed record YamlValue(int Line, string? Text, IReadOnlyList<YamlValue>? Items, IReadOnlyList<KeyValuePair<string,
    YamlValue>>? Members)
{
    public YamlValue? this[string name] => Members?.FirstOrDefault(member => member.Key == name).Value;

    public string Kind => Text is not null ? "a text" : Items is not null ? "a list" : "a map";
}

/// <summary>
/// Reads the part of YAML that descriptions of data sets are written in: maps and lists by indentation, lists and maps in brackets, texts
/// with and without quotes, blocks of text, comments. What could say more than it seems to, anchors, aliases, tags and merged keys, is
/// refused, so nothing here grows beyond the file.
/// </summary>
internal sealed class SimpleYaml
{
    private const int Deepest = 16;
    private readonly string place;
    private readonly string[] raw;
    private int at; // the next line

    private SimpleYaml(string text, string place) => (raw, this.place) = (text.Split('\n'), place);

    /// <summary>The map that a file holds.</summary>
    /// <exception cref="DataException">It is none, or has what is not read.</exception>
    public static YamlValue Read(byte[] content, string place)
    {
        var yaml = new SimpleYaml(Utf8Text.Of(content, place).ReplaceLineEndings("\n"), place);
        yaml.SkipBlank();
        if (yaml.at < yaml.raw.Length && yaml.raw[yaml.at].TrimEnd() == "---") yaml.at++;
        yaml.SkipBlank();
        if (yaml.at == yaml.raw.Length) throw new DataException($"{place}: the file has no content. Expected lines such as 'names: [cat, "
            + $"dog]'.");
        var value = yaml.Block(Indent(yaml.raw[yaml.at]), 0);
        yaml.SkipBlank();
        if (yaml.at < yaml.raw.Length
            && yaml.raw[yaml.at].TrimEnd() != "...") throw yaml.Wrong("does not stand below the lines before it: expected the same "
            + "indentation");
        return value.Members is not null ? value
            : throw new DataException($"{place}: the file is {value.Kind}: expected lines such as 'names: [cat, dog]'.");
    }

    private YamlValue Block(int indent, int depth)
    {
        if (depth > Deepest) throw Wrong($"stands deeper than {Deepest} levels");
        return IsItem(raw[at].AsSpan(indent)) ? List(indent, depth) : Map(indent, depth);
    }

    private YamlValue List(int indent, int depth)
    {
        var (line, items) = (at + 1, new List<YamlValue>());
        for (; Stands(indent) && IsItem(raw[at].AsSpan(indent)); SkipBlank())
        {
            var text = raw[at][(indent + 1)..].Trim();
            if (text.Length > 0 && text[0] is not ('"' or '\'' or '[' or '{') && KeyEnd(text) >= 0)
                throw Wrong("is a map inside of a list, which is not read");
            items.Add(Value(text, indent, depth, isItem: true));
        }
        return new(line, null, items, null);
    }

    private YamlValue Map(int indent, int depth)
    {
        var (line, members, names) = (at + 1, new List<KeyValuePair<string, YamlValue>>(), new HashSet<string>(StringComparer.Ordinal));
        for (; Stands(indent); SkipBlank())
        {
            var text = raw[at][indent..].TrimEnd();
            if (text is "..." or "---") break;
            var end = KeyEnd(text);
            if (end < 0) throw Wrong("is neither 'key: value' nor '- value'");
            var name = Scalar(text[..end].Trim());
            if (name == "<<") throw Wrong("merges keys (<<), which is not read");
            if (!names.Add(name)) throw Wrong($"says '{name}' for the second time");
            members.Add(new(name, Value(text[(end + 1)..].Trim(), indent, depth, isItem: false)));
        }
        return new(line, null, null, members);
    }

    // What stands behind a colon or a hyphen; at is on its line, and behind its last one afterwards.
    private YamlValue Value(string text, int indent, int depth, bool isItem)
    {
        text = WithoutComment(text);
        var line = at + 1;
        if (text.Length == 0)
        {
            at++;
            SkipBlank();
            // A list may stand as far left as its key.
            var below = at < raw.Length ? Indent(raw[at]) : -1;
            var isBelow = below > indent || (!isItem && below == indent && IsItem(raw[at].AsSpan(below)));
            return isBelow ? Block(below, depth + 1) : new(line, "", null, null);
        }
        if (text[0] is '|' or '>')
        {
            at++;
            var lines = new StringBuilder();
            for (; at < raw.Length && (raw[at].AsSpan().Trim().IsEmpty || Indent(raw[at]) > indent); at++)
                lines.Append(raw[at].AsSpan().Trim()).Append('\n');
            return new(line, lines.ToString(), null, null);
        }
        if (text[0] is not ('[' or '{'))
        {
            var scalar = new YamlValue(line, Scalar(text), null, null);
            at++;
            return scalar;
        }
        var flow = new StringBuilder(text);
        for (var open = Opened(text); open > 0;)
        {
            at++;
            if (at == raw.Length) throw new DataException($"{place}, line {line}: the bracket that opens here is not closed.");
            var more = WithoutComment(raw[at].Trim());
            open += Opened(more);
            flow.Append(' ').Append(more);
        }
        var position = 0;
        var whole = flow.ToString();
        var value = Flow(whole, ref position, line, depth + 1);
        if (whole.AsSpan(position).Trim().Length > 0) throw Wrong($"has '{Shorten(whole[position..].Trim())}' behind its last bracket");
        at++;
        return value;
    }

    private YamlValue Flow(string text, ref int position, int line, int depth)
    {
        if (depth > Deepest) throw Wrong($"has more than {Deepest} brackets inside of each other");
        var isMap = text[position] == '{';
        position++;
        var (items, members) = (new List<YamlValue>(), new List<KeyValuePair<string, YamlValue>>());
        while (true)
        {
            while (position < text.Length && text[position] == ' ') position++;
            if (position == text.Length) throw Wrong("has a bracket that is not closed");
            if (text[position] == (isMap ? '}' : ']'))
            {
                position++;
                return isMap ? new(line, null, null, members) : new(line, null, items, null);
            }
            var name = isMap ? Token(text, ref position, ":") : "";
            if (isMap)
            {
                if (position == text.Length || text[position] != ':') throw Wrong("has a map in brackets without ':'");
                position++;
                while (position < text.Length && text[position] == ' ') position++;
                if (position == text.Length) throw Wrong("has a bracket that is not closed");
            }
            var value = text[position] is '[' or '{' ? Flow(text, ref position, line, depth + 1)
                : new(line, Scalar(Token(text, ref position, ",]}")), null, null);
            if (isMap && members.Exists(member => member.Key == Scalar(name))) throw Wrong($"says '{Shorten(name)}' for the second time");
            if (isMap) members.Add(new(Scalar(name), value));
            else items.Add(value);
            while (position < text.Length && text[position] == ' ') position++;
            if (position < text.Length && text[position] == ',') position++;
            else if (position == text.Length || text[position] != (isMap ? '}' : ']')) throw Wrong("has a bracket of another kind than it "
                + "opened, or no comma between two values");
        }
    }

    // Up to one of the ends, which do not count inside of quotes.
    private static string Token(string text, ref int position, string ends)
    {
        var start = position;
        if (text[position] is '"' or '\'') position = Math.Min(text.Length, QuoteEnd(text, position));
        while (position < text.Length && !ends.Contains(text[position], StringComparison.Ordinal)) position++;
        return text[start..position].Trim();
    }

    private string Scalar(string text)
    {
        if (text.Length == 0 || text == "~" || text == "null") return "";
        switch (text[0])
        {
            case '&' or '*':
                throw Wrong("has an anchor or an alias ('&', '*'), which is not read: write the value itself, or put it into quotes");
            case '!':
                throw Wrong("has a tag ('!'), which is not read: write the plain value");
            case '\'':
                if (QuoteEnd(text, 0) != text.Length) throw Wrong("has a quote that is not closed at its end");
                return text[1..^1].Replace("''", "'", StringComparison.Ordinal);
            case '"':
                if (QuoteEnd(text, 0) != text.Length) throw Wrong("has a quote that is not closed at its end");
                return Unescape(text[1..^1]);
            default:
                return text;
        }
    }

    private string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }
            i++;
            if (i == text.Length) throw Wrong("ends in the middle of an escape");
            var digits = text[i] switch { 'x' => 2, 'u' => 4, _ => 0 };
            if (digits > 0)
            {
                if (i + digits >= text.Length
                    || !int.TryParse(text.AsSpan(i + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                    out var code))
                    throw Wrong("has an escape without its digits");
                plain.Append((char)code);
                i += digits;
                continue;
            }
            plain.Append(text[i] switch
            {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\b',
                'f' => '\f',
                '0' => '\0',
                '"' or '\\' or '/' or ' ' => text[i],
                _ => throw Wrong($"has the escape \\{text[i]}, which is not read"),
            });
        }
        return plain.ToString();
    }

    // Behind the closing quote; the length of the text and one more where there is none.
    private static int QuoteEnd(string text, int start)
    {
        var quote = text[start];
        for (var i = start + 1; i < text.Length; i++)
        {
            if (quote == '"' && text[i] == '\\') i++;
            else if (text[i] == quote)
            {
                if (quote == '"' || i + 1 == text.Length || text[i + 1] != '\'') return i + 1;
                i++;
            }
        }
        return text.Length + 1;
    }

    // The colon that ends a key: one with a space or nothing behind it.
    private static int KeyEnd(string text)
    {
        var start = text[0] is '"' or '\'' ? Math.Min(text.Length, QuoteEnd(text, 0)) : 0;
        for (var i = start; i < text.Length; i++)
            if (text[i] == ':' && (i + 1 == text.Length || text[i + 1] == ' '))
                return i;
        return -1;
    }

    // A hash begins a comment at the start or behind a space, outside of quotes.
    private static string WithoutComment(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'' && (i == 0 || text[i - 1] is ' ' or '[' or ',' or '{' or ':')) i = QuoteEnd(text, i) - 1;
            else if (text[i] == '#' && (i == 0 || text[i - 1] == ' ')) return text[..i].TrimEnd();
        }
        return text;
    }

    // Brackets that open less those that close; a quote ends in its line.
    private static int Opened(string text)
    {
        var open = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '"' or '\'' && (i == 0 || text[i - 1] is ' ' or '[' or ',' or '{' or ':')) i = QuoteEnd(text, i) - 1;
            else if (text[i] is '[' or '{') open++;
            else if (text[i] is ']' or '}') open--;
        }
        return open;
    }

    private static bool IsItem(ReadOnlySpan<char> text) => text is ['-'] or ['-', ' ', ..] or ['-', '\t', ..];

    private bool Stands(int indent)
    {
        if (at >= raw.Length) return false;
        var own = Indent(raw[at]);
        if (own > indent) throw Wrong("stands farther to the right than the lines before it");
        return own == indent;
    }

    private void SkipBlank()
    {
        for (; at < raw.Length; at++)
        {
            var text = raw[at].AsSpan().Trim();
            if (text.IsEmpty || text[0] == '#' || text[0] == '%') continue;
            if (raw[at].AsSpan().TrimStart(' ') is ['\t', ..]) throw Wrong("is indented by a tab: YAML wants spaces");
            return;
        }
    }

    private static int Indent(string line) => line.Length - line.AsSpan().TrimStart(' ').Length;

    private DataException Wrong(string what)
    {
        var line = Math.Min(at, raw.Length - 1);
        return new($"{place}, line {line + 1}: '{Shorten(raw[line].Trim())}' {what}. Expected lines such as 'train: images/train' and "
            + $"'names: [cat, dog]'.");
    }

    private static string Shorten(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
