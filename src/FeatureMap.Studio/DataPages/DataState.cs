using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Descriptions;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>What the page of a data set stands at; it is its address.</summary>
internal sealed record DataState
{
    /// <summary>Images of a page.</summary>
    public const int PageSize = 60;

    /// <summary>The class that is shown; empty for all.</summary>
    public string Class { get; init; } = "";

    /// <summary>Whether the images to judge by are shown.</summary>
    public bool IsValidation { get; init; }

    /// <summary>Which page of images, from 0.</summary>
    public int Page { get; init; }

    /// <summary>Whether every file is read and checked.</summary>
    public bool IsChecked { get; init; }

    /// <summary>The augmentation; null for the usual one.</summary>
    public string? Augmentation { get; init; }

    /// <summary>Seed of the training whose variants are shown.</summary>
    public int Seed { get; init; }

    /// <summary>Number of the image whose neighbours are shown, in its part; null for none.</summary>
    public int? Near { get; init; }

    /// <summary>Id of the model by whose embedding they are found.</summary>
    public string Model { get; init; } = ModelShelf.Digits;

    /// <summary>The layer that is the embedding; empty for what the last layer with weights reads.</summary>
    public string Embedding { get; init; } = "";

    /// <summary>How far vectors are apart.</summary>
    public EmbeddingDistance Distance { get; init; } = EmbeddingDistance.Cosine;

    /// <summary>The canonical address, without a question mark.</summary>
    public string Query
    {
        get
        {
            var pairs = new List<(string Name, string Text)>();
            if (Class.Length > 0) pairs.Add(("class", Class));
            if (IsValidation) pairs.Add(("part", "validation"));
            if (Page > 0) pairs.Add(("page", $"{Page}"));
            if (IsChecked) pairs.Add(("check", "on"));
            if (Augmentation is not null) pairs.Add(("augmentation", Augmentation));
            if (Seed != 0) pairs.Add(("seed", $"{Seed}"));
            if (Near is { } image) pairs.Add(("near", $"{image}"));
            if (Model != ModelShelf.Digits) pairs.Add(("model", Model));
            if (Embedding.Length > 0) pairs.Add(("embedding", Embedding));
            if (Distance != EmbeddingDistance.Cosine) pairs.Add(("distance", "euclidean"));
            return string.Join('&', pairs.Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Text)}"));
        }
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="UsageException">A name is not one of the page's, stands twice, or a value cannot be read.</exception>
    public static DataState Parse(string query)
    {
        var (state, seen) = (new DataState(), new HashSet<string>());
        foreach (var pair in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, text) = pair.Split('=', 2) is [var key, var value] ? (Decoded(key), Decoded(value).Trim()) : (Decoded(pair), "");
            if (!seen.Add(name)) throw new UsageException($"{ValueKind.Shortened(name)} is given twice. Leave one out.");
            state = state.Read(name, text);
        }
        return state;
    }

    private DataState Read(string name, string text) => name switch
    {
        "class" => this with { Class = text },
        "part" => this with
        {
            IsValidation = text == "validation" || (text is "" or "training" ? false
            : throw new UsageException($"part is training or validation: received '{ValueKind.Shortened(text)}'."))
        },
        "page" => this with { Page = Whole(name, text) },
        "check" => this with
        {
            IsChecked = text is "on" || (text is "" or "off" ? false
            : throw new UsageException($"check is on or off: received '{ValueKind.Shortened(text)}'."))
        },
        "augmentation" => this with { Augmentation = text.Length == 0 ? null : text },
        "seed" => this with { Seed = Whole(name, text) },
        "near" => this with { Near = text.Length == 0 ? null : Whole(name, text) },
        "model" => this with { Model = text.Length == 0 ? ModelShelf.Digits : text },
        "embedding" => this with { Embedding = text },
        "distance" => this with
        {
            Distance = text is "" or "cosine" ? EmbeddingDistance.Cosine : text == "euclidean" ? EmbeddingDistance.Euclidean
            : throw new UsageException($"distance is cosine or euclidean: received '{ValueKind.Shortened(text)}'.")
        },
        _ => throw new UsageException($"The page of a data set has no {ValueKind.Shortened(name)}; it takes class, part, page, check, "
            + $"augmentation, seed, near, model, embedding and distance."),
    };

    private static int Whole(string name, string text) => text.Length == 0 ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"{name} is a whole number from 0 to {int.MaxValue:N0}: received '{ValueKind.Shortened(text)}'.");

    private static string Decoded(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
