namespace FeatureMap.Data;

/// <summary>
/// Finds the images that the values of a table name. A value may be a path from the folder of the table or of the images, may have lost the
/// beginning or have the beginning of another disk, and may lack its ending; it never stands for an image whose path contradicts it, nor a
/// folder of the tree for one of another name.
/// </summary>
internal sealed class TableFiles
{
    private readonly FileTree tree;
    private readonly Dictionary<string, List<int>> byName = new(StringComparer.OrdinalIgnoreCase),
        byStem = new(StringComparer.OrdinalIgnoreCase);

    private readonly string root;
    private readonly bool isLoose;

    /// <param name="tree">The files.</param>
    /// <param name="isLoose">Whether somebody said that these are the images, so that the folder which values begin with may have another
    /// name here.</param>
    public TableFiles(FileTree tree, bool isLoose = false)
    {
        (this.tree, this.isLoose) = (tree, isLoose);
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(tree.Location));
        root = "/" + (tree is FolderTree ? place : Path.Combine(Path.GetDirectoryName(place) ?? "",
            Path.GetFileName(place).Split('.')[0])).Replace(Path.DirectorySeparatorChar, '/').TrimStart('/');
        foreach (var (index, file) in tree.Files.Index())
        {
            if (!ClassFolderPlan.IsImage(file.Path)) continue;
            Images.Add(index);
            Add(byName, NameOf(file.Path), index);
            Add(byStem, StemOf(file.Path), index);
        }
    }

    /// <summary>The numbers of all images of the tree.</summary>
    public List<int> Images { get; } = [];

    /// <summary>The image that a value names.</summary>
    /// <param name="value">The value.</param>
    /// <param name="folder">The folder of the table in the tree; empty for the top, or where the table lies elsewhere.</param>
    public TableFile Find(string value, string folder)
    {
        var path = Normal(value, out var isOfAnotherDisk);
        if (path.Length == 0) return new(-1, []);
        var name = NameOf(path);
        var candidates = byName.GetValueOrDefault(name) ?? (ClassFolderPlan.IsImage(name) ? null : byStem.GetValueOrDefault(name));
        if (candidates is null) return new(-1, []);
        // Upper and lower case count as long as they tell images apart.
        foreach (var comparison in (StringComparison[])[StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase])
        {
            var fitting = candidates.Select(file => (File: file, Score: Score(path, tree.Files[file].Path, folder, isOfAnotherDisk,
                comparison))).Where(one => one.Score > 0).ToArray();
            if (fitting.Length == 0) continue;
            var best = fitting.Max(one => one.Score);
            int[] all = [.. fitting.Where(one => one.Score == best).Select(one => one.File)];
            return all is [var only] ? new(only, []) : new(-1, all);
        }
        return new(-1, []);
    }

    /// <summary>An image whose name differs in its ending alone; null where there is none.</summary>
    public string? Near(string value) => byStem.TryGetValue(StemOf(Normal(value, out _)), out var files) ? tree.Files[files[0]].Path : null;

    // What an image's path and a value have in common from their ends; 0 where one of them has a part there that the other contradicts.
    private int Score(string value, string path, string folder, bool isOfAnotherDisk, StringComparison comparison)
    {
        // An image without its ending in the table.
        var file = NameOf(path);
        var last = NameOf(value);
        if (!file.Equals(last, comparison) && !StemOf(file).Equals(last, comparison)) return 0;
        value = value[..^last.Length] + file;
        path = path[..^file.Length] + file;
        var from = folder.Length == 0 ? value : $"{folder}/{value}";
        if (path.Equals(from, comparison)) return int.MaxValue;
        if (path.Equals(value, comparison)) return int.MaxValue - 1;
        if (!path.EndsWith("/" + value, comparison))
        {
            if (!value.EndsWith("/" + path, comparison)) return 0;
            // What is above the images must be the folder that they are in, unless it says where it was on the disk of its author.
            if (!isOfAnotherDisk && !isLoose && !root.EndsWith("/" + value[..^(path.Length + 1)],
                StringComparison.OrdinalIgnoreCase)) return 0;
        }
        string[] ours = path.Split('/'), theirs = from.Split('/');
        var common = 0;
        while (common < Math.Min(ours.Length, theirs.Length) && ours[^(common + 1)].Equals(theirs[^(common + 1)], comparison))
            common++;
        return common;
    }

    // With '/' between folders, without what only says "here" or "the disk".
    private static string Normal(string value, out bool isOfAnotherDisk)
    {
        var parts = new List<string>();
        var path = CanonicalForm.Of(value.Trim()).Replace('\\', '/');
        isOfAnotherDisk = path.StartsWith('/') || path.StartsWith("../", StringComparison.Ordinal)
            || path.Contains(":/", StringComparison.Ordinal);
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..") parts.Clear();
            else if (part != "." && !(parts.Count == 0 && part.EndsWith(':'))) parts.Add(part);
        }
        return string.Join('/', parts);
    }

    private static void Add(Dictionary<string, List<int>> all, string key, int index)
    {
        if (!all.TryGetValue(key, out var list)) all.Add(key, list = []);
        list.Add(index);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string StemOf(string path) => NameOf(path) is var name && name.LastIndexOf('.') is > 0 and var at
        && ClassFolderPlan.IsImage(name) ? name[..at] : name;
}

/// <summary>What a value of a table names.</summary>
/// <param name="File">The number of the file in its tree; -1 for none.</param>
/// <param name="Several">The images that it may be, where they are several.</param>
internal readonly record struct TableFile(int File, IReadOnlyList<int> Several)
{
    /// <summary>Whether there is such an image, or more than one.</summary>
    public bool IsThere => File >= 0 || Several.Count > 0;
}
