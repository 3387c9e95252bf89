using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class PictureQualityTests
{
    private static Picture Gray(int height, int width, Func<int, int, int> value) =>
        new("gray", new Shape(1, height, width), [.. Enumerable.Range(0, height * width).Select(i => (byte)value(i / width, i % width))]);

    [Fact]
    public void Psnr_of_known_differences()
    {
        var black = Gray(4, 5, (_, _) => 0);
        Assert.Equal(48.1308, PictureQuality.Psnr(Gray(4, 5, (_, _) => 1), black), 4); // 20 log10(255)
        Assert.Equal(0, PictureQuality.Psnr(Gray(4, 5, (_, _) => 255), black), 9);
        // Half the pixels differ by 2: the mean square is 2, so 10 log10(65025 / 2).
        Assert.Equal(45.1205, PictureQuality.Psnr(Gray(4, 5, (y, _) => y < 2 ? 2 : 0), black), 4);
        Assert.Equal(double.PositiveInfinity, PictureQuality.Psnr(black, black));
    }

    [Fact]
    public void The_border_is_left_out_on_all_sides()
    {
        var framed = Gray(6, 7, (y, x) => y is 0 or 5 || x is 0 or 6 ? 200 : 1);
        Assert.Equal(48.1308, PictureQuality.Psnr(framed, Gray(6, 7, (_, _) => 0), border: 1), 4);
        Assert.InRange(PictureQuality.Psnr(framed, Gray(6, 7, (_, _) => 0)), 0, 10);
    }

    [Fact]
    public void Psnr_of_colours_is_that_of_all_numbers_together()
    {
        var colour = new Picture("colour", new Shape(3, 1, 1), [0, 0, 3]);
        Assert.Equal(43.3596, PictureQuality.Psnr(colour, new Picture("black", colour.Shape, new byte[3])), 4); // the mean square is 3
    }

    [Fact]
    public void Ssim_of_flat_pictures_is_its_first_factor()
    {
        // No contrast anywhere: (2 x 100 x 110 + c) / (100^2 + 110^2 + c) with c = (0.01 x 255)^2.
        var ssim = PictureQuality.Ssim(Gray(15, 12, (_, _) => 110), Gray(15, 12, (_, _) => 100));
        Assert.Equal((22_000 + 6.5025) / (22_100 + 6.5025), ssim, 9);
    }

    [Fact]
    public void Ssim_is_one_for_equal_pictures_and_negative_for_negatives()
    {
        var noise = new Picture("noise", new Shape(1, 20, 20), Idx.Noise(400, 5));
        Assert.Equal(1, PictureQuality.Ssim(noise, noise), 12);
        Assert.Equal(1, PictureQuality.Ssim(noise, noise, border: 4), 12);
        var negative = new Picture("negative", noise.Shape, [.. noise.Pixels.ToArray().Select(value => (byte)(255 - value))]);
        Assert.InRange(PictureQuality.Ssim(negative, noise), -1, -0.5);
        Assert.Equal(PictureQuality.Ssim(noise, negative), PictureQuality.Ssim(negative, noise), 12);
    }

    [Fact]
    public void Errors_say_what_does_not_fit()
    {
        var picture = Gray(6, 6, (_, _) => 0);
        Assert.Equal(
            "Only pictures of one shape can be compared: gray is 1x6x7, its original 1x6x6 (channels x height x width). Crop both alike, "
                + "to a multiple of the factor.",
            Assert.Throws<DataException>(() => PictureQuality.Psnr(Gray(6, 7, (_, _) => 0), picture)).Message);
        Assert.Equal(
            "The picture gray has 6 x 6 pixels (height x width): without a border of 3 on each side less than 1 x 1 is left. Use larger "
                + "pictures or a smaller border.",
            Assert.Throws<DataException>(() => PictureQuality.Psnr(picture, picture, border: 3)).Message);
        Assert.Throws<DataException>(() => PictureQuality.Ssim(picture, picture));
    }
}
