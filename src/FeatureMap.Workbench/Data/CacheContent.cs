using FeatureMap.Data;

namespace FeatureMap.Workbench;

/// <summary>A kind of files in the cache folder.</summary>
/// <param name="Name">What it is called: <c>decoded</c>, <c>features</c>, or <c>downloads</c>.</param>
/// <param name="Meaning">What the files are.</param>
/// <param name="Folder">Where they are.</param>
/// <param name="Files">How many.</param>
/// <param name="Bytes">What they take.</param>
/// <param name="CanBeMadeAgain">Whether the library makes them again by itself where they are missing; others would have to be
/// downloaded.</param>
public sealed record CacheKind(string Name, string Meaning, string Folder, int Files, long Bytes, bool CanBeMadeAgain);

/// <summary>What the cache folder holds, and how it is emptied.</summary>
public static class CacheContent
{
    /// <summary>Looks at every kind.</summary>
    /// <param name="folder">The cache folder; that of this machine where null.</param>
    public static IReadOnlyList<CacheKind> Find(string? folder = null)
    {
        folder ??= Datasets.CacheFolder;
        var (decoded, features) = (Path.Combine(folder, "decoded"), Path.Combine(folder, "features"));
        var known = new HashSet<string>([decoded, features], StringComparer.Ordinal);
        var others = Directory.Exists(folder) ? Directory.EnumerateDirectories(folder).Where(one => !known.Contains(one))
            .SelectMany(one => Files(one, "*", isDeep: true)).ToArray() : [];
        return
        [
            Of("decoded", "decoded images of folders, archives and tables", decoded, Files(decoded, "*.images*"), true),
            Of("features", "what frozen bodies of pretrained networks make of images", features, Files(features, "*.features*"), true),
            Of("downloads", "data sets and weights", folder, others, false),
        ];
    }

    /// <summary>Removes the files of some kinds. What another program has open stays where the system says so.</summary>
    /// <param name="names">Of <see cref="CacheKind.Name"/>; those that can be made again.</param>
    /// <param name="folder">The cache folder; that of this machine where null.</param>
    /// <returns>What was removed, by kind.</returns>
    /// <exception cref="UsageException">There is no such kind, or it cannot be made again.</exception>
    /// <exception cref="DataException">A file cannot be removed.</exception>
    public static IReadOnlyList<CacheKind> Clear(IReadOnlyList<string> names, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(names);
        var all = Find(folder);
        string[] possible = [.. all.Where(kind => kind.CanBeMadeAgain).Select(kind => kind.Name)];
        foreach (var name in names)
            if (!possible.Contains(name))
                throw new UsageException($"Of the cache {string.Join(" and ", possible)} can be cleared: received "
                    + $"'{name}'.{(name == "downloads" ? " What was downloaded is removed by hand." : "")}");
        var cleared = all.Where(kind => names.Contains(kind.Name)).ToArray();
        foreach (var file in cleared.SelectMany(kind => Files(kind.Folder, "*.images*").Concat(Files(kind.Folder, "*.features*"))))
        {
            try
            {
                file.Delete();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{file.FullName} cannot be removed: {error.Message}", error);
            }
        }
        return cleared;
    }

    private static CacheKind Of(string name, string meaning, string folder, FileInfo[] files, bool canBeMadeAgain) =>
        new(name, meaning, folder, files.Length, files.Sum(file => file.Length), canBeMadeAgain);

    private static FileInfo[] Files(string folder, string pattern, bool isDeep = false) => Directory.Exists(folder)
        ? [.. new DirectoryInfo(folder).EnumerateFiles(pattern, isDeep ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)] : [];
}
