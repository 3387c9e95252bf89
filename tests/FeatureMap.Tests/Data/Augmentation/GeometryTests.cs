using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class GeometryTests
{
    [Theory]
    [InlineData(FillMode.Constant, "9 9 9 1 2 3 4 9 9 9")]
    [InlineData(FillMode.Nearest, "1 1 1 1 2 3 4 4 4 4")]
    [InlineData(FillMode.Reflect, "3 2 1 1 2 3 4 4 3 2")]
    [InlineData(FillMode.Mirror, "4 3 2 1 2 3 4 3 2 1")]
    [InlineData(FillMode.Wrap, "2 3 4 1 2 3 4 1 2 3")]
    public void Fill_modes_are_those_of_keras_and_scipy(FillMode mode, string expected)
    {
        float[] row = [1, 2, 3, 4], window = new float[10];
        Window.Cut(row, new(1, 1, 4), 0, -3, window, new(1, 1, 10), new(mode, 9));
        Assert.Equal(expected, string.Join(' ', window));
        var column = new float[10];
        Window.Cut(row, new(1, 4, 1), -3, 0, column, new(1, 10, 1), new(mode, 9));
        Assert.Equal(window, column);
        // A shift by whole pixels looks at the same places, far outside too.
        for (var shift = -9; shift <= 9; shift++)
        {
            float[] mapped = new float[4], cut = new float[4];
            new AffineMap(1, 0, shift, 0, 1, 0).Apply<float>(row, new(1, 1, 4), mapped, new(mode, 9));
            Window.Cut(row, new(1, 1, 4), 0, shift, cut, new(1, 1, 4), new(mode, 9));
            Assert.Equal(cut, mapped);
        }
    }

    [Fact]
    public void Two_epochs_in_a_row_show_an_image_and_its_mirror_image()
    {
        var shape = new Shape(1, 1, 3);
        byte[] source = [1, 2, 3];
        var mirrored = 0;
        for (uint index = 0; index < 400; index++)
        {
            for (uint epoch = 0; epoch < 4; epoch++)
            {
                var shown = Pictures.Run(new AlternatingFlip(), source, shape, epoch: epoch, index: index);
                Assert.Equal(shown.Reverse(), Pictures.Run(new AlternatingFlip(), source, shape, epoch: epoch + 1, index: index));
                if (shown[0] == 3 && epoch == 1) mirrored++;
            }
        }
        Assert.InRange(mirrored, 160, 240);
        Assert.Equal(Augmentation.None, new AlternatingFlip().ForEvaluation(shape));
    }

    [Fact]
    public void Between_the_last_pixel_and_the_outside_values_are_interpolated()
    {
        byte[] row = [10, 20, 30, 40];
        Assert.Equal([15f, 25, 35, 70], Shifted(row, new(FillMode.Constant, 100)));
        Assert.Equal([15f, 25, 35, 40], Shifted(row, new(FillMode.Nearest, 100)));
        Assert.Equal([15f, 25, 35, 25], Shifted(row, new(FillMode.Wrap, 100)));
        Assert.Equal([15f, 25, 35, 35], Shifted(row, new(FillMode.Mirror, 100)));

        static float[] Shifted(byte[] row, Border border)
        {
            var result = new float[4];
            new AffineMap(1, 0, 0.5, 0, 1, 0).Apply<byte>(row, new(1, 1, 4), result, border);
            return result;
        }
    }

    [Fact]
    public void A_crop_is_a_window_of_the_padded_image_and_every_place_occurs()
    {
        var shape = new Shape(2, 3, 4);
        var source = Idx.Noise(shape.Count, 1);
        foreach (var mode in Enum.GetValues<FillMode>())
        {
            var places = new HashSet<string>();
            var crop = new RandomCrop(2) { FillMode = mode, FillValue = 77, Height = 2, Width = 5 };
            for (uint index = 0; index < 400; index++)
            {
                var actual = Pictures.Run(crop, source, shape, index: index);
                var found = Windows().FirstOrDefault(window => window.Pixels.SequenceEqual(actual));
                Assert.NotNull(found.Pixels);
                places.Add($"{found.Top} {found.Left}");
            }
            if (mode == FillMode.Constant) Assert.Equal((4 * 4) + 1, places.Count); // 3 + 4 - 2 + 1 rows x 4 + 4 - 5 + 1 columns, where the first and the last row of windows show nothing but padding

            IEnumerable<(int Top, int Left, float[] Pixels)> Windows()
            {
                for (var top = -2; top <= 3; top++)
                    for (var left = -2; left <= 1; left++)
                    {
                        var pixels = new float[20];
                        for (var i = 0; i < 20; i++)
                        {
                            var border = new Border(mode, 77);
                            int y = border.Place(top + (i % 10 / 5), 3), x = border.Place(left + (i % 5), 4);
                            pixels[i] = y < 0 || x < 0 ? 77 : source[(i / 10 * 12) + (y * 4) + x];
                        }
                        yield return (top, left, pixels);
                    }
            }
        }
        Assert.Equal(Pictures.Floats(source), Pictures.Run(new RandomCrop(), source, shape));
        Assert.Equal("RandomCrop cannot cut 9x4 out of images of 2x3x4: with a padding of 2 they have 7x8 pixels. Take a smaller window or more padding.",
            Assert.Throws<ShapeException>(() => new RandomCrop(2) { Height = 9 }.OutputShape(shape)).Message);
        Assert.Equal("CenterCrop cannot cut 4x4 out of images of 2x3x4. Take a smaller window, or scale with ResizeTo.",
            Assert.Throws<ShapeException>(() => new CenterCrop(4, 4).OutputShape(shape)).Message);
        Assert.Equal([5f, 6, 9, 10], Pictures.Run("center-crop 2 2", [.. Enumerable.Range(0, 16).Select(value => (byte)value)], new(1, 4, 4)));
    }

    [Fact]
    public void A_flip_exchanges_sides_and_twice_it_is_nothing()
    {
        var shape = new Shape(1, 2, 3);
        byte[] source = [1, 2, 3, 4, 5, 6];
        Assert.Equal([3f, 2, 1, 6, 5, 4], Pictures.Run("flip 1", source, shape));
        Assert.Equal([4f, 5, 6, 1, 2, 3], Pictures.Run("vertical-flip 1", source, shape));
        Assert.Equal(Pictures.Floats(source), Pictures.Run("flip 0, vertical-flip 0", source, shape));
        foreach (var other in (Shape[])[new(3, 31, 33), new(2, 4, 1), new(1, 1, 9)])
        {
            var noise = Idx.Noise(other.Count, 4);
            Assert.Equal(Pictures.Floats(noise), Pictures.Run("flip 1, flip 1, vertical-flip 1, vertical-flip 1", noise, other));
        }
    }

    [Fact]
    public void Scaling_takes_means_and_interpolates()
    {
        Assert.Equal([2.5f], Pictures.Run("resize 1 1", [1, 2, 3, 4], new(1, 2, 2)));
        Assert.Equal([1.5f, 3.5f], Pictures.Run("resize 1 2", [1, 2, 3, 4], new(1, 1, 4)));
        Assert.Equal([10f, 15, 25, 30], Pictures.Run("resize 1 4", [10, 30], new(1, 1, 2))); // centres at -0.25, 0.25, 0.75, 1.25
        var thirds = Pictures.Run("resize 1 2", [30, 60, 90], new(1, 1, 3)); // (30 + 60/2) / 1.5 and (60/2 + 90) / 1.5
        Assert.Equal(40, thirds[0], 1e-4);
        Assert.Equal(80, thirds[1], 1e-4);
        var shape = new Shape(3, 9, 14);
        var source = Idx.Noise(shape.Count, 5);
        Assert.Equal(Pictures.Floats(source), Pictures.Run("resize 9 14", source, shape));
        byte[] flat = [.. Enumerable.Repeat((byte)99, shape.Count)];
        foreach (var size in (string[])["resize 5 31", "resize 31 5", "resize 1 1"])
            Assert.All(Pictures.Run(size, flat, shape), pixel => Assert.Equal(99, pixel, 1e-4));
    }

    [Fact]
    public void A_resized_crop_has_area_and_proportion_in_range_and_falls_back_to_the_middle()
    {
        var shape = new Shape(1, 100, 120);
        var crop = new RandomResizedCrop { Scale = (0.2f, 0.5f), Ratio = (0.5f, 2) };
        double least = 1, greatest = 0;
        for (uint index = 0; index < 2000; index++)
        {
            var random = Pictures.Random(index);
            var box = crop.Draw(shape, ref random);
            Assert.True(box.Top >= 0 && box.Left >= 0 && box.Top + box.Height <= 100 && box.Left + box.Width <= 120);
            var area = box.Height * box.Width / 12000.0;
            (least, greatest) = (Math.Min(least, area), Math.Max(greatest, area));
            Assert.InRange((double)box.Width / box.Height, 0.48, 2.1);
        }
        Assert.InRange(least, 0.19, 0.22);
        Assert.InRange(greatest, 0.48, 0.51);
        var sequence = Pictures.Random();
        Assert.Equal(new PixelBox(0, 45, 100, 10), new RandomResizedCrop { Scale = (1, 1), Ratio = (0.1f, 0.1f) }.Draw(new(1, 100, 100), ref sequence)); // no window of the whole area fits: the largest in the middle
        // The whole image at its own size is the image.
        var source = Idx.Noise(64, 2);
        Assert.Equal(Pictures.Floats(source), Pictures.Run("resized-crop scale=1:1 ratio=1:1", source, new(1, 8, 8)));
    }

    [Fact]
    public void Erasing_covers_one_rectangle_of_the_asked_area()
    {
        var shape = new Shape(3, 40, 40);
        byte[] white = [.. Enumerable.Repeat((byte)200, shape.Count)];
        var covered = 0;
        for (uint index = 0; index < 500; index++)
        {
            var pixels = Pictures.Run("erase 0.5 scale=0.1:0.2 ratio=0.5:2 value=7", white, shape, index: index);
            var holes = Enumerable.Range(0, shape.Count).Where(i => pixels[i] == 7).ToList();
            Assert.Equal(shape.Count - holes.Count, pixels.Count(pixel => pixel == 200));
            if (holes.Count == 0) continue;
            covered++;
            int top = holes.Min(i => i % 1600 / 40), bottom = holes.Max(i => i % 1600 / 40), left = holes.Min(i => i % 40), right = holes.Max(i => i % 40);
            Assert.Equal(3 * (bottom - top + 1) * (right - left + 1), holes.Count);
            Assert.InRange(holes.Count / 4800.0, 0.09, 0.215);
        }
        Assert.InRange(covered, 210, 290);
        var noise = Pictures.Run("erase 1 scale=0.3:0.3 noise=yes", new byte[shape.Count], shape);
        Assert.InRange(noise.Count(pixel => pixel != 0), 1300, 1560);
        Assert.InRange(noise.Where(pixel => pixel != 0).Average(), 115, 140);
        Assert.Equal(Pictures.Floats(white), Pictures.Run("erase 1 scale=1:1 ratio=1:1", white, shape)); // never fits
    }

    [Fact]
    public void Cutout_covers_squares_that_may_hang_over_the_edge()
    {
        var shape = new Shape(2, 12, 12);
        byte[] white = [.. Enumerable.Repeat((byte)255, shape.Count)];
        var areas = new HashSet<int>();
        for (uint index = 0; index < 500; index++)
        {
            var holes = Pictures.Run("cutout 4", white, shape, index: index).Count(pixel => pixel == 0);
            Assert.Equal(0, holes % 2);
            areas.Add(holes / 2);
        }
        Assert.Equal([4, 6, 8, 9, 12, 16], areas.Order()); // from the corner (2x2 or 3x3 pixels inside) to the middle
        Assert.True(Pictures.Run("cutout 4 3 value=128", white, shape).Count(pixel => pixel == 128) > 16);
        Assert.All(Pictures.Run("cutout 30", white, shape), pixel => Assert.Equal(0, pixel));
    }

    [Fact]
    public void Elastic_deformation_moves_pixels_about_as_far_as_its_formula_says()
    {
        // A ramp shows where each pixel came from: its value is its column.
        var shape = new Shape(1, 64, 64);
        byte[] ramp = [.. Enumerable.Range(0, shape.Count).Select(i => (byte)(2 * (i % 64)))];
        double squares = 0;
        var count = 0;
        for (uint index = 0; index < 20; index++)
        {
            var bent = Pictures.Run("elastic 34 4 fill=nearest", ramp, shape, index: index);
            for (var y = 16; y < 48; y++)
                for (var x = 16; x < 48; x++, count++)
                    squares += Math.Pow((bent[(y * 64) + x] / 2) - x, 2);
        }
        Assert.InRange(Math.Sqrt(squares / count), 1.38 * 0.85, 1.38 * 1.15); // 34 / sqrt(3) / (2 sqrt(pi) 4)
        Assert.Equal(Pictures.Floats(ramp), Pictures.Run("elastic 0 4", ramp, shape));
    }

    [Fact]
    public void Blurring_keeps_flat_images_and_spreads_a_point_like_a_gaussian()
    {
        var shape = new Shape(1, 21, 21);
        Assert.All(Pictures.Run("blur sigma=2:2", [.. Enumerable.Repeat((byte)80, 441)], shape), pixel => Assert.Equal(80, pixel, 1e-4));
        var point = new byte[441];
        point[(10 * 21) + 10] = 255;
        var blurred = Pictures.Run("blur sigma=1.5:1.5", point, shape);
        Assert.Equal(255, blurred.Sum(), 0.01);
        Assert.Equal(Math.Exp(-1 / 4.5), blurred[(10 * 21) + 11] / blurred[(10 * 21) + 10], 1e-5);
        Assert.Equal(Math.Exp(-(4 + 9) / 4.5), blurred[(12 * 21) + 13] / blurred[(10 * 21) + 10], 1e-5);
    }
}
