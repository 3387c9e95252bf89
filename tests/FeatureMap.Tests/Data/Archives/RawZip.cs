using System.Buffers.Binary;
using System.Text;
using FeatureMap.Data;

namespace FeatureMap.Tests.Data;

/// <summary>Zips byte by byte, as programs write them whose names are not what .NET writes. Files are stored, not packed.</summary>
internal static class RawZip
{
    public sealed record Entry(byte[] Name, byte[] Content)
    {
        public bool HasUtf8Flag { get; init; }

        /// <summary>The extra field 0x7075 of Info-ZIP: the name in UTF-8.</summary>
        public byte[]? UnicodePath { get; init; }

        /// <summary>The name that the extra field says it stands for.</summary>
        public byte[]? UnicodePathOf { get; init; }

        public static Entry Of(string latin1, byte[] content) => new(Encoding.Latin1.GetBytes(latin1), content);
    }

    public static byte[] Write(IEnumerable<Entry> entries, bool isLong = false)
    {
        using var zip = new MemoryStream();
        using var directory = new MemoryStream();
        var count = 0;
        foreach (var entry in entries)
        {
            var place = (uint)zip.Length;
            var extra = Extra(entry);
            byte[] common = [20, 0, 0, (byte)(entry.HasUtf8Flag ? 8 : 0), 0, 0, 0, 0, 0x21, 0, .. Four(Crc32.Of(entry.Content)), .. Four((uint)entry.Content.Length), .. Four((uint)entry.Content.Length),
                .. Two(entry.Name.Length)];
            zip.Write([.. Four(0x04034B50), .. common, .. Two(0), .. entry.Name, .. entry.Content]);
            directory.Write([.. Four(0x02014B50), 20, 0, .. common, .. Two(extra.Length), .. Two(0), .. Two(0), .. Two(0), .. Four(0), .. Four(place), .. entry.Name, .. extra]);
            count++;
        }
        var (start, length) = (zip.Length, directory.Length);
        zip.Write(directory.ToArray());
        if (isLong)
        {
            var record = zip.Length;
            zip.Write([.. Four(0x06064B50), .. Eight(44), .. Two(45), .. Two(45), .. Four(0), .. Four(0), .. Eight(count), .. Eight(count), .. Eight(length), .. Eight(start)]);
            zip.Write([.. Four(0x07064B50), .. Four(0), .. Eight(record), .. Four(1)]);
            zip.Write([.. Four(0x06054B50), .. Two(0), .. Two(0), .. Two(0xFFFF), .. Two(0xFFFF), .. Four(uint.MaxValue), .. Four(uint.MaxValue), .. Two(0)]);
        }
        else zip.Write([.. Four(0x06054B50), .. Two(0), .. Two(0), .. Two(count), .. Two(count), .. Four((uint)length), .. Four((uint)start), .. Two(0)]);
        return zip.ToArray();
    }

    private static byte[] Extra(Entry entry)
    {
        if (entry.UnicodePath is not { } path) return [];
        byte[] other = [0x55, 0x54, 5, 0, 1, 0, 0, 0, 0]; // Info-ZIP's time, which stands before it
        return [.. other, .. Two(0x7075), .. Two(5 + path.Length), 1, .. Four(Crc32.Of(entry.UnicodePathOf ?? entry.Name)), .. path];
    }

    private static byte[] Two(int value) => [(byte)value, (byte)(value >> 8)];

    private static byte[] Four(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Eight(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}
