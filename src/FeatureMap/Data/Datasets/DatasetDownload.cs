using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;

namespace FeatureMap.Data;

/// <summary>Fetches the files of a data set; a file is the expected one by the SHA-256 of its content, unpacked, or of an archive as it
/// is.</summary>
internal static class DatasetDownload
{
    /// <summary>Fetches what is missing into the folder. Returns null when all is there, otherwise why not.</summary>
    /// <exception cref="OperationCanceledException">The user cancelled.</exception>
    public static string? Fetch(DatasetInfo info, string folder, DataOptions options) => FileDownload.Fetch(
        // A gzip file is never much larger than its content.
        [.. info.Files.Select(file => new WantedFile(file.Name, file.Bytes + (1 << 16), stream => HasExpectedContent(stream, file)))],
        options.Mirrors ?? info.Mirrors, folder,
        new()
        {
            ConnectTimeout = options.ConnectTimeout,
            StallTimeout = options.StallTimeout,
            Timeout = options.DownloadTimeout,
            Progress = options.Progress,
            Cancellation = options.Cancellation,
        });

    private static bool HasExpectedContent(FileStream stream, DatasetFile file)
    {
        try
        {
            stream.Position = 0;
            if (stream.Length < 4) return false;
            var zipped = !file.IsArchive && stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
            stream.Position = 0;
            if (!zipped) return stream.Length == file.Bytes && Convert.ToHexStringLower(SHA256.HashData(stream)) == file.Sha256;
            // The last four bytes of a gzip file state the length of its content (RFC 1952): bytes after the end are found here.
            Span<byte> tail = stackalloc byte[4];
            stream.Seek(-4, SeekOrigin.End);
            stream.ReadExactly(tail);
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail) != (uint)file.Bytes) return false;
            stream.Position = 0;
            using var content = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[1 << 16];
            var left = file.Bytes;
            while (content.Read(buffer) is > 0 and var read)
            {
                if ((left -= read) < 0) return false;
                hash.AppendData(buffer, 0, read);
            }
            return left == 0 && Convert.ToHexStringLower(hash.GetHashAndReset()) == file.Sha256;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
