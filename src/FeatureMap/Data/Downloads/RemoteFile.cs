using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>
/// A file that others publish, and what its content must be. It is downloaded into a part that is taken up again after a cut, checked,
/// and only then gets its name. It is never executed.
///</summary>
/// <param name="Name">Its name on the mirrors, and here.</param>
/// <param name="Sha256">SHA-256 of its content in lower-case hexadecimal digits: all 64, or at least the first 8.</param>
/// <param name="Mirrors">Folders on the net that have it, in this order.</param>
public sealed record RemoteFile(string Name, string Sha256, IReadOnlyList<Uri> Mirrors)
{
    private const long MostBytes = 4L << 30;

    /// <summary>Its size; null where that is not known. Without it, more than 4 GB are refused.</summary>
    public long? Bytes { get; init; }

    /// <summary>Fetches it unless it is there. Returns null when it is, otherwise why not: what was tried, and what happened.</summary>
    /// <param name="folder">Where it is put; made where it is missing.</param>
    /// <param name="options">How long it may take, and who is told.</param>
    /// <exception cref="UsageException">The sum has fewer than 8 digits, so that nothing could be checked, or the name is none of a
    /// file.</exception>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public string? Fetch(string folder, DownloadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        CheckSum();
        if (Name.Length == 0 || Name != Path.GetFileName(Name)) throw new UsageException($"A file to fetch has a name without folders: received '{Name}'.");
        return FileDownload.Fetch([new(Name, Bytes ?? MostBytes, IsExpected)], Mirrors, folder, options ?? new());
    }

    /// <summary>The SHA-256 of a file, where it begins as it should.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It is another file, or cannot be read.</exception>
    /// <exception cref="UsageException">The sum has fewer than 8 digits.</exception>
    public string Check(string path)
    {
        CheckSum();
        try
        {
            using var stream = File.OpenRead(path);
            var sum = Convert.ToHexStringLower(SHA256.HashData(stream));
            return sum.StartsWith(Sha256, StringComparison.Ordinal) && (Bytes is null || Bytes == stream.Length) ? sum
                : throw new DataException($"{path} is not {Name}: its {stream.Length:N0} bytes have the SHA-256 {sum}, and that of {Name} begins with {Sha256}"
                    + $"{(Bytes is { } bytes ? $" ({bytes:N0} bytes)" : "")}. Delete it and fetch it again, or bring the right one.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path} cannot be read: {error.Message}", error);
        }
    }

    private void CheckSum()
    {
        if (Sha256.Length is < 8 or > 64 || Sha256.Any(digit => !char.IsAsciiHexDigitLower(digit)))
            throw new UsageException($"{Name} is checked by 8 to 64 lower-case hexadecimal digits of its SHA-256: received '{Sha256}'.");
    }

    private bool IsExpected(FileStream stream)
    {
        if (Bytes is { } bytes && stream.Length != bytes) return false;
        stream.Position = 0;
        return Convert.ToHexStringLower(SHA256.HashData(stream)).StartsWith(Sha256, StringComparison.Ordinal);
    }
}
