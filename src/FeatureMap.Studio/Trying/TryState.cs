using System.Globalization;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the page Try stands at; it is its address.</summary>
internal sealed record TryState
{
    /// <summary>Models side by side.</summary>
    public const int MostModels = 4;

    /// <summary>The image that the page begins with.</summary>
    public const string FirstImage = "digit-7";

    private static readonly string[] Words = ["fit", "digit", "auto"];

    /// <summary>Ids of the models, in their order.</summary>
    public IReadOnlyList<string> Models { get; init; } = [ModelShelf.Digits];

    /// <summary>Id of the image, or <see cref="StudioImages.None"/>.</summary>
    public string Image { get; init; } = FirstImage;

    /// <summary>Id of a run whose images are offered; empty for those of the library.</summary>
    public string Samples { get; init; } = "";

    /// <summary>How the image becomes one of the network's size.</summary>
    public TrialPlacing Placing { get; init; }

    /// <summary>Whether dark and light are exchanged where it is fitted.</summary>
    public bool IsInverted { get; init; }

    /// <summary>The class that the maps ask about; empty for the answer.</summary>
    public string Class { get; init; } = "";

    /// <summary>The pixel that is changed.</summary>
    public (int Row, int Column) Place { get; init; }

    /// <summary>What it becomes; null where it stays.</summary>
    public byte? Value { get; init; }

    /// <summary>The channel that is off.</summary>
    public TrialOff? Off { get; init; }

    /// <summary>The canonical address, without a question mark: what is as at first is left out.</summary>
    public string Query
    {
        get
        {
            var pairs = new List<(string Name, string Text)>();
            if (Models is not [ModelShelf.Digits]) pairs.Add(("models", string.Join(',', Models)));
            if (Image != FirstImage) pairs.Add(("image", Image));
            if (Samples.Length > 0) pairs.Add(("samples", Samples));
            if (Placing != TrialPlacing.Automatic) pairs.Add(("place", WordOf(Placing)));
            if (IsInverted) pairs.Add(("invert", "on"));
            if (Class.Length > 0) pairs.Add(("class", Class));
            if (Place.Row != 0) pairs.Add(("row", $"{Place.Row}"));
            if (Place.Column != 0) pairs.Add(("column", $"{Place.Column}"));
            if (Value is { } value) pairs.Add(("value", $"{(int)value}"));
            if (Off is not null) pairs.Add(("off", TextOf(Off)));
            return string.Join('&', pairs.Select(pair => $"{pair.Name}={Written(pair.Text)}"));
        }
    }

    /// <summary>Reads an address: pairs as a form sends them.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static TryState Parse(string query) => From(query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2) is [var name, var text] ? (Decoded(name), Decoded(text)) : (Decoded(pair), "")));

    /// <summary>Reads names and values.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static TryState From(IEnumerable<(string Name, string Text)> pairs)
    {
        var (state, seen, models) = (new TryState(), new HashSet<string>(), new List<string>());
        foreach (var (name, text) in pairs)
        {
            if (name == "models") models.AddRange(text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            else if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            else state = state.With(name, text.Trim());
        }
        if (models.Count == 0) return state;
        IReadOnlyList<string> chosen = [.. models.Distinct()];
        return chosen.Count <= MostModels ? state with { Models = chosen }
            : throw new UsageException($"models are up to {MostModels} models side by side: received {chosen.Count}. Choose fewer.");
    }

    /// <summary>The text of a channel.</summary>
    public static string TextOf(TrialOff off) => $"{off.Layer}:{off.Channel}";

    public static string WordOf(TrialPlacing placing) => placing switch
    {
        TrialPlacing.Fit => "fit",
        TrialPlacing.Digit => "digit",
        _ => "auto",
    };

    private TryState With(string name, string text) => name switch
    {
        "image" => this with { Image = text.Length == 0 ? FirstImage : text },
        "samples" => this with { Samples = text },
        "place" => this with
        {
            Placing = text is "" or "auto" ? TrialPlacing.Automatic : text == "digit" ? TrialPlacing.Digit
            : text == "fit" ? TrialPlacing.Fit
            : throw new UsageException($"place is one of {string.Join(", ", Words)}: received '{ValueKind.Shortened(text)}'.")
        },
        "invert" => this with
        {
            IsInverted = text is "on" or "true" || (text is "" or "off" or "false" ? false
            : throw new UsageException($"invert is on or off: received '{ValueKind.Shortened(text)}'."))
        },
        "class" => this with { Class = text },
        "row" => this with { Place = (Whole(name, text, 4095) ?? 0, Place.Column) },
        "column" => this with { Place = (Place.Row, Whole(name, text, 4095) ?? 0) },
        "value" => this with { Value = (byte?)Whole(name, text, 255) },
        "off" => this with { Off = text.Length == 0 ? null : OffOf(text) },
        _ => throw new UsageException($"Try has no {ValueKind.Shortened(name)}; it takes models, image, samples, place, invert, class, "
            + "row, column, value and off."),
    };

    private static TrialOff OffOf(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var channel)
            ? new TrialOff(text[..colon], channel)
            : throw new UsageException("off is the name of a layer, a colon and the number of a channel, such as conv1:3: "
                + $"received '{ValueKind.Shortened(text)}'.");
    }

    private static int? Whole(string name, string text, int most)
    {
        if (text.Length == 0) return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most ? number
            : throw new UsageException($"{name} is a whole number from 0 to {most:N0}: received '{ValueKind.Shortened(text)}'.");
    }

    // A comma may stand in an address as it is.
    private static string Written(string text) => Uri.EscapeDataString(text).Replace("%2C", ",", StringComparison.Ordinal);

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
