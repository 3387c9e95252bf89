
namespace FeatureMap;

/// <summary>
/// Holds a folder for one process, so that two trainings cannot write over each other: the file <c>.lock</c> in it is open exclusively, and
/// <c>.locked-by</c> says by whom. The operating system lets go of the first when a process ends in whatever way, so nothing that is left
/// behind by a kill ever blocks: the file alone means nothing. It holds between processes of one machine and between machines whose shared
/// file system passes locks on (flock).
/// </summary>
public sealed class FolderLock : IDisposable
{
    internal const string LockName = ".lock", HolderName = ".locked-by";
    private const int Attempts = 6, Pause = 100; // a process that was just killed needs a moment to be gone

    private readonly FileStream stream;

    private FolderLock(string folder, FileStream stream)
    {
        (Folder, this.stream) = (folder, stream);
        try
        {
            File.WriteAllText(HolderPath, $"process {Environment.ProcessId} on {Environment.MachineName}, since "
                + $"{DateTime.Now:yyyy-MM-dd HH:mm:ss}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only the name of the holder is lost, on a full disk.
        }
    }

    /// <summary>The folder, as a full path.</summary>
    public string Folder { get; }

    /// <summary>When it was taken, by the clock of the folder's disk; the end of time where the disk was too full to say so.</summary>
    public DateTime Since => SinceOf(Folder);

    private string LockPath => Path.Combine(Folder, LockName);

    private string HolderPath => Path.Combine(Folder, HolderName);

    /// <summary>Takes a folder that exists, for as long as the result is not disposed.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DataException">Another process, or another part of this one, holds it: the message says which; or nothing can be
    /// written in it.</exception>
    public static FolderLock Take(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var full = Path.GetFullPath(folder);
        for (var attempt = 1; ; attempt++)
        {
            if (TryTake(full) is { } taken) return taken;
            if (attempt == Attempts)
                throw new DataException($"{full} is in use by {Holder(full)}, and two at once would write over each other. Wait until "
                    + "that one has ended, or end it; then repeat the command.");
            Thread.Sleep(Pause);
        }
    }

    /// <summary>Takes a folder that exists; null where another holds it.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DataException">Nothing can be written in it.</exception>
    public static FolderLock? TryTake(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var full = Path.GetFullPath(folder);
        var path = Path.Combine(full, LockName);
        try
        {
            return new FolderLock(full, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return IsHeldElsewhere(error) ? null : throw DurableFile.Failed(path, error);
        }
    }

    /// <summary>Whether somebody holds a folder now. Looking changes nothing in it.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsHeld(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            // Shared, for the moment of looking: who takes the folder just then tries again.
            using var probe = new FileStream(Path.Combine(folder, LockName), FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return IsHeldElsewhere(error);
        }
    }

    /// <summary>
    /// Who says that he holds a folder, such as <c>process 4711 on here, since 2026-01-31 12:00:00</c>; null where nobody does. Where
    /// nobody holds it (<see cref="IsHeld"/>), it is the process that was killed while it did.
    /// </summary>
    /// <param name="folder">The folder.</param>
    public static string? HolderOf(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return File.Exists(Path.Combine(folder, HolderName)) ? Holder(folder) : null;
    }

    /// <summary>Whether a file of that name is one of the two that a lock needs.</summary>
    /// <param name="name">The name without a folder.</param>
    public static bool IsOwn(string name) => name is LockName or HolderName;

    /// <summary>
    /// Makes sure that the folder is still where it was: one that was moved or deleted meanwhile must not come into being again, half
    /// filled.
    /// </summary>
    /// <exception cref="DataException">It is not.</exception>
    public void Check()
    {
        if (!File.Exists(LockPath))
            throw new DataException($"{Folder} was moved or deleted while it was in use, so nothing more is written. Where it was moved, "
                + "it can go on from what was saved there last.");
    }

    /// <summary>
    /// Removes the half-written files that a killed process left behind. Only the holder may: it knows that nobody else is writing.
    /// </summary>
    /// <param name="isOwn">Whether a file of that name is written here; what else is in the folder stays.</param>
    public void Sweep(Func<string, bool> isOwn)
    {
        ArgumentNullException.ThrowIfNull(isOwn);
        DurableFile.Sweep(Folder, isOwn);
    }

    /// <summary>Lets the folder go.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(HolderPath);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It means nothing without the lock.
        }
        stream.Dispose();
    }

    internal static DateTime SinceOf(string folder) => File.GetLastWriteTimeUtc(Path.Combine(folder, HolderName)) is { Year: > 1601 } time
        ? time : DateTime.MaxValue;

    private static string Holder(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, HolderName)) is { Length: > 0 and < 500 } text ? text : "another process";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    // EWOULDBLOCK is 11 on Linux and 35 on macOS; Windows: ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION.
    private static bool IsHeldElsewhere(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 32 or 33
        : error.HResult == (OperatingSystem.IsMacOS() ? 35 : 11));
}
