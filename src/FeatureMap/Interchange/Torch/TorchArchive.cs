using System.Buffers.Binary;
using System.Text;
using FeatureMap.Data;

namespace FeatureMap.Interchange;

/// <summary>
/// The parts of a zip archive as <c>torch.save</c> writes it since PyTorch 1.6: stored, not packed, so that no part is larger than the file
/// is. The directory at the end is read; what the head of a part says must agree. Source: PKWARE APPNOTE 6.3, sections 4.3 and 4.5.3.
/// </summary>
internal sealed class TorchArchive
{
    private const uint PartHead = 0x04034B50, DirectoryEntry = 0x02014B50, DirectoryEnd = 0x06054B50, LargeEnd = 0x06064B50,
        LargeLocator = 0x07064B50;

    private const int EndLength = 22, LocatorLength = 20, LargeEndLength = 56, EntryLength = 46, HeadLength = 30;
    private const int LongestDirectory = 64 << 20, LongestComment = ushort.MaxValue, LargeField = 1, Encrypted = 1;

    private readonly TorchContent content;
    private readonly long directory; // where it begins, and all parts end before
    private readonly Dictionary<string, Part> parts = new(StringComparer.Ordinal);

    /// <summary>Reads the directory.</summary>
    /// <exception cref="DataException">The archive is damaged, or packed.</exception>
    public TorchArchive(TorchContent content)
    {
        this.content = content;
        (directory, var length, var count) = End();
        if (length > LongestDirectory)
            throw content.Broken($"the directory of its zip archive has {length:N0} bytes; at most {LongestDirectory:N0} are read");
        var bytes = content.Read(directory, length);
        var at = 0;
        for (var number = 0L; number < count; number++)
            at += Read(bytes.AsSpan(at));
    }

    private readonly record struct Part(string Name, long Head, long Length, uint Checksum);

    public IEnumerable<string> Names => parts.Keys;

    /// <summary>How many bytes a part has; -1 where the archive does not have it.</summary>
    public long LengthOf(string name) => parts.TryGetValue(name, out var part) ? part.Length : -1;

    /// <summary>Where the bytes of a part begin.</summary>
    public long PlaceOf(string name)
    {
        var part = parts[name];
        Span<byte> head = stackalloc byte[HeadLength];
        content.Read(part.Head, head);
        var (nameLength, moreLength) = (Two(head[26..]), Two(head[28..]));
        var begin = part.Head + HeadLength + nameLength + moreLength;
        if (Four(head) != PartHead || begin > directory - part.Length
            || Encoding.UTF8.GetString(content.Read(part.Head + HeadLength, nameLength)) != name)
            throw content.Broken($"the directory of its zip archive has '{TorchContent.Shown(name)}' at byte {part.Head:N0}, and it is "
                + "not there");
        return begin;
    }

    /// <summary>The bytes of a part. A checksum of 0 is none: PyTorch can be told to leave them out.</summary>
    public byte[] Read(string name)
    {
        var part = parts[name];
        var bytes = content.Read(PlaceOf(name), part.Length);
        return part.Checksum == 0 || part.Checksum == Crc32.Of(bytes) ? bytes
            : throw content.Broken($"the checksum of '{TorchContent.Shown(name)}' does not agree with its bytes, so some of them have "
                + "changed");
    }

    /// <summary>The record that ends the archive, and says where the directory is.</summary>
    private (long Directory, long Length, long Count) End()
    {
        var tail = content.Read(Math.Max(0, content.Length - EndLength - LongestComment),
            Math.Min(content.Length, EndLength + LongestComment));
        var at = tail.Length - EndLength;
        while (at >= 0 && !(Four(tail.AsSpan(at)) == DirectoryEnd && at + EndLength + Two(tail.AsSpan(at + 20)) == tail.Length)) at--;
        if (at < 0)
            throw content.Broken("it begins as a zip archive, and the directory that ends one is missing: it is cut short or damaged");
        var end = tail.AsSpan(at);
        var place = content.Length - tail.Length + at;
        (long Directory, long Length, long Count) found = (Four(end[16..]), Four(end[12..]), Two(end[10..]));
        if (at >= LocatorLength && Four(tail.AsSpan(at - LocatorLength)) == LargeLocator)
        {
            var large = content.Read(Eight(tail.AsSpan(at - LocatorLength + 8)), LargeEndLength);
            if (Four(large) != LargeEnd) throw content.Broken("the directory of its zip archive is not where it should be");
            found = (Eight(large.AsSpan(48)), Eight(large.AsSpan(40)), Eight(large.AsSpan(32)));
        }
        return found.Directory < 0 || found.Length < 0 || found.Directory > place - found.Length || found.Count > found.Length / EntryLength
            ? throw content.Broken($"the directory of its zip archive is said to have {found.Count:N0} entries in {found.Length:N0} "
            + $"bytes from byte {found.Directory:N0} on, and ends at byte {place:N0}")
            : found;
    }

    /// <summary>Adds an entry of the directory; returns how long it is.</summary>
    private int Read(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < EntryLength || Four(rest) != DirectoryEntry) throw Damaged();
        var (nameLength, moreLength) = (Two(rest[28..]), Two(rest[30..]));
        var length = EntryLength + nameLength + moreLength + Two(rest[32..]);
        if (length > rest.Length) throw Damaged();
        var name = Encoding.UTF8.GetString(rest.Slice(EntryLength, nameLength));
        long packed = Four(rest[20..]), unpacked = Four(rest[24..]), head = Four(rest[42..]);
        var more = rest.Slice(EntryLength + nameLength, moreLength);
        while (more.Length >= 4)
        {
            var field = more[4..Math.Min(4 + Two(more[2..]), more.Length)];
            if (Two(more) == LargeField)
            {
                // Only what does not fit 32 bits stands there, in this order.
                Widen(ref unpacked, ref field);
                Widen(ref packed, ref field);
                Widen(ref head, ref field);
            }
            more = more[Math.Min(4 + Two(more[2..]), more.Length)..];
        }
        if (Two(rest[10..]) != 0 || packed != unpacked || (Two(rest[8..]) & Encrypted) != 0)
            throw new DataException($"{content.Source}: its part '{TorchContent.Shown(name)}' is packed or encrypted; torch.save stores "
                + "its parts as they are. Unpack the archive and pack it again with zip -0, or save it again.");
        if (unpacked < 0 || head < 0 || unpacked > content.Length || !parts.TryAdd(name, new Part(name, head, unpacked, Four(rest[16..]))))
            throw content.Broken($"the directory of its zip archive has '{TorchContent.Shown(name)}' twice, or with more bytes than the "
                + "file has");
        return length;
    }

    private static void Widen(ref long value, ref ReadOnlySpan<byte> field)
    {
        if (value != uint.MaxValue || field.Length < 8) return;
        value = Eight(field);
        field = field[8..];
    }

    private DataException Damaged() => content.Broken("the directory of its zip archive is damaged");

    private static int Two(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint Four(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long Eight(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
