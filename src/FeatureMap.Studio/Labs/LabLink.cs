namespace FeatureMap.Studio;

/// <summary>Addresses of the pages of labs.</summary>
internal static class LabLink
{
    public const string List = "/labs";

    /// <summary>A lab that was begun, by its id, or the form of one, by its name.</summary>
    public static string To(string id, string query = "", string part = "") =>
        $"{List}/{Uri.EscapeDataString(id)}{part}{(query.Length > 0 ? $"?{query}" : "")}";

    /// <summary>The file that the lab wrote.</summary>
    public static string Page(string id) => To(id, part: "/page");
}
