namespace FeatureMap.Tests;

/// <summary>A new empty folder that is removed with everything in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Location { get; } = Directory.CreateTempSubdirectory("featuremap-test-").FullName;

    public string this[string name] => Path.Combine(Location, name);

    public IEnumerable<string> Files => Directory.EnumerateFiles(Location).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(Location, recursive: true);
}
