using System.Buffers.Binary;
using System.IO.Compression;

namespace FeatureMap.Data;

/// <summary>
/// The samples of a PNG file as they are stored: the index into the palette, and gray or colour of 1 to 16 bits, not scaled to 8. That is what label maps need, where a pixel is a number and no brightness.
/// Source: Portable Network Graphics (PNG) Specification, ISO/IEC 15948, 7 to 9.
/// </summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Colour">What the samples of a pixel are: 0 gray, 2 red, green and blue, 3 an index into the palette, 4 gray and alpha, 6 red, green, blue and alpha.</param>
/// <param name="Values">Row by row, the samples of a pixel behind each other.</param>
internal sealed record PngSamples(int Width, int Height, int Depth, int Colour, ushort[] Values)
{
    /// <summary>Samples of a pixel.</summary>
    public int Channels { get; } = ChannelsOf(Colour);

    /// <exception cref="DataException">The file is damaged.</exception>
    public static PngSamples Read(ReadOnlySpan<byte> content, string place)
    {
        // It checks the chunks, and that the rows unpack to just the bytes that are read here.
        var header = PngStructure.Parse(content, place);
        using var packed = new MemoryStream();
        ReadOnlySpan<byte> facts = default;
        for (var position = 8; position < content.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(content[position..]);
            ReadOnlySpan<byte> type = content.Slice(position + 4, 4), data = content.Slice(position + 8, length);
            if (type.SequenceEqual("IHDR"u8)) facts = data;
            else if (type.SequenceEqual("IDAT"u8)) packed.Write(data);
            else if (type.SequenceEqual("IEND"u8)) break;
            position += 12 + length;
        }
        packed.Position = 0;
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        var samples = new PngSamples(header.Width, header.Height, facts[8], facts[9], new ushort[header.Width * header.Height * ChannelsOf(facts[9])]);
        if (facts[12] == 0) samples.ReadPass(rows, 0, 0, 1, 1, place);
        else
            foreach (var (x, y, stepX, stepY) in PngStructure.Adam7)
                samples.ReadPass(rows, x, y, stepX, stepY, place);
        return samples;
    }

    private static int ChannelsOf(int colour) => colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    // A smaller picture of the pixels from (left, top) on in steps; the whole one has steps of 1. Filters look at the row above in the same picture.
    private void ReadPass(Stream rows, int left, int top, int stepX, int stepY, string place)
    {
        int columns = (Width - left + stepX - 1) / stepX, bits = Depth * Channels;
        if (columns <= 0 || top >= Height) return;
        var length = (int)((((long)columns * bits) + 7) / 8);
        byte[] row = new byte[length + 1], above = new byte[length + 1];
        for (var y = top; y < Height; y += stepY)
        {
            rows.ReadExactly(row);
            Unfilter(row, above, Math.Max(1, bits / 8), place);
            for (var i = 0; i < columns * Channels; i++)
                Values[(((y * Width) + left + (i / Channels * stepX)) * Channels) + (i % Channels)] = Sample(row.AsSpan(1), i);
            (row, above) = (above, row);
        }
    }

    // Samples of less than a byte stand in it from the high bits on.
    private ushort Sample(ReadOnlySpan<byte> row, int index) => Depth switch
    {
        16 => BinaryPrimitives.ReadUInt16BigEndian(row[(2 * index)..]),
        8 => row[index],
        _ => (ushort)((row[index * Depth / 8] >> (8 - Depth - (index * Depth % 8))) & ((1 << Depth) - 1)),
    };

    // The first byte of a row names its filter: what was subtracted from each byte is the byte of the pixel before (1), above (2), their mean (3), or the one of them that Paeth's rule chooses (4).
    private static void Unfilter(Span<byte> row, ReadOnlySpan<byte> above, int pixel, string place)
    {
        for (var i = 1; i < row.Length; i++)
        {
            int before = i > pixel ? row[i - pixel] : 0, up = above[i], corner = i > pixel ? above[i - pixel] : 0;
            row[i] += (byte)(row[0] switch
            {
                0 => 0,
                1 => before,
                2 => up,
                3 => (before + up) / 2,
                4 => Paeth(before, up, corner),
                var filter => throw ImageHeader.Broken(place, $"the PNG names the filter {filter}, which the format does not know"),
            });
        }
    }

    private static int Paeth(int before, int up, int corner)
    {
        int guess = before + up - corner, a = Math.Abs(guess - before), b = Math.Abs(guess - up), c = Math.Abs(guess - corner);
        return a <= b && a <= c ? before : b <= c ? up : corner;
    }
}
