namespace FeatureMap.Interchange;

/// <summary>The bytes of a file of <c>torch.save</c>, read at any place, never behind their end.</summary>
/// <param name="stream">Can seek; the file begins at its position and ends where it does.</param>
/// <param name="source">What error messages call it.</param>
internal sealed class TorchContent(Stream stream, string source)
{
    private readonly long origin = stream.Position;

    public string Source => source;

    public long Length { get; } = Math.Max(0, stream.Length - stream.Position);

    /// <summary>Fills a span with the bytes from a place on.</summary>
    /// <exception cref="DataException">They are not all there.</exception>
    public void Read(long at, Span<byte> into)
    {
        if (at < 0 || at > Length - into.Length)
            throw Broken($"it has {Length:N0} bytes, and {into.Length:N0} are needed from byte {at:N0} on: it is cut short or damaged");
        stream.Position = origin + at;
        try
        {
            stream.ReadExactly(into);
        }
        catch (EndOfStreamException error)
        {
            throw new DataException($"{source} became shorter while it was read.", error);
        }
    }

    /// <summary>So many bytes from a place on; memory is asked for only where they are there.</summary>
    public byte[] Read(long at, long count)
    {
        if (at < 0 || count < 0 || at > Length - count)
            throw Broken($"it has {Length:N0} bytes, and {count:N0} are needed from byte {at:N0} on: it is cut short or damaged");
        if (count > Array.MaxLength)
            throw new DataException($"{source} has a part of {count:N0} bytes; parts of at most {Array.MaxLength:N0} are read. Save its "
                + "tensors one by one.");
        var bytes = GC.AllocateUninitializedArray<byte>((int)count);
        Read(at, bytes);
        return bytes;
    }

    /// <summary>Leaves the stream at the end of the file.</summary>
    public void Finish() => stream.Position = origin + Length;

    public DataException Broken(string what) => new($"{source} is not a valid file of torch.save: {what}. Write or download it again.");

    /// <summary>A text of a file, short enough to be shown.</summary>
    public static string Shown(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
