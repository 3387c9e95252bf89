using System.Globalization;
using FeatureMap.Ops;

namespace FeatureMap.Interchange;

/// <summary>The lines of a network's text while it is changed, with what is known of them; the text need not be a network.</summary>
internal sealed class NetworkTextDraft
{
    private readonly List<Entry> lines;

    public NetworkTextDraft(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        lines = [.. text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n').Select(line => new Entry(line))];
        foreach (var (entry, name) in lines.Zip(Names()))
            entry.Name = name;
    }

    /// <summary>How many lines there are.</summary>
    public int Count => lines.Count;

    /// <summary>The text of a line, from 0.</summary>
    public string this[int at]
    {
        get => lines[at].Text;
        set => lines[at].Text = value;
    }

    /// <summary>The line of the input, the first that says something; -1 where there is none.</summary>
    public int First => lines.FindIndex(line => line.Says);

    /// <summary>The last line that says something.</summary>
    public int Last => lines.FindLastIndex(line => line.Text.Trim().Length > 0);

    /// <summary>The text as it is now, every layer under the name that it had where somebody reads it.</summary>
    public string Text
    {
        get
        {
            Keep();
            return string.Join('\n', lines.Select(line => line.Text));
        }
    }

    /// <summary>One line taken apart; null where it says nothing or cannot be read.</summary>
    public static NetworkTextLine? ParsedOf(string line)
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

    /// <summary>A line with another name among those that it reads.</summary>
    public static string Renamed(string line, string old, string now)
    {
        if (ParsedOf(line) is not { Inputs: { } inputs } parsed || !inputs.Contains(old)) return line;
        var (start, length) = parsed.InputPlace.GetOffsetAndLength(line.Length);
        var open = line.IndexOf('(', start);
        return $"{line[..(open + 1)]}{string.Join(", ", inputs.Select(input => input == old ? now : input))}{line[(start + length - 1)..]}";
    }

    public NetworkTextLine? Parsed(int at) => lines[at].Parsed;

    public bool IsLayerOrInput(int line) => line >= 1 && line <= Count && lines[line - 1].Says;

    /// <summary>Whether a line is that of a layer, be it one that cannot be read (yet).</summary>
    public bool IsOwn(int line) => IsLayerOrInput(line) && line - 1 != First;

    /// <summary>Whether it is that of a layer that can be read.</summary>
    public bool IsLayer(int line) => IsOwn(line) && Parsed(line - 1) is not null;

    /// <summary>The name that the layer of a line had at first: its own, or the one that it has by itself.</summary>
    public string? NameAt(int at) => at < 0 ? null : lines[at].Name;

    /// <summary>The next line after one that says something, from 0; -1 where there is none.</summary>
    public int NextLayer(int at) => lines.FindIndex(at + 1, line => line.Says);

    /// <summary>The name of the last layer before a line.</summary>
    public string? NameBefore(int at) => lines.Take(at).LastOrDefault(line => line.Name is not null)?.Name;

    /// <summary>Names of the layers before a line, the input first.</summary>
    public IReadOnlyList<string> NamesBefore(int at) => [.. lines.Take(at).Select(line => line.Name).OfType<string>()];

    /// <summary>The line that has a name; -1 for none.</summary>
    public int Find(string name) => lines.FindIndex(line => line.Name == name);

    /// <summary>Whether a later line names the layer in its brackets.</summary>
    public bool IsRead(string name, int at) => lines.Skip(at + 1).Any(later => later.Reads(name));

    public void Rename(string old, string now, int from)
    {
        foreach (var line in lines.Skip(from))
            if (line.Reads(old)) line.Text = Renamed(line.Text, old, now);
    }

    public void Insert(int at, string line) => lines.Insert(at, new Entry(line));

    public void RemoveAt(int at) => lines.RemoveAt(at);

    public void Exchange(int one, int other) => (lines[one], lines[other]) = (lines[other], lines[one]);

    /// <summary>
    /// The layer of a line gets another name, or with null the one that it has by itself, and whoever reads it reads that.
    /// </summary>
    public void Name(int at, string? name)
    {
        var (line, old) = (lines[at], lines[at].Name);
        var parsed = line.Parsed!;
        var (start, length) = parsed.NamePlace.GetOffsetAndLength(line.Text.Length);
        line.Text = (parsed.Name, name) switch
        {
            (null, null) => line.Text,
            (null, _) => $"{line.Text[..parsed.WordPlace.Start]}{name}: {line.Text[parsed.WordPlace.Start..]}",
            (_, null) => line.Text[..start] + line.Text[(start + length)..],
            ({ } had, _) => line.Text[..start] + name + line.Text[(start + had.Length)..],
        };
        line.Name = name ?? Names()[at];
        if (old is not null && line.Name is not null) Rename(old, line.Name, at + 1);
    }

    /// <summary>A name like the given one that no layer has: <c>conv1</c> becomes <c>conv2</c>.</summary>
    public string FreeName(string like)
    {
        var stem = like.TrimEnd("0123456789".ToCharArray());
        if (stem.Length == 0) stem = "layer";
        stem = Op.LayerNameOf(stem);
        var taken = lines.Select(line => line.Name).ToHashSet(StringComparer.Ordinal);
        for (var number = 1; ; number++)
            if (string.Create(CultureInfo.InvariantCulture, $"{stem}{number}") is var name && !taken.Contains(name)) return name;
    }

    // A layer without a name of its own is called by its op and a number, so a line more or less gives its name to another one.
    private void Keep()
    {
        var read = lines.SelectMany(line => line.Parsed?.Inputs ?? []).ToHashSet(StringComparer.Ordinal);
        for (var isDone = false; !isDone;)
        {
            isDone = true;
            var names = Names();
            for (var at = 0; at < lines.Count; at++)
            {
                var line = lines[at];
                if (line.Name is not { } had || names[at] == had || !read.Contains(had) || line.Parsed is not { Name: null }) continue;
                line.Text = $"{had}: {line.Text.TrimStart()}";
                isDone = false;
            }
        }
    }

    // As NetworkBuilder names layers: numbers count up, and names that somebody wrote are left out.
    private string?[] Names()
    {
        var first = First;
        var taken = lines.Select(line => line.Parsed?.Name).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var names = new string?[lines.Count];
        for (var at = 0; at < lines.Count; at++)
        {
            if (at == first) names[at] = "input";
            else if (lines[at].Parsed is { } parsed) names[at] = parsed.Name ?? Numbered(parsed);
        }
        return names;

        string? Numbered(NetworkTextLine line)
        {
            if (NetworkFile.FindOp(line.Word) is not { } op) return null;
            // Weight normalisation leaves the name of a layer as it is.
            var word = op.Type == typeof(WeightNorm)
                && line.Settings.FirstOrDefault(setting => setting.Key == "layer").Value is string inner ? inner : op.Type.Name;
            var stem = word.Length == 0 ? "layer" : Op.LayerNameOf(word);
            while (true)
            {
                var number = counts[stem] = counts.GetValueOrDefault(stem) + 1;
                if (string.Create(CultureInfo.InvariantCulture, $"{stem}{number}") is var name && !taken.Contains(name)) return name;
            }
        }
    }

    /// <summary>A line.</summary>
    private sealed class Entry(string text)
    {
        private bool isParsed;

        public string Text
        {
            get;
            set => (field, isParsed) = (value, false);
        } = text;

        /// <summary>What its layer was called at first; null where it is new or says nothing.</summary>
        public string? Name { get; set; }

        public NetworkTextLine? Parsed
        {
            get
            {
                if (isParsed) return field;
                isParsed = true;
                return field = ParsedOf(Text);
            }
        }

        /// <summary>Whether it is more than a blank or a comment.</summary>
        public bool Says => Text.AsSpan().Trim() is [not '#', ..];

        public bool Reads(string name) => Parsed?.Inputs?.Contains(name) == true;
    }
}
