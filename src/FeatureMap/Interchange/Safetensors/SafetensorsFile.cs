using System.Buffers.Binary;

namespace FeatureMap.Interchange;

/// <summary>
/// A safetensors file: named tensors and a map of strings, without any code in it. Reading checks every rule of the format before
/// memory is reserved, so a broken or hostile file gives a <see cref="DataException"/> and nothing else; writing is durable (the old file
/// stays until the new one is complete on disk) and gives the same bytes for the same input.
/// Source: the format's definition at huggingface.co/docs/safetensors.
/// </summary>
public sealed partial class SafetensorsFile
{
    /// <summary>The longest header that is read or written, in bytes.</summary>
    public const int MaximumHeaderLength = 100_000_000;

    private readonly Dictionary<string, SafetensorsEntry> byName;
    private readonly string source;

    private SafetensorsFile(string source, List<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        this.source = source;
        Tensors = tensors;
        Metadata = metadata;
        byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>All tensors in the order of their data in the file.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors { get; }

    /// <summary>The strings of <c>__metadata__</c>, sorted by key; empty where the file has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The names of the tensors in the order of their data in the file.</summary>
    public IEnumerable<string> Names => Tensors.Select(tensor => tensor.Name);

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="DataException">The file has no tensor of that name.</exception>
    public SafetensorsEntry this[string name] => byName.TryGetValue(name, out var tensor) ? tensor
        : throw new DataException($"{source} has no tensor '{name}'; it has {(Tensors.Count == 0 ? "none" : string.Join(", ", Names.Take(12)) + (Tensors.Count > 12 ? ", ..." : ""))}.");

    /// <summary>Finds a tensor by its name.</summary>
    public bool TryGet(string name, out SafetensorsEntry tensor) => byName.TryGetValue(name, out tensor);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="DataException">The file is missing, unreadable, or breaks a rule of the format.</exception>
    public static SafetensorsFile Read(string path) => Read(path, Path.GetFileName(path));

    /// <summary>Reads from the stream's position to its end, with the same checks as a file.</summary>
    /// <param name="stream">The stream; it stays open. One that cannot seek is copied into memory as far as its header says that it goes,
    /// 2 GB at most.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content breaks a rule of the format, or the stream fails.</exception>
    public static SafetensorsFile Read(Stream stream, string source = "the stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            if (stream.CanSeek) return ReadSeekable(stream, source);
            return ReadForward(stream, source, [], 0);
        }
        catch (IOException error)
        {
            throw StreamContent.Failed(source, error);
        }
    }

    /// <summary>Reads a file that is already in memory.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="source">What error messages call it.</param>
    /// <exception cref="DataException">The content breaks a rule of the format.</exception>
    public static SafetensorsFile Read(byte[] bytes, string source = "the safetensors data")
    {
        ArgumentNullException.ThrowIfNull(bytes);
        using var stream = new MemoryStream(bytes, writable: false);
        return ReadSeekable(stream, source);
    }

    internal static SafetensorsFile Read(string path, string source)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return StreamContent.OfFile(path, source, stream => ReadSeekable(stream, source));
    }

    /// <summary>
    /// Reads from a stream that cannot seek: as much as the header says and a byte more, so that all rules are checked as on a file, and
    /// memory grows with what is there.
    /// </summary>
    /// <param name="stream">The stream.</param>
    /// <param name="source">What error messages call it.</param>
    /// <param name="content">Begins with what was taken of the stream already.</param>
    /// <param name="read">How many bytes that was.</param>
    internal static SafetensorsFile ReadForward(Stream stream, string source, byte[] content, int read)
    {
        if (StreamContent.Fill(stream, ref content, ref read, 8) && BinaryPrimitives.ReadUInt64LittleEndian(content) is var header
            && header <= MaximumHeaderLength && StreamContent.Fill(stream, ref content, ref read, 8 + (long)header))
        {
            var expected = 8 + (long)header + SafetensorsHeader.Parse(content.AsSpan(8, (int)header), source).DataLength;
            if (expected >= Array.MaxLength)
                throw new DataException($"{source} has {expected:N0} bytes, and of a stream that cannot seek fewer than "
                    + $"{Array.MaxLength:N0} are read. Save it to a file first.");
            StreamContent.Fill(stream, ref content, ref read, expected + 1);
        }
        using var copy = new MemoryStream(content, 0, read, writable: false);
        return ReadSeekable(copy, source, isCopy: true);
    }

    internal static SafetensorsFile ReadSeekable(Stream stream, string source, bool isCopy = false)
    {
        var length = Math.Max(0, stream.Length - stream.Position);
        if (length < 8)
            throw new DataException($"{source} is cut short: {length} bytes; a safetensors file begins with 8 bytes that give the length "
                + "of its header.");
        try
        {
            Span<byte> prefix = stackalloc byte[8];
            stream.ReadExactly(prefix);
            var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > MaximumHeaderLength)
                throw new DataException($"{source} is not a safetensors file: its first 8 bytes give a header of {headerLength:N0} bytes; "
                    + $"at most {MaximumHeaderLength:N0} are allowed.");
            if ((long)headerLength > length - 8)
                throw new DataException($"{source} is cut short: {length:N0} bytes, and 8 + {headerLength:N0} are needed for its "
                    + "header alone.");
            var json = new byte[headerLength];
            stream.ReadExactly(json);
            var header = SafetensorsHeader.Parse(json, source);
            var expected = 8 + (long)headerLength + header.DataLength;
            if (length < expected)
                throw new DataException($"{source} is cut short: {length:N0} of {expected:N0} bytes.");
            if (length > expected)
                throw new DataException($"{source} is too long: {(isCopy ? $"more than {expected:N0}" : $"{length:N0}")} bytes, and its "
                    + $"last tensor ends at {expected:N0}.");
            return new SafetensorsFile(source, [.. header.Tensors.Select(tensor => StoredNumbers.Load(stream, tensor))], header.Metadata);
        }
        catch (EndOfStreamException error)
        {
            throw new DataException($"{source} became shorter while it was read.", error);
        }
    }
}
