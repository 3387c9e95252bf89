using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>Addresses of the page Walk, which shows a network on an image layer by layer.</summary>
internal static class WalkLink
{
    /// <summary>Where a model is chosen.</summary>
    public const string Choice = "/walk";

    /// <summary>The page of a model with an image, perhaps at a layer.</summary>
    public static string To(string model, string image, string layer = "") => To(model, new WalkState { Image = image, Layer = layer });

    /// <summary>The page of a model at a place.</summary>
    public static string To(string model, WalkState state) =>
        $"{Choice}/{Uri.EscapeDataString(model)}{(state.Query.Length > 0 ? "?" : "")}{state.Query}";

    /// <summary>A layer of the digits that a lesson explains; null where they have none.</summary>
    public static (string Address, string Layer)? ToLesson(string lesson) => NetworkWalk.LayerOfDigits(lesson) is { } layer
        ? (To(ModelShelf.Digits, new WalkState { Layer = layer }), layer) : null;
}
