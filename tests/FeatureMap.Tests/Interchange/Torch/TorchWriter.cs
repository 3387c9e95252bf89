using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using FeatureMap.Data;
using FeatureMap.Interchange;

namespace FeatureMap.Tests.Interchange;

/// <summary>Writes files as <c>torch.save</c> does, in both formats, byte by byte and by nothing of the reader.</summary>
internal static class TorchWriter
{
    private static readonly byte[] Magic = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>The format since PyTorch 1.6: a zip archive with everything stored, numbers at multiples of 64 bytes, and the records of
    /// large archives.</summary>
    public static byte[] Zip(object? root, bool hasChecksums = true, string? byteOrder = "little", bool hasLargeEnd = true,
        params (string Name, byte[] Bytes)[] more)
    {
        var pickle = new PickleWriter(isLegacy: false);
        List<(string Name, byte[] Bytes)> parts = [("archive/data.pkl", pickle.Write(root))];
        if (byteOrder is not null) parts.Add(("archive/byteorder", Encoding.ASCII.GetBytes(byteOrder)));
        parts.AddRange(pickle.Storages.Select(storage =>
            ($"archive/data/{storage.Key}", byteOrder == "big" ? Turned(storage) : storage.Bytes)));
        parts.Add(("archive/version", "3\n"u8.ToArray()));
        parts.AddRange(more);
        return Archive(parts, hasChecksums, hasLargeEnd);
    }

    public static byte[] Archive(List<(string Name, byte[] Bytes)> parts, bool hasChecksums = true, bool hasLargeEnd = true)
    {
        using var stream = new MemoryStream();
        var directory = new MemoryStream();
        using var file = new BinaryWriter(stream);
        using var entries = new BinaryWriter(directory);
        foreach (var (name, bytes) in parts)
        {
            var head = (int)stream.Position;
            var padding = (64 - ((head + 30 + name.Length + 4) % 64)) % 64;
            var checksum = hasChecksums ? Crc32.Of(bytes) : 0;
            file.Write(0x04034B50);
            file.Write([0, 0, 0, 8, 0, 0, 0, 0, 0, 0]); // version, UTF-8 names, stored, no time
            file.Write(checksum);
            file.Write(bytes.Length);
            file.Write(bytes.Length);
            file.Write((short)name.Length);
            file.Write((short)(padding + 4));
            file.Write(Encoding.ASCII.GetBytes(name));
            file.Write([(byte)'F', (byte)'B', (byte)padding, 0, .. Enumerable.Repeat((byte)'Z', padding)]);
            file.Write(bytes);
            entries.Write(0x02014B50);
            entries.Write([0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]);
            entries.Write(checksum);
            entries.Write(bytes.Length);
            entries.Write(bytes.Length);
            entries.Write((short)name.Length);
            entries.Write(new byte[12]);
            entries.Write(head);
            entries.Write(Encoding.ASCII.GetBytes(name));
        }
        var begin = stream.Position;
        file.Write(directory.ToArray());
        var end = stream.Position;
        if (hasLargeEnd)
        {
            file.Write(0x06064B50);
            file.Write(44L);
            file.Write([0x1E, 3, 0x2D, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            file.Write((long)parts.Count);
            file.Write((long)parts.Count);
            file.Write(end - begin);
            file.Write(begin);
            file.Write(0x07064B50);
            file.Write(0);
            file.Write(end);
            file.Write(1);
        }
        file.Write(0x06054B50);
        file.Write(0);
        file.Write((short)parts.Count);
        file.Write((short)parts.Count);
        file.Write((int)(end - begin));
        file.Write((int)begin);
        file.Write((short)0);
        return stream.ToArray();
    }

    /// <summary>The format before: five pickles, and the numbers behind them.</summary>
    public static byte[] Legacy(object? root, bool isLittleEndian = true)
    {
        var pickle = new PickleWriter(isLegacy: true);
        var body = pickle.Write(root);
        var facts = new WrittenDictionary { IsOrdered = false };
        facts.Add("protocol_version", 1001);
        facts.Add("little_endian", isLittleEndian);
        facts.Add("type_sizes", new WrittenDictionary { IsOrdered = false });
        // The list is sorted by key, as there.
        var storages = pickle.Storages.OrderBy(storage => storage.Key, StringComparer.Ordinal).ToList();
        using var stream = new MemoryStream();
        foreach (var part in new[] { Magic, PickleWriter.Of(1001), PickleWriter.Of(facts), body,
            PickleWriter.Of(storages.Select(storage => (object?)storage.Key).ToList()) })
            stream.Write(part);
        Span<byte> count = stackalloc byte[8];
        foreach (var storage in storages)
        {
            BinaryPrimitives.WriteInt64LittleEndian(count, storage.Bytes.Length / storage.Size);
            stream.Write(count);
            stream.Write(storage.Bytes);
        }
        return stream.ToArray();
    }

    /// <summary>A state dict of tensors that lie one in each storage.</summary>
    public static WrittenDictionary StateDict(IEnumerable<SafetensorsEntry> tensors)
    {
        var dictionary = new WrittenDictionary();
        foreach (var (number, tensor) in tensors.Index())
        {
            var storage = tensor.Data switch
            {
                float[] values => Of($"{number}", "FloatStorage", values),
                long[] values => Of($"{number}", "LongStorage", values),
                var other => throw new ArgumentException($"{other.GetType()}"),
            };
            long[] sizes = [.. tensor.Dimensions.Select(size => (long)size)];
            dictionary.Add(tensor.Name, new WrittenTensor(storage, 0, sizes, Strides(sizes)));
        }
        return dictionary;
    }

    public static WrittenStorage Of<T>(string key, string type, params T[] values) where T : unmanaged =>
        new(type, key, Marshal.SizeOf<T>() is var size && typeof(T) == typeof(bool) ? 1 : size, MemoryMarshal.AsBytes(values.AsSpan())
            .ToArray());

    public static long[] Strides(long[] sizes)
    {
        var strides = new long[sizes.Length];
        for (var (i, stride) = (sizes.Length - 1, 1L); i >= 0; stride *= sizes[i--])
            strides[i] = stride;
        return strides;
    }

    private static byte[] Turned(WrittenStorage storage) => [.. storage.Bytes.Chunk(storage.Size).SelectMany(number => number.Reverse())];
}
