using System.Globalization;

namespace FeatureMap.Data;

/// <summary>
/// Walks through a tar archive from entry to entry. An entry is a header of 512 bytes and its content, filled up to a multiple of 512; a block of
/// zeros ends the archive. Long names come as an entry of their own before the file: GNU writes type 'L', pax (POSIX.1-2001) type 'x' with lines
/// "length key=value". Names are UTF-8, or Latin-1 where they are not that. System.Formats.Tar would put the same replacement character
/// in the place of every byte that is not UTF-8, and so make
/// one name of two. Only plain files and folders are read; links, devices and sparse files are refused. Sizes are checked against what the
/// archive can hold before memory is asked for.
/// </summary>
/// <param name="stream">The archive, unpacked from gzip where it was in one.</param>
/// <param name="archive">Its name in messages.</param>
/// <param name="most">Bytes that the stream can have at most.</param>
/// <param name="isZipped">Whether the end of the stream is checked as well, where gzip has its checksum.</param>
internal sealed class TarWalker(Stream stream, string archive, long most, bool isZipped)
{
    /// <summary>Bytes of a header; contents are filled up to a multiple of it.</summary>
    public const int Block = 512;

    private const int LongestName = 4096, LongestExtension = 1 << 20, LongestEnd = 1 << 20;
    private readonly byte[] header = new byte[Block], passedOver = isZipped ? new byte[1 << 16] : [];
    private long position, next; // of the stream; of the next header

    /// <summary>Path of the entry, checked.</summary>
    public string Path { get; private set; } = "";

    /// <summary>Bytes of the entry's content.</summary>
    public long Length { get; private set; }

    /// <summary>Whether it is a folder, which has no content.</summary>
    public bool IsFolder { get; private set; }

    /// <summary>Whether its name is not UTF-8 and was read as Latin-1.</summary>
    public bool IsLatin1 { get; private set; }

