using System.Globalization;
using FeatureMap.Networks;

namespace FeatureMap.Interchange;

/// <summary>
/// Changes the text of a network line by line, as an editor does: comments, blanks and what was left out stay as they were written. Lines
/// count from 1. A text that is no network (yet) is changed as well; what comes out is one where it can be.
/// </summary>
/// <example><code>text = NetworkTextEditor.Insert(text, line: 3, "BatchNorm");</code></example>
public static class NetworkTextEditor
{
    /// <summary>A line more behind another; whoever reads that layer reads the new one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line behind which it stands; 0, or one that is not there, for the end.</param>
    /// <param name="layer">What it says, such as <c>Conv2d channels=16 kernel=3</c>.</param>
    public static string Insert(string text, int line, string layer)
    {
        var draft = new Draft(text);
        var at = draft.IsLayerOrInput(line) ? line - 1 : draft.Last;
        var known = draft.NameAt(at);
        var word = ParsedOf(layer)?.Word;
        var op = word is null ? null : NetworkFile.FindOp(word);
        if (known is not null && draft.IsRead(known, at) && op is not null && ParsedOf(layer) is { Name: null })
        {
            var name = draft.FreeName(op.Type.Name);
            layer = $"{name}: {layer}";
            draft.Rename(known, name, from: at + 1);
        }
        draft.Lines.Insert(at + 1, layer);
        return draft.Text;
    }

    /// <summary>The same layer once more, behind itself; whoever reads it reads the copy.</summary>
    public static string Copy(string text, int line)
    {
        var draft = new Draft(text);
        if (!draft.IsLayer(line)) return text;
        var at = line - 1;
        var parsed = draft.Parsed(at)!;
        var known = draft.NameAt(at);
        var copy = draft.Lines[at];
        if (known is not null)
        {
            var name = draft.FreeName(known);
            copy = $"{name}: {Behind(copy, parsed)}";
            // The copy reads the original; of several inputs the first is replaced.
            if (parsed.Inputs is [var first, ..]) copy = Renamed(copy, first, known);
            draft.Rename(known, name, from: at + 1);
        }
        draft.Lines.Insert(at + 1, copy);
        return draft.Text;
    }

    /// <summary>A layer less; whoever read it reads what it read (the first, where it read several).</summary>
    public static string Remove(string text, int line)
    {
        var draft = new Draft(text);
        if (!draft.IsLayer(line)) return text;
        var at = line - 1;
        if (draft.NameAt(at) is { } name && draft.IsRead(name, at))
        {
            var parsed = draft.Parsed(at)!;
            if ((parsed.Inputs is [var first, ..] ? first : draft.NameBefore(at)) is { } read) draft.Rename(name, read, from: at + 1);
        }
        draft.Lines.RemoveAt(at);
        return draft.Text;
    }

    /// <summary>Exchanges a layer with the one above or below it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">The line.</param>
    /// <param name="isUp">Whether it goes up.</param>
    /// <returns>The text, and the number of the line afterwards.</returns>
    public static (string Text, int Line) Move(string text, int line, bool isUp)
    {
        var draft = new Draft(text);
        if (!draft.IsLayer(line)) return (text, line);
        var other = line + (isUp ? -1 : 1);
        while (other >= 1 && other <= draft.Lines.Count && !draft.IsLayerOrInput(other)) other += isUp ? -1 : 1;
        if (!draft.IsLayer(other)) return (text, line);
        (draft.Lines[line - 1], draft.Lines[other - 1]) = (draft.Lines[other - 1], draft.Lines[line - 1]);
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
        var draft = new Draft(text);
        var lines = new List<string>();
        var next = 0; // the first line that is not taken over yet
        foreach (var layer in changed.Layers)
        {
            var at = layer.Index == 0 ? draft.First : read.Lines.TryGetValue(layer.Name, out var number) ? number - 1 : -1;
            for (; at >= 0 && next <= at; next++)
                if (draft.Parsed(next) is null) lines.Add(draft.Lines[next]);
            lines.Add(layer.Index == 0 ? draft.Lines[at] : at < 0 ? NetworkText.Line(changed, layer)
                : Kept(draft.Lines[at], draft.Parsed(at)!, network, network[layer.Name], changed, layer));
        }
        for (; next < draft.Lines.Count; next++)
            if (draft.Parsed(next) is null) lines.Add(draft.Lines[next]);
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

    private static NetworkTextLine? ParsedOf(string line)
    {
        try
        {
            return NetworkTextLine.Of(line, 1, "");
        }
        catch (NetworkTextException)
        {
            return null;
        }
    }

    // What follows the name and its colon.
    private static string Behind(string line, NetworkTextLine parsed) =>
        (parsed.Name is null ? line : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]).TrimStart();

