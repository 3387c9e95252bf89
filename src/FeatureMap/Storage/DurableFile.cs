using System.Runtime.InteropServices;
using System.Text;

namespace FeatureMap;

/// <summary>
/// Replaces a file so that at every instant, through a kill or a power cut, the old or the new content is complete under its name:
/// write a sibling temporary file, flush it to disk, rename it over the target, flush the folder (the rename is an entry of the folder).
/// The temporary file is always <c>name.tmp</c>, so what a kill leaves behind is replaced by the next write. One writer per path.
/// <para>
/// .NET opens no handle on a folder, so the last step asks the C library of Linux and macOS for fsync. On other systems, and on
/// file systems that cannot flush a folder, it is left out: after a power cut the old content may then be back, still complete.
/// </para>
/// </summary>
internal static partial class DurableFile
{
    public const string TemporarySuffix = ".tmp";

    /// <summary>Writes a file through the given action.</summary>
    /// <exception cref="DataException">The disk is full or the place is not writable. The old file is intact and the temporary file is gone.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        path = Path.GetFullPath(path);
        var temporary = path + TemporarySuffix;
        var created = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                created = true;
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (Exception error)
        {
            if (created)
                TryDelete(temporary);
            if (error is IOException or UnauthorizedAccessException)
                throw Failed(path, error);
            throw;
        }
    }

    /// <summary>Writes a text as UTF-8 without a byte order mark.</summary>
    /// <exception cref="DataException">The disk is full or the place is not writable. The old file is intact.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>The teaching error for a failed write of any kind.</summary>
    public static DataException Failed(string path, Exception error)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        var (reason, fix) = error switch
        {
            _ when IsDiskFull(error) => ("the disk is full", "Free some space or choose another folder; what was there before is intact."),
            UnauthorizedAccessException when Directory.Exists(path) => ("a folder has that name", "Choose another name or remove the folder."),
            UnauthorizedAccessException => ("it is not writable for this user", $"Allow writing to {folder} or choose another folder."),
            DirectoryNotFoundException => ($"the folder {folder} does not exist", "Create it or choose another one."),
            _ => (error.Message, "Check the folder, or choose another one; what was there before is intact."),
        };
        return new DataException($"{path} cannot be written: {reason.TrimEnd('.')}. {fix}", error);
    }

    // ENOSPC is 28 on Linux and macOS, EDQUOT 122 and 69; Windows: ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.
    private static bool IsDiskFull(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? (error.HResult & 0xFFFF) is 112 or 39
        : error.HResult is 28 || error.HResult == (OperatingSystem.IsMacOS() ? 69 : 122));

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
