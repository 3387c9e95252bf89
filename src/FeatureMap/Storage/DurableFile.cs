using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace FeatureMap;

/// <summary>
/// Replaces a file so that at every instant, through a kill or a power cut, the old or the new content is complete under its name:
/// write a sibling temporary file, flush it to disk, rename it over the target, flush the folder (the rename is an entry of the folder).
/// The temporary file is <c>name.PROCESS.RANDOM.tmp</c>: of two writers of one file each has its own, and the last one wins. What a kill
/// leaves behind is removed by the next write of that file.
/// <para>
/// .NET opens no handle on a folder, so the last step asks the C library of Linux and macOS for fsync. On other systems, and on
/// file systems that cannot flush a folder, it is left out: after a power cut the old content may then be back, still complete.
/// </para>
/// </summary>
internal static partial class DurableFile
{
    public const string TemporarySuffix = ".tmp";

    // Names of files end at 255 bytes; longer ones than this give their beginning to the temporary name.
    private const int LongestName = 60;

    /// <summary>Writes a file through the given action.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the whole content.</param>
    /// <param name="bytes">How long it is going to be, for the message of a full disk; null where that is not known.</param>
    /// <exception cref="DataException">The disk is full or the place is not writable. The old file is intact and the temporary file is
    /// gone.</exception>
    public static void Write(string path, Action<Stream> write, long? bytes = null)
    {
        path = Path.GetFullPath(path);
        var (folder, start) = (Path.GetDirectoryName(path)!, TemporaryStart(Path.GetFileName(path)));
        var temporary = Path.Combine(folder, $"{start}.{Environment.ProcessId}.{Random.Shared.Next():x8}{TemporarySuffix}");
        var created = false;
        try
        {
            Sweep(folder, target => target == start, IsAbandoned);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                created = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            FlushFolder(folder);
        }
        catch (Exception error)
        {
            if (created)
                TryDelete(temporary);
            if (IsOfDisk(error))
                throw Failed(path, error, bytes);
            throw;
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="DataException">The disk is full or the place is not writable. The old file is intact.</exception>
    public static void WriteText(string path, string text)
    {
        var content = Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(content), content.Length);
    }

    /// <summary>Removes what killed writers have left behind in a folder that this process holds (<see cref="FolderLock"/>).</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="isOwn">Whether a file of that name is written here.</param>
    public static void Sweep(string folder, Func<string, bool> isOwn) => Sweep(folder, isOwn, _ => true);

    /// <summary>Whether a name is that of a temporary file of ours, and for which file.</summary>
    public static string? TargetOf(string name) =>
        TemporaryName().Match(name) is { Success: true } match ? match.Groups["target"].Value : null;

    /// <summary>The teaching error for a failed write of any kind.</summary>
    public static DataException Failed(string path, Exception error, long? bytes = null)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        var (reason, fix) = error switch
        {
            _ when IsDiskFull(error) => (
                bytes is { } needed ? $"the disk is full (no space left on device, {needed:N0} bytes are needed)" : "the disk is full (no "
                    + "space left on device)",
                "Free some space or choose another folder; what was there before is intact."),
            ArgumentOutOfRangeException => ("files may not become as large as that here", "Raise the limit (ulimit -f), or choose a "
                + "folder on another file system; what was there before is intact."),
            IOException or UnauthorizedAccessException when Directory.Exists(path) =>
                ("a folder has that name", "Choose another name or remove the folder."),
            UnauthorizedAccessException => ("it is not writable for this user", $"Allow writing to {folder} or choose another folder."),
            DirectoryNotFoundException => ($"the folder {folder} does not exist", "Create it or choose another one."),
            _ => (error.Message, "Check the folder, or choose another one; what was there before is intact."),
        };
        return new DataException($"{path} cannot be written: {reason.TrimEnd('.')}. {fix}", error);
    }

    /// <summary>
    /// Whether an error of a stream comes from the disk. .NET tells EFBIG, a file that is larger than the file system or the user's limit
    /// allows, as an argument out of range.
    /// </summary>
    public static bool IsOfDisk(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };

    // ENOSPC is 28 on Linux and macOS, EDQUOT 122 and 69; Windows: ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 112 or 39
        : error.HResult is 28 || error.HResult == (OperatingSystem.IsMacOS() ? 69 : 122));

    private static string TemporaryStart(string name)
    {
        if (name.Length <= LongestName) return name;
        return name[..(char.IsHighSurrogate(name[LongestName - 1]) ? LongestName - 1 : LongestName)];
    }

    private static void Sweep(string folder, Func<string, bool> isTarget, Func<string, bool> mayGo)
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + TemporarySuffix))
                if (TargetOf(Path.GetFileName(file)) is { } target && isTarget(target) && mayGo(file))
                    TryDelete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What cannot be listed cannot be swept; whether it can be written shows by itself.
        }
    }

    /// <summary>
    /// Whether nobody writes a temporary file any more: nobody has it open, and its process is gone. A living process of that number need
    /// not be the one that wrote it (in containers it often is another), so age decides then.
    /// </summary>
    private static bool IsAbandoned(string file)
    {
        try
        {
            var process = TemporaryName().Match(Path.GetFileName(file)).Groups["process"].Value;
            if (IsAlive(process) && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) < TimeSpan.FromHours(1)) return false;
            using var open = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsAlive(string process)
    {
        try
        {
            if (!int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            using var found = Process.GetProcessById(number);
            return true;
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\A(?<target>.+?)\.(?<process>[0-9]{1,10})\.[0-9a-f]{8}\.tmp\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex TemporaryName();

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell.
        }
    }

    private static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return;
        try
        {
            var handle = Open(folder, 0);
            if (handle < 0)
                return;
            var result = Flush(handle);
            var code = Marshal.GetLastPInvokeError();
            _ = Close(handle);
            const int InputOutputError = 5; // a disk that fails; anything else means that this file system flushes no folders
            if (result != 0 && code == InputOutputError)
                throw new IOException($"the folder {folder} could not be flushed to disk");
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without a C library of that name: see the summary.
        }
    }

    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int handle);

    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
