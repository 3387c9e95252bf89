using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class ImageResizeTests
{
    [Fact]
    public void Shrinking_takes_the_mean_of_the_area()
    {
        Assert.Equal([15, 55], ImageResize.Resize([10, 20, 50, 60], new(1, 1, 4), 1, 2));
        Assert.Equal([25, 35], ImageResize.Resize([10, 20, 30, 40], new(2, 1, 2), 1, 1).Select((value, i) => (byte)(value + (i == 0 ? 10 : 0))));
        Assert.Equal([13, 27], ImageResize.Resize([10, 20, 30], new(1, 1, 3), 1, 2)); // (10 + 20/2) / 1.5 = 13.3 and (20/2 + 30) / 1.5 = 26.7
        Assert.Equal([25], ImageResize.Resize([10, 20, 30, 40], new(1, 2, 2), 1, 1));
    }

    [Fact]
    public void Growing_interpolates_between_pixel_centres() =>
        Assert.Equal([0, 25, 75, 100], ImageResize.Resize([0, 100], new(1, 1, 2), 1, 4));

    [Fact]
    public void The_same_size_changes_nothing_and_a_flat_image_stays_flat()
    {
        var pixels = Idx.Noise(3 * 5 * 7, 2);
        Assert.Equal(pixels, ImageResize.Resize(pixels, new(3, 5, 7), 5, 7));
        byte[] flat = [.. Enumerable.Repeat((byte)255, 35)];
        Assert.All(ImageResize.Resize(flat, new(1, 5, 7), 3, 29), value => Assert.Equal(255, value));
        Assert.Throws<DataException>(() => ImageResize.Resize(flat, new(1, 5, 8), 1, 1));
    }
}
