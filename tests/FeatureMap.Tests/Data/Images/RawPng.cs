using System.Buffers.Binary;
using System.IO.Compression;
using FeatureMap.Data;

namespace FeatureMap.Tests.Data;

/// <summary>PNG files of every depth, colour type and filter, interlaced or not, from their samples.</summary>
internal static class RawPng
{
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="depth">Bits of a sample.</param>
    /// <param name="colour">Colour type of the format: 0, 2, 3, 4 or 6.</param>
    /// <param name="samples">Row by row, the samples of a pixel behind each other.</param>
    /// <param name="palette">Red, green, blue of each entry.</param>
    /// <param name="isInterlaced">Whether the rows come in seven passes.</param>
    /// <param name="filter">The filter of all rows, or 5 for all in turn.</param>
    /// <param name="orientation">How the picture must be turned, as Exif says; 0 where it says nothing.</param>
    public static byte[] Write(int width, int height, int depth, int colour, int[] samples, byte[]? palette = null, bool isInterlaced = false, int filter = 0, int orientation = 0)
    {
        var channels = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        using var packed = new MemoryStream();
        using (var rows = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var passes = isInterlaced ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)] : new[] { (0, 0, 1, 1) };
            foreach (var (left, top, stepX, stepY) in passes)
            {
                var columns = (width - left + stepX - 1) / stepX;
                if (columns <= 0) continue;
                var length = ((columns * channels * depth) + 7) / 8;
                var above = new byte[length];
                for (int y = top, number = 0; y < height; y += stepY, number++)
                {
                    var row = new byte[length];
                    for (var i = 0; i < columns * channels; i++)
                    {
                        var value = samples[(((y * width) + left + (i / channels * stepX)) * channels) + (i % channels)];
                        if (depth == 16) BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(2 * i), (ushort)value);
                        else row[i * depth / 8] |= (byte)(value << (8 - depth - (i * depth % 8)));
                    }
                    var kind = filter == 5 ? number % 5 : filter;
                    rows.WriteByte((byte)kind);
                    rows.Write(Filtered(row, above, Math.Max(1, channels * depth / 8), kind));
                    above = row;
                }
            }
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colour, (byte)(isInterlaced ? 1 : 0));
        return [0x89, .. "PNG\r\n\u001A\n"u8, .. Chunk("IHDR"u8, header), .. palette is null ? [] : Chunk("PLTE"u8, palette), .. orientation == 0 ? [] : Chunk("eXIf"u8, Exif(orientation)), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    // One directory with one entry: tag 0x0112, type 3 (16 bits), one value.
    private static byte[] Exif(int orientation) => [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] Filtered(byte[] row, byte[] above, int pixel, int kind)
    {
        var result = new byte[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            int a = i >= pixel ? row[i - pixel] : 0, b = above[i], c = i >= pixel ? above[i - pixel] : 0, p = a + b - c;
            var nearest = new[] { a, b, c }.MinBy(one => Math.Abs(p - one)); // the first of equals, as the format says
            result[i] = (byte)(row[i] - (kind switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 }));
        }
        return result;
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. type, .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(^4..), Crc32.Of(chunk.AsSpan(4..^4)));
        return chunk;
    }
}
