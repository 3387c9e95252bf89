namespace FeatureMap.Data;

/// <summary>The places of a machine where data sets may be; tests bring their own.</summary>
/// <param name="EnvironmentFolders">Folders named by the environment variable.</param>
/// <param name="CacheFolder">The user's cache, our folder in it.</param>
/// <param name="SystemFolders">Folders into which system packages install data sets.</param>
internal sealed record DatasetPlaces(IReadOnlyList<string> EnvironmentFolders, string CacheFolder, IReadOnlyList<string> SystemFolders)
{
    public const string Variable = "FEATUREMAP_DATA";

    public static DatasetPlaces OfThisMachine() => new(
        (Environment.GetEnvironmentVariable(Variable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        Path.Combine(CacheRoot(), "featuremap"),
        OperatingSystem.IsWindows() ? [] : ["/usr/share/datasets"]); // Debian's dataset-fashion-mnist installs here

    // The XDG base directory specification: XDG_CACHE_HOME counts only when it is an absolute path, and ~/.cache stands in.
    private static string CacheRoot()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache)) return cache;
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsWindows() || home.Length == 0)
        {
            var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            return local.Length > 0 ? local : Path.GetTempPath();
        }
        return OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches") : Path.Combine(home, ".cache");
    }
}
