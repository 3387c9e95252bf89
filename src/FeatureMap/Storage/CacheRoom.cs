namespace FeatureMap;

/// <summary>
/// Keeps files of a folder that can be made again below a size together: those that were not used for the longest time go. Their last use
/// is the later one of their times of access (<see cref="Touch"/>) and of change. What cannot be removed stays; nothing is lost in any
/// case.
/// </summary>
internal static class CacheRoom
{
    /// <summary>Says that a file is used now.</summary>
    public static void Touch(string path)
    {
        try
        {
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It only counts as older than it is.
        }
    }

    private static DateTime LastUse(FileInfo file) => file.LastAccessTimeUtc > file.LastWriteTimeUtc ? file.LastAccessTimeUtc
        : file.LastWriteTimeUtc;

    /// <summary>Removes files until the rest fit.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="pattern">Which of its files, such as <c>*.features</c>.</param>
    /// <param name="mostBytes">What they may take together.</param>
    /// <param name="kept">A file that stays in any case: the one that was just written.</param>
    /// <returns>How many went, and their bytes.</returns>
    public static (int Files, long Bytes) Trim(string folder, string pattern, long mostBytes, string kept)
    {
        try
        {
            var files = new DirectoryInfo(folder).EnumerateFiles(pattern)
                .OrderByDescending(file => file.FullName == Path.GetFullPath(kept)).ThenByDescending(LastUse)
                .ThenBy(file => file.Name, StringComparer.Ordinal).ToArray();
            long held = 0, bytes = 0;
            var removed = 0;
            foreach (var (place, file) in files.Index())
            {
                if (place == 0 || held + file.Length <= mostBytes)
                {
                    held += file.Length;
                    continue;
                }
                var length = file.Length;
                file.Delete();
                removed++;
                bytes += length;
            }
            return (removed, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (0, 0); // The next one tries again.
        }
    }
}
