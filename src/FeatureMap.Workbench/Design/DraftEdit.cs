using System.Globalization;
using FeatureMap.Descriptions;
using FeatureMap.Interchange;

namespace FeatureMap.Workbench;

/// <summary>
/// A change of a network's text as a short text of its own: <c>add:4:Relu</c>, <c>copy:4</c>, <c>remove:4</c>, <c>up:4</c>, <c>down:4</c>
/// for a line; <c>set:4:kernel=5</c>, <c>name:4:stem</c>, <c>inputs:4:conv1, relu2</c>, <c>write:4:Relu</c> inside of it (empty for what is
/// usual); <c>branch:4:Add:conv1</c> for a skip from an earlier layer to it; and <c>fix:bias-bn:conv1</c> for what a finding of the linter
/// proposes.
/// </summary>
/// <param name="Kind">Which change.</param>
/// <param name="Line">The line; 0 for a finding, and for the end.</param>
/// <param name="What">The layer that is added, the setting and its value, the name, the inputs, the line, how and with what a skip is
/// joined, or the rule and the layer of a finding.</param>
public sealed record DraftEdit(string Kind, int Line, string What)
{
    private static readonly string[] Kinds = ["add", "copy", "remove", "up", "down", "set", "name", "inputs", "write", "branch", "fix"];

    /// <summary>Layers that are offered to be added, with the usual settings.</summary>
    public static IReadOnlyList<string> Offered { get; } =
    [
        "Conv2d channels=16 kernel=3 padding=1", "BatchNorm", "Relu", "MaxPool2d kernel=2", "AveragePool2d kernel=2", "GlobalAveragePool",
        "Flatten", "Linear outputs=10", "Dropout probability=0.1", "Conv2d channels=16 kernel=1",
            "ConvTranspose2d channels=16 kernel=4 stride=2 padding=1",
        "Resize2d verticalScale=2 horizontalScale=2 mode=Nearest", "GroupNorm groups=4", "LayerNorm", "Silu", "Sigmoid", "Softmax",
    ];

    /// <summary>Reads a change.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static DraftEdit Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':', 3);
        if (!Kinds.Contains(parts[0]))
            throw new UsageException($"An edit is one of {string.Join(", ", Kinds)}, a colon and a line, such as up:4: received "
                + $"'{ValueKind.Shortened(text)}'.{NearestName.Suggest(parts[0], Kinds)}");
        if (parts[0] == "fix")
            return parts.Length >= 2 && parts[1].Length > 0 ? new("fix", 0, text["fix:".Length..])
                : throw new UsageException($"fix is a rule and a layer, such as fix:bias-bn:conv1: received "
                    + $"'{ValueKind.Shortened(text)}'.");
        var line = 0;
        if (parts.Length > 1 && parts[1].Length > 0
            && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out line))
            throw new UsageException($"The line of an edit is a whole number: received '{ValueKind.Shortened(parts[1])}'.");
        if (parts[0] == "add" && (parts.Length < 3 || parts[2].Trim().Length == 0 || parts[2].AsSpan().IndexOfAny('\r', '\n') >= 0))
            throw new UsageException($"add is a line and a layer, such as add:4:Relu: received '{ValueKind.Shortened(text)}'.");
        var what = parts.Length > 2 ? parts[2].Trim() : "";
        if (parts[0] == "set" && what.IndexOf('=', StringComparison.Ordinal) < 1)
            throw new UsageException($"set is a line, a setting and its value, such as set:4:kernel=5: received "
                + $"'{ValueKind.Shortened(text)}'.");
        if (parts[0] == "branch" && what.Split(':') is not [{ Length: > 0 }, { Length: > 0 }])
            throw new UsageException($"branch is a line, how it is joined, and an earlier layer, such as branch:4:Add:conv1: received "
                + $"'{ValueKind.Shortened(text)}'.");
        return new(parts[0], line, what);
    }

    /// <summary>The text with the change, and the line to look at afterwards.</summary>
    /// <param name="request">The text, and what the linter is told.</param>
    /// <exception cref="UsageException">The change does not go.</exception>
    /// <exception cref="DataException">A finding is to be mended, and the text is no network.</exception>
    public (string Text, int Line) Apply(DesignRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var text = request.Text;
        if (text.Length > DesignSheet.LongestText)
            throw new UsageException($"A text of at most {DesignSheet.LongestText:N0} characters is changed here: received "
                + $"{text.Length:N0}.");
        switch (Kind)
        {
            case "add": return (NetworkTextEditor.Insert(text, Line, What), Line + 1);
            case "copy": return (NetworkTextEditor.Copy(text, Line), Line + 1);
            case "remove": return (NetworkTextEditor.Remove(text, Line), Line);
            case "up" or "down": return NetworkTextEditor.Move(text, Line, Kind == "up");
            case "set":
                {
                    var sign = What.IndexOf('=', StringComparison.Ordinal);
                    return (NetworkTextEditor.Set(text, Line, What[..sign].Trim(), What[(sign + 1)..]), Line);
                }
            case "name": return (NetworkTextEditor.Rename(text, Line, What), Line);
            case "inputs":
                return (NetworkTextEditor.SetInputs(text, Line,
                    What.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)), Line);
            case "write": return (NetworkTextEditor.Write(text, Line, What), Line);
            case "branch":
                {
                    var joined = What.Split(':');
                    return (NetworkTextEditor.Branch(text, Line, joined[1], joined[0]), Line + 1);
                }
            default:
                var (rule, layer) = What.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? (What[..colon], What[(colon + 1)..])
                    : (What, "");
                return (DesignSheet.Mend(request, rule, layer.Length > 0 ? layer : null), 0);
        }
    }

    /// <summary>As it is read.</summary>
    public override string ToString() => Kind == "fix" ? $"fix:{What}" : What.Length > 0 ? $"{Kind}:{Line}:{What}" : $"{Kind}:{Line}";
}
