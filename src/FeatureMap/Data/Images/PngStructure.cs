using System.Buffers.Binary;
using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>
/// The chunks of a PNG file, checked: their checksums, the header, the palette, and that the compressed pixels can unpack to the bytes that
/// the header asks for. Source: Portable Network Graphics (PNG) Specification, ISO/IEC 15948.
/// </summary>
internal sealed class PngStructure
{
    // A byte of a deflate stream stands for 1032 bytes at most (RFC 1951: two bits for 258 equal ones).
    private const long MostUnpackedPerByte = 1032;

    private PngStructure(ReadOnlySpan<byte> content, string place, bool keep)
    {
        var position = 8;
        ReadOnlySpan<byte> header = default;
        var ended = false;
        long packedLength = 0;
        var orientation = Orientation.Upright;
        while (!ended)
        {
            // Chunk: length of the data (4), type (4), data, checksum of type and data (4).
            if (content.Length - position < 12) throw ImageHeader.Broken(place, "the PNG ends before its end chunk IEND");
            var length = BinaryPrimitives.ReadUInt32BigEndian(content[position..]);
            if (length > (uint)(content.Length - position - 12))
                throw ImageHeader.Broken(place, $"the PNG chunk at byte {position} announces {length:N0} bytes, and "
                    + $"{content.Length - position - 12:N0} are left");
            var typed = content.Slice(position + 4, (int)length + 4);
            // Whoever keeps the pixels has read the header before.
            if (!keep && Crc32.Of(typed) != BinaryPrimitives.ReadUInt32BigEndian(content[(position + 8 + (int)length)..]))
                throw ImageHeader.Broken(place, $"the checksum of the PNG chunk at byte {position} is wrong");
            var data = typed[4..];
            if (header.IsEmpty)
            {
                if (typed.StartsWith("CgBI"u8))
                    throw new DataException($"{place}: this is a PNG of Apple's own kind (chunk CgBI, made for telephones), which is not "
                        + "read. Save it as an ordinary PNG.");
                if (!typed.StartsWith("IHDR"u8) || length != 13)
                    throw ImageHeader.Broken(place, "a PNG starts with the chunk IHDR of 13 bytes");
                header = data;
                _ = Describe(header, place, orientation);
            }
            else if (typed.StartsWith("PLTE"u8)) Palette = data.ToArray();
            else if (typed.StartsWith("tRNS"u8)) Transparency = data.ToArray();
            else if (typed.StartsWith("eXIf"u8)) orientation = Exif.Read(data) ?? orientation;
            else if (typed.StartsWith("IDAT"u8))
            {
                packedLength += length;
                if (keep) Packed.Write(data);
            }
            else if (typed.StartsWith("IEND"u8)) ended = true;
            position += 12 + (int)length;
        }
        (Depth, Colour, IsInterlaced) = (header[8], header[9], header[12] == 1);
        if (Colour == 3 && Palette is null) throw ImageHeader.Broken(place, "the PNG uses a palette and has none (chunk PLTE)");
        Header = Describe(header, place, orientation);
        UnpackedLength = Passes().Sum(pass => (long)pass.Rows * (1 + RowBytes(pass.Columns)));
        if (UnpackedLength > MostUnpackedPerByte * packedLength)
            throw ImageHeader.Broken(place, $"the pixels of the PNG should unpack to {UnpackedLength:N0} bytes, and {packedLength:N0} "
                + "packed bytes hold at most 1,032 per byte");
        Packed.Position = 0;
    }

    public ImageHeader Header { get; }

    /// <summary>Bits of a sample.</summary>
    public int Depth { get; }

    /// <summary>0 gray, 2 red, green and blue, 3 palette, 4 gray and alpha, 6 colours and alpha.</summary>
    public int Colour { get; }

    public bool IsInterlaced { get; }

    /// <summary>Red, green and blue of each colour.</summary>
    public byte[]? Palette { get; }

    /// <summary>The alpha of colours of the palette, or the one sample or colour (16 bits each) that is transparent.</summary>
    public byte[]? Transparency { get; }

    /// <summary>Bits of a pixel.</summary>
    public int PixelBits => Depth * (Colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 });

    /// <summary>Length of the pixels with a filter byte for each row.</summary>
    public long UnpackedLength { get; }

    private MemoryStream Packed { get; } = new();

    /// <summary>Reads the header and checks all chunks.</summary>
    public static ImageHeader Parse(ReadOnlySpan<byte> content, string place) => new PngStructure(content, place, keep: false).Header;

    /// <summary>Everything that decoding needs, of a file whose header was read before.</summary>
    public static PngStructure Read(ReadOnlySpan<byte> content, string place) => new(content, place, keep: true);

    /// <summary>The unpacked pixels.</summary>
    public Stream Unpack() => new ZLibStream(Packed, CompressionMode.Decompress, leaveOpen: true);

    /// <summary>Bytes of so many pixels.</summary>
    public int RowBytes(int columns) => (int)((((long)columns * PixelBits) + 7) / 8);

    /// <summary>The picture, or the seven smaller ones of an interlaced file (Adam7), of which empty ones have no rows.</summary>
    public IEnumerable<PngPass> Passes()
    {
        int width = Header.StoredWidth, height = Header.StoredHeight;
        if (!IsInterlaced) return [new(0, 0, 1, 1, width, height)];
        (int X, int Y, int StepX, int StepY)[] grid =
            [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        static int Count(int side, int start, int step) => (side - start + step - 1) / step;
        return grid.Select(g => new PngPass(g.X, g.Y, g.StepX, g.StepY, Count(width, g.X, g.StepX), Count(height, g.Y, g.StepY)))
            .Where(pass => pass.Columns > 0 && pass.Rows > 0);
    }

    // IHDR: width (4), height (4), bit depth, colour type, compression, filter, interlace.
    private static ImageHeader Describe(ReadOnlySpan<byte> header, string place, Orientation orientation)
    {
        int depth = header[8], colour = header[9];
        var valid = colour switch
        {
            0 => depth is 1 or 2 or 4 or 8 or 16,
            3 => depth is 1 or 2 or 4 or 8,
            2 or 4 or 6 => depth is 8 or 16,
            _ => false,
        };
        if (!valid || header[10] != 0 || header[11] != 0 || header[12] > 1)
        {
            throw ImageHeader.Broken(place, $"the PNG header names colour type {colour} with {depth} bits, compression {header[10]}, "
                + $"filter {header[11]}, "
                + $"interlace {header[12]}, which the format does not know");
        }
        uint width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        return ImageHeader.Checked(ImageFormat.Png, width, height, colour is 0 or 4 ? 1 : 3, place, orientation);
    }
}

/// <summary>One of the pictures of a PNG: the pixels (X + i StepX, Y + j StepY) of the whole.</summary>
internal readonly record struct PngPass(int X, int Y, int StepX, int StepY, int Columns, int Rows);
