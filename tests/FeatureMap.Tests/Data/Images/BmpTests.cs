using System.Buffers.Binary;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class BmpTests
{
    private static readonly int[] Red = [255, 0, 0], Green = [0, 255, 0], Blue = [0, 0, 255], White = [255, 255, 255];

    // Row 0 red green blue white, row 1 the reverse.
    private static readonly int[][] Usual = [Red, Green, Blue, White, White, Blue, Green, Red];

    [Fact]
    public void The_files_of_the_fault_are_read()
    {
        foreach (var name in (string[])["24", "24_gap2", "24_gap16", "32_gap4", "32_junk_alpha"])
            Assert.Equal(Usual, Pixels(JpegTests.Fault($"bmp-headers/{name}.bmp")));
        Assert.Equal([[0, 255, 0], [1, 254, 0], [254, 1, 127], [255, 0, 127]], Pixels(JpegTests.Fault("bmp-headers/8_os2.bmp"))[..4]);
        Assert.Equal([[0, 0, 0], White, [0, 0, 0], White], Pixels(JpegTests.Fault("bmp-headers/1_os2.bmp"))[..4]);
    }

    [Fact]
    public void Gaps_and_tables_of_colours_before_the_pixels_are_passed_over()
    {
        foreach (var gap in (int[])[0, 1, 2, 16, 64])
        {
            foreach (var size in (int[])[12, 16, 40, 52, 56, 64, 108, 124])
            {
                Assert.Equal(Usual, Pixels(Bmp(size, 24, Colours24(), gap)));
                if (size >= 40) Assert.Equal(Usual, Pixels(Bmp(size, 32, Colours32(0x12), gap))); // the fourth byte is reserved, whatever it is
                if (size >= 40) Assert.Equal(Usual, Pixels(Bmp(size, 24, Colours24(), gap, used: 3, palette: new byte[12])));
            }
        }
    }

    [Fact]
    public void Colours_of_a_table_are_found_in_old_and_new_headers()
    {
        foreach (var size in (int[])[12, 16, 40, 56, 64, 124])
        {
            var entry = size == 12 ? 3 : 4;
            byte[] four = Table(16, entry);
            Assert.Equal([[0, 255, 0], [17, 238, 1], [238, 17, 14], [255, 0, 15]], Pixels(Bmp(size, 4, [[0x01, 0xEF, 0, 0], [0, 0, 0, 0]], palette: four))[..4]);
            Assert.Equal([[0, 255, 0], [255, 0, 1], [0, 255, 0], [255, 0, 1]], Pixels(Bmp(size, 1, [[0b0101_0000, 0, 0, 0], [0, 0, 0, 0]], palette: Table(2, entry)))[..4]);
            Assert.Equal([[0, 255, 0], [1, 254, 1], [254, 1, 254], [255, 0, 255]], Pixels(Bmp(size, 8, [[0, 1, 254, 255], [0, 0, 0, 0]], palette: Table(256, entry)))[..4]);
            // Fewer colours than the bits could tell apart.
            var few = Bmp(size, 8, [[0, 1, 2, 2], [0, 0, 0, 0]], palette: Table(3, entry), used: size >= 40 ? 3 : 0);
            Assert.Equal([[0, 255, 0], [127, 128, 1], [255, 0, 2], [255, 0, 2]], Pixels(few)[..4]);
            Assert.Equal("f: the image is damaged or cut: the BMP has a table of 3 colours and a pixel of colour 7. Copy or "
                + "save it again.", Error(Bmp(size, 8, [[7, 1, 2, 2], [0, 0, 0, 0]], palette: Table(3, entry), used: size >= 40 ? 3 : 0)));
        }
    }

    [Fact]
    public void Masks_say_where_a_colour_stands()
    {
        foreach (var size in (int[])[40, 52, 56, 108, 124])
        {
            Assert.Equal(Usual, Pixels(Bmp(size, 16, Colours(2, 0xF800, 0x07E0, 0x001F, 0xFFFF), masks: [0xF800, 0x07E0, 0x001F])));
            Assert.Equal(Usual, Pixels(Bmp(size, 16, Colours(2, 0x7C00, 0x03E0, 0x001F, 0x7FFF), masks: [0x7C00, 0x03E0, 0x001F])));
            Assert.Equal(Usual, Pixels(Bmp(size, 16, Colours(2, 0x7C00, 0x03E0, 0x001F, 0x7FFF))));
            Assert.Equal(Usual, Pixels(Bmp(size, 32, Colours(4, 0xFF000000, 0xFF0000, 0xFF00, 0xFFFFFF00), masks: [0xFF000000, 0xFF0000, 0xFF00])));
            Assert.Equal(Usual, Pixels(Bmp(size, 32, Colours(4, 0x3FF00000, 0xFFC00, 0x3FF, 0x3FFFFFFF), masks: [0x3FF00000, 0xFFC00, 0x3FF]))); // ten bits each
        }
        // Opacity: half of red over white; where it is nowhere given, all is opaque.
        uint[] masks = [0xFF0000, 0xFF00, 0xFF, 0xFF000000];
        Assert.Equal([255, 127, 127], Pixels(Bmp(124, 32, Colours(4, 0x80FF0000, 0xFF00FF00, 0xFF0000FF, 0xFFFFFFFF), masks: masks))[0]);
        Assert.Equal(Usual, Pixels(Bmp(124, 32, Colours(4, 0xFF0000, 0xFF00, 0xFF, 0xFFFFFF), masks: masks)));
        Assert.Equal([255, 127, 127], Pixels(Bmp(40, 32, Colours(4, 0x80FF0000, 0xFF00FF00, 0xFF0000FF, 0xFFFFFFFF), masks: masks, compression: 6))[0]);
        // Five bits are repeated until they are eight: 10000 -> 10000100.
        Assert.Equal([0x84, 0, 0], Pixels(Bmp(40, 16, Colours(2, 0x4000, 0, 0, 0)))[0]);
        Assert.Equal("f: the image is damaged or cut: the masks of the BMP 0000F801, 000007E0, 0000001F and 00000000 are not each one run "
            + "of bits of a pixel of 16 bits. Copy or save it again.",
            Error(Bmp(40, 16, Colours(2, 0, 0, 0, 0), masks: [0xF801, 0x07E0, 0x001F])));
        Assert.StartsWith("f: the image is damaged or cut: the masks of the "
            + "BMP 0000FF00", Error(Bmp(40, 16, Colours(2, 0, 0, 0, 0), masks: [0xFF00, 0x0FF0, 0xF])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, 1u, 40, "8 bits per pixel and compression 1 (RLE8)")]
    [InlineData(4, 2u, 40, "4 bits per pixel and compression 2 (RLE4)")]
    [InlineData(24, 4u, 40, "24 bits per pixel and compression 4 (JPEG)")]
    [InlineData(24, 5u, 40, "24 bits per pixel and compression 5 (PNG)")]
    [InlineData(1, 3u, 64, "1 bits per pixel and compression 3 (Huffman 1D)")]
    [InlineData(24, 4u, 64, "24 bits per pixel and compression 4 (RLE24)")]
    [InlineData(2, 0u, 40, "2 bits per pixel and compression 0")]
    public void Compressed_ones_are_refused_by_name(int bits, uint compression, int size, string name) =>
        Assert.Equal($"f: BMP files with {name} are not read: expected 1, 4, 8, 16, 24 or 32 bits and no compression. "
            + "Save it as PNG.", Error(Bmp(size, bits, Colours32(0), compression: compression)));

    private static int[][] Pixels(byte[] file)
    {
        var pixels = ImageFile.Decode(file, "f", new(3, 2, 4), resize: false);
        return [.. Enumerable.Range(0, 8).Select(i => new int[] { pixels[i], pixels[8 + i], pixels[16 + i] })];
    }

    private static string Error(byte[] file) => Assert.Throws<DataException>(() => ImageFile.Decode(file, "f", new(3, 2, 4), resize: false)).Message;

    // Colour k of n: red 255 k / (n - 1), green 255 - red, blue k.
    private static byte[] Table(int count, int entry) =>
        [.. Enumerable.Range(0, count).SelectMany(k => new byte[] { (byte)k, (byte)(255 - (255 * k / (count - 1))), (byte)(255 * k / (count - 1)), 0 }[..entry])];

    private static byte[][] Colours24() => [.. new[] { Usual[..4], Usual[4..] }.Select(row => (byte[])[.. row.SelectMany(c => new byte[] { (byte)c[2], (byte)c[1], (byte)c[0] })])];

    private static byte[][] Colours32(byte fourth) => [.. new[] { Usual[..4], Usual[4..] }.Select(row => (byte[])[.. row.SelectMany(c => new byte[] { (byte)c[2], (byte)c[1], (byte)c[0], fourth })])];

    // Row 0 of the four pixels, row 1 the reverse.
    private static byte[][] Colours(int bytes, params uint[] pixels)
    {
        byte[] Row(IEnumerable<uint> row) => [.. row.SelectMany(pixel => Enumerable.Range(0, bytes).Select(i => (byte)(pixel >> (8 * i))))];
        return [Row(pixels), Row(pixels.Reverse())];
    }

    /// <summary>A picture of 4x2 with a header of any size; rows from the top, filled up to 4 bytes.</summary>
    private static byte[] Bmp(int size, int bits, byte[][] rows, int gap = 0, byte[]? palette = null, uint[]? masks = null, int used = 0, uint? compression = null)
    {
        var behind = masks is not null && size == 40 ? masks : [];
        var header = new byte[14 + size + (4 * behind.Length)];
        "BM"u8.CopyTo(header);
        void Put(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(at), value);
        void PutShort(int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(at), (ushort)value);
        Put(14, (uint)size);
        if (size == 12)
        {
            PutShort(18, 4);
            PutShort(20, 2);
            PutShort(22, 1);
            PutShort(24, bits);
        }
        else
        {
            Put(18, 4);
            Put(22, 2);
            PutShort(26, 1);
            PutShort(28, bits);
        }
        if (size >= 40)
        {
            Put(30, compression ?? (masks is null ? 0u : 3u));
            Put(46, (uint)used);
        }
        // In the larger headers the masks stand where they stand behind the one of 40 bytes; one of 52 has no place for the fourth.
        for (var i = 0; i < (masks?.Length ?? 0); i++)
            Put(54 + (4 * i), masks![i]);
        byte[] colours = palette ?? [];
        Put(10, (uint)(header.Length + colours.Length + gap));
        return [.. header, .. colours, .. Enumerable.Repeat((byte)0xAB, gap), .. rows[1], .. rows[0]];
    }
}
