using FeatureMap.Data;

namespace FeatureMap.Zoo;

/// <summary>All recipes, by name.</summary>
public static class Recipes
{
    /// <summary>The recipe that <c>featuremap train</c> takes when none is named: Assignment 3.1 of the course.</summary>
    public const string DefaultName = "mnist-20k";

    /// <summary>Every recipe, in the order of display.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
    [
        Digits.Mnist20k,
        Digits.Mnist10k,
        Digits.Mnist8k,
        Digits.Mnist1k,
        Digits.MnistFast,
        Digits.MnistSession1,
        Digits.Fashion20k,
        Digits.FashionSession1,
        Cifar.PassThrough13,
        Cifar.PassThrough12,
        Cifar.PassThroughBest,
        Cifar.Cifar10,
        Photos.Recipe,
    ];

    /// <summary>The recipe of detectors: pictures with boxes take it, so it is not listed among the others.</summary>
    public static Recipe Detector => Detection.Recipe;

    /// <summary>
    /// The recipe of trainings that begin with pretrained weights: it has no network of its own, so it is not listed among the others.
    /// </summary>
    public static Recipe FineTuning { get; } = Recipe.ForPretrained();

    /// <summary>The recipe of images with masks over pretrained weights; see <see cref="Masks"/>. It is chosen by the data.</summary>
    public static Recipe MasksOverPretrained => Masks.OverPretrained;

    /// <summary>Those that runs may name.</summary>
    internal static IEnumerable<Recipe> Known => [.. All, FineTuning, Masks.Recipe, Detector];

    /// <summary>
    /// The recipe for data that were given without one: that of <see cref="Masks"/> for images with masks; <c>photos</c> for files of
    /// pictures, unless they are as small and gray as digits;
    /// otherwise <see cref="DefaultName"/>. Reads the names of the files and one of them.
    /// </summary>
    /// <param name="source">Which data.</param>
    /// <param name="images">How image files become a data set: where the images of a table are.</param>
    public static Recipe For(DataSource source, ClassFolderOptions? images = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.IsPath && ClassFolders.HaveMasks(source.Dataset, images))
            return images?.Colours != ImageColours.Gray && ClassFolders.GlanceAtMasked(source.Dataset, images)?.Channels == 3
                ? Masks.ForColour : Masks.Recipe;
        var isPhotos = source.IsPath && ClassFolders.Glance(source.Dataset, images) is { } header
            && (header.Channels == 3 || Math.Min(header.Height, header.Width) > 32);
        return isPhotos ? Photos.Recipe : Get(DefaultName);
    }

    /// <summary>The recipe of this name.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested.</exception>
    public static Recipe Get(string name) => Registry.Default.Recipe(name);
}
