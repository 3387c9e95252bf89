using System.Text;

namespace FeatureMap.Workbench;

/// <summary>What lies below a folder, and ids for it: what pages are asked for is looked up in such lists and is no part of any path. Links
/// are left out, because they may lead anywhere.</summary>
internal static class FolderWalk
{
    private const int MostFolders = 2000, Deepest = 3, LongestSlug = 80;

    /// <summary>The full path of a folder, which may come to be later; null for none.</summary>
    public static string? Root(string? folder) => folder is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>A folder and those below it that are its own, not hidden, and not those of builds.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="opens">Whether one looks into a folder; into all where null.</param>
    public static IEnumerable<string> Below(string root, Func<string, bool>? opens = null)
    {
        var (waiting, seen) = (new Queue<(string Folder, int Depth)>([(root, 0)]), 0);
        while (waiting.TryDequeue(out var next) && seen++ < MostFolders)
        {
            yield return next.Folder;
            if (next.Depth == Deepest || opens?.Invoke(next.Folder) == false) continue;
            foreach (var folder in Entries(() => Directory.GetDirectories(next.Folder)))
                if (Path.GetFileName(folder) is var name && name[0] != '.' && name is not ("bin" or "obj" or "node_modules")
                    && !IsLink(folder)) waiting.Enqueue((folder, next.Depth + 1));
        }
    }

    /// <summary>The files of a folder that are wanted, by name.</summary>
    public static IEnumerable<string> Files(string folder, Func<string, bool> isWanted) => Entries(() =>
        [.. Directory.GetFiles(folder).Where(isWanted)]).Where(file => !IsLink(file));

    /// <summary>Whether it is a link, or is gone or closed, which is left out alike.</summary>
    public static bool IsLink(string path)
    {
        try
        {
            return (File.GetAttributes(path) & FileAttributes.ReparsePoint) != 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>What a path below a root is called.</summary>
    public static string NameBelow(string root, string path) => Path.GetRelativePath(root, path) is var name && name != "." ? name
        : Path.GetFileName(root);

    /// <summary>An id of letters, digits, '-', '_' and '.' that nothing else has.</summary>
    /// <param name="prefix">What ids of its kind begin with.</param>
    /// <param name="name">What it is of.</param>
    /// <param name="taken">Those that are given; this one comes to them.</param>
    public static string IdOf(string prefix, string name, HashSet<string> taken)
    {
        var slug = new StringBuilder();
        foreach (var letter in name)
            slug.Append(char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-');
        var own = prefix + (slug.Length > LongestSlug ? slug.ToString(0, LongestSlug) : slug.ToString());
        var id = own;
        for (var number = 2; !taken.Add(id); number++) id = $"{own}-{number}";
        return id;
    }

    private static IReadOnlyList<string> Entries(Func<string[]> list)
    {
        try
        {
            return [.. list().Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // a folder that cannot be listed has nothing to offer
        }
    }
}
