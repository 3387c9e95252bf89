namespace FeatureMap.Studio;

/// <summary>Addresses of the page Walk, which shows a network on an image layer by layer.</summary>
internal static class WalkLink
{
    /// <summary>Whether there is a page Walk: links to it are drawn where there is.</summary>
    public static bool IsThere => false;

    /// <summary>The page of a model with an image, perhaps at a layer.</summary>
    public static string To(string model, string image, string layer = "") => $"/walk/{Uri.EscapeDataString(model)}"
        + $"?image={Uri.EscapeDataString(image)}{(layer.Length > 0 ? $"&layer={Uri.EscapeDataString(layer)}" : "")}";
}
