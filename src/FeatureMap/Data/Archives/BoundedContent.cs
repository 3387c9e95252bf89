namespace FeatureMap.Data;

/// <summary>Reads as many bytes as a header announces without believing it: the buffer grows with what is really there.</summary>
internal static class BoundedContent
{
    /// <summary>A deflate stream cannot expand more than 1032 times (258 bytes from two bits, RFC 1951), so packed data bound their content.</summary>
    public const int LargestExpansion = 1032;

    /// <summary>
    /// Reads up to <paramref name="count"/> bytes; fewer are there where <paramref name="read"/> is smaller. At first at most
    /// <paramref name="firstBuffer"/> bytes of memory are asked for, then twice as much each time that the stream has filled them.
    /// </summary>
    public static byte[] Read(Stream stream, int count, long firstBuffer, out int read)
    {
        var values = new byte[(int)Math.Min(count, firstBuffer)];
        read = 0;
        while (true)
        {
            read += stream.ReadAtLeast(values.AsSpan(read), values.Length - read, throwOnEndOfStream: false);
            if (read < values.Length || values.Length == count) return values;
            Array.Resize(ref values, (int)Math.Min(count, 2L * values.Length));
        }
    }
}
