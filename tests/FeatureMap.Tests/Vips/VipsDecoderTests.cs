using FeatureMap.Data;
using FeatureMap.Vips;
using NetVips;
using Xunit;

namespace FeatureMap.Tests.Vips;

/// <summary>Pictures by libvips, of files that libvips wrote.</summary>
public sealed class VipsDecoderTests
{
    private const int Width = 40, Height = 30;
    private static readonly VipsDecoder Decoder = new();

    [Theory]
    [InlineData("webp", 3, 0)]
    [InlineData("tiff", 3, 0)]
    [InlineData("tiff", 1, 0)]
    [InlineData("avif", 3, 4)]
    public void Every_kind_is_read(string kind, int channels, int most)
    {
        var pixels = Pixels(channels);
        var content = File(pixels, channels, kind);
        var header = ImageHeader.Parse(content, "a", Decoder);
        Assert.Equal((ImageFormat.Other, Width, Height, channels), (header.Format, header.Width, header.Height, header.Channels));
        var read = Decoder.Decode(content, "a", new(Height, Width));
        Assert.Equal(new Shape(channels, Height, Width), read.Shape);
        for (var place = 0; place < pixels.Length; place++)
        {
            var found = read.Pixels[(place % channels * Width * Height) + (place / channels)];
            Assert.InRange(found, pixels[place] - most, pixels[place] + most);
        }
    }

    [Fact]
    public void The_first_picture_of_a_film_is_read_and_transparent_parts_are_white()
    {
        var content = File([.. Enumerable.Repeat((byte)80, Width * Height * 3)], 3, "gif");
        Assert.All(Decoder.Decode(content, "a", new(Height, Width)).Pixels.ToArray(), value => Assert.InRange(value, 79, 81));

        byte[] half = [.. Enumerable.Range(0, Width * Height).SelectMany(pixel => (byte[])[10, 20, 30, (byte)(pixel < Width ? 0 : 255)])];
        var read = Decoder.Decode(File(half, 4, "webp"), "a", new(Height, Width));
        Assert.Equal((255, 10), (read.Pixels[0], read.Pixels[Width]));
        Assert.Equal(30, read.Pixels[(2 * Width * Height) + Width]);
    }

    [Fact]
    public void A_turned_picture_stands_upright()
    {
        using var image = Made(Pixels(3), 3);
        using var turned = image.Mutate(change => change.Set(GValue.GIntType, "orientation", 6)); // to be turned to the right
        var content = turned.TiffsaveBuffer();
        var header = ImageHeader.Parse(content, "a", Decoder);
        Assert.Equal((Height, Width), (header.Width, header.Height));
        var read = Decoder.Decode(content, "a", new(Width, Height));
        Assert.Equal(new Shape(3, Width, Height), read.Shape);
        // Its upper right corner is the upper left one of what is stored.
        Assert.Equal(Pixels(3)[0], read.Pixels[Height - 1]);
    }

    [Theory]
    [InlineData("webp")]
    [InlineData("tiff")]
    [InlineData("avif")]
    public void What_is_cut_or_damaged_is_refused(string kind)
    {
        var content = File(Pixels(3), 3, kind);
        foreach (var broken in (byte[][])[content[..(content.Length * 2 / 3)], content[..40]])
        {
            var error = Assert.Throws<DataException>(() =>
            {
                var header = ImageHeader.Parse(broken, "photos/a", Decoder);
                ImageFile.Decode(broken, header, "photos/a", Shape.Image(3, Height, Width));
            });
            Assert.StartsWith("photos/a: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sixteen_bits_become_eight_and_hardly_used_ones_are_refused()
    {
        byte[] Samples(int factor) => [.. Enumerable.Range(0, Width * Height)
            .SelectMany(pixel => BitConverter.GetBytes((ushort)(pixel % 256 * factor)))];
        byte[] Tiff(int factor)
        {
            using var image = NetVips.Image.NewFromMemory(Samples(factor), Width, Height, 1, Enums.BandFormat.Ushort);
            using var gray = image.Copy(interpretation: Enums.Interpretation.Grey16);
            return gray.TiffsaveBuffer();
        }
        var read = Decoder.Decode(Tiff(257), "a", new(Height, Width));
        Assert.Equal(Enumerable.Range(0, Width * Height).Select(pixel => (byte)(pixel % 256)), read.Pixels.ToArray());
        var error = Assert.Throws<DataException>(() => Decoder.Decode(Tiff(16), "a", new(Height, Width)));
        Assert.Contains("end at 4,080 of 65,535", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_photograph_shrinks_while_it_is_decoded()
    {
        var (width, height) = (640, 480);
        byte[] pixels = [.. Enumerable.Range(0, width * height).SelectMany(pixel =>
            (byte[])[(byte)(pixel % width * 255 / width), (byte)(pixel / width * 255 / height), 128])];
        using var image = NetVips.Image.NewFromMemory(pixels, width, height, 3, Enums.BandFormat.Uchar);
        using var coloured = image.Copy(interpretation: Enums.Interpretation.Srgb);
        var content = coloured.JpegsaveBuffer(q: 95);
        var shrinking = new VipsDecoder { ShrinksJpeg = true };
        Assert.NotEqual(Decoder.Name, shrinking.Name);
        Assert.Null(Decoder.ReadHeader(content, "a")); // the library's
        Assert.Equal(new Shape(3, 120, 160), shrinking.Decode(content, "a", new(90, 130)).Shape);
        var target = Shape.Image(3, 48, 64);
        var own = ImageFile.Load(new MemoryStream(content), target, ImageFit.Squash, out _);
        var shrunk = ImageFile.Load(new MemoryStream(content), target, ImageFit.Squash, shrinking, out _);
        Assert.InRange(own.Zip(shrunk, (a, b) => Math.Abs(a - b)).Max(), 0, 4);
        Assert.Throws<DataException>(() => shrinking.Decode(content[..(content.Length / 2)], "a", new(height, width)));
    }

    [Fact]
    public void Without_it_a_file_names_the_package()
    {
        var error = Assert.Throws<DataException>(() => ImageHeader.Parse(File(Pixels(3), 3, "webp"), "a.webp"));
        Assert.Contains("this is a WebP image", error.Message, StringComparison.Ordinal);
        Assert.Contains("FeatureMap.Vips", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_threads_read_the_same()
    {
        var content = File(Pixels(3), 3, "webp");
        var expected = Decoder.Decode(content, "a", new(Height, Width)).Pixels.ToArray();
        Parallel.For(0, 64, _ => Assert.Equal(expected, Decoder.Decode(content, "a", new(Height, Width)).Pixels.ToArray()));
    }

    private static byte[] Pixels(int channels) =>
        [.. Enumerable.Range(0, Width * Height * channels).Select(place => (byte)((place * 7) + (place / 31)))];

    private static Image Made(byte[] pixels, int channels)
    {
        using var image = NetVips.Image.NewFromMemory(pixels, Width, Height, channels, Enums.BandFormat.Uchar);
        return image.Copy(interpretation: channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
    }

    private static byte[] File(byte[] pixels, int channels, string kind)
    {
        using var image = Made(pixels, channels);
        return kind switch
        {
            "webp" => image.WebpsaveBuffer(lossless: true, exact: true),
            "tiff" => image.TiffsaveBuffer(),
            "gif" => image.GifsaveBuffer(),
            _ => image.HeifsaveBuffer(compression: Enums.ForeignHeifCompression.Av1, lossless: true),
        };
    }
}
