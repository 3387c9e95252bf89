namespace FeatureMap;

/// <summary>
/// Reads files and streams whole, by one way for both: never more than is allowed, and with memory for what is there, not for what a
/// stream that cannot seek might hold.
/// </summary>
internal static class StreamContent
{
    private const int FirstBuffer = 64 * 1024;

    /// <summary>Everything from the position of a stream to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="most">The most bytes that are taken.</param>
    /// <param name="tooLong">The error for more, of their number as text.</param>
    /// <exception cref="DataException">There are more bytes, or the stream fails.</exception>
    public static byte[] Read(Stream stream, string source, int most, Func<string, DataException> tooLong)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var (content, read) = (Array.Empty<byte>(), 0);
        try
        {
            if (stream.CanSeek && stream.Length - stream.Position is var length and > 0)
            {
                if (length > most) throw tooLong($"{length:N0}");
                content = new byte[length];
                Fill(stream, ref content, ref read, length);
            }
            else if (Fill(stream, ref content, ref read, most + 1L))
            {
                throw tooLong($"more than {most:N0}");
            }
        }
        catch (IOException error)
        {
            throw Failed(source, error);
        }
        Array.Resize(ref content, read);
        return content;
    }

    /// <summary>
    /// Reads on until so many bytes are there in all: at first into a small buffer, then into one of twice the size each time that the
    /// stream has filled it.
    /// </summary>
    /// <returns>False where the stream ends before.</returns>
    public static bool Fill(Stream stream, ref byte[] content, ref int read, long until)
    {
        while (read < until)
        {
            if (read == content.Length) Array.Resize(ref content, (int)Math.Min(until, Math.Max(FirstBuffer, 2L * content.Length)));
            var wanted = (int)Math.Min(until, content.Length) - read;
            var got = stream.ReadAtLeast(content.AsSpan(read, wanted), wanted, throwOnEndOfStream: false);
            read += got;
            if (got < wanted) return false;
        }
        return true;
    }

    /// <summary>What is made of a file; it is open only meanwhile.</summary>
    /// <param name="path">The file.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="read">Makes it.</param>
    /// <exception cref="DataException">The file is missing or cannot be read.</exception>
    public static T OfFile<T>(string path, string source, Func<Stream, T> read)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return read(stream);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException($"{source} does not exist (looked for {Path.GetFullPath(path)}).", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{source} cannot be read ({Path.GetFullPath(path)}): {error.Message}", error);
        }
    }

    /// <summary>The error for a stream that fails while it is read.</summary>
    public static DataException Failed(string source, IOException error) => new($"{source} cannot be read: {error.Message}", error);
}
