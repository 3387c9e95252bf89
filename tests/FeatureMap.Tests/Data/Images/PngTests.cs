using FeatureMap.Data;
using StbImageSharp;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Our PNG decoder against another one (StbImageSharp), on pictures of noise of every kind.</summary>
public sealed class PngTests
{
    public static TheoryData<byte, byte> Kinds => new()
    {
        { 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 0, 16 }, { 2, 8 }, { 2, 16 }, { 3, 1 }, { 3, 2 }, { 3, 4 }, { 3, 8 }, { 4, 8 }, { 4, 16 }, { 6, 8 }, { 6, 16 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_what_another_decoder_reads(byte colour, byte depth)
    {
        var samples = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        foreach (var (width, height) in ((int, int)[])[(1, 1), (7, 5), (16, 9), (33, 3)])
        {
            foreach (var interlace in (byte[])[0, 1])
            {
                foreach (var isTransparent in colour is 4 or 6 ? (bool[])[false] : [false, true])
                {
                    var rows = Rows(width, height, samples * depth, interlace);
                    byte[]? palette = colour == 3 ? Idx.Noise(3 << depth, 5) : null;
                    byte[]? transparency = !isTransparent ? null : colour == 3 ? Idx.Noise(1 << (depth - 1), 6) : [.. Enumerable.Range(0, 2 * samples).Select(i => (byte)(i % 2 == 0 && depth < 16 ? 0 : 1))];
                    var png = SampleImages.Png(width, height, depth, colour, rows, interlace, palette, transparency);
                    var header = ImageHeader.Parse(png, "f");
                    var judge = ImageResult.FromMemory(png, ColorComponents.RedGreenBlueAlpha).Data;
                    var expected = Enumerable.Range(0, 3).SelectMany(channel => Enumerable.Range(0, width * height).Select(i => OverWhite(judge[(4 * i) + channel], judge[(4 * i) + 3])));
                    Assert.Equal(expected, ImageFile.Decode(png, header, "f", new(3, height, width), out _));
                }
            }
        }
    }

    [Fact]
    public void Sixteen_bits_that_are_hardly_used_are_said_or_refused()
    {
        var path = JpegTests.Fault("png-16-bit/g16_12bit.png");
        const string remark = "its samples of 16 bits end at 4,095 of 65,535, as those of a camera with 12 bits do, and only the high "
            + "byte of a sample is kept, so the picture becomes almost black. "
            + "Multiply the values by 16, or save them with 8 bits";
        var pixels = ImageFile.Decode(path, ImageHeader.Parse(path, "f"), "f", new(1, 2, 8), out var said);
        Assert.Equal((remark, 15), (said, pixels.Max()));
        Assert.Equal($"f: {remark}.", Assert.Throws<DataException>(() => ImageFile.Decode(path, "f", new(1, 2, 8), false)).Message);
        // The whole range, 8 bits written as 16, and black.
        Assert.Equal([0, 36, 73, 109, 146, 182, 219, 255], ImageFile.Decode(JpegTests.Fault("png-16-bit/g16.png"), "f", new(1, 2, 8), false)[..8].Select(value => (int)value));
        Assert.Null(Remark(0x0101, 0x0202, 0x0303));
        Assert.Null(Remark(0, 0, 0));
        Assert.Null(Remark(5, 300, 0x4000));
        // 8, 10 and 14 bits in 16, and one bright dot among many.
        Assert.StartsWith("its samples of 16 bits end at 210 of 65,535, as those of a camera "
            + "with 8 bits do", Remark(0, 30, 210), StringComparison.Ordinal);
        Assert.Contains("Multiply the values by 64", Remark(0, 513, 1023), StringComparison.Ordinal);
        Assert.Contains("Multiply the values by 4,", Remark(0, 513, 0x3FFF), StringComparison.Ordinal);
        Assert.StartsWith("99.5 % of its samples of 16 bits are below 4,096 "
            + "of 65,535, and", Remark([65535, .. Enumerable.Range(1, 199)]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_such_images_says_so_in_one_sentence()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a/1.png", "a/2.png", "b/1.png", "b/2.png"])
            folder.Write(Path.Combine("set", name), name == "a/1.png" ? JpegTests.Fault("png-16-bit/g16.png") : JpegTests.Fault("png-16-bit/g16_12bit.png"));
        var data = Datasets.Open(folder["set"], new DataOptions { KeepDecoded = false, Images = new() { ValidationFraction = 0.5 } });
        Assert.StartsWith($"3 of 4 images hardly use their 16 bits; the first is {folder["set/b/1.png"]}: its samples of 16 bits end at "
            + "4,095 of 65,535", data.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public void Odd_files_are_refused_by_name_or_read()
    {
        var png = SampleImages.Png(2, 1, 8, 0, [0, 7, 8]);
        void Says(string message, byte[] file) => Assert.Equal($"f: {message}", Assert.Throws<DataException>(() => ImageFile.Decode(file, "f", new(1, 1, 2), false)).Message);
        Says("this is a PNG of Apple's own kind (chunk CgBI, made for telephones), which is not read. Save it as an "
            + "ordinary PNG.", [.. png[..8], .. SampleImages.Chunk("CgBI"u8, [0, 0, 0, 0]), .. png[8..]]);
        // Animated: the ordinary picture is the first one; its further ones are chunks of their own.
        byte[] control = SampleImages.Chunk("acTL"u8, [0, 0, 0, 2, 0, 0, 0, 0]), gamma = SampleImages.Chunk("gAMA"u8, [0, 0, 0xB1, 0x8F]), next = SampleImages.Chunk("fdAT"u8, [0, 0, 0, 1, 9, 9]);
        Assert.Equal([7, 8], ImageFile.Decode([.. png[..33], .. control, .. gamma, .. png[33..^12], .. next, .. png[^12..]], "f", new(1, 1, 2), false));
        Says("the image is damaged or cut: the PNG has a palette of 2 colours and a pixel of colour 2. Copy or "
            + "save it again.", SampleImages.Png(2, 1, 8, 3, [0, 1, 2], palette: [1, 2, 3, 4, 5, 6]));
        Says("the image is damaged or cut: a row of the PNG has the filter 5: expected 0 to 4. Copy or "
            + "save it again.", SampleImages.Png(2, 1, 8, 0, [5, 1, 2]));
        Says("the image is damaged or cut: the transparent colour of the PNG has 1 bytes: expected 2. Copy or "
            + "save it again.", SampleImages.Png(2, 1, 8, 0, [0, 1, 2], transparency: [1]));
        Says("the image is damaged or cut: the pixels of the PNG should unpack to 100,010,000 bytes, and 11 packed bytes hold at most "
            + "1,032 per byte. Copy or save it again.", SampleImages.Png(10_000, 10_000, 8, 0, [0, 1, 2]));
    }

    private static string? Remark(params int[] samples)
    {
        byte[] rows = [0, .. samples.SelectMany(sample => new byte[] { (byte)(sample >> 8), (byte)sample })];
        var png = SampleImages.Png(samples.Length, 1, 16, 0, rows);
        ImageFile.Decode(png, ImageHeader.Parse(png, "f"), "f", new(1, 1, samples.Length), out var remark);
        return remark;
    }

    // Noise, with a valid filter before each row.
    private static byte[] Rows(int width, int height, int bits, byte interlace)
    {
        (int X, int Y, int StepX, int StepY)[] passes = interlace == 0 ? [(0, 0, 1, 1)] : [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        var rows = new List<byte>();
        foreach (var (x, y, stepX, stepY) in passes)
        {
            int columns = (width - x + stepX - 1) / stepX, count = (height - y + stepY - 1) / stepY;
            for (var row = 0; row < count && columns > 0; row++)
                rows.AddRange([(byte)((row + x) % 5), .. Idx.Noise(((columns * bits) + 7) / 8, (uint)(row + (100 * y)))]);
        }
        return [.. rows];
    }

    private static byte OverWhite(int value, int alpha) => (byte)(((value * alpha) + (255 * (255 - alpha)) + 127) / 255);
}
