using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class ConvTranspose2dTests
{
    [Fact]
    public void Two_inputs_paint_patches_that_overlap() =>
        // 1 x (1 2 3) at 0 and 2 x (1 2 3) at 2: 1, 2, 3 + 2, 4, 6.
        Assert.Equal([1, 2, 5, 4, 6], Run(new ConvTranspose2d(1, (1, 3)) { Stride = (1, 2), HasBias = false }, Shape.Image(1, 1, 2), [1, 2], [1, 2, 3]));

    [Fact]
    public void The_example_of_the_lesson() =>
        Assert.Equal(
            [
                1, 1, 3, 2, 2,
                1, 1, 3, 2, 2,
                4, 4, 10, 6, 6,
                3, 3, 7, 4, 4,
                3, 3, 7, 4, 4,
            ],
            Run(new ConvTranspose2d(1, 3) { Stride = 2, HasBias = false }, Shape.Image(1, 2, 2), [1, 2, 3, 4], Ones(9)));

    [Fact]
    public void Weights_stand_in_the_order_of_pytorch_inputs_first()
    {
        // W[m][n] = 1 10 / 100 1000, x = 2 3: y = (1 x 2 + 100 x 3, 10 x 2 + 1000 x 3), and a bias per output channel.
        Assert.Equal([302, 3020], Run(new ConvTranspose2d(2, 1) { HasBias = false }, Shape.Vector(2), [2, 3], [1, 10, 100, 1000]));
        var given = new OpTrial(new ConvTranspose2d(2, (1, 2)), [OpTrial.Tensor(Shape.Vector(1), 1, [1])], parameters: [[1, 2, 3, 4], [10, 20]]);
        Assert.Equal([11, 12, 23, 24], given.Output);
        var weights = new ConvTranspose2d(6, (3, 4)) { Groups = 2 }.Parameters([Shape.Image(8, 5, 5)]);
        Assert.Equal(["weight 8 3 3 4", "bias 6"], weights.Select(parameter => $"{parameter.Name} {string.Join(' ', parameter.Dimensions)}"));
    }

    [Theory] // Dumoulin and Visin, relationships 8 to 14, and the sizes that decoders use.
    [InlineData(2, 3, 1, 0, 0, 4)]
    [InlineData(5, 4, 1, 2, 0, 4)]
    [InlineData(5, 3, 1, 1, 0, 5)]
    [InlineData(5, 3, 1, 2, 0, 3)]
    [InlineData(2, 3, 2, 0, 0, 5)]
    [InlineData(3, 3, 2, 1, 0, 5)]
    [InlineData(3, 3, 2, 1, 1, 6)]
    [InlineData(14, 2, 2, 0, 0, 28)]
    [InlineData(14, 4, 2, 1, 0, 28)]
    public void Sizes_are_the_published_ones(int input, int kernel, int stride, int padding, int outputPadding, int expected) =>
        Assert.Equal(
            Shape.Image(3, expected, expected),
            Network.Build(Shape.Image(1, input, input), x => x.ConvTranspose(3, kernel, stride, padding, outputPadding)).Output);

    [Fact]
    public void Same_padding_gives_input_times_stride()
    {
        foreach (var (kernel, stride) in new[] { (3, 2), (5, 3), (2, 2), (1, 3), (4, 2), (7, 1) })
            foreach (var rule in new[] { Padding.Same, Padding.SameLower })
                Assert.Equal(Shape.Image(2, 5 * stride, 4 * stride), Network.Build(Shape.Image(1, 5, 4), x => x.ConvTranspose(2, kernel, stride, rule)).Output);
    }

    [Fact]
    public void It_is_the_adjoint_of_its_convolution()
    {
        // <conv(x), y> = <x, convT(y)> with the same weights: both sides sum the same products, and on integers both are exact.
        var random = new RandomSequence(50, RandomPurpose.Testing);
        for (var round = 0; round < 400; round++)
        {
            var given = OpCatalogue.Entries.Single(entry => entry.Type == typeof(Conv2d)).RandomCase(ref random);
            var drawn = (Conv2d)given.Op;
            var geometry = drawn.Geometry(given.Inputs[0]);
            var convolution = new Conv2d(drawn.OutputChannels, drawn.Kernel)
            {
                Stride = drawn.Stride,
                Padding = geometry.Padding,
                Dilation = drawn.Dilation,
                Groups = drawn.Groups,
                HasBias = false,
            };
            var transposed = new ConvTranspose2d(geometry.Input.Channels, drawn.Kernel)
            {
                Stride = drawn.Stride,
                Padding = geometry.Padding,
                OutputPadding = (geometry.Vertical.LeftOver, geometry.Horizontal.LeftOver),
                Dilation = drawn.Dilation,
                Groups = drawn.Groups,
                HasBias = false,
            };
            Assert.Equal(geometry.Input, transposed.OutputShape([geometry.Output]));
            Assert.Equal(convolution.Parameters([geometry.Input])[0].Dimensions, transposed.Parameters([geometry.Output])[0].Dimensions);
            Assert.Equal(convolution.Cost([geometry.Input]), transposed.Cost([geometry.Output]));
            var batch = Math.Min(given.Batch, 3);
            var (x, y) = (Integers(batch * geometry.Input.Count, ref random), Integers(batch * geometry.Output.Count, ref random));
            var weights = Integers(convolution.Parameters([geometry.Input])[0].Count, ref random);
            var forward = new OpTrial(convolution, [OpTrial.Tensor(geometry.Input, batch, x)], parameters: [weights]).Output;
            var back = new OpTrial(transposed, [OpTrial.Tensor(geometry.Output, batch, y)], parameters: [weights]).Output;
            Assert.True(Dot(forward, y) == Dot(x, back), $"{given}: <conv(x), y> = {Dot(forward, y)}, but <x, convT(y)> = {Dot(x, back)}");
        }
    }

    [Theory]
    [InlineData(2, 3, 1)]
    [InlineData(3, 3, 2)]
    [InlineData(4, 4, 2)]
    [InlineData(3, 2, 3)]
    public void The_simple_but_ineffective_way_gives_the_same(int input, int kernel, int stride)
    {
        // Put stride - 1 zeros between the pixels, surround them with kernel - 1 zeros, and convolve with the kernel turned by half a turn.
        var random = new RandomSequence(51, RandomPurpose.Testing);
        var (x, weights) = (Integers(input * input, ref random), Integers(kernel * kernel, ref random));
        var spread = ((input - 1) * stride) + 1;
        var stuffed = new double[spread * spread];
        for (var i = 0; i < x.Length; i++)
            stuffed[(i / input * stride * spread) + (i % input * stride)] = x[i];
        var direct = Run(new ConvTranspose2d(1, kernel) { Stride = stride, HasBias = false }, Shape.Image(1, input, input), x, weights);
        Assert.Equal(direct, Run(new Conv2d(1, kernel) { Padding = kernel - 1, HasBias = false }, Shape.Image(1, spread, spread), stuffed, [.. weights.Reverse()]));
    }

    [Fact]
    public void The_simple_way_multiplies_mostly_zeros()
    {
        // Lesson: 2x2 to 4x4 with a 3x3 kernel takes 144 products, of which 36 are the real ones.
        var real = Network.Build(Shape.Image(1, 2, 2), x => x.ConvTranspose(1, kernel: 3));
        Assert.Equal((36, 144), (real.MultiplyAdds, Network.Build(Shape.Image(1, 2, 2), x => x.Conv(1, kernel: 3, padding: 2)).MultiplyAdds));
        // With stride 2 the stuffed image has 3x3 pixels: 225 products for the same 36.
        real = Network.Build(Shape.Image(1, 2, 2), x => x.ConvTranspose(1, kernel: 3, stride: 2));
        Assert.Equal((36, 225), (real.MultiplyAdds, Network.Build(Shape.Image(1, 3, 3), x => x.Conv(1, kernel: 3, padding: 2)).MultiplyAdds));
    }

    [Theory]
    [InlineData(3, 2, 1, new[] { 2, 1 })]
    [InlineData(5, 2, 1, new[] { 3, 2 })]
    [InlineData(4, 2, 1, new[] { 2, 2 })]
    [InlineData(2, 3, 1, new[] { 1, 1, 0 })]
    [InlineData(4, 2, 2, new[] { 4, 0 })]
    public void Overlap_counts_the_taps_of_each_phase(int kernel, int stride, int dilation, int[] expected)
    {
        Assert.Equal(expected, ConvTranspose2d.Overlap(kernel, stride, dilation));
        // The engine shows the same numbers on an image of ones with weights of ones, away from the edges; and their products in two dimensions.
        var op = new ConvTranspose2d(1, kernel) { Stride = stride, Dilation = dilation, HasBias = false };
        var size = op.OutputShape([Shape.Image(1, 12, 12)]).Width;
        var output = Run(op, Shape.Image(1, 12, 12), Ones(144), Ones(kernel * kernel));
        var extent = ((kernel - 1) * dilation) + 1;
        for (var row = extent; row < size - extent; row++)
            for (var column = extent; column < size - extent; column++)
                Assert.Equal(expected[row % stride] * expected[column % stride], output[(row * size) + column]);
    }

    [Fact]
    public void The_first_row_of_counts_is_that_of_the_lesson()
    {
        Assert.Equal([1, 1, 2, 1, 2, 1, 2, 1, 1], Run(new ConvTranspose2d(1, (1, 3)) { Stride = (1, 2), HasBias = false }, Shape.Image(1, 1, 4), Ones(4), Ones(3)));
        Assert.Equal([1, 1, 2, 2, 2, 2, 2, 2, 1, 1], Run(new ConvTranspose2d(1, (1, 4)) { Stride = (1, 2), HasBias = false }, Shape.Image(1, 1, 4), Ones(4), Ones(4)));
    }

    [Fact]
    public void Wrong_numbers_for_overlap_are_told() =>
        Assert.Equal("Kernel, stride and dilation are at least 1: received 3, 0 and 1.", Assert.Throws<UsageException>(() => ConvTranspose2d.Overlap(3, 0)).Message);

    [Fact]
    public void The_way_from_one_pixel_to_a_plane_is_a_matrix_product()
    {
        // The first layer of a DCGAN generator: 100 numbers become 512 planes of 4x4.
        var network = Network.Build(Shape.Vector(100), x => x.ConvTranspose(512, kernel: 4, bias: false));
        Assert.Equal((Shape.Image(512, 4, 4), 819_200L, 819_200L), (network.Output, network.TrainableCount, network.MultiplyAdds));
        Assert.Equal("matrix product", network.Layers[1].Op!.Path([Shape.Vector(100)]).Name);
    }

    [Fact]
    public void Weights_start_for_the_inputs_that_an_output_really_reads()
    {
        // 4x4 taps with stride 2: each output reads 4 of the 16, so 32 x 4 products add up in it.
        var definition = new ConvTranspose2d(8, 4) { Stride = 2 }.Parameters([Shape.Image(32, 5, 5)])[0];
        Assert.Equal((128, 8 * 16), (definition.FanIn, definition.FanOut));
    }

    [Fact]
    public void Output_padding_that_is_too_large_is_explained()
    {
        Says("Layer 'convTranspose1' (ConvTranspose2d(3x3, 8 channels, stride 2, padding 1, output padding 2), layer 1, after 'input') cannot take 4x7x7: The output padding must be below the stride or the dilation, so between 0 and max(2, 1) - 1 = 1 along the height: received 2. Without it the output has (7 - 1) x 2 - 2 + 3 = 13 pixels; for more than 14, use less padding or a larger kernel.",
            Shape.Image(4, 7, 7), x => x.ConvTranspose(8, kernel: 3, stride: 2, padding: 1, outputPadding: 2));
        Says("Layer 'convTranspose1' (ConvTranspose2d(3x3, 8 channels, output padding 0x-1), layer 1, after 'input') cannot take 4x7x7: The output padding must be below the stride or the dilation, so between 0 and max(1, 1) - 1 = 0 along the width: received -1. To cut rows or columns off the end, use more padding at the bottom or right.",
            Shape.Image(4, 7, 7), x => x.ConvTranspose(8, kernel: 3, outputPadding: (0, -1)));
        Says("Layer 'convTranspose1' (ConvTranspose2d(3x3, 8 channels, stride 2, padding same, output padding 1), layer 1, after 'input') cannot take 4x7x7: The padding already decides the height of the output: 7 x stride 2 = 14. Leave the output padding of 1 out, or give the padding in numbers.",
            Shape.Image(4, 7, 7), x => x.ConvTranspose(8, kernel: 3, stride: 2, padding: Padding.Same, outputPadding: 1));
    }

    [Fact]
    public void Other_sizes_that_do_not_fit_are_explained()
    {
        Says("Layer 'convTranspose1' (ConvTranspose2d(3x3, 8 channels, groups 4), layer 1, after 'input') cannot take 6x7x7: 4 groups do not divide 6 input channels: 6 / 4 = 1.5. Use a number of groups that divides both 6 and 8: 1, 2.",
            Shape.Image(6, 7, 7), x => x.ConvTranspose(8, kernel: 3, groups: 4));
        Says("Layer 'convTranspose1' (ConvTranspose2d(3x3, 8 channels, groups 3), layer 1, after 'input') cannot take 6x7x7: 3 groups do not divide 8 output channels: 8 / 3 = 2.67. Use a number of groups that divides both 6 and 8: 1, 2.",
            Shape.Image(6, 7, 7), x => x.ConvTranspose(8, kernel: 3, groups: 3));
        Says("Layer 'convTranspose1' (ConvTranspose2d(0x3, 8 channels), layer 1, after 'input') cannot take 6x7x7: A transposed convolution's kernel height must be between 1 and 1,000,000: received 0 (a kernel covers at least one pixel).",
            Shape.Image(6, 7, 7), x => x.ConvTranspose(8, kernel: (0, 3)));
        Says("Layer 'convTranspose1' (ConvTranspose2d(2x2, 8 channels, stride 2, padding 2), layer 1, after 'input') cannot take 6x2x2: The padding cuts off the whole height: (2 - 1) x stride 2 + extent 2 = 4 pixels, and the padding takes 4 of them. A transposed convolution gets smaller by its padding: use at most 3.",
            Shape.Image(6, 2, 2), x => x.ConvTranspose(8, kernel: 2, stride: 2, padding: 2));
        Says("Layer 'convTranspose1' (ConvTranspose2d(1x1, 1 channels, stride 1000000), layer 1, after 'input') cannot take 1x4000x4000: The output would have 3,999,000,001 rows or columns; at most 2,147,483,647 are possible.",
            Shape.Image(1, 4_000, 4_000), x => x.ConvTranspose(1, kernel: 1, stride: 1_000_000));
    }

    private static void Says(string message, Shape input, Func<Feature, Feature> body) =>
        Assert.Equal(message, Assert.Throws<ShapeException>(() => Network.Build(input, body)).Message);

    private static double[] Run(Op op, Shape shape, double[] numbers, double[] weights) => new OpTrial(op, [OpTrial.Tensor(shape, 1, numbers)], parameters: [weights]).Output;

    private static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];

    private static double[] Integers(int count, ref RandomSequence random)
    {
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextInt(9) - 4;
        return numbers;
    }

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();
}
