using FeatureMap.Interchange;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// The fields of the open block as a form without a script sends them: <c>f.kernel</c> for a setting, <c>b.name</c>, <c>b.inputs</c> and
/// <c>b.line</c> for the line, <c>b.by</c> and <c>b.from</c> for a skip, <c>b.add</c> for a layer more, and <c>b.was</c>, the line that the
/// fields were made of. They count with the button beside them alone.
/// </summary>
internal static class BlockForm
{
    /// <summary>How the fields of settings begin.</summary>
    public const string Setting = "f.";

    private const string Own = "b.";
    private static readonly string[] Names = ["name", "inputs", "line", "by", "from", "add", "was"];

    /// <summary>Whether a name is that of a field.</summary>
    public static bool IsField(string name) => (name.StartsWith(Setting, StringComparison.Ordinal) && name.Length > Setting.Length)
        || (name.StartsWith(Own, StringComparison.Ordinal) && Names.Contains(name[Own.Length..]));

    /// <summary>
    /// The changes that a form asks for: what was changed in the fields of the open block, and then what its button stands for, which is
    /// nothing more for <c>set:4</c>, and takes its rest from the fields for <c>branch:4</c> and <c>add:4</c>.
    /// </summary>
    /// <param name="state">The button and the fields.</param>
    /// <param name="text">The text of the network.</param>
    /// <exception cref="UsageException">Fields were changed, and their line in the text, too; or a field cannot be read.</exception>
    public static IReadOnlyList<DraftEdit> Edits(DesignState state, string text)
    {
        var edits = new List<DraftEdit>(Changed(state, text).Select(DraftEdit.Parse));
        if (state.Edit is not { } edit) return edits;
        string? Field(string name) => state.Fields.GetValueOrDefault(Own + name);
        if (state.Fields.Count == 0) edits.Add(DraftEdit.Parse(edit));
        else if (edit.Split(':') is not ["set" or "branch" or "add", _]) edits.Add(DraftEdit.Parse(edit));
        else if (edit.StartsWith("branch", StringComparison.Ordinal))
            edits.Add(DraftEdit.Parse($"{edit}:{Field("by")}:{Field("from")}"));
        else if (edit.StartsWith("add", StringComparison.Ordinal)) edits.Add(DraftEdit.Parse($"{edit}:{Field("add")}"));
        return edits;
    }

    private static IReadOnlyList<string> Changed(DesignState state, string text)
    {
        if (state.Fields.Count == 0) return [];
        if (!state.Fields.TryGetValue(Own + "was", out var was))
            throw new UsageException("The fields of a block come with b.was, the line that they were made of.");
        var block = NetworkBlock.Of(text).FirstOrDefault(one => one.Line == state.Block);
        if (block is not null && block.Text.TrimEnd() == was.TrimEnd()) return [.. Set(block, state.Fields)];
        // The text was written, too. Where the fields are as they were, it counts alone.
        var before = NetworkBlock.Of($"input: 1\n{was}");
        if (before.Count < 2 || !Set(before[1], state.Fields).Any()) return [];
        throw new UsageException($"The block of line {state.Block} was changed, and the text of that line, too, so the block is not taken "
            + "over. Open the block again, and change it then.");
    }

    // The name last: an error about it then leaves nothing half done, as all of them are made or none.
    private static IEnumerable<string> Set(NetworkBlock block, IReadOnlyDictionary<string, string> fields)
    {
        if (fields.TryGetValue(Own + "line", out var line) && line.Trim() != block.Text.Trim()) yield return $"write:{block.Line}:{line}";
        foreach (var field in block.Fields)
            if (fields.TryGetValue(Setting + field.Name, out var value) && value.Trim() != field.Text)
                yield return $"set:{block.Line}:{field.Name}={value}";
        if (fields.TryGetValue(Own + "inputs", out var inputs) && inputs.Trim() != string.Join(", ", block.Inputs ?? []))
            yield return $"inputs:{block.Line}:{inputs}";
        if (fields.TryGetValue(Own + "name", out var name) && name.Trim() != (block.IsNamed ? block.Name : ""))
            yield return $"name:{block.Line}:{name}";
    }
}
