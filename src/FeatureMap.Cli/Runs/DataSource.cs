using FeatureMap.Data;

namespace FeatureMap.Cli;

/// <summary>
/// Which data a command uses: what <c>--data</c> names may be a folder to look in, or the data themselves. An archive is always the data. A folder
/// is one to look in where it has the files of the data set that was asked for by name; otherwise, where it holds class folders, it is the data.
/// </summary>
/// <param name="Dataset">The name of a data set, or the full path of one.</param>
/// <param name="Folders">Folders to look for a named one in.</param>
internal sealed record DataSource(string Dataset, IReadOnlyList<string> Folders)
{
    private static readonly string[] ArchiveEndings = [".zip", ".tar", ".gz", ".tgz"];

    public bool IsPath => Datasets.IsPath(Dataset);

    /// <param name="dataset">A name or a path; null where none is given and <c>--data</c> has to say it.</param>
    /// <param name="places">The values of <c>--data</c>.</param>
    /// <exception cref="UsageException">Two places are data themselves, or nothing says which data are meant.</exception>
    /// <exception cref="DataException">An archive is not there.</exception>
    public static DataSource Of(string? dataset, IReadOnlyList<string> places)
    {
        if (places.FirstOrDefault(place => !Path.Exists(place) && IsArchiveName(place)) is { } missing)
            throw new DataException($"{missing}: there is no such file or folder.");
        var archives = places.Where(File.Exists).ToArray();
        if (archives.Length > 1)
            throw new UsageException($"--data names more than one data set: {string.Join(" and ", archives)}. Keep one; folders to look in may be several.");
        if (archives.Length == 1) return new(Path.GetFullPath(archives[0]), []);
        var isName = dataset is not null && !Datasets.IsPath(dataset);
        if (isName) _ = Datasets.Info(dataset!); // a name that there is not is told first
        if (!(isName && places.Any(place => Datasets.IsIn(dataset!, place))) && places.FirstOrDefault(ClassFolders.IsOne) is { } folder)
            return new(Path.GetFullPath(folder), []);
        if (dataset is null)
            throw new UsageException("Which data set? Give a name, such as mnist, or the path of a folder or archive: featuremap data info photos.zip");
        return isName ? new(dataset, places) : new(Path.GetFullPath(dataset), []);
    }

    private static bool IsArchiveName(string path) =>
        ArchiveEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
