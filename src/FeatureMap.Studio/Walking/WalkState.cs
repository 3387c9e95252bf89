using System.Globalization;
using FeatureMap.Descriptions;

namespace FeatureMap.Studio;

/// <summary>Where a walk stands; it is its address.</summary>
internal sealed record WalkState
{
    private const int MostNumber = 1_000_000;

    /// <summary>Id of the image; empty for the one that a model is shown first.</summary>
    public string Image { get; init; } = "";

    /// <summary>Name of the layer; empty for the whole network.</summary>
    public string Layer { get; init; } = "";

    /// <summary>The channel; null for the layer.</summary>
    public int? Channel { get; init; }

    /// <summary>The cell; null for the channel.</summary>
    public (int Row, int Column)? Cell { get; init; }

    /// <summary>Which page of channels.</summary>
    public int Page { get; init; }

    /// <summary>Whose products are shown.</summary>
    public int Of { get; init; }

    /// <summary>The canonical address, without a question mark: what is as at first is left out.</summary>
    public string Query
    {
        get
        {
            var pairs = new List<string>();
            if (Image.Length > 0) pairs.Add($"image={Uri.EscapeDataString(Image)}");
            if (Layer.Length > 0) pairs.Add($"layer={Uri.EscapeDataString(Layer)}");
            if (Channel is { } channel) pairs.Add($"channel={channel}");
            if (Cell is { } cell) pairs.Add($"cell={cell.Row}_{cell.Column}");
            if (Page > 0) pairs.Add($"page={Page}");
            if (Of > 0) pairs.Add($"of={Of}");
            return string.Join('&', pairs);
        }
    }

    /// <summary>At a layer.</summary>
    public WalkState At(string layer) => new() { Image = Image, Layer = layer };

    /// <summary>At a channel of a layer.</summary>
    public WalkState At(string layer, int channel) => At(layer) with { Channel = channel };

    /// <summary>At a cell.</summary>
    public WalkState At(string layer, int channel, int row, int column) => At(layer, channel) with { Cell = (row, column) };

    /// <summary>Reads an address: pairs as a form sends them.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static WalkState Parse(string query)
    {
        var (state, seen) = (new WalkState(), new HashSet<string>());
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, text) = pair.Split('=', 2) is [var before, var behind] ? (Decoded(before), Decoded(behind).Trim())
                : (Decoded(pair), "");
            if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            state = state.With(name, text);
        }
        // What stands further down needs what is above it.
        return state.Layer.Length == 0 ? new WalkState { Image = state.Image } : state.Channel is null ? state with { Cell = null, Of = 0 }
            : state.Cell is null ? state with { Of = 0 } : state;
    }

    private WalkState With(string name, string text) => name switch
    {
        "image" => this with { Image = text },
        "layer" => this with { Layer = text },
        "channel" => this with { Channel = Whole(name, text) },
        "cell" => this with { Cell = text.Length == 0 ? null : Place(text) },
        "page" => this with { Page = Whole(name, text) ?? 0 },
        "of" => this with { Of = Whole(name, text) ?? 0 },
        _ => throw new UsageException($"Walk has no {ValueKind.Shortened(name)}; it takes image, layer, channel, cell, page and of."),
    };

    private static (int, int) Place(string text) =>
        text.Split(['_', ' ', ','], StringSplitOptions.RemoveEmptyEntries) is [var row, var column]
        && Whole("cell", row) is { } y && Whole("cell", column) is { } x ? (y, x)
        : throw new UsageException($"cell is a row and a column, counted from 0, such as 5_7: received '{ValueKind.Shortened(text)}'.");

    private static int? Whole(string name, string text)
    {
        if (text.Length == 0) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MostNumber ? number
            : throw new UsageException($"{name} is a whole number from 0 to {MostNumber:N0}: received '{ValueKind.Shortened(text)}'.");
    }

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
