using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FeatureMap.Interchange;

public sealed partial class SafetensorsFile
{
    /// <summary>
    /// Writes a file durably: a sibling temporary file is written, flushed to disk and renamed over <paramref name="path"/>, so at every
    /// moment either the old or the new file is complete. Tensors keep their order within an element size; wider elements come first, so
    /// that each is aligned to its size. Metadata is sorted by key.
    /// </summary>
    /// <exception cref="UsageException">Two tensors have one name, or a name is not allowed.</exception>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old file is intact.</exception>
    public static void Write(string path, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (header, ordered) = Header(tensors, metadata);
        DurableFile.Write(path, stream => WriteParts(stream, header, ordered), 8 + header.Length + ordered.Sum(tensor => (long)Buffer.ByteLength(tensor.Data)));
    }

    /// <summary>Writes to a stream, with the same bytes as the file version.</summary>
    /// <param name="stream">Written to from its position on; it stays open, and need not be able to seek.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">The strings; none where null.</param>
    /// <exception cref="UsageException">Two tensors have one name, or a name is not allowed.</exception>
    /// <exception cref="IOException">The stream fails; some of the bytes may be written.</exception>
    public static void Write(Stream stream, IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var (header, ordered) = Header(tensors, metadata);
        WriteParts(stream, header, ordered);
    }

    /// <summary>The bytes of the file that <see cref="Write(string, IEnumerable{SafetensorsEntry}, IReadOnlyDictionary{string, string}?)"/> would write.</summary>
    /// <exception cref="UsageException">Two tensors have one name, or a name is not allowed.</exception>
    public static byte[] ToBytes(IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        using var stream = new MemoryStream();
        Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    internal static string StoredName(SafetensorsType type) => type switch
    {
        SafetensorsType.Float64 => "F64",
        SafetensorsType.Int32 => "I32",
        SafetensorsType.Int64 => "I64",
        SafetensorsType.UInt8 => "U8",
        _ => "F32",
    };

    /// <summary>What a tensor is called where it is written: by its type in memory, and what is not read as it was.</summary>
    internal static string WrittenName(SafetensorsEntry tensor) => tensor.Type == SafetensorsType.Raw ? tensor.StoredType : StoredName(tensor.Type);

    private static void WriteParts(Stream stream, ReadOnlyMemory<byte> header, List<SafetensorsEntry> ordered)
    {
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header.Span);
        foreach (var tensor in ordered)
            LittleEndian.Write(stream, tensor.Data);
    }

    private static (ReadOnlyMemory<byte> Header, List<SafetensorsEntry> Ordered) Header(IEnumerable<SafetensorsEntry> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        List<SafetensorsEntry> ordered = [.. tensors.OrderByDescending(tensor => Size(tensor))];
        CheckNames(ordered);
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            CheckText(key);
            CheckText(value);
        }
        var buffer = new ArrayBufferWriter<byte>();
        // Names are kept as readable UTF-8; the file is not embedded in HTML.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteHeader(json, ordered, metadata);
        // Spaces after the JSON align the data to 8 bytes.
        var padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        if (buffer.WrittenCount > MaximumHeaderLength)
            throw new UsageException($"The header would take {buffer.WrittenCount:N0} bytes; a safetensors file may have at most "
                + $"{MaximumHeaderLength:N0}. Shorten names or metadata.");
        return (buffer.WrittenMemory, ordered);
    }

    private static void WriteHeader(Utf8JsonWriter json, List<SafetensorsEntry> ordered, IReadOnlyDictionary<string, string>? metadata)
    {
        json.WriteStartObject();
        if (metadata is { Count: > 0 })
        {
            json.WriteStartObject("__metadata__");
            foreach (var (key, value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
        }
        var position = 0L;
        foreach (var tensor in ordered)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", WrittenName(tensor));
            json.WriteStartArray("shape");
            foreach (var dimension in tensor.Dimensions)
                json.WriteNumberValue(dimension);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(position);
            json.WriteNumberValue(position += tensor.Data.LongLength * Size(tensor));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    // Numbers that are not read are bytes.
    private static int Size(SafetensorsEntry tensor) => tensor.Type == SafetensorsType.Raw ? 1 : SafetensorsHeader.BitsPerElement(StoredName(tensor.Type)) / 8;

    private static void CheckNames(List<SafetensorsEntry> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (tensor.Name is null)
                throw new UsageException("One of the tensors is the default value of SafetensorsEntry; give each a name, data and dimensions.");
            if (tensor.Name == "__metadata__")
                throw new UsageException("A tensor cannot be called '__metadata__': the format keeps that name for its map of strings.");
            CheckText(tensor.Name);
            if (!names.Add(tensor.Name))
                throw new UsageException($"Two tensors are called '{tensor.Name}'; names must differ.");
        }
    }

    private static void CheckText(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (!char.IsSurrogate(text[at]))
                continue;
            if (at + 1 == text.Length || !char.IsSurrogatePair(text, at))
                throw new UsageException("A tensor's name or a metadata text holds half of a surrogate pair, which is no valid Unicode and cannot be written to a safetensors file.");
            at++;
        }
    }
}
