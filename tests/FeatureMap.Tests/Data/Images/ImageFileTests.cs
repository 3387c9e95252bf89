using System.Buffers.Binary;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ImageFileTests
{
    private static readonly Shape Gray = new(1, 6, 8), Colour = new(3, 6, 8);

    [Fact]
    public void Headers_of_all_kinds_are_read()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(new ImageHeader(ImageFormat.Png, 5, 3, 1), ImageFile.ReadHeader(folder.Write("a", PngWriter.Write(new byte[15], new(1, 3, 5)))));
        Assert.Equal(new ImageHeader(ImageFormat.Png, 5, 3, 3), ImageFile.ReadHeader(folder.Write("b", PngWriter.Write(new byte[45], new(3, 3, 5)))));
        Assert.Equal(new ImageHeader(ImageFormat.Jpeg, 8, 6, 3), ImageFile.ReadHeader(folder.Write("c", SampleImages.ColourJpeg)));
        Assert.Equal(new ImageHeader(ImageFormat.Bmp, 8, 6, 3), ImageFile.ReadHeader(folder.Write("d", SampleImages.ColourBmp)));
        Assert.Equal($"{folder["none"]}: there is no such file.", Assert.Throws<DataException>(() => ImageFile.ReadHeader(folder["none"])).Message);
    }

    [Fact]
    public void A_png_comes_back_exactly_as_it_was_written()
    {
        var pixels = Idx.Noise(3 * 6 * 8, 3);
        Assert.Equal(pixels, Decode(PngWriter.Write(pixels, Colour), Colour));
        Assert.Equal(pixels[..48], Decode(PngWriter.Write(pixels.AsSpan(0, 48), Gray), Gray));
        Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", PngWriter.DataUri(pixels, Colour), StringComparison.Ordinal);
        Assert.Throws<DataException>(() => PngWriter.Write(pixels, Gray));
        Assert.Throws<DataException>(() => PngWriter.Write(new byte[96], new(2, 6, 8)));
    }

    /// <summary>What goes over smoothly, as photographs do, is written as differences; what is drawn in a few colours is not.</summary>
    [Fact]
    public void A_photograph_takes_fewer_bytes_than_its_pixels_and_comes_back_exactly()
    {
        var shape = new Shape(3, 64, 64);
        var noise = Idx.Noise(shape.Count, 9);
        byte[] photo = [.. Enumerable.Range(0, shape.Count).Select(i => (byte)(100 + (40 * Math.Sin(i % 64 / 9.0))
            + (50 * Math.Cos(i / 64 % 64 / 11.0)) + (noise[i] % 5)))];
        var png = PngWriter.Write(photo, shape);
        Assert.Equal(photo, Decode(png, shape));
        Assert.InRange(png.Length, 1, shape.Count * 11 / 20); // of 8 bits the noise alone takes 2.3
        byte[] drawing = [.. Enumerable.Range(0, shape.Count).Select(i => (byte)(i / 7 % 3 * 100))];
        Assert.Equal(drawing, Decode(PngWriter.Write(drawing, shape), shape));
    }

    [Fact]
    public void Colour_becomes_gray_and_gray_becomes_colour()
    {
        var gray = Decode(SampleImages.ColourBmp, Gray);
        Assert.All(gray, value => Assert.Equal(((77 * 200) + (150 * 50) + (29 * 100)) >> 8, value));
        var pixels = Idx.Noise(48, 4);
        Assert.Equal([.. pixels, .. pixels, .. pixels], Decode(PngWriter.Write(pixels, Gray), Colour));
        Assert.Equal([.. Enumerable.Repeat((byte)200, 48), .. Enumerable.Repeat((byte)50, 48), .. Enumerable.Repeat((byte)100, 48)], Decode(SampleImages.ColourBmp, Colour));
    }

    [Fact]
    public void Jpeg_is_decoded_within_its_loss()
    {
        var gray = Decode(SampleImages.GrayJpeg, new(1, 8, 8));
        for (var i = 0; i < 64; i++)
            Assert.InRange(gray[i] - (i % 8 * 32), -12, 12);
        var colour = Decode(SampleImages.ColourJpeg, Colour);
        for (var i = 0; i < 48; i++)
        {
            Assert.InRange(colour[i], 194, 206);
            Assert.InRange(colour[48 + i], 44, 56);
            Assert.InRange(colour[96 + i], 94, 106);
        }
    }

    [Fact]
    public void Other_png_kinds_are_read()
    {
        // Transparent pixels show white paper: values 10 at alpha 255, 0 and 128.
        Assert.Equal([10, 255, 132], Decode(SampleImages.Png(3, 1, 8, 4, [0, 10, 255, 10, 0, 10, 128]), new(1, 1, 3)));
        // One bit: 10100000 shows white, black, white.
        Assert.Equal([255, 0, 255], Decode(SampleImages.Png(3, 1, 1, 0, [0, 0b1010_0000]), new(1, 1, 3)));
        // A palette, and 16 bits of which the upper 8 count.
        Assert.Equal([4, 1, 5, 2, 6, 3], Decode(SampleImages.Png(2, 1, 8, 3, [0, 1, 0], palette: [1, 2, 3, 4, 5, 6]), new(3, 1, 2)));
        Assert.Equal([0x12, 0x56], Decode(SampleImages.Png(2, 1, 16, 0, [0, 0x12, 0x34, 0x56, 0x78]), new(1, 1, 2)));
        // Adam7 of 2x2: pass 1 has pixel (0,0), pass 6 (1,0), pass 7 row 1.
        Assert.Equal([1, 2, 3, 4], Decode(SampleImages.Png(2, 2, 8, 0, [0, 1, 0, 2, 0, 3, 4], interlace: 1), new(1, 2, 2)));
    }

    [Fact]
    public void Another_size_is_an_error_with_the_fix_or_is_scaled()
    {
        Says("f: the image has 8 x 6 pixels (width x height), the network expects 28 x 28. Scale the image, or let it be scaled with "
            + "resize: true.",
            SampleImages.ColourBmp, new(1, 28, 28));
        Assert.All(ImageFile.Decode(SampleImages.ColourBmp, "f", new(1, 28, 28), resize: true), value => Assert.Equal(100, value));
        Says("f: a network that reads 2 channels (2x6x8) cannot be fed from an image file, which has 1 or 3.", SampleImages.ColourBmp, new(2, 6, 8));
    }

    [Fact]
    public void What_is_no_image_says_so()
    {
        Says("f: the file is empty. Expected an image: PNG, JPEG or BMP.", [], Gray);
        Says("f: this is not an image that can be read: expected PNG, JPEG or BMP, and the file starts with the bytes 68656C6C6F. Convert it to PNG.", [.. "hello"u8], Gray);
        foreach (var (name, start) in ((string, byte[])[])
            [("a WebP image", [.. "RIFF\0\0\0\0WEBPVP8 "u8]), ("a GIF image", [.. "GIF89a"u8]), ("a TIFF image (or a camera's raw image)", [.. "II*\0"u8]),
            ("a TIFF image (or a camera's raw image)", [.. "MM\0*"u8]), ("a HEIC image", [.. "\0\0\0\u0018ftypheic"u8]), ("a HEIC image", [.. "\0\0\0\u0018ftypmif1"u8]),
            ("an AVIF image", [.. "\0\0\0\u0018ftypavif"u8]), ("a JPEG XL image", [0xFF, 0x0A, 1]), ("a JPEG 2000 image", [0, 0, 0, 12, .. "jP  "u8])])
            Says($"f: this is {name}: expected PNG, JPEG or BMP. Convert it to PNG."
                + (name.Contains("TIFF", StringComparison.Ordinal) || name is "a WebP image" or "a GIF image" or "an AVIF image"
                    ? " In a program, a decoder of the package FeatureMap.Vips reads it." : ""), start, Gray);
    }

    [Fact]
    public void Cut_and_damaged_files_are_errors()
    {
        var png = PngWriter.Write(Idx.Noise(48, 1), Gray);
        for (var length = 8; length < png.Length; length++)
            Assert.Throws<DataException>(() => Decode(png[..length], Gray));
        Says("f: the image is damaged or cut: the PNG ends before its end chunk IEND. Copy or save it again.", png[..^12], Gray);
        var flipped = (byte[])png.Clone();
        flipped[45] ^= 1;
        Says("f: the image is damaged or cut: the checksum of the PNG chunk at byte 33 is wrong. Copy or save it again.", flipped, Gray);
        for (var length = 3; length < SampleImages.ColourJpeg.Length; length++)
            Assert.Throws<DataException>(() => Decode(SampleImages.ColourJpeg[..length], Colour));
        Says("f: the image is damaged or cut: the end marker FFD9 of the JPEG is missing. Copy or save it again.", SampleImages.ColourJpeg[..^1], Colour);
        for (var length = 2; length < SampleImages.ColourBmp.Length; length++)
            Assert.Throws<DataException>(() => Decode(SampleImages.ColourBmp[..length], Colour));
        Says("f: the image is damaged or cut: the pixels need 54 + 6 x 24 = 198 bytes, the file has 197. Copy or save it again.", SampleImages.ColourBmp[..^1], Colour);
    }

    [Fact]
    public void Too_many_pixels_are_refused_before_decoding()
    {
        Says("f: the header says 100,000 x 100,000 = 10,000,000,000 pixels: at most 200,000,000 are decoded. Scale the image down first.",
            SampleImages.Png(100_000, 100_000, 8, 0, new byte[10]), Gray);
        var bmp = (byte[])SampleImages.ColourBmp.Clone();
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(18), int.MaxValue);
        BinaryPrimitives.WriteInt32LittleEndian(bmp.AsSpan(22), int.MinValue);
        Says("f: the header says 2,147,483,647 x 2,147,483,648 = 4,611,686,016,279,904,256 pixels: at most 200,000,000 are decoded. Scale "
            + "the image down first.", bmp, Gray);
    }

    [Fact]
    public void A_png_that_unpacks_to_more_or_less_than_its_header_says_is_refused()
    {
        Says("f: the image is damaged or cut: the pixels of the PNG should unpack to 4 bytes: received more. Copy or save it again.",
            SampleImages.Png(3, 1, 8, 0, new byte[50_000_000]), new(1, 1, 3));
        Says("f: the image is damaged or cut: the pixels of the PNG should unpack to 4 bytes: received 3. Copy or save it again.",
            SampleImages.Png(3, 1, 8, 0, new byte[3]), new(1, 1, 3));
        Says("f: the image is damaged or cut: the PNG uses a palette and has none (chunk PLTE). Copy or save it again.", SampleImages.Png(3, 1, 8, 3, new byte[4]), new(1, 1, 3));
    }

    [Fact]
    public void Kinds_of_jpeg_and_bmp_that_are_not_read_say_so()
    {
        var frame = SampleImages.ColourJpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        var arithmetic = (byte[])SampleImages.ColourJpeg.Clone();
        arithmetic[frame + 1] = 0xC9;
        Says("f: JPEG files of the kind FFC9 (lossless or arithmetic coding) are not read. Save it as an ordinary JPEG or as PNG.", arithmetic, Colour);
        var deep = (byte[])SampleImages.ColourJpeg.Clone();
        deep[frame + 4] = 12;
        Says("f: the JPEG has 12 bits per colour: only 8 are read. Save it as PNG.", deep, Colour);
        var packed = (byte[])SampleImages.ColourBmp.Clone();
        packed[30] = 1;
        Says("f: BMP files with 24 bits per pixel and compression 1 (RLE8) are not read: expected 1, 4, 8, 16, 24 or 32 bits and no "
            + "compression. Save it as PNG.", packed, Colour);
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(8, true)]
    [InlineData(24, false)]
    [InlineData(24, true)]
    [InlineData(32, false)]
    [InlineData(32, true)]
    public void Every_usual_bmp_is_read_from_the_bottom_and_from_the_top(int bits, bool isTopDown)
    {
        var bmp = SampleImages.Bmp(5, 3, bits, isTopDown);
        Assert.Equal(new ImageHeader(ImageFormat.Bmp, 5, 3, 3), ImageHeader.Parse(bmp, "f"));
        byte[] red = [.. Enumerable.Range(0, 15).Select(i => (byte)(10 * (i % 5)))], green = [.. Enumerable.Range(0, 15).Select(i => (byte)(20 * (i / 5)))];
        Assert.Equal([.. red, .. green, .. Enumerable.Repeat((byte)7, 15)], Decode(bmp, new(3, 3, 5)));
    }

    [Fact]
    public void A_jpeg_that_announces_more_pixels_than_its_bits_can_hold_is_refused()
    {
        var frame = SampleImages.ColourJpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        var large = (byte[])SampleImages.ColourJpeg.Clone();
        BinaryPrimitives.WriteUInt16BigEndian(large.AsSpan(frame + 5), 5000);
        BinaryPrimitives.WriteUInt16BigEndian(large.AsSpan(frame + 7), 6000);
        Says($"f: the image is damaged or cut: the header of the JPEG says 6,000 x 5,000 pixels, and a file of {large.Length:N0} bytes holds at most 1,024 per byte. Copy or save it again.",
            large, Colour);
    }

    private static byte[] Decode(byte[] file, Shape shape) => ImageFile.Decode(file, "f", shape, resize: false);

    private static void Says(string message, byte[] file, Shape shape) => Assert.Equal(message, Assert.Throws<DataException>(() => Decode(file, shape)).Message);
}
