using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Ops;

/// <summary>Poolings whose output has a fixed size: adaptive, global, pyramid.</summary>
public sealed class AdaptivePoolTests
{
    [Theory]
    [InlineData(7, 4, "0-2 1-4 3-6 5-7")] // first pixel, and the first one behind the bin
    [InlineData(5, 3, "0-2 1-4 3-5")]
    [InlineData(13, 3, "0-5 4-9 8-13")]
    [InlineData(8, 4, "0-2 2-4 4-6 6-8")]
    [InlineData(2, 4, "0-1 0-1 1-2 1-2")]
    [InlineData(9, 1, "0-9")]
    public void Bins_are_those_of_the_formula(int input, int bins, string expected) =>
        Assert.Equal(expected, string.Join(' ', new BinAxis(input, bins).Bins.Select(bin => $"{bin.First}-{bin.End}")));

    [Fact]
    public void Seven_pixels_go_into_four_bins()
    {
        double[] numbers = [1, 2, 3, 4, 5, 6, 7];
        Assert.Equal([2, 4, 6, 7], new OpTrial(new AdaptiveMaxPool2d(1, 4), Shape.Image(1, 1, 7), 1, numbers).Output);
        var average = new OpTrial(new AdaptiveAveragePool2d(1, 4), Shape.Image(1, 1, 7), 1, numbers);
        Assert.Equal([1.5, 3, 5, 6.5], average.Output, Near);
        // Pixels 1, 3 and 5 are in two bins.
        Assert.Equal([1 / 2.0, (1 / 2.0) + (1 / 3.0), 1 / 3.0, 2 / 3.0, 1 / 3.0, (1 / 3.0) + (1 / 2.0), 1 / 2.0], average.InputGradient(), Near);
    }

    [Fact]
    public void Bins_that_divide_the_input_are_windows_side_by_side()
    {
        var random = new RandomSequence(6, RandomPurpose.Testing);
        var shape = Shape.Image(3, 8, 6);
        var numbers = Numbers(shape.Count * 2, ref random);
        Assert.Equal(new OpTrial(new MaxPool2d((2, 3)), shape, 2, numbers).Output, new OpTrial(new AdaptiveMaxPool2d(4, 2), shape, 2, numbers).Output);
        Assert.Equal(new OpTrial(new AveragePool2d((2, 3)), shape, 2, numbers).Output, new OpTrial(new AdaptiveAveragePool2d(4, 2), shape, 2, numbers).Output, Near);
        Assert.Equal(new OpTrial(new GlobalAveragePool(), shape, 2, numbers).Output, new OpTrial(new AdaptiveAveragePool2d(1), shape, 2, numbers).Output, Near);
    }

    [Fact]
    public void The_length_of_a_pyramid_depends_on_the_channels_alone()
    {
        var op = new SpatialPyramidPool(1, 2, 4);
        for (var size = 5; size <= 64; size++)
        {
            Assert.Equal(Shape.Vector(3 * (1 + 4 + 16)), op.OutputShape([Shape.Image(3, size, size)]));
            Assert.Equal(Shape.Vector(3 * (1 + 4 + 16)), op.OutputShape([Shape.Image(3, size, 69 - size)]));
            var output = new OpTrial(op, Shape.Image(3, size, size), 1, [1, 2, 3, 4, 5]).Output;
            Assert.Equal(63, output.Length);
            Assert.All(output, number => Assert.InRange(number, 1, 5));
        }
        Assert.Equal(Shape.Vector(5376), op.OutputShape([Shape.Image(256, 13, 13)])); // the paper's 256 maps and 21 bins
    }

    /// <summary>Window ceil(a / n) and stride floor(a / n), as the paper has it.</summary>
    [Theory]
    [InlineData(13, 3, 3)] // the paper's own example
    [InlineData(13, 2, 2)]
    [InlineData(13, 1, 1)]
    [InlineData(7, 4, 6)]
    [InlineData(5, 3, 4)]
    public void The_windows_of_the_paper_are_not_always_as_many_as_bins(int input, int bins, int windows)
    {
        var fixedWindows = new MaxPool2d((input + bins - 1) / bins) { Stride = (input / bins, input / bins) };
        Assert.Equal(windows, fixedWindows.Geometry(Shape.Image(1, input, input)).Output.Width);
        Assert.Equal(bins, new AdaptiveMaxPool2d(bins).OutputShape([Shape.Image(1, input, input)]).Width);
    }

