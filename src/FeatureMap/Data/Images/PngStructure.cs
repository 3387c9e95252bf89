using System.Buffers.Binary;
using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>
/// Checks a PNG file before the decoder sees it: chunks and their checksums, the header, and that the compressed data unpack to exactly the
/// bytes that the header asks for, so that neither a damaged file nor one that unpacks without end gets through.
/// Source: Portable Network Graphics (PNG) Specification, ISO/IEC 15948.
/// </summary>
internal static class PngStructure
{
    /// <summary>The seven smaller pictures of an interlaced file: first column and row of each, and the steps to the next.</summary>
    public static readonly (int X, int Y, int StepX, int StepY)[] Adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static ImageHeader Parse(ReadOnlySpan<byte> content, string place)
    {
        var position = 8;
        ReadOnlySpan<byte> header = default;
        bool palette = false, ended = false;
        using var packed = new MemoryStream();
        while (!ended)
        {
            // Chunk: length of the data (4), type (4), data, checksum of type and data (4).
            if (content.Length - position < 12) throw ImageHeader.Broken(place, "the PNG ends before its end chunk IEND");
            var length = BinaryPrimitives.ReadUInt32BigEndian(content[position..]);
            if (length > (uint)(content.Length - position - 12))
                throw ImageHeader.Broken(place, $"the PNG chunk at byte {position} announces {length:N0} bytes, and {content.Length - position - 12:N0} are left");
            var typed = content.Slice(position + 4, (int)length + 4);
            if (Crc32.Of(typed) != BinaryPrimitives.ReadUInt32BigEndian(content[(position + 8 + (int)length)..]))
                throw ImageHeader.Broken(place, $"the checksum of the PNG chunk at byte {position} is wrong");
            var data = typed[4..];
            if (header.IsEmpty)
            {
                if (!typed.StartsWith("IHDR"u8) || length != 13) throw ImageHeader.Broken(place, "a PNG starts with the chunk IHDR of 13 bytes");
                header = data;
                _ = Describe(header, place);
            }
            else if (typed.StartsWith("PLTE"u8)) palette = true;
            else if (typed.StartsWith("IDAT"u8)) packed.Write(data);
            else if (typed.StartsWith("IEND"u8)) ended = true;
            position += 12 + (int)length;
        }
        if (header[9] == 3 && !palette) throw ImageHeader.Broken(place, "the PNG uses a palette and has none (chunk PLTE)");
        packed.Position = 0;
        CheckUnpacked(packed, header, place);
        return Describe(header, place);
    }

    // IHDR: width (4), height (4), bit depth, colour type, compression, filter, interlace.
    private static ImageHeader Describe(ReadOnlySpan<byte> header, string place)
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
            throw ImageHeader.Broken(place, $"the PNG header names colour type {colour} with {depth} bits, compression {header[10]}, filter {header[11]}, "
                + $"interlace {header[12]}, which the format does not know");
        }
        return ImageHeader.Checked(
            ImageFormat.Png, BinaryPrimitives.ReadUInt32BigEndian(header), BinaryPrimitives.ReadUInt32BigEndian(header[4..]), colour is 0 or 4 ? 1 : 3, place);
    }

    private static void CheckUnpacked(MemoryStream packed, ReadOnlySpan<byte> header, string place)
    {
        var expected = UnpackedLength(header);
        var buffer = new byte[1 << 16];
        long unpacked = 0;
        try
        {
            using var stream = new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true);
            while (unpacked <= expected && stream.Read(buffer) is > 0 and var read) unpacked += read;
        }
        catch (InvalidDataException error)
        {
            throw ImageHeader.Broken(place, "the compressed pixels of the PNG cannot be unpacked", error);
        }
        if (unpacked != expected)
        {
            throw ImageHeader.Broken(
                place, $"the pixels of the PNG should unpack to {expected:N0} bytes: received {(unpacked > expected ? "more" : $"{unpacked:N0}")}");
        }
    }

    // A row is one filter byte and its packed pixels. An interlaced file holds seven smaller pictures (Adam7), of which empty ones have no rows.
    private static long UnpackedLength(ReadOnlySpan<byte> header)
    {
        long width = BinaryPrimitives.ReadUInt32BigEndian(header), height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        var bits = header[8] * (header[9] switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 });
        if (header[12] == 0) return height * (1 + (((width * bits) + 7) / 8));
        long total = 0;
        foreach (var (x, y, stepX, stepY) in Adam7)
        {
            long columns = (width - x + stepX - 1) / stepX, rows = (height - y + stepY - 1) / stepY;
            if (columns > 0 && rows > 0) total += rows * (1 + (((columns * bits) + 7) / 8));
        }
        return total;
    }
}
