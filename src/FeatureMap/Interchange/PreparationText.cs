using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Interchange;

/// <summary>What a model does to images first (<see cref="Model.Preparation"/>) as a text in the metadata of a file.</summary>
internal static class PreparationText
{
    /// <summary>Adds it, where there is any.</summary>
    /// <exception cref="DataException">A text cannot hold it.</exception>
    public static void Add(IDictionary<string, string> metadata, string key, Augmentation preparation)
    {
        if (preparation is NoAugmentation) return;
        metadata[key] = preparation.IsReadBack ? $"{preparation}"
            : throw new DataException($"The model prepares images by '{preparation}', which a file cannot hold: it holds what Augmentation.Parse reads. Make a model without it (new Model(weights, normalization, classNames)) and prepare images before.");
    }

    /// <summary>The key that says what a model gives, and its only value so far; classes need none.</summary>
    public const string AnswersKey = "answers", Quantities = "quantities";

    /// <summary>Whether the metadata say that a model gives numbers of images, and no scores of classes.</summary>
    /// <exception cref="DataException">They say something else.</exception>
    public static bool ReadAnswers(IReadOnlyDictionary<string, string> metadata, string source, string key = AnswersKey) =>
        metadata.TryGetValue(key, out var text) && (text == Quantities ? true
            : throw new DataException($"'{key}' in the metadata of {source} is '{TensorFit.Shown(text)}'; only '{Quantities}' is known. "
                + "The file may be of a newer version."));

    /// <summary>Adds how pictures of other sizes are made to fit, where the model says it.</summary>
    public static void AddFit(IDictionary<string, string> metadata, string key, Model model)
    {
        if (model.Fit is { } fit) metadata[key] = $"{fit}";
    }

    /// <summary>Reads that back; null where the metadata say nothing, as in older files.</summary>
    /// <exception cref="DataException">It is no description of a fit.</exception>
    public static ImageFit? ReadFit(IReadOnlyDictionary<string, string> metadata, string key, string source)
    {
        if (!metadata.TryGetValue(key, out var text)) return null;
        try
        {
            return ImageFit.Parse(text);
        }
        catch (UsageException error)
        {
            throw new DataException($"'{key}' in the metadata of {source} does not describe how pictures of other sizes are made to fit.", error);
        }
    }

    /// <summary>Reads it back; nothing where the metadata say nothing.</summary>
    /// <exception cref="DataException">It is no description of an augmentation.</exception>
    public static Augmentation Read(IReadOnlyDictionary<string, string> metadata, string key, string source)
    {
        if (!metadata.TryGetValue(key, out var text)) return Augmentation.None;
        try
        {
            return Augmentation.Parse(text);
        }
        catch (UsageException error)
        {
            throw new DataException($"'{key}' in the metadata of {source} is not a description of what is done to images.", error);
        }
    }
}
