using System.Globalization;

namespace FeatureMap.Training;

/// <summary>Makes folders that belong to one process each: <c>runs/&lt;name&gt;-&lt;yyyymmdd-hhmmss&gt;/</c>, of a run or of a whole experiment.</summary>
public static class NewFolder
{
    /// <summary>
    /// Makes a new folder with its first file. A second one of the same name within one second gets the suffix -2, then -3, and so on.
    /// Empty folders of that name, which a kill left behind before their first file was written, are removed.
    /// </summary>
    /// <param name="root">The folder in which it is made, usually <c>runs</c>; it is made where it is missing.</param>
    /// <param name="name">What it is of; characters that are not safe in a file name become '-'.</param>
    /// <param name="claim">The name of its first file: the folder belongs to the process that writes it.</param>
    /// <param name="time">The time in the name; now, in local time, where it is left out.</param>
    /// <param name="content">The content of that file, usually the configuration: it is complete on disk before anything else is in the
    /// folder.</param>
    /// <returns>Its full path.</returns>
    /// <exception cref="DataException">The folder cannot be made there.</exception>
    public static string Create(string root, string name, string claim, DateTime? time = null, string content = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(claim);
        ArgumentNullException.ThrowIfNull(content);
        var stamp = (time ?? DateTime.Now).ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var basis = Path.Combine(Path.GetFullPath(root), $"{SafeName(name)}-{stamp}");
        RemoveEmpty(Path.GetFullPath(root), SafeName(name));
        try
        {
            for (var number = 1; ; number++)
            {
                var path = number == 1 ? basis : $"{basis}-{number}";
                if ((!Directory.Exists(path) || HoldsNothing(path)) && Claim(path, claim, content))
                    return path;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Failed(basis, error);
        }
    }

    /// <summary>Whether a folder holds nothing but what locks and killed writers leave behind: nothing was begun in it.</summary>
    /// <param name="path">A folder that exists.</param>
    public static bool HoldsNothing(string path) =>
        Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).All(name => FolderLock.IsOwn(name) || DurableFile.TargetOf(name) is not null);

    /// <summary>A text as the name of a file or folder: characters that are not safe in one become '-'.</summary>
    public static string SafeName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var safe = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' ? c : '-')).Trim('-', '.');
        return safe.Length == 0 ? "run" : safe[..Math.Min(safe.Length, 100)];
    }

    internal static DataException Failed(string path, Exception error) =>
        new($"The run folder {path} cannot be made: {error.Message.TrimEnd('.')}. Choose a folder that is writable.", error);

    // Making a folder does not say who made it; its lock does. A process that clears away empty folders may take it in between.
    private static bool Claim(string path, string name, string content)
    {
        const int Attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            Directory.CreateDirectory(path);
            try
            {
                using var held = FolderLock.TryTake(path);
                if (held is null || !HoldsNothing(path)) return false;
                DurableFile.WriteText(Path.Combine(path, name), content);
                return true;
            }
            catch (DataException error) when (error.InnerException is DirectoryNotFoundException or FileNotFoundException && attempt < Attempts)
            {
            }
            catch (DataException)
            {
                TryRemove(path, hasTime: false);
                throw;
            }
        }
    }

    private static void RemoveEmpty(string root, string name)
    {
        if (!Directory.Exists(root)) return;
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(root).Where(folder => IsStamped(Path.GetFileName(folder), name) && HoldsNothing(folder)))
                TryRemove(folder, hasTime: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is tidying only.
        }
    }

    private static bool IsStamped(string folder, string name) =>
        folder.StartsWith(name + "-", StringComparison.Ordinal) && folder.AsSpan(name.Length + 1) is { Length: >= 15 } stamp && stamp[8] == '-' && !stamp[..8].ContainsAnyExceptInRange('0', '9');

    // Never with anything in it that belongs to a process which is alive: it holds the lock, or has just begun to write.
    private static void TryRemove(string folder, bool hasTime)
    {
        try
        {
            if (Directory.EnumerateFileSystemEntries(folder).Any())
            {
                if (hasTime && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(folder) < TimeSpan.FromMinutes(1)) return;
                using var held = FolderLock.TryTake(folder);
                if (held is null || !HoldsNothing(folder)) return;
                DurableFile.Sweep(folder, _ => true);
                File.Delete(Path.Combine(folder, FolderLock.LockName));
                File.Delete(Path.Combine(folder, FolderLock.HolderName));
            }
            Directory.Delete(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataException)
        {
            // Somebody works in it, or it is not ours to remove.
        }
    }
}
