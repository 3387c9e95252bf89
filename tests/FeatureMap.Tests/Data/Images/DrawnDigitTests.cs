using FeatureMap.Data;
using Xunit;

namespace FeatureMap.Tests.Data;

/// <summary>Drawings are set as the digits of MNIST are, wherever, however large and in whatever colour they were drawn.</summary>
public sealed class DrawnDigitTests
{
    // A bar of 10 x 4 pixels becomes 20 x 8, in the middle of 28 x 28: rows 4 to 23, columns 10 to 17.
    [Theory]
    [InlineData(1, 0, 255)]
    [InlineData(1, 255, 0)]
    [InlineData(3, 240, 20)]
    public void A_bar_is_scaled_to_twenty_rows_and_centred(int channels, byte paper, byte ink)
    {
        var shape = new Shape(channels, 50, 61);
        var pixels = new byte[shape.Count];
        Array.Fill(pixels, paper);
        for (var channel = 0; channel < channels; channel++)
            for (var y = 30; y < 40; y++)
                pixels.AsSpan((channel * shape.Area) + (y * 61) + 50, 4).Fill(ink);

        var digit = DrawnDigit.Of(new Picture("bar", shape, pixels));

        Assert.Equal((30, 50, 10, 4, 2.0, ink < paper), (digit.Top, digit.Left, digit.Height, digit.Width, digit.Scale, digit.IsInverted));
        for (var y = 0; y < 28; y++)
            for (var x = 0; x < 28; x++)
                Assert.Equal(y is >= 4 and < 24 && x is >= 10 and < 18 ? 255 : 0, digit.Pixels[(y * 28) + x]);
        Assert.Equal($"box of 10x4 pixels at row 30, column 50, scaled by 2, centred{(ink < paper ? "; dark ink on light paper, inverted" : "")}", digit.ToString());
    }

    // Pixels repeated k x k times and averaged k x k are themselves again.
    [Theory]
    [InlineData(20, 13)]
    [InlineData(7, 20)]
    [InlineData(20, 20)]
    public void Size_place_and_negative_change_nothing(int height, int width)
    {
        const int times = 5, top = 11, left = 40;
        var ink = Array.ConvertAll(Idx.Noise(height * width, 3), value => (byte)(80 + (value % 176)));
        var small = Drawn(28, 28, paper: 0, (y, x) => ink[(y * width) + x]);
        var large = Drawn(170, 230, paper: 255, (y, x) => (byte)(255 - ink[(y / times * width) + (x / times)]));

        Assert.Equal(small.Pixels, large.Pixels);
        Assert.Equal((height * times, width * times, true, 1 / (double)times), (large.Height, large.Width, large.IsInverted, large.Scale));

        DrawnDigit Drawn(int rows, int columns, byte paper, Func<int, int, byte> at)
        {
            var (repeats, pixels) = (rows == 28 ? 1 : times, new byte[rows * columns]);
            Array.Fill(pixels, paper);
            for (var y = 0; y < height * repeats; y++)
                for (var x = 0; x < width * repeats; x++)
                    pixels[(((repeats == 1 ? 4 : top) + y) * columns) + (repeats == 1 ? 4 : left) + x] = at(y, x);
            return DrawnDigit.Of(new Picture("ink", new Shape(1, rows, columns), pixels));
        }
    }

    // A long tail pulls the centre of mass away: the box stays inside.
    [Fact]
    public void The_box_stays_inside()
    {
        var pixels = new byte[40 * 40];
        pixels.AsSpan(0, 20).Fill(255);
        for (var y = 1; y < 20; y++)
            pixels[y * 40] = 60;

        var digit = DrawnDigit.Of(new Picture("corner", new Shape(1, 40, 40), pixels));

        Assert.Equal(8, Enumerable.Range(0, 28).First(row => digit.Pixels.Slice(row * 28, 28).IndexOfAnyExcept((byte)0) >= 0));
        Assert.Equal(255, digit.Pixels.ToArray().Max());
    }

    [Fact]
    public void An_empty_drawing_is_refused_with_its_numbers()
    {
        var pixels = new byte[100];
        Array.Fill(pixels, (byte)200);
        pixels[55] = 185;

        var error = Assert.Throws<DataException>(() => DrawnDigit.Of(new Picture("sheet", new Shape(1, 10, 10), pixels)));

        Assert.Equal("Nothing is drawn on sheet: its paper is 200 of 255, and no pixel of the 10 x 10 differs from it by more than 15; 32 are needed. "
            + "Draw with more contrast, on paper that reaches to the border.", error.Message);
    }
}