    [Fact]
    public void A_pyramid_is_ordered_by_level_then_channel_then_bin()
    {
        double[] numbers = [1, 2, 3, 4, 10, 20, 30, 40];
        var shape = Shape.Image(2, 2, 2);
        Assert.Equal([4, 40, 1, 2, 3, 4, 10, 20, 30, 40], new OpTrial(new SpatialPyramidPool(1, 2), shape, 1, numbers).Output);
        Assert.Equal([1, 2, 3, 4, 10, 20, 30, 40, 4, 40], new OpTrial(new SpatialPyramidPool(2, 1), shape, 1, numbers).Output);
        Assert.Equal([2.5, 25, 1, 2, 3, 4, 10, 20, 30, 40], new OpTrial(new SpatialPyramidPool(1, 2) { TakesAverage = true }, shape, 1, numbers).Output);
    }

    [Fact]
    public void A_pyramid_is_its_levels_one_after_the_other()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var shape = Shape.Image(3, 7, 10);
        var numbers = Numbers(shape.Count, ref random);
        var expected = new[] { 1, 2, 4 }.SelectMany(level => new OpTrial(new AdaptiveMaxPool2d(level), shape, 1, numbers).Output);
        Assert.Equal(expected, new OpTrial(new SpatialPyramidPool(1, 2, 4), shape, 1, numbers).Output);
    }

    [Fact]
    public void The_input_gradients_add_up_to_the_output_gradients()
    {
        var random = new RandomSequence(8, RandomPurpose.Testing);
        var shape = Shape.Image(3, 7, 9);
        var numbers = Numbers(shape.Count * 2, ref random);
        foreach (var op in (Op[])[new AdaptiveMaxPool2d(4, 3), new GlobalMaxPool(), new SpatialPyramidPool(1, 2, 4), new MaxPool2d((3, 2)) { Stride = (1, 2) }])
            Assert.Equal(2.0 * op.OutputShape([shape]).Count, new OpTrial(op, shape, 2, numbers).InputGradient().Sum());
        foreach (var op in (Op[])[new AdaptiveAveragePool2d(4, 3), new SpatialPyramidPool(1, 2, 4) { TakesAverage = true }])
            Assert.Equal(2.0 * op.OutputShape([shape]).Count, new OpTrial(op, shape, 2, numbers).InputGradient().Sum(), 1e-4);
    }

    [Fact]
    public void Among_equal_numbers_the_first_gets_the_gradient_of_every_bin_that_it_wins()
    {
        Assert.Equal([0, 1, 0, 0], new OpTrial(new GlobalMaxPool(), Shape.Image(1, 2, 2), 1, [3, 5, 5, 5]).InputGradient());
        // Bins 0-2 and 1-3 share the pixel in the middle.
        Assert.Equal([0, 2, 0], new OpTrial(new AdaptiveMaxPool2d(1, 2), Shape.Image(1, 1, 3), 1, [1, 5, 5]).InputGradient());
        Assert.Equal([3, 0, 2], new OpTrial(new SpatialPyramidPool(1, 2), Shape.Image(1, 1, 3), 1, [7, 1, 2]).InputGradient());
    }

    [Fact]
    public void Not_a_number_wins()
    {
        Assert.Equal([double.NaN], new OpTrial(new GlobalMaxPool(), Shape.Image(1, 1, 3), 1, [5, double.NaN, 7]).Output);
        Assert.Equal([double.NaN, 7], new OpTrial(new AdaptiveMaxPool2d(1, 2), Shape.Image(1, 1, 4), 1, [double.NaN, 5, 7, 6]).Output);
    }

    [Fact]
    public void The_reach_is_global_or_that_of_the_largest_bin()
    {
        Assert.True(new AdaptiveAveragePool2d(1).Reach([Shape.Image(1, 9, 9)]).IsGlobal);
        Assert.True(new SpatialPyramidPool(2, 4).Reach([Shape.Image(1, 9, 9)]).IsGlobal);
        // Bins 0-1, 1-3, 3-5, 5-6 stand off a grid of 1.75 by up to 3/4.
        Assert.Equal(new AxisReach(3, 1.75, 0, 0.75), new AdaptiveMaxPool2d(4).Reach([Shape.Image(1, 7, 7)]).Vertical);
        var network = Network.Build(Shape.Image(3, 32, 32), x => x.Conv(4, kernel: 3, padding: 1).AdaptiveAveragePool(8, name: "pool"));
        Assert.Equal("6, stride 4, centre 1.5", ReceptiveField.Of(network, "pool").ToString());
    }

    [Fact]
    public void One_network_shape_fits_images_of_any_size()
    {
        foreach (var size in (int[])[17, 32, 50])
        {
            var network = Network.Build(Shape.Image(3, size, size + 3), x => x.Conv(8, kernel: 3).Relu().SpatialPyramidPool([1, 2, 4]).Linear(10));
            Assert.Equal((8 * 3 * 9) + 8 + (10 * 8 * 21) + 10, network.TrainableCount);
            Assert.Equal(["conv1", "relu1", "spatialPyramidPool1", "linear1"], network.Layers.Skip(1).Select(layer => layer.Name));
        }
    }

    [Fact]
    public void Feature_methods_set_what_they_say()
    {
        string Last(Func<Feature, Feature> body) => Network.Build(Shape.Image(3, 12, 12), body).Layers[^1].Op!.ToString();
        Assert.Equal("MaxPool2d(3x1, stride 2x1, dilation 1x2)", Last(x => x.MaxPool((3, 1), stride: (2, 1), dilation: (1, 2))));
        Assert.Equal("AveragePool2d(1x4, padding same, padding not counted)", Last(x => x.AveragePool((1, 4), padding: Padding.Same, countsPadding: false)));
        Assert.Equal("MaxPool2d(3x3, stride 2)", Last(x => x.MaxPool(3, stride: 2)));
        Assert.Equal("AveragePool2d(2x2)", Last(x => x.AveragePool(2)));
        Assert.Equal("AdaptiveAveragePool2d(to 7x7)", Last(x => x.AdaptiveAveragePool(7)));
        Assert.Equal("AdaptiveMaxPool2d(to 7x2)", Last(x => x.AdaptiveMaxPool(7, 2)));
        Assert.Equal("SpatialPyramidPool(levels 3, 1, average)", Last(x => x.SpatialPyramidPool([3, 1], average: true)));
        Assert.Equal("GlobalMaxPool", Last(x => x.GlobalMaxPool()));
    }

    [Fact]
    public void Sizes_out_of_range_are_explained()
    {
        Assert.Equal(
            "Layer 'adaptiveMaxPool1' (AdaptiveMaxPool2d(to 0x3), layer 1, after 'input') cannot take 3x12x12: An adaptive pooling makes between 1 and 1,000 rows and columns: received 0 x 3. It is the size of the output, not of a window.",
            Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(3, 12, 12), x => x.AdaptiveMaxPool(0, 3))).Message);
        Assert.Equal(
            "A spatial pyramid has between 1 and 16 levels of 1 to 1,000 bins per side: received no level. Usual levels are 1, 2, 4.",
            Assert.Throws<ShapeException>(() => new SpatialPyramidPool().OutputShape([Shape.Image(3, 12, 12)])).Message);
        Assert.Equal(
            "A spatial pyramid has between 1 and 16 levels of 1 to 1,000 bins per side: received 1, 0. Usual levels are 1, 2, 4.",
            Assert.Throws<ShapeException>(() => new SpatialPyramidPool(1, 0).OutputShape([Shape.Image(3, 12, 12)])).Message);
        Assert.Equal(
            "The vector would have 5,000 channels x (1000 x 1000 + 2 x 2 = 1,000,004 bins) = 5,000,020,000 numbers; at most 2,147,483,647 are possible. Use smaller levels.",
            Assert.Throws<ShapeException>(() => new SpatialPyramidPool(1000, 2).OutputShape([Shape.Image(5000, 12, 12)])).Message);
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-6;

    private static double[] Numbers(int count, ref RandomSequence random)
    {
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextInt(9) - 4;
        return numbers;
    }
}
