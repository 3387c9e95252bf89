using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Images of data sets by id, for every page: <c>set-digits-t-7</c> is image 7 to learn from of the digits.</summary>
internal sealed class SetImages(DataShelf shelf)
{
    /// <summary>How their ids begin.</summary>
    public const string Prefix = "set-";

    /// <summary>The id of an image.</summary>
    public static string IdOf(string set, bool isValidation, int image) => $"{Prefix}{set}-{(isValidation ? "v" : "t")}-{image}";

    /// <summary>The image of an id; null where there is none.</summary>
    /// <exception cref="DataException">The set cannot be read.</exception>
    public StudioImage? Find(string id)
    {
        if (id[Prefix.Length..].Split('-') is not [.. var name, var part and ("t" or "v"), var number]
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var image)) return null;
        var set = string.Join('-', name);
        if (shelf.Sets.All(one => one.Id != set)) return null;
        var images = shelf.Open(set).Part(part == "v");
        if (image >= images.Count || images.ImageShape.Channels is not (1 or 3)) return null;
        var label = images.Targets is null ? $"{images.ClassNames[images.Label(image)]}, " : "";
        return StudioImage.Of(id, $"{label}image {image} of {set}", new Picture(id, images.ImageShape, images.Pixels(image).ToArray()),
            isSet: true);
    }
}
