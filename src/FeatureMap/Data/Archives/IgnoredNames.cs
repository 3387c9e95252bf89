namespace FeatureMap.Data;

/// <summary>
/// What programs and systems leave behind between the files of people, and what is never data: passed over at every level of folders and
/// archives. Names that begin with a dot (<c>.DS_Store</c>, <c>._1.png</c>, <c>.ipynb_checkpoints</c>) are of this kind.
/// </summary>
internal static class IgnoredNames
{
    // macOS, Synology and QNAP disks (thumbnails, bins, snapshots), Windows, Linux file systems, Python.
    private static readonly HashSet<string> Names = new(
        [
            "__MACOSX", "Network Trash Folder", "Temporary Items",
            "@eaDir", "@Recycle", "@Recently-Snapshot", "@__thumb", "#recycle", "#snapshot",
            "Thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "$RECYCLE.BIN", "RECYCLER", "System Volume Information",
            "lost+found", "__pycache__",
        ], StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether the name of a file or a folder, without any path, is one of these.</summary>
    public static bool Contains(string name) => name is ['.', ..] || Names.Contains(name);

    /// <summary>Whether any part of a path is one of these.</summary>
    public static bool AreIn(string path)
    {
        var names = Names.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var part in path.AsSpan().Split('/'))
            if (path.AsSpan(part) is ['.', ..] || names.Contains(path.AsSpan(part)))
                return true;
        return false;
    }
}
