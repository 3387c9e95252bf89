using System.Globalization;
using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ColorTests
{
    private static readonly Shape Pixel = new(3, 1, 1);

    [Fact]
    public void Jitter_without_strength_changes_no_bit()
    {
        var shape = new Shape(3, 13, 11);
        var source = Idx.Noise(shape.Count, 1);
        Assert.Equal(Pictures.Floats(source), Pictures.Run(new ColorJitter(), source, shape));
        var pixels = Pictures.Floats(source);
        ColorMath.Brightness(pixels, 1);
        ColorMath.Contrast(pixels, shape, 1);
        ColorMath.Saturation(pixels, shape, 1);
        ColorMath.Hue(pixels, shape, 0);
        ColorMath.Sharpness(pixels, shape, 1, new float[pixels.Length]);
        ColorMath.Posterize(pixels, 8);
        ColorMath.Solarize(pixels, 256);
        Assert.Equal(Pictures.Floats(source), pixels);
    }

    [Fact]
    public void Factors_blend_with_black_the_mean_and_gray()
    {
        float[] pixels = [100, 50, 200];
        ColorMath.Brightness(pixels, 1.5f);
        Assert.Equal([150f, 75, 255], pixels);

        pixels = [10, 20, 30, 60];
        ColorMath.Contrast(pixels, new(1, 2, 2), 0.5f); // mean 30
        Assert.Equal([20f, 25, 30, 45], pixels);

        pixels = [100, 50, 200]; // brightness 0.299 x 100 + 0.587 x 50 + 0.114 x 200 = 82.05
        ColorMath.Saturation(pixels, Pixel, 0.5f);
        Assert.Equal([91.025, 66.025, 141.025], pixels.Select(value => Math.Round(value, 3)));
        pixels = [100, 50, 200];
        ColorMath.Gray(pixels, Pixel);
        Assert.All(pixels, value => Assert.Equal(82.05, value, 1e-4));

        pixels = [100, 50, 200];
        ColorMath.Contrast(pixels, Pixel, 0);
        Assert.All(pixels, value => Assert.Equal(82.05, value, 1e-4));
    }

    [Theory]
    [InlineData("255 0 0", 1 / 3f, "0 255 0")]
    [InlineData("255 0 0", -1 / 3f, "0 0 255")]
    [InlineData("255 0 0", 0.5f, "0 255 255")]
    [InlineData("255 0 0", 1 / 12f, "255 127.5 0")]
    [InlineData("200 100 50", 1 / 3f, "50 200 100")]
    [InlineData("200 100 50", 0.5f, "50 150 200")] // hue 20 degrees becomes 200: between cyan and blue
    [InlineData("70 70 70", 0.25f, "70 70 70")]
    [InlineData("0 0 0", 0.25f, "0 0 0")]
    public void Hue_goes_around_the_circle(string color, float shift, string expected)
    {
        float[] pixels = [.. color.Split(' ').Select(float.Parse)];
        ColorMath.Hue(pixels, Pixel, shift);
        Assert.Equal(expected.Split(' ').Select(text => Math.Round(double.Parse(text, CultureInfo.InvariantCulture), 2)), pixels.Select(value => Math.Round(value, 2) + 0.0));
    }

    [Fact]
    public void A_whole_turn_of_the_hue_in_thirds_is_nothing()
    {
        var shape = new Shape(3, 9, 7);
        float[] source = Pictures.Floats(Idx.Noise(shape.Count, 3)), pixels = [.. source];
        for (var i = 0; i < 3; i++)
            ColorMath.Hue(pixels, shape, 1 / 3f);
        for (var i = 0; i < source.Length; i++)
            Assert.Equal(source[i], pixels[i], 0.01);
    }

    [Fact]
    public void Gray_images_have_no_colours_to_change()
    {
        var shape = new Shape(1, 6, 6);
        var source = Idx.Noise(36, 3);
        Assert.Equal(Pictures.Floats(source), Pictures.Run("jitter 0 0 1 0.5, gray 1", source, shape));
    }

    [Fact]
    public void The_order_of_the_four_changes()
    {
        // Brightness up to white and contrast down do not commute: the two orders give different images.
        var results = new HashSet<string>();
        for (uint index = 0; index < 100; index++)
        {
            var pixels = Pictures.Run(new ColorJitter(brightness: 10, contrast: 1), [10, 200, 90, 30], new(1, 2, 2), index: index);
            results.Add(pixels.Max() == 255 ? "contrast first or weak" : "brightness first");
        }
        Assert.Equal(2, results.Count);
    }

    [Fact]
    public void Equalising_a_uniform_histogram_is_nothing_and_others_become_flat()
    {
        var shape = new Shape(1, 16, 32);
        byte[] uniform = [.. Enumerable.Range(0, 512).Select(i => (byte)(i * 37))]; // each value twice
        Assert.Equal(Pictures.Floats(uniform), Pictures.Run("equalize", uniform, shape));
        // PIL by hand: counts 10: 300, 20: 200, 30: 12; step = (512 - 12) / 255 = 1; value 10 -> 0, 20 -> 300 (at most 255), 30 -> 255.
        byte[] three = [.. Enumerable.Range(0, 512).Select(i => (byte)(i < 300 ? 10 : i < 500 ? 20 : 30))];
        Assert.Equal([0f, 255, 255], Pictures.Run("equalize", three, shape).Where((_, i) => i is 0 or 300 or 500));
        // step = (1020 - 255) / 255 = 3, half of it 1: 0 -> 1/3 = 0, 85 -> (255 + 1) / 3 = 85, 86 -> (510 + 1) / 3 = 170, 200 -> (765 + 1) / 3 = 255
        byte[] four = [.. Enumerable.Range(0, 1020).Select(i => (byte)(i < 255 ? 0 : i < 510 ? 85 : i < 765 ? 86 : 200))];
        Assert.Equal([0f, 85, 170, 255], Pictures.Run("equalize", four, new(1, 30, 34)).Where((_, i) => i % 255 == 0));
        byte[] flat = [.. Enumerable.Repeat((byte)90, 512)];
        Assert.Equal(Pictures.Floats(flat), Pictures.Run("equalize", flat, shape));
    }

    [Fact]
    public void Clahe_leaves_flat_images_limits_contrast_and_with_one_tile_equalises()
    {
        foreach (var shape in (Shape[])[new(1, 28, 28), new(3, 30, 17), new(2, 5, 3)])
        {
            byte[] flat = [.. Enumerable.Range(0, shape.Count).Select(i => (byte)(40 + (i / shape.Area * 60)))];
            Assert.Equal(Pictures.Floats(flat), Pictures.Run("clahe", flat, shape));
        }
        // One tile without limit is plain equalisation by the cumulative frequency: 255 x (pixels up to the value) / pixels.
        var values = Pictures.Run("clahe 256 1", [10, 10, 20, 30], new(1, 2, 2));
        Assert.Equal([127.5f, 127.5f, 191.25f, 255], values);
        // A faint pattern becomes stronger, with a small limit less than with a large one.
        var image = new Shape(1, 32, 32);
        byte[] faint = [.. Enumerable.Range(0, 1024).Select(i => (byte)(100 + (i % 7)))];
        double none = Spread(Pictures.Floats(faint)), little = Spread(Pictures.Run("clahe 2", faint, image)), much = Spread(Pictures.Run("clahe 40", faint, image));
        Assert.True(none < little && little < much, $"{none} {little} {much}");
        // In colour the differences between the channels stay where nothing is cut off.
        var shape3 = new Shape(3, 16, 16);
        byte[] tinted = [.. Enumerable.Range(0, 768).Select(i => (byte)(90 + (i % 256 % 9) + (i / 256 * 5)))];
        var changed = Pictures.Run("clahe", tinted, shape3);
        for (var i = 0; i < 256; i++)
            if (changed[i] > 0 && changed[i + 512] < 255)
                Assert.Equal(10, changed[i + 512] - changed[i], 1e-3);
    }

    [Fact]
    public void Simple_tones_do_what_they_say()
    {
        byte[] source = [0, 100, 127, 128, 200, 255];
        var shape = new Shape(1, 2, 3);
        Assert.Equal([255f, 155, 128, 127, 55, 0], Pictures.Run("invert", source, shape));
        Assert.Equal([0f, 100, 127, 127, 55, 0], Pictures.Run("solarize", source, shape));
        Assert.Equal([0f, 96, 96, 128, 192, 224], Pictures.Run("posterize 3", source, shape));
        Assert.Equal([0f, 0, 0, 0, 0, 0], Pictures.Run("posterize 0", source, shape));
        Assert.Equal([0f, 51, 102, 255], Pictures.Run("autocontrast", [50, 70, 90, 150], new(1, 2, 2)));
        Assert.Equal([9f, 9], Pictures.Run("autocontrast", [9, 9], new(1, 1, 2)));
        Assert.Equal(Pictures.Floats(source), Pictures.Run("invert, invert", source, shape));
    }

    [Fact]
    public void Sharpness_blends_with_the_smoothed_image()
    {
        byte[] point = [13, 13, 13, 13, 26, 13, 13, 13, 13];
        Assert.Equal(18, Pictures.Run("sharpness 0", point, new(1, 3, 3))[4], 1e-4); // (8 x 13 + 5 x 26) / 13
        Assert.Equal(34, Pictures.Run("sharpness 2", point, new(1, 3, 3))[4], 1e-4); // 2 x 26 - 18
        var edge = Pictures.Run("sharpness 0", point, new(1, 3, 3));
        edge[4] = 26;
        Assert.Equal(Pictures.Floats(point), edge);
    }

    private static double Spread(float[] values) => Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2)));
}
