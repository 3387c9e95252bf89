using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace FeatureMap.Data;

/// <summary>The files of a folder and of the folders in it. Links are followed, except those that lead back up.</summary>
internal sealed class FolderTree : FileTree
{
    private const int DeepestLevel = 32;
    private readonly List<string> written = []; // the path of each file as the folder has it, to open it
    private readonly IncrementalHash state = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private FolderTree(string location) : base(location)
    {
    }

    public override string Identity => $"{Files.Count} files, {Convert.ToHexStringLower(state.GetCurrentHash())}";

    /// <summary>Lists a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="isDeep">Whether the folders in it are listed too.</param>
    public static FolderTree Open(string path, bool isDeep)
    {
        var tree = new FolderTree(path);
        try
        {
            tree.Add(new DirectoryInfo(path), "", isDeep ? DeepestLevel : 0, []);
            return tree;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            tree.Dispose();
            throw new DataException($"{path}: the folder cannot be read: {error.Message}", error);
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    public override string Place(int file) => Path.Combine(Location, written[file]);

    public override IEnumerable<TreeContent> Read(IReadOnlyList<int> wanted, long longest)
    {
        foreach (var file in wanted)
            yield return ReadOne(file, longest);
    }

    public override void Dispose() => state.Dispose();

    private TreeContent ReadOne(int file, long longest)
    {
        var place = Place(file);
        // Pipes and devices have no length; to open one of them would wait for somebody at the other end.
        if (Files[file].Length == 0 && new FileInfo(place) is { Exists: true, Length: 0 }) return new(file, [], null);
        try
        {
            using var stream = new FileStream(place, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > longest) return new(file, null, TooLong(place, stream.Length, longest));
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return new(file, content, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(file, null, new DataException($"{place}: the file cannot be read: {error.Message}", error));
        }
    }

    private static (string Name, bool IsFolder, long Length, long Changed) Describe(ref FileSystemEntry entry)
    {
        var name = entry.FileName.ToString();
        if (entry.IsDirectory) return (name, true, 0, 0);
        // Of a link, the length and time are those of the file that it leads to.
        if ((entry.Attributes & FileAttributes.ReparsePoint) != 0 && Target(entry.ToFullPath()) is { } target)
            return (name, false, target.Length, target.LastWriteTimeUtc.Ticks);
        return (name, false, entry.Length, entry.LastWriteTimeUtc.Ticks);
    }

    // Null for a link that leads nowhere or in a circle: reading it says so.
    private static FileInfo? Target(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is FileInfo { Exists: true } target ? target : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // A name that is no UTF-8 is shown with a replacement character and cannot be opened by that.
    private void CheckName(DirectoryInfo folder, string path, (string Name, bool IsFolder, long Length, long Changed) entry)
    {
        if (!entry.Name.Contains('\uFFFD', StringComparison.Ordinal) || Path.Exists(Path.Combine(folder.FullName, entry.Name))) return;
        throw new DataException($"{Location}: the name of the {(entry.IsFolder ? "folder" : "file")} {EntryPath.Shown(path)} is not UTF-8, "
            + "so it cannot be opened. Rename it; convmv does that for many.");
    }

    // In the order of the names, so that the list does not depend on the file system.
    private void Add(DirectoryInfo folder, string prefix, int levels, IReadOnlyList<string> above)
    {
        var real = (folder.ResolveLinkTarget(returnFinalTarget: true) ?? folder).FullName;
        if (above.Contains(real)) return;
        IReadOnlyList<string> chain = [.. above, real];
        var entries = new FileSystemEnumerable<(string Name, bool IsFolder, long Length, long Changed)>(
            folder.FullName, Describe, new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false });
        foreach (var entry in entries.OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (IgnoredNames.Contains(entry.Name)) continue;
            var path = prefix + entry.Name;
            CheckName(folder, path, entry);
            if (!entry.IsFolder)
            {
                if (AddFile(path, entry.Length)) written.Add(path);
                state.AppendData(Encoding.UTF8.GetBytes($"{path}|{entry.Length}|{entry.Changed}\n"));
                continue;
            }
            AddFolder(path);
            if (levels > 0) Add(new DirectoryInfo(Path.Combine(folder.FullName, entry.Name)), path + "/", levels - 1, chain);
        }
    }
}
