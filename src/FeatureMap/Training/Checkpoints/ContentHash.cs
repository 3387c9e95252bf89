using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>
/// SHA-256 over the meaning of a safetensors file, whatever its layout: the number of metadata pairs, each key and value in ordinal order,
/// the number of tensors, and for each in ordinal order of names its name, type, dimensions and little-endian numbers. Texts are UTF-8 and
/// carry their length in bytes; all counts are 32-bit little endian. So nothing that is read back can change unnoticed.
/// </summary>
internal static class ContentHash
{
    public static string Of(IReadOnlyList<SafetensorsEntry> tensors, SortedDictionary<string, string> metadata)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = new HashStream(hash);
        Add(hash, metadata.Count);
        foreach (var (key, value) in metadata)
        {
            Add(hash, key);
            Add(hash, value);
        }
        Add(hash, tensors.Count);
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            Add(hash, tensor.Name);
            Add(hash, SafetensorsFile.WrittenName(tensor));
            Add(hash, tensor.Dimensions.Length);
            foreach (var dimension in tensor.Dimensions)
                Add(hash, dimension);
            LittleEndian.Write(stream, tensor.Data);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }

    private sealed class HashStream(IncrementalHash hash) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => hash.AppendData(buffer, offset, count);
        public override void Write(ReadOnlySpan<byte> buffer) => hash.AppendData(buffer);
    }
}
