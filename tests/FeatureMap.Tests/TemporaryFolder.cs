namespace FeatureMap.Tests;

/// <summary>A new empty folder that is removed with everything in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("featuremap-test-").FullName;

    public string this[string name] => Path.Combine(Location, name);

    public IEnumerable<string> Files => Directory.EnumerateFiles(Location).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    /// <summary>Names of the files in a folder, but for the lock, which stays.</summary>
    public static IEnumerable<string> FilesIn(string folder) => Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)).Where(file => file != FolderLock.LockName);

    public string Write(string name, byte[] content)
    {
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