    /// <summary>Whether a block can be the header of an entry: its checksum is right, and it is not all zeros.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        if (block.Length < Block || !TryOctal(block.Slice(148, 8), out var stated)) return false;
        // The sum of all bytes, those of the checksum itself counted as blanks.
        var sum = 8L * ' ';
        for (var index = 0; index < Block; index++)
            if (index is < 148 or >= 156)
                sum += block[index];
        return sum == stated;
    }

    /// <summary>Goes to the next file or folder; false at the end of the archive.</summary>
    /// <exception cref="DataException">The archive is cut or damaged, or holds what is not read.</exception>
    public bool Next()
    {
        IsLatin1 = false;
        string? longName = null;
        long? longSize = null;
        while (true)
        {
            Skip(next - position);
            if (Read(header) < Block) throw Broken("it ends without its end mark");
            if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                CheckEnd();
                return false;
            }
            if (!IsHeader(header)) throw Broken($"the header at byte {position - Block:N0} has a wrong checksum");
            var size = Size(header.AsSpan(124, 12));
            var type = (char)header[156];
            if (type is 'L' or 'x')
            {
                var extension = ReadExtension(size, type == 'L' ? LongestName + 1 : LongestExtension);
                if (type == 'L') longName = Text(extension);
                else ReadPax(extension, ref longName, ref longSize);
                continue;
            }
            Length = longSize ?? size;
            SetNext(Length);
            if (type is 'g' or 'K' or 'V') // facts for all that follows, the target of a link, the name of the volume: not needed
            {
                (longName, longSize) = (null, null);
                continue;
            }
            var name = longName ?? ShortName();
            if (type is not ('0' or '\0' or '7' or '5')) throw EntryPath.Refused(name, archive, Kind(type));
            Path = EntryPath.Checked(name, archive);
            IsFolder = type == '5' || (type == '\0' && name.EndsWith('/'));
            if (Path.Length == 0 && !IsFolder) throw EntryPath.Refused(name, archive, "is a file without a name");
            return true;
        }
    }

    /// <summary>Reads the content of the entry; to be called once, before <see cref="Next"/>.</summary>
    public byte[] ReadContent()
    {
        byte[] content;
        int read;
        try
        {
            content = BoundedContent.Read(stream, checked((int)Length), isZipped ? 1 << 20 : Length, out read);
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error);
        }
        position += read;
        return read == Length ? content : throw Broken($"the file '{EntryPath.Shown(Path)}' should have {Length:N0} bytes, and {read:N0} are there");
    }

    // Numbers are octal digits, ended by a blank or a zero byte. A size that does not fit is written as a binary number behind the bit 0x80.
    private static bool TryOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        var text = field.Trim((byte)' ').TrimEnd((byte)0).Trim((byte)' ');
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'7') return false;
            value = (value << 3) | (uint)(digit - '0');
        }
        return text.Length > 0;
    }

    private string Text(ReadOnlySpan<byte> field)
    {
        if (field.IndexOf((byte)0) is >= 0 and var end) field = field[..end];
        IsLatin1 |= !EntryName.IsUtf8(field);
        return EntryName.Utf8OrLatin1(field);
    }

    private static string Kind(char type) => type switch
    {
        '1' => "is a hard link",
        '2' => "is a symbolic link",
        '3' or '4' or '6' => "is a device or a pipe",
        'S' => "is a sparse file",
        _ => $"is of the kind '{(char.IsAsciiLetterOrDigit(type) ? type : '?')}', which is neither a file nor a folder",
    };

    private string ShortName()
    {
        var name = Text(header.AsSpan(0, 100));
        var isUstar = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8); // with GNU's "ustar " the place of the prefix is used otherwise
        var prefix = isUstar ? Text(header.AsSpan(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private long Size(ReadOnlySpan<byte> field)
    {
        if (field[0] == 0x80)
        {
            UInt128 value = 0;
            foreach (var part in field[1..])
                value = (value << 8) | part;
            if (value <= long.MaxValue) return (long)value;
        }
        return TryOctal(field, out var size) ? size : throw Broken($"the size in the header at byte {position - Block:N0} is not a number");
    }

    // Where the entry after this one begins.
    private void SetNext(long size)
    {
        if (size < 0 || size > most - position)
        {
            throw Broken($"the header at byte {position - Block:N0} announces {size:N0} bytes, and the archive can have {Math.Max(0, most - position):N0} more"
                + (isZipped ? " at most" : ""));
        }
        next = position + ((size + Block - 1) / Block * Block);
    }

    private byte[] ReadExtension(long size, int longest)
    {
        SetNext(size);
        if (size > longest) throw Broken($"the header at byte {position - Block:N0} announces a name or facts of {size:N0} bytes: at most {longest:N0} are read");
        var extension = new byte[size];
        return Read(extension) == size ? extension : throw Broken("it is cut inside a name");
    }

    // Records "length key=value\n", where the length in decimal digits counts the whole record.
    private void ReadPax(ReadOnlySpan<byte> records, ref string? name, ref long? size)
    {
        while (records.Length > 0)
        {
            var blank = records.IndexOf((byte)' ');
            if (blank < 1 || !int.TryParse(records[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= blank + 2
                || length > records.Length || records[length - 1] != '\n')
            {
                throw Broken("a pax record, which should read 'length key=value', does not");
            }
            var record = records[(blank + 1)..(length - 1)];
            records = records[length..];
            if (record.StartsWith("path="u8)) name = Text(record[5..]);
            if (record.StartsWith("GNU.sparse."u8)) throw EntryPath.Refused(name ?? "", archive, Kind('S'));
            if (!record.StartsWith("size="u8)) continue;
            if (!long.TryParse(record[5..], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw Broken("the size in a pax record is not a number");
            size = number;
        }
    }

    // Behind the first block of zeros tar writes more of them, 10,240 bytes at most; reading to the end lets gzip check its sum.
    private void CheckEnd()
    {
        if (!isZipped) return;
        var end = position;
        while (Read(header) > 0)
            if (position - end > LongestEnd)
                throw Broken($"more than {LongestEnd:N0} bytes follow its end mark");
    }

    private void Skip(long count)
    {
        if (!isZipped)
        {
            position = stream.Seek(count, SeekOrigin.Current);
            return;
        }
        while (count > 0)
        {
            var read = Read(passedOver.AsSpan(0, (int)Math.Min(passedOver.Length, count)));
            if (read == 0) throw Broken($"the file '{EntryPath.Shown(Path)}' should have {Length:N0} bytes and is cut");
            count -= read;
        }
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            position += read;
            return read;
        }
        catch (InvalidDataException error)
        {
            throw Damaged(error);
        }
    }

    private DataException Damaged(InvalidDataException error) => Broken("its gzip compression is damaged or cut", error);

    private DataException Broken(string what, Exception? cause = null) =>
        new($"{archive}: the tar archive is damaged or cut: {what}. Copy or download it again.", cause);
}
