using FeatureMap.Descriptions;

namespace FeatureMap.Interchange;

/// <content>Changes inside of one line, and a skip from it to an earlier layer.</content>
public static partial class NetworkTextEditor
{
    /// <summary>Another value of a setting of a layer; the rest of its line stays as it was written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line.</param>
    /// <param name="setting">Name of the setting, such as <c>kernel</c>. One that the op does not have is written all the same, and is told
    /// when the text is read.</param>
    /// <param name="value">The value as it is written, such as <c>3</c>, <c>3x1</c> or <c>same</c>; empty leaves the setting out, so that
    /// it has its usual value.</param>
    /// <exception cref="UsageException">The name or the value cannot stand in a line.</exception>
    public static string Set(string text, int line, string setting, string value)
    {
        ArgumentNullException.ThrowIfNull(setting);
        ArgumentNullException.ThrowIfNull(value);
        RequireWord(setting, "the name of a setting", "kernel");
        var draft = new NetworkTextDraft(text);
        if (!draft.IsLayer(line)) return text;
        var (old, parsed) = (draft[line - 1], draft.Parsed(line - 1)!);
        var written = value.Trim().Length == 0 ? "" : $"{setting}={Written(value.Trim())}";
        var place = parsed.Settings.ToList().FindIndex(given => given.Key == setting);
        if (place >= 0)
        {
            var (start, length) = parsed.SettingPlaces[place].GetOffsetAndLength(old.Length);
            var before = written.Length > 0 ? old[..start] : old[..start].TrimEnd();
            draft[line - 1] = before + written + old[(start + length)..];
        }
        else if (written.Length > 0)
        {
            // Behind all that is said, and before a comment.
            var end = (parsed.SettingPlaces is [.., var last] ? last : parsed.InputPlace).End.Value;
            draft[line - 1] = $"{old[..end]} {written}{old[end..]}";
        }
        return draft.Text;
    }

    /// <summary>Another name of a layer; who reads it reads it under the new one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line.</param>
    /// <param name="name">The name; empty for the one that it has by itself.</param>
    /// <exception cref="UsageException">The name cannot stand in a line, or another layer has it.</exception>
    public static string Rename(string text, int line, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var own = name.Trim();
        if (own.Length > 0) RequireWord(own, "a name", "conv1");
        var draft = new NetworkTextDraft(text);
        if (!draft.IsLayer(line)) return text;
        if (own.Length > 0 && draft.Find(own) is >= 0 and var taken && taken != line - 1)
            throw new UsageException($"The name '{ValueKind.Shortened(own)}' is that of line {taken + 1}; names are unique, because "
                + "weights are stored under them. Choose another one.");
        draft.Name(line - 1, own.Length > 0 ? own : null);
        return draft.Text;
    }

    /// <summary>What a layer reads.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line.</param>
    /// <param name="inputs">Names of layers; none for the line before it.</param>
    /// <exception cref="UsageException">A name cannot stand in a line.</exception>
    public static string SetInputs(string text, int line, IReadOnlyList<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        foreach (var input in inputs)
            RequireWord(input, "the name of a layer", "conv1");
        var draft = new NetworkTextDraft(text);
        if (!draft.IsLayer(line)) return text;
        var (old, place) = (draft[line - 1], draft.Parsed(line - 1)!.InputPlace);
        var (start, length) = place.GetOffsetAndLength(old.Length);
        draft[line - 1] = old[..start] + (inputs.Count > 0 ? $"({string.Join(", ", inputs)})" : "") + old[(start + length)..];
        return draft.Text;
    }

    /// <summary>
    /// A skip: behind a layer stands one more, which joins it with an earlier one; who read the layer reads what is joined.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line of the layer.</param>
    /// <param name="earlier">Name of the earlier layer, or <c>input</c>.</param>
    /// <param name="op">How they are joined: an op of several inputs, such as <c>Add</c>, <c>Concat</c> or <c>Multiply</c>.</param>
    /// <exception cref="UsageException">There is no such layer before the line, or the op reads one layer alone.</exception>
    public static string Branch(string text, int line, string earlier, string op = "Add")
    {
        ArgumentNullException.ThrowIfNull(earlier);
        ArgumentNullException.ThrowIfNull(op);
        var draft = new NetworkTextDraft(text);
        if (!draft.IsLayer(line)) return text;
        var at = line - 1;
        var known = draft.NameAt(at) ?? throw new UsageException($"Line {line} has no name that could be read: "
            + $"there is no op '{ValueKind.Shortened(draft.Parsed(at)!.Word)}'. Mend the line first.");
        var before = draft.NamesBefore(at);
        if (!before.Contains(earlier))
            throw new UsageException($"A skip leads from a layer before line {line} to it: there is no "
                + $"'{ValueKind.Shortened(earlier)}' before it.{NearestName.Suggest(earlier, before)}");
        if (NetworkFile.FindOp(op) is not { } joined || !Joins.Contains(joined.Type.Name))
            throw new UsageException($"A skip is joined by one of {string.Join(", ", Joins)}: received "
                + $"'{ValueKind.Shortened(op)}'.{NearestName.Suggest(op, Joins)}");
        var name = draft.FreeName(joined.Type.Name);
        draft.Rename(known, name, from: at + 1);
        draft.Insert(at + 1, $"{name}: {joined.Type.Name}({known}, {earlier})");
        return draft.Text;
    }

    /// <summary>The ops that join a layer with an earlier one in <see cref="Branch"/>.</summary>
    public static IReadOnlyList<string> Joins { get; } = ["Add", "Concat", "Multiply", "Maximum", "Minimum", "Subtract"];

    /// <summary>Another line in the place of one, as it is typed.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line; one that is not there changes nothing.</param>
    /// <param name="content">What it says.</param>
    /// <exception cref="UsageException">It is more than one line.</exception>
    public static string Write(string text, int line, string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.AsSpan().IndexOfAny('\r', '\n') >= 0)
            throw new UsageException("One line is written here: received several. Write them in the text.");
        var draft = new NetworkTextDraft(text);
        if (line < 1 || line > draft.Count) return text;
        draft[line - 1] = content;
        return draft.Text;
    }

    private static void RequireWord(string word, string what, string example)
    {
        if (word.Length == 0 || !word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.' or '/'))
            throw new UsageException($"{what} has letters of English, digits and '_', '-', '.' and '/', such as {example}: received "
                + $"'{ValueKind.Shortened(word)}'.");
    }

    // In quotes where it would not be one value without them.
    private static string Written(string value)
    {
        if (NetworkTextDraft.ParsedOf($"X x={value}") is { Settings.Count: 1, Comment.Length: 0 } alone
            && alone.SettingPlaces[0].End.Value == "X x=".Length + value.Length) return value;
        if (value.AsSpan().IndexOfAny('"', '\r', '\n') >= 0)
            throw new UsageException($"A value has no quotes and no line ends inside: received '{ValueKind.Shortened(value)}'.");
        return $"\"{value}\"";
    }
}
