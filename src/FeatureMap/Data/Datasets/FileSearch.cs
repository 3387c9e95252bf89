namespace FeatureMap.Data;

/// <summary>What a look for a file found; see <see cref="Datasets.FindFile"/>.</summary>
/// <param name="Path">Its full path; null where it is nowhere.</param>
/// <param name="IsElsewhere">Whether folders were given and it is in none of them, but where the environment says.</param>
/// <param name="Looked">The places that were looked through, in this order, as they were given.</param>
public sealed record FileSearch(string? Path, bool IsElsewhere, IReadOnlyList<string> Looked)
{
    internal static FileSearch Of(string name, IReadOnlyList<string> folders, DatasetPlaces places)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] all = [.. folders, .. places.EnvironmentFolders];
        var (at, path) = all.Index().Select(place => (place.Index, Path: In(place.Item, name))).FirstOrDefault(found => found.Path is not null);
        return new(path, path is not null && folders.Count > 0 && at >= folders.Count, all);
    }

    private static string? In(string folder, string name)
    {
        if (string.Equals(System.IO.Path.GetFileName(folder), name, StringComparison.OrdinalIgnoreCase) && System.IO.Path.Exists(folder))
            return System.IO.Path.GetFullPath(folder);
        if (!Directory.Exists(folder)) return null;
        return Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Prepend(folder)
            .Select(place => System.IO.Path.Combine(place, name)).FirstOrDefault(System.IO.Path.Exists) is { } path
            ? System.IO.Path.GetFullPath(path) : null;
    }
}
