using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ImageFitTests
{
    [Theory]
    [InlineData("crop", "crop"), InlineData("crop 1", "crop"), InlineData("crop share=0.875", "crop 0.875"), InlineData("CROP .5", "crop 0.5")]
    [InlineData("pad", "pad"), InlineData("pad 0", "pad 0"), InlineData("pad value=114", "pad"), InlineData("squash", "squash")]
    public void It_is_a_text(string text, string written)
    {
        var fit = ImageFit.Parse(text);
        Assert.Equal((written, fit), (fit.ToString(), ImageFit.Parse(fit.ToString())));
    }

    [Fact]
    public void The_words_make_the_values()
    {
        Assert.Equal(ImageFit.Crop(0.875), ImageFit.Parse("crop 0.875"));
        Assert.Equal(ImageFit.Pad(7), ImageFit.Parse("pad 7"));
        Assert.Equal((ImageFitKind.Squash, 3), (ImageFit.Parse("squash").Kind, ImageFit.Words.Count));
    }

    [Theory]
    [InlineData("crops", "there is no 'crops'"), InlineData("crop 0.01", "share of 'crop' is a number from 0.05 to 1")]
    [InlineData("pad 256", "value of 'pad' is a whole number from 0 to 255"), InlineData("squash 2", "one value too many")]
    public void What_is_no_fit_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<UsageException>(() => ImageFit.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_share_is_checked_in_programs_too() =>
        Assert.StartsWith("The share of a crop is from 0.05 to 1", Assert.Throws<UsageException>(() => ImageFit.Crop(1.01)).Message, StringComparison.Ordinal);

    // Height x width of the picture and of the result, and by hand: scaled height and width, first row and column.
    [Theory]
    [InlineData("crop 0.875", 480, 640, 224, 224, 256, 341, 16, 58)] // 224 / 0.875 = 256; 256 x 640 / 480 = 341.3; spare 32 and 117: 58.5 to the even number
    [InlineData("crop 0.95", 300, 300, 224, 224, 235, 235, 6, 6)] // 235.8 rounded down; spare 11: 5.5 to the even number
    [InlineData("crop 0.9655172413793104", 480, 640, 224, 224, 232, 309, 4, 42)] // 224 / 232
    [InlineData("crop", 480, 640, 224, 224, 224, 298, 0, 37)]
    [InlineData("crop", 640, 480, 224, 224, 298, 224, 37, 0)]
    [InlineData("crop", 50, 50, 100, 200, 200, 200, 50, 0)] // the width asks for the factor 4, the height for 2
    [InlineData("crop", 3, 70_000, 30, 30, 30, 700_000, 0, 349_985)]
    [InlineData("pad", 480, 640, 224, 224, 168, 224, 0, 0)]
    [InlineData("pad", 640, 480, 224, 224, 224, 168, 0, 0)]
    [InlineData("pad", 1, 60_000, 32, 32, 1, 32, 0, 0)] // 32 / 60,000 of a row is a row
    [InlineData("squash", 480, 640, 224, 112, 224, 112, 0, 0)]
    public void Sizes_are_whole_numbers(string fit, int height, int width, int rows, int columns, int scaledHeight, int scaledWidth, int top, int left)
    {
        var size = new ImageSize(rows, columns);
        Assert.Equal(new FittedPicture(scaledHeight, scaledWidth, top, left, size), ImageFit.Parse(fit).Place(height, width, size));
    }

    [Fact]
    public void Squash_is_the_scaling_that_there_was()
    {
        var (pixels, shape) = Noise(3, 11, 7);
        Assert.Equal(ImageResize.Resize(pixels, shape, 5, 9), ImageFit.Squash.Apply(pixels, shape, new(5, 9)));
    }

    [Theory]
    [InlineData("crop"), InlineData("crop 0.7"), InlineData("pad"), InlineData("squash")]
    public void A_window_has_the_pixels_of_the_whole_scaled_picture(string text)
    {
        var fit = ImageFit.Parse(text);
        foreach (var (height, width, rows, columns) in ((int, int, int, int)[])[(31, 17, 8, 8), (17, 31, 8, 8), (5, 9, 16, 12), (24, 24, 24, 24), (20, 24, 20, 20)])
        {
            var (pixels, shape) = Noise(3, height, width);
            var placed = fit.Place(height, width, new(rows, columns));
            var whole = new Picture("whole", new(3, placed.ScaledHeight, placed.ScaledWidth), ImageResize.Resize(pixels, shape, placed.ScaledHeight, placed.ScaledWidth));
            var found = new Picture("found", new(3, rows, columns), fit.Apply(pixels, shape, new(rows, columns)));
            var (box, top, left) = (placed.Taken, (rows - placed.Taken.Height) / 2, (columns - placed.Taken.Width) / 2);
            Assert.Equal(whole.Crop(box.Top, box.Left, box.Height, box.Width).Pixels, found.Crop(top, left, box.Height, box.Width).Pixels);
            Assert.Equal(text == "pad" ? 3 * ((rows * columns) - (box.Height * box.Width)) : 0, OnTheGround(found, box, top, left));
        }
    }

    [Fact]
    public void Equal_proportions_make_no_difference()
    {
        var (pixels, shape) = Noise(1, 28, 28);
        var squashed = ImageFit.Squash.Apply(pixels, shape, new(14, 14));
        Assert.Equal(squashed, ImageFit.Crop().Apply(pixels, shape, new(14, 14)));
        Assert.Equal(squashed, ImageFit.Pad().Apply(pixels, shape, new(14, 14)));
        Assert.Equal(pixels, ImageFit.Crop().Apply(pixels, shape, new(28, 28)));
    }

    // A picture of blocks of 8 x 8 with Exif: what is cut out of it stored is what is cut out of it upright.
    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Turned_photos_are_cut_upright(int orientation)
    {
        byte[] raw = [.. Enumerable.Range(0, 5).SelectMany(row => Enumerable.Range(0, 8).Select(column => (byte)(10 * ((8 * row) + column) % 251)).Prepend((byte)0))];
        var png = SampleImages.Png(8, 5, 8, 0, raw, exif: OrientationTests.Exif(orientation, isBig: true));
        var header = ImageHeader.Parse(png, "f");
        var upright = ImageFile.Decode(png, header, "f", new(1, header.Height, header.Width));
        foreach (var fit in (ImageFit[])[ImageFit.Crop(), ImageFit.Pad(3)])
        {
            var size = new ImageSize(fit.Kind == ImageFitKind.Pad ? 8 : 5, fit.Kind == ImageFitKind.Pad ? 8 : 5);
            Assert.Equal(
                fit.Apply(upright, new(1, header.Height, header.Width), size),
                ImageFile.Decode(png, header, "f", new(1, size.Height, size.Width), fit, out _));
        }
    }

    private static int OnTheGround(Picture found, PixelBox box, int top, int left)
    {
        var count = 0;
        for (var channel = 0; channel < 3; channel++)
            for (var y = 0; y < found.Shape.Height; y++)
                for (var x = 0; x < found.Shape.Width; x++)
                    if ((y < top || y >= top + box.Height || x < left || x >= left + box.Width)
                        && found.Pixels[(channel * found.Shape.Area) + (y * found.Shape.Width) + x] == 114) count++;
        return count;
    }

    private static (byte[] Pixels, Shape Shape) Noise(int channels, int height, int width)
    {
        var shape = new Shape(channels, height, width);
        var pixels = new byte[shape.Count];
        new Random(height * width).NextBytes(pixels);
        return (pixels, shape);
    }
}