    // The name of an input in the brackets of a line.
    private static string Renamed(string line, string old, string now)
    {
        var (open, close) = (line.IndexOf('(', StringComparison.Ordinal), line.IndexOf(')', StringComparison.Ordinal));
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        if (open < 0 || close < open || (comment >= 0 && comment < open)) return line;
        var inputs = line[(open + 1)..close].Split(',').Select(input => input.Trim());
        return $"{line[..(open + 1)]}{string.Join(", ", inputs.Select(input => input == old ? now : input))}{line[close..]}";
    }

    /// <summary>The lines of a text, with what is known of them.</summary>
    private sealed class Draft
    {
        private readonly Dictionary<int, string> names = [];

        public Draft(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            Lines = [.. text.ReplaceLineEndings("\n").Split('\n')];
            foreach (var (name, line) in NetworkText.Read(text).Lines)
                names[line - 1] = name;
            First = Lines.FindIndex(line => ParsedOf(line) is not null);
            for (var at = 0; at < Lines.Count; at++)
                if (!names.ContainsKey(at) && Parsed(at)?.Name is { } name) names[at] = name;
            if (First >= 0) names[First] = "input";
        }

        public List<string> Lines { get; }

        /// <summary>The line of the input; -1 where there is none.</summary>
        public int First { get; }

        public string Text => string.Join('\n', Lines);

        /// <summary>The last line that says something.</summary>
        public int Last => Lines.FindLastIndex(line => line.Trim().Length > 0);

        public NetworkTextLine? Parsed(int at) => ParsedOf(Lines[at]);

        public bool IsLayerOrInput(int line) => line >= 1 && line <= Lines.Count && Lines[line - 1].Trim() is { Length: > 0 } said
            && said[0] != '#';

        public bool IsLayer(int line) => IsLayerOrInput(line) && line - 1 != First && Parsed(line - 1) is not null;

        public string? NameAt(int at) => names.GetValueOrDefault(at);

        public string? NameBefore(int at) => names.Where(name => name.Key < at).OrderBy(name => name.Key).LastOrDefault().Value;

        /// <summary>Whether a later line names the layer in its brackets.</summary>
        public bool IsRead(string name, int at) => Enumerable.Range(at + 1, Lines.Count - at - 1).Any(later =>
            Parsed(later)?.Inputs?.Contains(name) == true);

        public void Rename(string old, string now, int from)
        {
            for (var at = from; at < Lines.Count; at++)
                if (Parsed(at)?.Inputs?.Contains(old) == true) Lines[at] = Renamed(Lines[at], old, now);
        }

        /// <summary>A name like the given one that no layer has: <c>conv1</c> becomes <c>conv2</c>.</summary>
        public string FreeName(string like)
        {
            var stem = like.TrimEnd("0123456789".ToCharArray());
            if (stem.Length == 0) stem = "layer";
            stem = char.ToLowerInvariant(stem[0]) + stem[1..].Replace("2d", "", StringComparison.Ordinal);
            for (var number = 1; ; number++)
                if (string.Create(CultureInfo.InvariantCulture, $"{stem}{number}") is var name && !names.ContainsValue(name)) return name;
        }
    }
}
