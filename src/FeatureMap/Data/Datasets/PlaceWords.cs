namespace FeatureMap.Data;

/// <summary>What is said about a place where no data were found: what is there, and what was probably meant.</summary>
internal static class PlaceWords
{
    private const int MostLookedAt = 10_000, Named = 3;
    private static readonly string[] ArchiveEndings = [".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar"];

    /// <summary>
    /// Where nothing is at a path: the sentence that says so, with the nearest name that there is. Null where something is there.
    /// </summary>
    public static string? Missing(string path)
    {
        if (path.Length == 0) return "The path of the data is empty. Give a folder or an archive.";
        if (Directory.Exists(path)) return null;
        if (LinkTarget(path) is { } target && !Path.Exists(target)) return $"{path}: this is a link to {target}, and there is no such "
            + $"file or folder.";
        return File.Exists(path) ? null : $"{path}: there is no such file or folder.{Nearest(path)}";
    }

    /// <summary>" Did you mean photos/train?" for the nearest path that is there; empty where none is near.</summary>
    public static string Nearest(string path)
    {
        try
        {
            // The first part of the path that is not there is the one that was mistyped.
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            string name = Path.GetFileName(full), rest = "";
            var parent = Path.GetDirectoryName(full);
            for (; parent is not null && !Directory.Exists(parent); parent = Path.GetDirectoryName(parent))
                (name, rest) = (Path.GetFileName(parent), Path.Combine(name, rest));
            if (parent is null) return "";
            var near = Directory.EnumerateFileSystemEntries(parent).Take(MostLookedAt).Select(entry => Path.GetFileName(entry))
                .Where(entry => !IgnoredNames.Contains(entry)).Select(entry => (Name: entry, Far: Distance(name, entry)))
                .Where(entry => entry.Far < int.MaxValue)
                .OrderBy(entry => entry.Far).ThenBy(entry => entry.Name, StringComparer.Ordinal).FirstOrDefault().Name;
            if (near is null) return "";
            var meant = Path.Combine(parent, near, rest);
            if (!Path.Exists(meant)) meant = Path.Combine(parent, near);
            return $" Did you mean {(Path.IsPathRooted(path) ? meant : Path.GetRelativePath(Environment.CurrentDirectory, meant))}?";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "";
        }
    }

    /// <summary>Files that make no data set, as the first half of a sentence; with what they probably are.</summary>
    public static string NoImages(FileTree tree)
    {
        if (tree.Files.Count == 0)
            return tree.Folders.Count == 0 ? "it is empty." : $"there are no files in it, only empty folders "
                + $"({Some(tree.Folders.Order(StringComparer.Ordinal))}).";
        return $"there are no images in it (PNG, JPEG or BMP; {tree.Files.Count:N0} other files, such as "
            + $"{EntryPath.Shown(tree.Files[0].Path)}).{Meant(tree, Enumerable.Range(0, tree.Files.Count))}";
    }

    /// <summary>What files that no ending tells to be pictures may be: an archive, a table, or pictures all the same. A sentence with a
    /// space before it; empty for nothing.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="files">Which of them.</param>
    public static string Meant(FileTree tree, IEnumerable<int> files)
    {
        var all = files.Take(MostLookedAt).ToArray();
        if (Array.FindIndex(all, file => IsArchive(tree.Files[file].Path)) is >= 0 and var at)
        {
            return $" {EntryPath.Shown(tree.Files[all[at]].Path)} is an archive, and archives inside are not looked into: "
                + (tree is FolderTree ? $"give {tree.Place(all[at])} itself, or unpack it." : "unpack it first.");
        }
        // One of them is enough to tell.
        var plain = all.Where(file => Path.GetExtension(tree.Files[file].Path).Length == 0 && tree.Files[file].Length > 0).Take(1)
            .ToArray();
        foreach (var content in tree.Read(plain, ImageFile.LargestFile))
        {
            if (content.Content is not { } bytes) continue;
            try
            {
                var kind = ImageHeader.Parse(bytes, "").Format.ToString().ToUpperInvariant();
                return $" {EntryPath.Shown(tree.Files[content.File].Path)} is a {kind} image by its content, but its name has no ending: "
                    + $"rename such files (.{(kind == "JPEG" ? "jpg" : kind.ToLowerInvariant())}).";
            }
            catch (DataException)
            {
                // No picture.
            }
        }
        return "";
    }

    /// <summary>Whether a name ends as one of an archive.</summary>
    public static bool IsArchive(string path) => Array.Exists(ArchiveEndings, ending => path.EndsWith(ending,
        StringComparison.OrdinalIgnoreCase));

    /// <summary>The first names of a list, and a sign that there are more.</summary>
    public static string Some(IEnumerable<string> names)
    {
        var first = names.Take(Named + 1).Select(EntryPath.Shown).ToArray();
        return first.Length <= Named ? string.Join(", ", first) : string.Join(", ", first.Take(Named)) + ", ...";
    }

    private static string? LinkTarget(string path)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path));
            return folder is not null && new FileInfo(path).LinkTarget is { } target ? Path.GetFullPath(target, folder) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // A name without its ending is as near as one with a wrong letter.
    private static int Distance(string typed, string there)
    {
        bool IsWithEnding(string name, string other) => name.StartsWith(other + ".", StringComparison.OrdinalIgnoreCase);
        if (IsWithEnding(there, typed) || IsWithEnding(typed, there)) return 1;
        var far = NearestName.Distance(typed, there);
        return far <= Math.Max(1, (Math.Min(typed.Length, there.Length) + 1) / 3) && far < typed.Length ? far : int.MaxValue;
    }
}
