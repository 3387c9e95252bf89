namespace FeatureMap.Data;

/// <summary>
/// The names of archive entries, which anybody may have written. Nothing is unpacked to disk, so a name cannot do harm here; names that would do
/// harm elsewhere are refused all the same, because an honest archive has none.
/// </summary>
internal static class EntryPath
{
    private const int LongestPath = 4096;

    /// <summary>The path with '/' between its parts and without '.' parts; empty for the top folder itself.</summary>
    /// <exception cref="DataException">The path is absolute, leads out of the archive, is too long or has control characters in it.</exception>
    public static string Checked(string path, string archive)
    {
        if (path.Length > LongestPath) throw Refused(path, archive, $"has {path.Length:N0} characters, more than the {LongestPath:N0} of the longest path");
        if (path.Any(char.IsControl)) throw Refused(path, archive, "has control characters in its name");
        var unified = path.Replace('\\', '/');
        if (unified.StartsWith('/') || (unified.Length >= 2 && unified[1] == ':' && char.IsAsciiLetter(unified[0])))
            throw Refused(path, archive, "has an absolute path");
        var parts = unified.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains("..")) throw Refused(path, archive, "leads out of the archive by '..'");
        return parts.Contains(".") ? string.Join('/', parts.Where(part => part != ".")) : string.Join('/', parts);
    }

    /// <summary>The error for an entry that no honest archive of images has.</summary>
    public static DataException Refused(string path, string archive, string why) =>
        new($"{archive}: the entry '{Shown(path)}' {why}. Such archives are refused; if you made it, pack the plain files again.");

    /// <summary>A name of a foreign file as messages quote it: short.</summary>
    public static string Shown(string path) => path.Length <= 100 ? path : path[..100] + "...";
}
