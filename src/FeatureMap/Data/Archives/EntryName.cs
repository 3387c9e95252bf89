using System.Buffers.Binary;
using System.Text;

namespace FeatureMap.Data;

/// <summary>Names of archive entries as bytes, and what characters they mean. Two different names never become one.</summary>
internal static class EntryName
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Lazy<Encoding> CodePage437 = new(() => CodePagesEncodingProvider.Instance.GetEncoding(437)!);

    /// <summary>Whether bytes are UTF-8; names of ASCII are.</summary>
    public static bool IsUtf8(ReadOnlySpan<byte> name) => System.Text.Unicode.Utf8.IsValid(name);

    /// <summary>A name in UTF-8 where it is that, otherwise in Latin-1, as tar writes the bytes of the system that packed it.</summary>
    public static string Utf8OrLatin1(ReadOnlySpan<byte> name) => IsUtf8(name) ? Utf8.GetString(name) : Encoding.Latin1.GetString(name);

    /// <summary>
    /// The names of a zip's entries. The flag of UTF-8 and the Unicode path of Info-ZIP (field 0x7075) are taken at their word. What has
    /// neither should be code page 437, and macOS and Linux write UTF-8 there:
    /// so it is UTF-8 where all such names of the archive are that, and otherwise code page 437 in all of them, which keeps them apart.
    /// </summary>
    /// <param name="names">What the directory says, entry by entry.</param>
    /// <param name="archive">Its name in messages.</param>
    /// <param name="note">A sentence where names were read as code page 437; otherwise null.</param>
    /// <exception cref="DataException">A name cannot be decoded.</exception>
    public static string[] OfZip(IReadOnlyList<ZipName> names, string archive, out string? note)
    {
        var isUtf8 = names.All(name => name.IsUtf8 || name.UnicodePath is not null || IsUtf8(name.Bytes));
        var texts = new string[names.Count];
        var (old, example) = (0, "");
        for (var entry = 0; entry < texts.Length; entry++)
        {
            var name = names[entry];
            if (name.UnicodePath is not null || name.IsUtf8 || isUtf8 || Ascii.IsValid(name.Bytes))
            {
                var bytes = name.UnicodePath ?? name.Bytes;
                texts[entry] = IsUtf8(bytes) ? Utf8.GetString(bytes)
                    : throw EntryPath.Refused(
                        Encoding.Latin1.GetString(bytes), archive,
                        "says that its name is UTF-8, and the bytes "
                            + $"{Convert.ToHexString(bytes.AsSpan(0, Math.Min(40, bytes.Length)))} are not");
                continue;
            }
            texts[entry] = CodePage437.Value.GetString(name.Bytes);
            // In code pages of East Asia the second byte of a letter can look like a backslash.
            if (name.Bytes.Contains((byte)'/') && name.Bytes.Contains((byte)'\\'))
                throw EntryPath.Refused(
                    texts[entry], archive, "has a name in an unknown code page: it is not UTF-8, and has both '/' and '\\' in it");
            if (old++ == 0) example = texts[entry];
        }
        note = old == 0 ? null
            : $"The names of {old:N0} entries of the zip archive are not UTF-8; they were read as code page 437, such as "
            + $"'{EntryPath.Shown(example)}'.";
        return texts;
    }
}

/// <summary>The name of a zip entry as its directory has it.</summary>
/// <param name="Bytes">The bytes of the name.</param>
/// <param name="IsUtf8">Whether the flag says that they are UTF-8 (bit 11).</param>
/// <param name="UnicodePath">The name in UTF-8 of the extra field 0x7075 where it belongs to this name; otherwise null.</param>
internal readonly record struct ZipName(byte[] Bytes, bool IsUtf8, byte[]? UnicodePath)
{
    private const int EndLength = 22, LongestComment = 65_535, LocatorLength = 20, EntryLength = 46;
    private const uint EndMark = 0x06054B50, LocatorMark = 0x07064B50, LongEndMark = 0x06064B50, EntryMark = 0x02014B50;

    /// <summary>
    /// Reads the names from the directory at the end of a zip, which .NET reads too but keeps to itself: the end record of 22 bytes has
    /// the place of the directory at byte 16, or 0xFFFFFFFF where the
    /// record of zip64 has it; an entry has 46 bytes, name, extra fields and comment. Source: PKWARE APPNOTE 6.3, 4.3.12 to 4.3.16 and
    /// 4.6.9.
    /// </summary>
    /// <param name="stream">The archive; its position does not matter and changes.</param>
    /// <param name="count">Number of entries that were found.</param>
    /// <exception cref="InvalidDataException">The directory is damaged.</exception>
    public static List<ZipName> Read(Stream stream, int count)
    {
        var tail = new byte[Math.Min(stream.Length, EndLength + LongestComment)];
        Fill(stream, stream.Length - tail.Length, tail);
        var end = tail.Length - EndLength;
        while (end >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end)) != EndMark) end--;
        if (end < 0) throw new InvalidDataException("the end of its directory is missing");
        long place = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        if (place == uint.MaxValue) place = LongPlace(stream, stream.Length - tail.Length + end);
        if (place < 0 || place > stream.Length) throw new InvalidDataException("the place of its directory is outside of the file");
        var names = new List<ZipName>();
        stream.Position = place;
        Span<byte> entry = stackalloc byte[EntryLength];
        while (names.Count < count)
        {
            stream.ReadExactly(entry);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) != EntryMark)
                throw new InvalidDataException($"entry {names.Count + 1:N0} of its directory does not begin as one");
            int extra = BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]);
            int comment = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
            byte[] name = new byte[BinaryPrimitives.ReadUInt16LittleEndian(entry[28..])], rest = new byte[extra + comment];
            stream.ReadExactly(name);
            stream.ReadExactly(rest);
            names.Add(new(name, (entry[9] & 0x08) != 0, UnicodePathOf(name, rest.AsSpan(0, extra))));
        }
        return names;
    }

    // Fields of (number, length, content); ours: version 1, CRC-32 of the name that it stands for, the name in UTF-8.
    private static byte[]? UnicodePathOf(byte[] name, ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int field = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4) return null;
            var content = extra.Slice(4, length);
            if (field == 0x7075 && length > 5 && content[0] == 1 && BinaryPrimitives.ReadUInt32LittleEndian(content[1..]) == Crc32.Of(name))
                return content[5..].ToArray();
            extra = extra[(4 + length)..];
        }
        return null;
    }

    // Before the end record stands a locator, with the place of the end record of zip64 at byte 8; that one has the place of the
    // directory at byte 48.
    private static long LongPlace(Stream stream, long end)
    {
        if (end < LocatorLength) return uint.MaxValue;
        var locator = new byte[LocatorLength];
        Fill(stream, end - LocatorLength, locator);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != LocatorMark) return uint.MaxValue;
        var at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (at < 0 || at > end - 56) throw new InvalidDataException("the place of its zip64 record is outside of the file");
        var record = new byte[56];
        Fill(stream, at, record);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != LongEndMark)
            throw new InvalidDataException("its zip64 record does not begin as one");
        return BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48));
    }

    private static void Fill(Stream stream, long position, Span<byte> bytes)
    {
        stream.Position = position;
        stream.ReadExactly(bytes);
    }
}
