using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class ConceptAnalysisTests
{
    [Fact]
    public void With_weights_of_one_the_measured_field_is_the_derived_one()
    {
        var network = Network.Build(Shape.Image(3, 60, 50), x => x
            .Conv(4, kernel: 3, stride: 2, padding: 1).BatchNorm().Relu().MaxPool(3, stride: 2, padding: 1).Conv(8, kernel: (3, 5),
                padding: new Padding(1, 2, 1, 2), groups: 2).Dropout(0.5f).AveragePool(2));
        foreach (var layer in network.Layers.Skip(1))
        {
            var (measured, derived) = (MeasuredField.Support(network, layer.Name), ReceptiveField.Of(network, layer.Name));
            Assert.Equal((derived.Vertical.First(measured.Row), derived.Vertical.Last(measured.Row)),
                (measured.FirstRow, measured.LastRow));
            Assert.Equal((derived.Horizontal.First(measured.Column), derived.Horizontal.Last(measured.Column)),
                (measured.FirstColumn, measured.LastColumn));
            Assert.Equal(derived.Vertical.Size * derived.Horizontal.Size, measured.Count);
        }
    }

    [Fact]
    public void Published_networks_are_measured_as_derived()
    {
        var network = KnownNetworks.Vgg16();
        var field = ReceptiveField.Of(network, "pool5").Vertical;
        var measured = MeasuredField.Support(network, "pool5");
        Assert.Equal((Math.Max(0, field.First(measured.Row)), Math.Min(223, field.Last(measured.Row))),
            (measured.FirstRow, measured.LastRow));
    }

    [Fact]
    public void The_engines_gradient_stays_inside_the_field_and_is_strongest_in_the_middle()
    {
        var network = Network.Build(Shape.Image(2, 21, 21), x => x.Conv(6, 3).BatchNorm().Relu().Conv(6, 3).Relu().Conv(4, 3, dilation: 2));
        var field = ReceptiveField.Of(network)[^1].Vertical;
        var effective = MeasuredField.Effective(network, network.Layers[^1].Name, draws: 24);
        Assert.Equal((field.First(effective.Row), field.Last(effective.Row)), (effective.FirstRow, effective.LastRow));
        Assert.True(effective[10, 10] > 3 * effective[effective.FirstRow, effective.FirstColumn]);
        // Random weights add up like a random walk: the gradient goes with the root of the number of paths, which predicts 45 of the 81
        // pixels.
        Assert.InRange(effective.CountAbove(0.5), 35, 55);
        var again = MeasuredField.Effective(network, network.Layers[^1].Name, draws: 24);
        Assert.Equal(BitConverter.DoubleToInt64Bits(effective[9, 10]), BitConverter.DoubleToInt64Bits(again[9, 10]));
    }

    [Fact]
    public void A_dilated_stack_has_holes_in_its_measured_field()
    {
        var network = Network.Build(Shape.Image(1, 20, 20), x => x.Conv(1, 3, dilation: 2).Conv(1, 3, dilation: 2).Conv(1, 3, dilation: 2));
        Assert.Equal(49, MeasuredField.Support(network, network.Layers[^1].Name, 0, 0).Count);
    }

    [Fact]
    public void What_has_no_window_is_named()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.Conv(2, 3).GlobalAveragePool(name: "mean").Linear(3));
        Assert.StartsWith("Layer 'mean' (GlobalAveragePool",
            Assert.Throws<UsageException>(() => MeasuredField.Support(network, "mean")).Message, StringComparison.Ordinal);
        Assert.Equal(
            "Layer 'conv1' gives 2x6x6 (channels x height x width), so rows are 0 to 5 and columns 0 to 5: received row 6, column 0.",
            Assert.Throws<UsageException>(() => MeasuredField.Support(network, "conv1", 6, 0)).Message);
    }

    [Fact]
    public void Overlap_is_the_outer_product_of_both_axes()
    {
        var three = OverlapMap.Forward(Network.Build(Shape.Image(2, 6, 6), x => x.ConvTranspose(3, kernel: 3, stride: 2)));
        double[] axis = [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1];
        for (var row = 0; row < 13; row++)
            for (var column = 0; column < 13; column++)
                Assert.Equal(axis[row] * axis[column], three[row, column]);
        Assert.Equal((1, 4, 4, 324), (three.Smallest, three.Largest, three.Ratio, three.Total));
        var four = OverlapMap.Forward(Network.Build(Shape.Image(1, 6, 6), x => x.ConvTranspose(1, kernel: 4, stride: 2)));
        Assert.Equal([1, 1, 2, 2, 2, 2], Enumerable.Range(0, 6).Select(row => four[row, 0]));
        Assert.Equal(1, four.Ratio);
        Assert.Equal(1, OverlapMap.Forward(Network.Build(Shape.Image(4, 8, 8), x => x.PixelShuffle(2).Conv(1, 3, padding: 1))).Ratio);
        Assert.Equal(double.PositiveInfinity,
            OverlapMap.Forward(Network.Build(Shape.Image(1, 6, 6), x => x.ConvTranspose(1, kernel: 2, stride: 3))).Ratio);
    }

    [Fact]
    public void Gradients_of_strided_convolutions_are_counted()
    {
        var back = OverlapMap.Gradient(Network.Build(Shape.Image(1, 8, 8), x => x.Conv(1, 3, stride: 2, padding: 1)));
        Assert.Equal([1, 2, 1, 2, 1, 2, 1, 1], Enumerable.Range(0, 8).Select(column => back[0, column]));
        Assert.Equal(36, OverlapMap.Gradient(Network.Build(Shape.Image(1, 4, 4), x => x.Conv(1, 3))).Total);
    }

    [Theory]
    [InlineData(7, 13, 2, 2, 2)]
    [InlineData(17, 17, 1, 2, 5)]
    [InlineData(15, 29, 2, 4, 8)]
    public void Coverage_of_rates(int reached, int span, params int[] rates)
    {
        var coverage = DilationCoverage.Of(3, rates);
        Assert.Equal((reached, span, reached == span), (coverage.Reached, coverage.Span, coverage.IsComplete));
        Assert.Equal(27, coverage.Paths.Sum());
    }

    [Fact]
    public void Cell_and_matrices_are_what_the_engine_computes()
    {
        var shape = Shape.Image(4, 7, 6);
        var op = new Conv2d(6, (3, 2)) { Stride = (2, 1), Padding = new Padding(1, 0, 2, 1), Dilation = (1, 2), Groups = 2 };
        var network = Network.Build(shape, x => x.Then(op, "conv"));
        var weights = Weights.Initialize(network, 1);
        var random = new RandomSequence(5, RandomPurpose.Testing);
        var image = Draw(shape.Count, ref random);
        Draw(weights["conv.weight"].Values.Length, ref random).CopyTo(weights["conv.weight"].Values);
        Draw(6, ref random).CopyTo(weights["conv.bias"].Values);
        using var runner = new NetworkRunner(weights, 1);
        var output = runner.Run(image);
        var (weight, bias, area) = (weights["conv.weight"].Values.ToArray(), weights["conv.bias"].Values.ToArray(), network.Output.Area);
        var product = ConvolutionMatrix.Of(op, shape, weight).Apply(image);
        for (var i = 0; i < output.Length; i++)
        {
            var channel = i / area;
            var cell = CellArithmetic.Of(op, shape, image, weight, bias, channel, i % area / network.Output.Width,
                i % network.Output.Width);
            Assert.Equal(output[i], cell.Value);
            Assert.Equal(output[i], product[i] + bias[channel]);
            Assert.Equal(cell.Value - cell.Contributions[1] - cell.Contributions[2], cell.Without(1, 2));
            var patches = ConvolutionMatrix.Patches(op, shape, image, channel / 3);
            Assert.Equal(output[i] - bias[channel],
                Enumerable.Range(0, patches.Rows).Sum(row => patches[row, i % area] * weight[(channel * patches.Rows) + row]));
        }
    }

    [Fact]
    public void The_matrix_of_4_3_is_4_by_16_and_its_transpose_goes_back()
    {
        float[] kernel = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        var matrix = ConvolutionMatrix.Of(new Conv2d(1, 3) { HasBias = false }, Shape.Image(1, 4, 4), kernel);
        Assert.Equal((4, 16), (matrix.Rows, matrix.Columns));
        Assert.Equal([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0, 0], Enumerable.Range(0, 16).Select(column => matrix[0, column]));
        Assert.Equal([0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9], matrix.ApplyTransposed([0, 0, 0, 1]));
        // <C x, y> = <x, C^T y>.
        float[] x = [.. Enumerable.Range(0, 16).Select(i => (float)i)], y = [1, -2, 3, 5];
        Assert.Equal(matrix.Apply(x).Select((value, i) => value * y[i]).Sum(),
            matrix.ApplyTransposed(y).Select((value, i) => value * x[i]).Sum());
    }

    [Fact]
    public void Unread_rows_are_counted()
    {
        var network = Network.Build(Shape.Image(1, 9, 8), x => x.Conv(1, 3, stride: 2, padding: 1).Conv(1, 1, stride: 2).MaxPool(2));
        Assert.Equal([(0, 1, 0, 0), (0, 1, 2, 2), (1, 0, 1, 0)],
            UnreadPixels.Of(network).Select(one => (one.LeftOverRows, one.LeftOverColumns, one.UnreadRows, one.UnreadColumns)));
        Assert.Equal(3 * 2 / 20.0, UnreadPixels.Of(network)[1].ReadShare, 12);
    }

    private static float[] Draw(int count, ref RandomSequence random)
    {
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
            numbers[i] = random.NextInt(9) - 4;
        return numbers;
    }
}
