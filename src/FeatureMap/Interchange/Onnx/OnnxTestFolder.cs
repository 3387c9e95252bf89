using System.IO.Compression;

namespace FeatureMap.Interchange;

/// <summary>Backend tests in a folder or in a zip archive, which is read in place: nothing of it is ever written to the disk.</summary>
internal abstract class OnnxTestFolder : IDisposable
{
    private const string ModelName = "model.onnx";
    private const long MostBytes = 256 * 1024 * 1024;

    /// <summary>Names of the tests, in order.</summary>
    public abstract IReadOnlyList<string> Tests { get; }

    /// <exception cref="DataException">There is no such folder or archive.</exception>
    public static OnnxTestFolder Open(string path)
    {
        if (Directory.Exists(path)) return new Files(path);
        if (!File.Exists(path))
            throw new DataException($"There is neither a folder nor a zip archive {path}.");
        try
        {
            return new Archive(path);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read as a zip archive of backend tests: {error.Message}", error);
        }
    }

    /// <summary>The content of a test's file, or null where it has none of this name.</summary>
    public abstract byte[]? Read(string test, string file);

    /// <summary>The test_data_set folders of a test, in order.</summary>
    public abstract IReadOnlyList<string> DataSets(string test);

    public abstract void Dispose();

    private static byte[] Bounded(Stream stream, long length, string name)
    {
        if (length > MostBytes)
            throw new DataException($"{name} has {length:N0} bytes; at most {MostBytes:N0} are read.");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private sealed class Files(string root) : OnnxTestFolder
    {
        // A folder of tests, or the folder of one.
        private readonly bool isOne = File.Exists(Path.Combine(root, ModelName));

        public override IReadOnlyList<string> Tests => isOne
            ? [Path.GetFileName(Path.GetFullPath(root).TrimEnd(Path.DirectorySeparatorChar))]
            : [.. Directory.EnumerateDirectories(root).Where(folder => File.Exists(Path.Combine(folder, ModelName))).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

        public override byte[]? Read(string test, string file)
        {
            var path = Path.Combine(Of(test), file);
            if (!File.Exists(path)) return null;
            try
            {
                using var stream = File.OpenRead(path);
                return Bounded(stream, stream.Length, path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new DataException($"{path} cannot be read: {error.Message}", error);
            }
        }

        public override IReadOnlyList<string> DataSets(string test) =>
            [.. Directory.EnumerateDirectories(Of(test), "test_data_set_*").Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];

        public override void Dispose() { }

        private string Of(string test) => isOne ? root : Path.Combine(root, test);
    }

    private sealed class Archive : OnnxTestFolder
    {
        private readonly ZipArchive archive;
        private readonly Dictionary<string, ZipArchiveEntry> entries = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> folders = new(StringComparer.Ordinal);

        public Archive(string path)
        {
            archive = ZipFile.OpenRead(path);
            foreach (var entry in archive.Entries)
            {
                entries.TryAdd(entry.FullName, entry);
                if (entry.Name == ModelName && entry.FullName.LastIndexOf('/') is > 0 and var end)
                    folders.TryAdd(entry.FullName[..end].Split('/')[^1], entry.FullName[..(end + 1)]);
            }
        }

        public override IReadOnlyList<string> Tests => [.. folders.Keys.Order(StringComparer.Ordinal)];

        public override byte[]? Read(string test, string file)
        {
            if (!entries.TryGetValue(folders[test] + file, out var entry)) return null;
            try
            {
                using var stream = entry.Open();
                return Bounded(stream, entry.Length, entry.FullName);
            }
            catch (Exception error) when (error is InvalidDataException or IOException)
            {
                throw new DataException($"{entry.FullName} cannot be unpacked: {error.Message}", error);
            }
        }

        public override IReadOnlyList<string> DataSets(string test) =>
            [.. entries.Keys.Where(name => name.StartsWith(folders[test] + "test_data_set_", StringComparison.Ordinal)).Select(name => name[folders[test].Length..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal)];

        public override void Dispose() => archive.Dispose();
    }
}
