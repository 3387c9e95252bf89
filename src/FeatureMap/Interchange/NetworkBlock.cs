namespace FeatureMap.Interchange;

/// <summary>
/// One layer of a network's text as a block: its name, its op, what it reads, and its settings with what each of them may be. There is a
/// block for each line that says something, also while the text is no network (yet); what is wrong with the line alone stands in the block.
/// Changed are blocks by <see cref="NetworkTextEditor"/>, so text and blocks are the same network.
/// </summary>
/// <example><code>
/// foreach (var block in NetworkBlock.Of(text))
///     Console.WriteLine($"line {block.Line}: {block.Name} {string.Join(' ', block.Fields.Select(field => field.Name))}");
/// </code></example>
public sealed class NetworkBlock
{
    private const string Source = "The text";

    private readonly NetworkTextLine? parsed;

    private NetworkBlock(int line, string text, NetworkTextLine? parsed) => (Line, Text, this.parsed) = (line, text, parsed);

    /// <summary>The number of its line, from 1.</summary>
    public int Line { get; }

    /// <summary>The line as it is written.</summary>
    public string Text { get; }

    /// <summary>Whether it is the image; its <see cref="Op"/> is then the shape.</summary>
    public bool IsInput { get; private init; }

    /// <summary>The name of the layer: its own, or the one that it has by itself; empty where neither is known.</summary>
    public string Name { get; private init; } = "";

    /// <summary>Whether the name stands in the line.</summary>
    public bool IsNamed => parsed?.Name is not null;

    /// <summary>The op under its usual name, or as it is written where there is none of that name; empty where the line cannot be
    /// read.</summary>
    public string Op { get; private init; } = "";

    /// <summary>What stands in the brackets; null where there are none, and it reads the line before.</summary>
    public IReadOnlyList<string>? Inputs => parsed?.Inputs;

    /// <summary>The settings as they are written, with a blank between them.</summary>
    public string Settings => parsed is null ? "" : string.Join(' ', parsed.SettingPlaces.Select(place => Text[place]));

    /// <summary>What is wrong with the line whatever stands around it; null for nothing.</summary>
    public string? Problem { get; private init; }

    /// <summary>The settings of the op, in its order; behind them those that stand in the line and the op does not have.</summary>
    public IReadOnlyList<NetworkBlockField> Fields => parsed is null || IsInput ? [] : FieldsOf(parsed);

    /// <summary>The blocks of a text, the input first.</summary>
    public static IReadOnlyList<NetworkBlock> Of(string text)
    {
        var draft = new NetworkTextDraft(text);
        var reading = new NetworkTextReading(Source);
        var (blocks, first) = (new List<NetworkBlock>(), draft.First);
        for (var at = 0; at < draft.Count; at++)
        {
            if (!draft.IsLayerOrInput(at + 1)) continue;
            var parsed = draft.Parsed(at);
            var isInput = at == first;
            blocks.Add(new(at + 1, draft[at], parsed)
            {
                IsInput = isInput,
                Name = draft.NameAt(at) ?? "",
                Op = parsed is null ? "" : isInput ? parsed.Word : NetworkFile.FindOp(parsed.Word)?.Type.Name ?? parsed.Word,
                Problem = parsed is null ? Fault(draft[at], at + 1) : isInput ? null
                    : reading.Fault(parsed with { Number = at + 1 })?.Message,
            });
        }
        return blocks;
    }

    private static string? Fault(string line, int number)
    {
        try
        {
            _ = NetworkTextLine.Of(line, number, Source);
            return null;
        }
        catch (NetworkTextException fault)
        {
            return fault.Message;
        }
    }

    private List<NetworkBlockField> FieldsOf(NetworkTextLine line)
    {
        var given = new Dictionary<string, object>();
        foreach (var (key, value) in line.Settings)
            given[key] = value;
        foreach (var (key, value) in line.Settings)
            given[key] = UsualSettings.Fitted(Op, key, value, given);
        var written = line.Settings.Zip(line.SettingPlaces, (setting, place) => (setting.Key, Text: Text[place]))
            .ToDictionary(one => one.Key, one => one.Text[(one.Text.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim().Trim('"'));
        var forms = UsualSettings.Forms(Op, given);
        var fields = new List<NetworkBlockField>();
        foreach (var form in forms)
        {
            var usual = UsualSettings.Of(Op, form.Name, given);
            fields.Add(new(form.Name, written.GetValueOrDefault(form.Name, ""), form.Expected, form.Choices)
            {
                Usual = usual is null ? null : NetworkText.Value(Op, form.Name, usual, given).Trim('"'),
            });
        }
        foreach (var (name, value) in written)
            if (forms.All(form => form.Name != name))
                fields.Add(new(name, value, forms.Count == 0 ? $"{Op} has no settings; empty leaves it out"
                    : $"{Op} has no such setting; empty leaves it out", [])
                { Usual = "" });
        return fields;
    }
}

/// <summary>A setting of a block.</summary>
/// <param name="Name">Its name, such as <c>kernel</c>.</param>
/// <param name="Text">Its value as it is written; empty where it is left out.</param>
/// <param name="Expected">What it may be, in words.</param>
/// <param name="Choices">All values that it may have; empty where they are too many to be listed.</param>
public sealed record NetworkBlockField(string Name, string Text, string Expected, IReadOnlyList<string> Choices)
{
    /// <summary>The value that it has where it is left out; null where it must be said.</summary>
    public string? Usual { get; init; }
}
