using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class MaxPool2dTests
{
    [Theory]
    [InlineData(2)] // the 2x2 path
    [InlineData(4)] // the general path
    public void Among_equal_numbers_the_first_in_row_major_order_gets_the_gradient(int kernel)
    {
        var shape = Shape.Image(1, kernel, kernel);
        var numbers = new double[shape.Count];
        Array.Fill(numbers, -3);
        numbers[1] = numbers[kernel] = numbers[^1] = 5;
        var trial = new OpTrial(new MaxPool2d(kernel), shape, 1, numbers);
        Assert.Equal([5], trial.Output);
        var expected = new double[shape.Count];
        expected[1] = 1;
        Assert.Equal(expected, trial.InputGradient());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Not_a_number_wins_wherever_it_stands(int place)
    {
        double[] numbers = [1, 2, 3, 4];
        numbers[place] = double.NaN;
        Assert.True(double.IsNaN(new OpTrial(new MaxPool2d(2), Shape.Image(1, 2, 2), 1, numbers).Output[0]));
        Assert.True(double.IsNaN(new OpTrial(new MaxPool2d(2) { Padding = 1, Stride = 3 }, Shape.Image(1, 2, 2), 1, [double.NaN]).Output[0]));
    }

    [Fact]
    public void Padding_never_wins_against_negative_numbers() =>
        Assert.Equal([-1, -2, -3, -4], new OpTrial(new MaxPool2d(2) { Padding = 1 }, Shape.Image(1, 2, 2), 1, [-1, -2, -3, -4]).Output);

    [Theory]
    [InlineData(7, 2, 2, 0, 3, 4)] // a last, partial window over one pixel
    [InlineData(8, 2, 2, 0, 4, 4)] // nothing left over
    [InlineData(7, 3, 2, 1, 4, 4)] // padding makes it even
    [InlineData(6, 3, 2, 1, 3, 4)]
    [InlineData(5, 2, 2, 1, 3, 3)] // one more would start behind the input, in the padding: dropped
    [InlineData(6, 1, 4, 0, 2, 2)] // one more would start behind the input: dropped
    public void Floor_and_ceil_mode_count_windows_as_PyTorch_does(int input, int kernel, int stride, int padding, int floor, int ceil)
    {
        foreach (var (mode, expected) in ((bool, int)[])[(false, floor), (true, ceil)])
        {
            var op = new MaxPool2d(kernel) { Stride = stride, Padding = padding, CeilMode = mode };
            Assert.Equal(expected, op.Geometry(Shape.Image(1, input, input)).Output.Width);
        }
    }

    [Fact]
    public void The_input_gradients_add_up_to_the_output_gradients()
    {
        var random = new RandomSequence(5, RandomPurpose.Testing);
        foreach (var (kernel, stride) in ((int, int)[])[(2, 2), (3, 2), (3, 1)])
        {
            var shape = Shape.Image(2, 9, 9);
            var numbers = new double[2 * shape.Count];
            foreach (ref var number in numbers.AsSpan())
                number = random.NextInt(5);
            var op = new MaxPool2d(kernel) { Stride = stride };
            Assert.Equal(2.0 * op.Geometry(shape).Output.Count, new OpTrial(op, shape, 2, numbers).InputGradient().Sum());
        }
    }

    [Fact]
    public void A_window_larger_than_the_input_is_explained()
    {
        var error = Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(3, 4, 2), x => x.MaxPool(3)));
        Assert.Equal(
            "Layer 'maxPool1' (MaxPool2d(3x3), layer 1, after 'input') cannot take 3x4x2: The window does not fit: it spans 3 pixels of width, the input has 2. Pool less often before, or use a smaller window.",
            error.Message);
        error = Assert.Throws<ShapeException>(() => new MaxPool2d(3) { Dilation = 3, Padding = 1 }.Geometry(Shape.Image(1, 4, 9)));
        Assert.Equal(
            "The window does not fit: it spans 3 + (3 - 1) x (3 - 1) = 7 pixels of height, the input has 4 + 1 + 1 padding = 6. Pool less often before, or use a smaller window.",
            error.Message);
    }

    [Fact]
    public void A_window_that_sees_padding_only_is_explained()
    {
        var error = Assert.Throws<ShapeException>(() => new MaxPool2d(2) { Padding = 2 }.Geometry(Shape.Image(1, 6, 6)));
        Assert.Equal(
            "Window 0 of the height would see padding only: its 2 taps stand on positions -2 to -1 in steps of 1, the input has 0 to 5. Pad less: at most half of the window (1) on each side.",
            error.Message);
    }

    [Fact]
    public void A_size_out_of_range_is_explained()
    {
        var error = Assert.Throws<ShapeException>(() => new MaxPool2d(0).Geometry(Shape.Image(1, 6, 6)));
        Assert.Equal("A pooling's kernel height must be between 1 and 1,000,000: received 0 (a window covers at least one pixel).", error.Message);
    }

    [Fact]
    public void Settings_name_what_differs_from_the_default()
    {
        Assert.Equal("MaxPool2d(2x2)", new MaxPool2d(2).ToString());
        Assert.Equal("MaxPool2d(3x2, stride 2x1, padding 1, dilation 2, ceil mode)", new MaxPool2d((3, 2))
        {
            Stride = (2, 1),
            Padding = 1,
            Dilation = 2,
            CeilMode = true,
        }.ToString());
    }
}
