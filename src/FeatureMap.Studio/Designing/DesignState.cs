using System.Globalization;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the page Design stands at; it is its address.</summary>
internal sealed record DesignState
{
    /// <summary>The network that the page begins with: it keeps the budget that is preset.</summary>
    public const string FirstTemplate = "mnist-20k";

    /// <summary>Fewer than 20,000 parameters: Assignment 3.1 of the course.</summary>
    public const long FirstBudget = 19_999;

    private const int FirstBatch = 128;

    private static readonly string[] Names =
    [
        "template", "draft", "text", "edit", "batch", "parameters", "macs", "objects", "layer", "row", "column", "with", "line", "block",
        "on", "open",
    ];

    /// <summary>Name of the network that the draft began with.</summary>
    public string Template { get; init; } = FirstTemplate;

    /// <summary>The text; null for that of the template.</summary>
    public string? Draft { get; init; }

    /// <summary>What is to be done with the text before it is shown: what a form without a script sends. Null for nothing.</summary>
    public string? Edit { get; init; }

    /// <summary>Whether the text came as it is, from a form: the address is then written anew.</summary>
    public bool IsForm { get; init; }

    /// <summary>Images of a batch.</summary>
    public int Batch { get; init; } = FirstBatch;

    /// <summary>Most parameters; null for no limit.</summary>
    public long? Parameters { get; init; } = FirstBudget;

    /// <summary>Most multiply-adds; null for no limit.</summary>
    public long? MultiplyAdds { get; init; }

    /// <summary>Pixels of what is to be recognised; null where it is not said.</summary>
    public int? Objects { get; init; }

    /// <summary>The layer whose unit shows its field; empty for none.</summary>
    public string Layer { get; init; } = "";

    /// <summary>Row and column of the unit; null for the middle.</summary>
    public (int Row, int Column)? Unit { get; init; }

    /// <summary>Id of the image that the field of the unit is measured on; empty for none.</summary>
    public string On { get; init; } = "";

    /// <summary>The network that it is compared with; empty for none.</summary>
    public string With { get; init; } = "";

    /// <summary>The line of the block that is open; 0 for none.</summary>
    public int Block { get; init; }

    /// <summary>The line of the block that a form opens, 0 to close it; null where it leaves it.</summary>
    public int? Opening { get; init; }

    /// <summary>What stands in the fields of the open block, as a form sends it; see <see cref="BlockForm"/>.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();

    /// <summary>The canonical address, without a question mark: what is as at first is left out. Null where the draft is too long for
    /// one.</summary>
    public string? Query
    {
        get
        {
            var pairs = new List<(string Name, string Text)>();
            if (Template != FirstTemplate) pairs.Add(("template", Template));
            if (Draft is not null)
            {
                if (DraftText.Pack(Draft) is not { } packed) return null;
                pairs.Add(("draft", packed));
            }
            if (Batch != FirstBatch) pairs.Add(("batch", $"{Batch}"));
            if (Parameters != FirstBudget) pairs.Add(("parameters", Parameters is { } most ? $"{most}" : "none"));
            if (MultiplyAdds is { } macs) pairs.Add(("macs", $"{macs}"));
            if (Objects is { } pixels) pairs.Add(("objects", $"{pixels}"));
            if (Layer.Length > 0) pairs.Add(("layer", Layer));
            if (Unit is var (row, column))
            {
                pairs.Add(("row", $"{row}"));
                pairs.Add(("column", $"{column}"));
            }
            if (On.Length > 0) pairs.Add(("on", On));
            if (With.Length > 0) pairs.Add(("with", With));
            if (Block > 0) pairs.Add(("block", $"{Block}"));
            return string.Join('&',
                pairs.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Text).Replace("%2F", "/", StringComparison.Ordinal)}"));
        }
    }

    /// <summary>Reads an address: pairs as a form sends them.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static DesignState Parse(string query) => From(query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2) is [var name, var text] ? (Decoded(name), Decoded(text)) : (Decoded(pair), "")));

    /// <summary>Reads names and values.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static DesignState From(IEnumerable<(string Name, string Text)> pairs)
    {
        var (state, seen) = (new DesignState(), new HashSet<string>());
        foreach (var (name, text) in pairs)
        {
            if (name == "edit" && text.Length == 0) continue; // a form has a field for it, beside its buttons
            if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            state = state.Read(name, text);
        }
        return state;
    }

    private DesignState Read(string name, string text) => name switch
    {
        _ when BlockForm.IsField(name) => this with
        {
            Fields = new Dictionary<string, string>(Fields) { [name] = text },
            IsForm = true,
        },
        "open" => this with { Opening = (int)(Whole(name, text, 0, 1_000_000) ?? 0), IsForm = true },
        "block" => this with { Block = (int)(Whole(name, text, 0, 1_000_000) ?? 0) },
        "template" => this with { Template = text.Length == 0 ? FirstTemplate : text },
        "draft" => this with { Draft = text.Length == 0 ? null : DraftText.Unpack(text) },
        "text" => this with { Draft = text.ReplaceLineEndings("\n"), IsForm = true },
        "edit" => this with { Edit = text.Length == 0 ? null : text, IsForm = true },
        "line" => this, // the line that the buttons of a form are about; the edit has it
        "batch" => this with { Batch = (int)(Whole(name, text, 1, 1_000_000) ?? FirstBatch) },
        "parameters" => this with { Parameters = text == "none" ? null : Whole(name, text, 1, 1_000_000_000_000) },
        "macs" => this with { MultiplyAdds = text == "none" ? null : Whole(name, text, 1, 1_000_000_000_000_000) },
        "objects" => this with { Objects = (int?)Whole(name, text, 1, 100_000) },
        "layer" => this with { Layer = text.Trim() },
        "row" => this with { Unit = Whole(name, text, 0, 1_000_000) is { } row ? ((int)row, Unit?.Column ?? 0) : Unit },
        "column" => this with { Unit = Whole(name, text, 0, 1_000_000) is { } column ? (Unit?.Row ?? 0, (int)column) : Unit },
        "on" => this with { On = text.Trim() },
        "with" => this with { With = text },
        _ => throw new UsageException($"Design has no {ValueKind.Shortened(name)}; it takes template, draft, batch, parameters, macs, "
            + $"objects, "
            + $"layer, row, column, on, with and block.{NearestName.Suggest(name, Names)}"),
    };

    private static long? Whole(string name, string text, long least, long most)
    {
        if (text.Trim().Length == 0) return null;
        return long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least
            && number <= most ? number
            : throw new UsageException($"{name} is a whole number from {least:N0} to {most:N0}: received '{ValueKind.Shortened(text)}'.");
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
