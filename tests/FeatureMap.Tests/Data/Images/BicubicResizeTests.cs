using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

public sealed class BicubicResizeTests
{
    [Fact]
    public void Weights_are_those_of_the_cubic_worked_by_hand()
    {
        // Twice as large: the first new pixel stands at -0.25, 1.25 from the mirrored -2 (which is 1), 0.25 from 0.
        var twice = BicubicResize.Table(4, 2 * 4);
        Assert.Equal([(1, -0.0234375), (0, 0.2265625), (0, 0.8671875), (1, -0.0703125)], twice[0]);
        Assert.Equal([(0, -0.0703125), (1, 0.8671875), (2, 0.2265625), (3, -0.0234375)], twice[3]);
        // Half as large: the kernel is twice as wide, so eight pixels count; their weights are k(1/4), k(3/4), k(5/4), k(7/4), halved.
        double[] side = [-0.01171875, -0.03515625, 0.11328125, 0.43359375];
        var half = BicubicResize.Table(16, 8);
        Assert.Equal([.. side, .. side.Reverse()], half[4].Select(tap => tap.Weight));
        Assert.Equal(Enumerable.Range(5, 8), half[4].Select(tap => tap.Position));
    }

    [Theory]
    [InlineData(7, 21)]
    [InlineData(21, 7)]
    [InlineData(9, 12)]
    [InlineData(100, 33)]
    [InlineData(1, 5)]
    [InlineData(5, 1)]
    public void Weights_add_up_to_one_and_stay_inside(int from, int to)
    {
        foreach (var taps in BicubicResize.Table(from, to))
        {
            Assert.Equal(1, taps.Sum(tap => tap.Weight), 12);
            Assert.All(taps, tap => Assert.InRange(tap.Position, 0, from - 1));
        }
    }

    [Theory]
    [InlineData(30, 90, 1e-9)]
    [InlineData(30, 50, 1e-9)]
    [InlineData(30, 10, 1e-9)]
    [InlineData(30, 17, 0.2)] // a kernel widened by no whole number is not sampled evenly: so it is in imresize
    public void A_ramp_stays_a_ramp_away_from_the_edges(int from, int to, double tolerance)
    {
        var ramp = Enumerable.Range(0, from * from).Select(i => (2.0 * (i % from)) + (3.0 * (i / from))).ToArray();
        var scaled = BicubicResize.Apply(ramp, new Shape(1, from, from), to, to);
        double Place(int i) => ((i + 0.5) * from / to) - 0.5;
        var margin = (to / 3) + 1;
        for (var y = margin; y < to - margin; y++)
            for (var x = margin; x < to - margin; x++)
                Assert.Equal((2 * Place(x)) + (3 * Place(y)), scaled[(y * to) + x], tolerance);
    }

    [Fact]
    public void The_middle_of_three_is_the_pixel_itself_and_beyond_an_edge_the_picture_is_mirrored()
    {
        var scaled = BicubicResize.Apply([10, 20, 60, 40], new Shape(1, 1, 4), 1, 12);
        Assert.Equal([10, 20, 60, 40], new[] { 1, 4, 7, 10 }.Select(x => scaled[x]));
        // At -1/3 stand, from left to right, the mirrored 20 at distance 5/3, the mirrored 10 at 2/3, then 10 at 1/3 and 20 at 4/3.
        double near = (1.5 / 27) - (2.5 / 9) + 1, far = (1.5 * 8 / 27) - (2.5 * 4 / 9) + 1;
        double beyond = (-0.5 * 64 / 27) + (2.5 * 16 / 9) - (4 * 4 / 3.0) + 2, last = (-0.5 * 125 / 27) + (2.5 * 25 / 9) - (4 * 5 / 3.0) + 2;
        Assert.Equal((20 * last) + (10 * far) + (10 * near) + (20 * beyond), scaled[0], 12);
    }

    private static Picture Transposed(Picture picture)
    {
        var shape = new Shape(picture.Shape.Channels, picture.Shape.Width, picture.Shape.Height);
        return new("transposed", shape, [.. Enumerable.Range(0, shape.Count).Select(i => picture.Pixels[(i / shape.Area * shape.Area) + (i % shape.Area % shape.Width * shape.Height) + (i % shape.Area / shape.Width)])]);
    }

    [Fact]
    public void Rows_and_columns_and_channels_are_scaled_alike()
    {
        var pixels = Idx.Noise(3 * 12 * 9, 4);
        var picture = new Picture("noise", new Shape(3, 12, 9), pixels);
        var turned = BicubicResize.Apply(Transposed(picture), 7, 20);
        var straight = BicubicResize.Apply(picture, 20, 7);
        Assert.Equal(straight.Pixels, Transposed(turned).Pixels);
        Assert.Equal(straight.Plane(2).Pixels, BicubicResize.Apply(picture.Plane(2), 20, 7).Pixels);
        Assert.Same(picture, BicubicResize.Apply(picture, 12, 9));
    }

    [Fact]
    public void Overshoot_is_cut_off_in_bytes_and_kept_in_real_numbers()
    {
        byte[] step = [0, 0, 0, 255, 255, 255];
        Assert.All(BicubicResize.Apply(new Picture("step", new Shape(1, 1, 6), step), 1, 18).Pixels.ToArray(), value => Assert.InRange(value, (byte)0, (byte)255));
        var real = BicubicResize.Apply([.. step.Select(value => (double)value)], new Shape(1, 1, 6), 1, 18);
        Assert.True(real.Min() < 0 && real.Max() > 255);
    }

    [Fact]
    public void There_and_back_rounds_only_at_the_end()
    {
        var picture = new Picture("noise", new Shape(1, 12, 18), Idx.Noise(216, 8));
        var small = BicubicResize.Apply([.. picture.Pixels.ToArray().Select(value => (double)value)], picture.Shape, 4, 6);
        var large = BicubicResize.Apply(small, new Shape(1, 4, 6), 12, 18);
        Assert.Equal(large.Select(PixelRounding.ToByte), BicubicResize.ThereAndBack(picture, 3).Pixels.ToArray());
        Assert.NotEqual(BicubicResize.Apply(BicubicResize.Apply(picture, 4, 6), 12, 18).Pixels.ToArray(), BicubicResize.ThereAndBack(picture, 3).Pixels.ToArray());
        Assert.Equal(
            "The picture noise has 12 x 18 pixels (height x width), which 5 does not divide. Cut it to a multiple first: CropToMultiple(5).",
            Assert.Throws<DataException>(() => BicubicResize.ThereAndBack(picture, 5)).Message);
    }

    [Fact]
    public void Errors_have_the_numbers()
    {
        Assert.Equal("Planes of 1x2x3 have 6 numbers: received 5.", Assert.Throws<DataException>(() => BicubicResize.Apply(new double[5], new Shape(1, 2, 3), 1, 1)).Message);
        var picture = new Picture("p", new Shape(1, 2, 3), new byte[6]);
        Assert.Equal(
            "A picture of 2 x 3 pixels (height x width) cannot be scaled to 0 x 4: both sides must be at least 1.",
            Assert.Throws<DataException>(() => BicubicResize.Apply(picture, 0, 4)).Message);
        Assert.Equal(
            "A picture of 20,000 x 30,000 = 600,000,000 pixels (height x width) is not made: at most 40,000,000 are. Scale by a smaller factor, or cut the picture.",
            Assert.Throws<DataException>(() => BicubicResize.Apply(picture, 20_000, 30_000)).Message);
    }
}
