using FeatureMap.Annotations;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Annotations;

public sealed class MaskTests
{
    [Fact]
    public void Runs_go_down_the_columns_and_begin_outside()
    {
        // 0 1
        // 0 1
        Assert.Equal([2, 2], RunLengthMask.Of(2, 2, [false, true, false, true]).Runs);
        // 1 1
        // 0 0
        Assert.Equal([0, 1, 1, 1, 1], RunLengthMask.Of(2, 2, [true, true, false, false]).Runs);
    }

    /// <summary>The rule by hand: 6 is below 16, one group: '6'. 40 = 8 + 1 x 32: group 8 with 32 more = 'X', then 1. 16 = 10000b needs a
    /// second group, as its highest bit is the sign.</summary>
    [Theory]
    [InlineData("6", new[] { 6 })]
    [InlineData("X16", new[] { 40, 6 })]
    [InlineData("`06", new[] { 16, 6 })]
    [InlineData("1234", new[] { 1, 2, 3, 6 })]
    [InlineData("123N", new[] { 1, 2, 3, 0 })]
    public void Compressed_runs_by_hand(string text, int[] runs)
    {
        var mask = RunLengthMask.Of(1, runs.Sum(), runs);
        Assert.Equal(text, mask.ToCompressed());
        Assert.Equal(mask, RunLengthMask.Parse(1, runs.Sum(), text));
    }

    [Fact]
    public void Random_masks_come_back_through_runs_and_text()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        for (var round = 0; round < 300; round++)
        {
            int height = 1 + random.NextInt(40), width = 1 + random.NextInt(40), rare = 1 + random.NextInt(9);
            var pixels = new bool[height * width];
            for (var i = 0; i < pixels.Length; i++)
                pixels[i] = i > 0 && random.NextInt(4) > 0 ? pixels[i - 1] : random.NextInt(rare) == 0;
            var mask = RunLengthMask.Of(height, width, pixels);
            Assert.Equal(pixels, mask.ToPixels());
            Assert.Equal(mask, RunLengthMask.Parse(height, width, mask.ToCompressed()));
            Assert.Equal(mask, RunLengthMask.Of(height, width, mask.Runs));
            Assert.Equal(pixels.Count(pixel => pixel), mask.Area);
            Assert.Equal(Bounds(pixels, height, width), mask.Bounds());
        }
    }

    [Theory]
    [InlineData("0")]
    [InlineData("P")]
    [InlineData("oooooooo")]
    [InlineData("Z")]
    [InlineData("44N")]
    public void Damaged_texts_of_runs_are_refused(string text) => Assert.Throws<DataException>(() => RunLengthMask.Parse(2, 2, text));

    [Fact]
    public void A_pixel_is_inside_where_its_centre_is()
    {
        // From (0.5, 0.5) on the edge counts, up to (2.5, 1.5) it does not: two pixels of one row.
        Assert.Equal(
            [true, true, false, false, false, false],
            PolygonFill.Pixels([[new(0.5, 0.5), new(2.5, 0.5), new(2.5, 1.5), new(0.5, 1.5)]], 2, 3));
        // Two parts are one thing, and what reaches out is cut.
        Assert.Equal(
            [true, false, false, false, true, true],
            PolygonFill.Pixels([[new(-5, -5), new(1, -5), new(1, 1), new(-5, 1)], [new(1, 1), new(9, 1), new(9, 9), new(1, 9)]], 2, 3));
        Assert.DoesNotContain(true, PolygonFill.Pixels([[new(0, 0), new(3, 3)], []], 3, 3));
    }

    [Fact]
    public void Filling_equals_a_test_of_every_centre()
    {
        var random = new RandomSequence(8, RandomPurpose.Testing);
        for (var round = 0; round < 400; round++)
        {
            int height = 1 + random.NextInt(14), width = 1 + random.NextInt(14);
            // Every other polygon has its corners on centres and edges, where ties are.
            var isTied = round % 2 == 0;
            PolygonPoint[][] parts = [.. Enumerable.Range(0, 1 + random.NextInt(3))
                .Select(_ => Enumerable.Range(0, 3 + random.NextInt(5)).Select(_ => isTied
                ? new PolygonPoint((random.NextInt(34) - 3) / 2.0, (random.NextInt(34) - 3) / 2.0)
                : new PolygonPoint((random.NextInt(1800) - 200) / 100.0, (random.NextInt(1800) - 200) / 100.0)).ToArray())];
            var filled = PolygonFill.Pixels(parts, height, width);
            for (var y = 0; y < height; y++)
                for (var x = 0; x < width; x++)
                    Assert.True(parts.Any(part => IsInside(part, x + 0.5, y + 0.5)) == filled[(y * width) + x], $"round {round}, pixel "
                        + $"{x}, {y}");
        }
    }

    // The text book: a ray to the left crosses the outline an odd number of times.
    private static bool IsInside(PolygonPoint[] polygon, double x, double y)
    {
        var inside = false;
        for (int i = 0, j = polygon.Length - 1; i < polygon.Length; j = i++)
        {
            var (a, b) = polygon[i].Y < polygon[j].Y ? (polygon[i], polygon[j]) : (polygon[j], polygon[i]);
            if (a.Y <= y && y < b.Y && a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X)) <= x) inside = !inside;
        }
        return inside;
    }

    private static FeatureMap.Analysis.Box Bounds(bool[] pixels, int height, int width)
    {
        int left = width, top = height, right = -1, bottom = -1;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                if (pixels[(y * width) + x])
                    (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        return right < 0 ? default : new(left, top, right - left + 1, bottom - top + 1);
    }
}
