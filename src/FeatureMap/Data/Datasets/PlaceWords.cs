namespace FeatureMap.Data;

/// <summary>What is said about a place where no data were found: what is there, and what was probably meant.</summary>
internal static class PlaceWords
{
    private const int MostLookedAt = 10_000, Named = 3;

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

    /// <summary>Files that make no data set, as the first half of a sentence.</summary>
    public static string NoImages(FileTree tree) => tree.Files.Count == 0
        ? tree.Folders.Count == 0 ? "it is empty." : $"there are no files in it, only empty folders "
            + $"({Some(tree.Folders.Order(StringComparer.Ordinal))})."
        : $"there are no images in it (PNG, JPEG or BMP; {tree.Files.Count:N0} other files, such as "
            + $"{EntryPath.Shown(tree.Files[0].Path)}).";

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
