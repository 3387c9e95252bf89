using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class Pad2dTests
{
    private static readonly double[] Nine = [0, 1, 2, 3, 4, 5, 6, 7, 8];

    /// <summary>The examples in PyTorch's documentation of its padding layers: 3 x 3 numbers, 2 pixels on each side.</summary>
    [Theory]
    [InlineData(PadMode.Reflect, "8 7 6 7 8 7 6 | 5 4 3 4 5 4 3 | 2 1 0 1 2 1 0 | 5 4 3 4 5 4 3 | 8 7 6 7 8 7 6 | 5 4 3 4 5 4 3 | 2 1 0 1 2 1 0")]
    [InlineData(PadMode.Replicate, "0 0 0 1 2 2 2 | 0 0 0 1 2 2 2 | 0 0 0 1 2 2 2 | 3 3 3 4 5 5 5 | 6 6 6 7 8 8 8 | 6 6 6 7 8 8 8 | 6 6 6 7 8 8 8")]
    [InlineData(PadMode.Wrap, "4 5 3 4 5 3 4 | 7 8 6 7 8 6 7 | 1 2 0 1 2 0 1 | 4 5 3 4 5 3 4 | 7 8 6 7 8 6 7 | 1 2 0 1 2 0 1 | 4 5 3 4 5 3 4")]
    [InlineData(PadMode.Constant, "9 9 9 9 9 9 9 | 9 9 9 9 9 9 9 | 9 9 0 1 2 9 9 | 9 9 3 4 5 9 9 | 9 9 6 7 8 9 9 | 9 9 9 9 9 9 9 | 9 9 9 9 9 9 9")]
    public void Two_pixels_around_nine_numbers(PadMode mode, string expected) =>
        Assert.Equal(Numbers(expected), new OpTrial(new Pad2d(2) { Mode = mode, Value = 9 }, Shape.Image(1, 3, 3), 1, Nine).Output);

    /// <summary>As NumPy does it, on which ONNX's definition rests; PyTorch refuses to mirror or wrap more than once.</summary>
    [Theory]
    [InlineData(PadMode.Reflect, "1 0 1 2 1 0 1 2 1 0 1 2 1")]
    [InlineData(PadMode.Wrap, "1 2 0 1 2 0 1 2 0 1 2 0 1")]
    public void More_than_the_input_has(PadMode mode, string expected) =>
        Assert.Equal(Numbers(expected), new OpTrial(new Pad2d(0, 5, 0, 5) { Mode = mode }, Shape.Image(1, 1, 3), 1, [0, 1, 2]).Output);

    [Theory]
    [InlineData(PadMode.Constant, "1 2 0 0")]
    [InlineData(PadMode.Reflect, "1 2 1 2")]
    [InlineData(PadMode.Replicate, "1 2 2 2")]
    [InlineData(PadMode.Wrap, "1 2 1 2")]
    public void Negative_numbers_crop_first(PadMode mode, string expected) =>
        Assert.Equal(Numbers(expected), new OpTrial(new Pad2d(0, -1, 0, 2) { Mode = mode }, Shape.Image(1, 1, 3), 1, [0, 1, 2]).Output);

    [Fact]
    public void Channels_are_added_and_left_out()
    {
        var op = new Pad2d(0) { ChannelsBefore = 1, ChannelsAfter = -1, Value = 5 };
        Assert.Equal([5, 5, 1, 2, 3, 4], new OpTrial(op, Shape.Image(3, 1, 2), 1, [1, 2, 3, 4, 6, 7]).Output);
        Assert.Equal([1, 1, 1, 1, 0, 0], new OpTrial(op, Shape.Image(3, 1, 2), 1, [1, 2, 3, 4, 6, 7]).InputGradient());
    }

    [Fact]
    public void The_gradient_counts_how_often_a_pixel_is_read()
    {
        // a b c d with three pixels on each side: d c b | a b c d | c b a, and a a a | a b c d | d d d, and b c d | a b c d | a b c.
        double[] Gradient(PadMode mode) => new OpTrial(new Pad2d(0, 3, 0, 3) { Mode = mode }, Shape.Image(1, 1, 4), 1, [0]).InputGradient();
        Assert.Equal([1, 1, 1, 1], Gradient(PadMode.Constant));
        Assert.Equal([2, 3, 3, 2], Gradient(PadMode.Reflect));
        Assert.Equal([4, 1, 1, 4], Gradient(PadMode.Replicate));
        Assert.Equal([2, 3, 3, 2], Gradient(PadMode.Wrap));
    }

    [Fact]
    public void Zeros_before_a_convolution_are_its_padding()
    {
        var inside = new Conv2d(2, 3) { Padding = new Padding(1, 2, 0, 1) }.OutputShape([Shape.Image(1, 5, 6)]);
        Assert.Equal(inside, Network.Build(Shape.Image(1, 5, 6), x => x.Pad(1, 2, 0, 1).Conv(2, kernel: 3)).Output);
    }

    [Fact]
    public void Errors_teach()
    {
        Says("Cropping leaves nothing of 4 rows: 4 - 3 - 2 = -1. At least 1 must stay; crop less.", new Pad2d(-3, 0, -2, 0));
        Says("Cropping leaves nothing of 5 columns: 5 - 5 = 0. At least 1 must stay; crop less.", new Pad2d(0, -5, 0, 9));
        Says("Padding must be between -1,000,000 and 1,000,000 rows on each side: received 1,000,001 and 0.", new Pad2d(1_000_001, 0, 0, 0));
        Says("Channels can only be padded with a constant: received 1 before and 0 after with mode Wrap. Channels have no neighbours to mirror or repeat.", new Pad2d(0) { ChannelsBefore = 1, Mode = PadMode.Wrap });

        static void Says(string message, Pad2d op) => Assert.Equal(message, Assert.Throws<ShapeException>(() => op.OutputShape([Shape.Image(2, 4, 5)])).Message);
    }

    private static double[] Numbers(string list) => [.. list.Split([' ', '|'], StringSplitOptions.RemoveEmptyEntries).Select(double.Parse)];
}
