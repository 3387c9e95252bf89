using FeatureMap.Networks;

namespace FeatureMap.Interchange;

/// <summary>
/// Changes the text of a network line by line, as an editor does: comments, blanks and what was left out stay as they were written. Lines
/// count from 1. A text that is no network (yet) is changed as well; what comes out is one where it can be. Names that layers have by
/// themselves are written down where a change would give them to others and somebody reads them.
/// </summary>
/// <example><code>text = NetworkTextEditor.Insert(text, line: 3, "BatchNorm");</code></example>
public static partial class NetworkTextEditor
{
    /// <summary>A line more behind another; whoever reads that layer reads the new one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line behind which it stands; 0, or one that is not there, for the end.</param>
    /// <param name="layer">What it says, such as <c>Conv2d channels=16 kernel=3</c>.</param>
    public static string Insert(string text, int line, string layer)
    {
        var draft = new NetworkTextDraft(text);
        var at = draft.IsLayerOrInput(line) ? line - 1 : draft.Last;
        var known = draft.NameAt(at);
        var parsed = NetworkTextDraft.ParsedOf(layer);
        var op = parsed is null ? null : NetworkFile.FindOp(parsed.Word);
        if (known is not null && draft.IsRead(known, at) && op is not null && parsed!.Name is null)
        {
            var name = draft.FreeName(op.Type.Name);
            layer = $"{name}: {layer}";
            draft.Rename(known, name, from: at + 1);
        }
        draft.Insert(at + 1, layer);
        return draft.Text;
    }

    /// <summary>The same layer once more, behind itself; whoever reads it reads the copy.</summary>
    public static string Copy(string text, int line)
    {
        var draft = new NetworkTextDraft(text);
        if (!draft.IsOwn(line)) return text;
        var at = line - 1;
        var known = draft.NameAt(at);
        var copy = draft[at];
        if (known is not null && draft.Parsed(at) is { } parsed)
        {
            var name = draft.FreeName(known);
            copy = $"{name}: {copy[parsed.WordPlace.Start..]}";
            // The copy reads the original; of several inputs the first is replaced.
            if (parsed.Inputs is [var first, ..]) copy = NetworkTextDraft.Renamed(copy, first, known);
            draft.Rename(known, name, from: at + 1);
        }
        draft.Insert(at + 1, copy);
        return draft.Text;
    }

    /// <summary>A layer less; whoever read it reads what it read: where it read several, the line before it, or else the first.</summary>
    public static string Remove(string text, int line)
    {
        var draft = new NetworkTextDraft(text);
        if (!draft.IsOwn(line)) return text;
        var at = line - 1;
        if (draft.NameAt(at) is { } name)
        {
            var parsed = draft.Parsed(at)!;
            var before = draft.NameBefore(at);
            var isAfter = parsed.Inputs is null || (before is not null && parsed.Inputs.Contains(before));
            if ((isAfter ? before : parsed.Inputs is [var first, ..] ? first : null) is { } read)
            {
                draft.Rename(name, read, from: at + 1);
                // Without brackets a layer reads the line before it, and that is another one now.
                if (read != before && draft.NextLayer(at) is > 0 and var next && draft.Parsed(next) is { Inputs: null } reader)
                    draft[next] = draft[next].Insert(reader.InputPlace.Start.GetOffset(draft[next].Length), $"({read})");
            }
        }
        draft.RemoveAt(at);
        return draft.Text;
    }

    /// <summary>Exchanges a layer with the one above or below it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line.</param>
    /// <param name="isUp">Whether it goes up.</param>
    /// <returns>The text, and the number of the line afterwards.</returns>
    public static (string Text, int Line) Move(string text, int line, bool isUp)
    {
        var draft = new NetworkTextDraft(text);
        if (!draft.IsOwn(line)) return (text, line);
        var other = line + (isUp ? -1 : 1);
        while (other >= 1 && other <= draft.Count && !draft.IsLayerOrInput(other)) other += isUp ? -1 : 1;
        if (!draft.IsOwn(other)) return (text, line);
        draft.Exchange(line - 1, other - 1);
        return (draft.Text, other);
    }

    /// <summary>Makes changes of the network in its text: lines of layers that stay the same stay as they are.</summary>
    /// <exception cref="DataException">The text is no network.</exception>
    /// <exception cref="UsageException">A change does not go; see <see cref="NetworkEdit.ApplyAll"/>.</exception>
    /// <exception cref="ShapeException">A layer behind does not fit any more; the message names it.</exception>
    public static string Apply(string text, IEnumerable<NetworkEdit> edits)
    {
        var read = NetworkText.Read(text);
        if (read.Network is not { } network) throw new DataException(read.Problem!.Message);
        var changed = NetworkEdit.ApplyAll(network, edits);
        var draft = new NetworkTextDraft(text);
        var lines = new List<string>();
        var next = 0; // the first line that is not taken over yet
        foreach (var layer in changed.Layers)
        {
            var at = layer.Index == 0 ? draft.First : read.Lines.TryGetValue(layer.Name, out var number) ? number - 1 : -1;
            for (; at >= 0 && next <= at; next++)
                if (draft.Parsed(next) is null) lines.Add(draft[next]);
            lines.Add(layer.Index == 0 ? draft[at] : at < 0 ? NetworkText.Line(changed, layer)
                : Kept(draft[at], draft.Parsed(at)!, network, network[layer.Name], changed, layer));
        }
        for (; next < draft.Count; next++)
            if (draft.Parsed(next) is null) lines.Add(draft[next]);
        return string.Join('\n', lines);
    }

    private static string Kept(string line, NetworkTextLine parsed, Network before, Layer was, Network after, Layer now)
    {
        var isSame = was.Op!.Name == now.Op!.Name && NetworkText.Settings(was.Op) == NetworkText.Settings(now.Op)
            && was.Inputs.Select(input => before.Layers[input].Name).SequenceEqual(now.Inputs.Select(input => after.Layers[input].Name))
            && (parsed.Inputs is not null || now.Inputs.Count == 0 || now.Inputs[0] == now.Index - 1);
        if (!isSame) return $"{NetworkText.Line(after, now)}{(parsed.Comment.Length > 0 ? $"  {parsed.Comment}" : "")}";
        // A name that was given by itself could become another one.
        return parsed.Name is not null || before.Layers.Count == after.Layers.Count ? line : $"{now.Name}: {line.TrimStart()}";
    }
}
