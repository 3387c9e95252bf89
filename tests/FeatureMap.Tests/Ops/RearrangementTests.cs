using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class RearrangementTests
{
    [Theory]
    [InlineData(ChannelOrder.ColumnRowDepth, new[] { 1, 3, 2, 4, 5, 7, 6, 8, 11, 13, 12, 14, 15, 17, 16, 18 })]
    [InlineData(ChannelOrder.DepthColumnRow, new[] { 1, 5, 2, 6, 11, 15, 12, 16, 3, 7, 4, 8, 13, 17, 14, 18 })]
    public void Pixel_shuffle_of_eight_channels(ChannelOrder order, int[] expected)
    {
        // Channels 1 2, 3 4, ... 17 18 without 9 and 10, each of one row: two channels of 2 x 4 come out.
        double[] numbers = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18];
        Assert.Equal(expected.Select(number => (double)number), new OpTrial(new PixelShuffle(2) { Order = order }, Shape.Image(8, 1, 2), 1, numbers).Output);
    }

    [Theory]
    [InlineData(ChannelOrder.ColumnRowDepth)]
    [InlineData(ChannelOrder.DepthColumnRow)]
    public void Pixel_unshuffle_of_one_channel_is_the_same_in_both_orders(ChannelOrder order) =>
        // 1 2 3 4 / 5 6 7 8 has the blocks 1 2 / 5 6 and 3 4 / 7 8; each channel has one pixel of both.
        Assert.Equal([1, 3, 2, 4, 5, 7, 6, 8], new OpTrial(new PixelUnshuffle(2) { Order = order }, Shape.Image(1, 2, 4), 1, [1, 2, 3, 4, 5, 6, 7, 8]).Output);

    [Fact]
    public void Shuffle_and_unshuffle_undo_each_other_to_the_bit()
    {
        foreach (var order in Enum.GetValues<ChannelOrder>())
            foreach (var factor in (int[])[1, 2, 3, 5])
            {
                var packed = Shape.Image(3 * factor * factor, 2, 3);
                var numbers = Bits(packed.Count * 18, (uint)factor);
                var fine = new OpTrial(new PixelShuffle(factor) { Order = order }, packed, 18, numbers).Output;
                var again = new OpTrial(new PixelUnshuffle(factor) { Order = order }, Shape.Image(3, 2 * factor, 3 * factor), 18, fine).Output;
                Assert.Equal(numbers.Select(BitConverter.DoubleToInt64Bits), again.Select(BitConverter.DoubleToInt64Bits));
                Assert.Equal(factor == 1, numbers.SequenceEqual(fine));
            }
    }

    [Fact]
    public void Unshuffle_is_the_one_of_PyTorch_in_one_order_and_the_one_of_TensorFlow_in_the_other()
    {
        // Two channels of 2 x 2: a b / c d and A B / C D.
        double[] numbers = [1, 2, 3, 4, 101, 102, 103, 104];
        Assert.Equal([1, 2, 3, 4, 101, 102, 103, 104], new OpTrial(new PixelUnshuffle(2), Shape.Image(2, 2, 2), 1, numbers).Output);
        Assert.Equal([1, 101, 2, 102, 3, 103, 4, 104], new OpTrial(new PixelUnshuffle(2) { Order = ChannelOrder.DepthColumnRow }, Shape.Image(2, 2, 2), 1, numbers).Output);
    }

    [Fact]
    public void Channels_are_dealt_out_and_taken_back()
    {
        double[] numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        Assert.Equal([1, 4, 7, 2, 5, 8, 3, 6, 9], new OpTrial(new ChannelShuffle(3), Shape.Vector(9), 1, numbers).Output);
        var shape = Shape.Image(12, 2, 2);
        var shuffle = new ChannelShuffle(3);
        var values = Bits(shape.Count, 4);
        var shuffled = new OpTrial(shuffle, shape, 1, values).Output;
        Assert.NotEqual(values, shuffled);
        Assert.Equal(4, shuffle.Inverse(shape).Groups);
        Assert.Equal(values, new OpTrial(shuffle.Inverse(shape), shape, 1, shuffled).Output);
    }

    [Fact]
    public void A_shuffle_lets_every_group_see_every_other()
    {
        // Gradient of one output of the second grouped convolution: without the shuffle it reaches one group of the input, with it all.
        foreach (var (shuffles, groups) in ((bool, int)[])[(false, 1), (true, 3)])
        {
            var network = Network.Build(Shape.Image(9, 1, 1), x =>
            {
                x = x.Conv(9, kernel: 1, groups: 3, bias: false, initializer: Initializer.Ones);
                return (shuffles ? x.ChannelShuffle(3) : x).Conv(9, kernel: 1, groups: 3, bias: false, initializer: Initializer.Ones);
            });
            var model = new Model(Weights.Initialize(network, 1), Normalization.None(9), []);
            var seen = Enumerable.Range(0, 9).Where(channel =>
            {
                var pixels = new byte[9];
                pixels[channel] = 255;
                return model.FeatureMaps(pixels)[^1].Values[0] != 0;
            });
            Assert.Equal(groups, seen.Select(channel => channel / 3).Distinct().Count());
        }
    }

    [Fact]
    public void Transpose_and_its_inverse()
    {
        var transpose = new Transpose(Axis.Rows, Axis.Columns, Axis.Channels);
        // 2 x 2 x 3: the number says channel, row, column.
        double[] numbers = [0, 1, 2, 10, 11, 12, 100, 101, 102, 110, 111, 112];
        var moved = new OpTrial(transpose, Shape.Image(2, 2, 3), 1, numbers).Output;
        Assert.Equal([0, 100, 1, 101, 2, 102, 10, 110, 11, 111, 12, 112], moved);
        Assert.Equal(Shape.Image(2, 3, 2), transpose.OutputShape([Shape.Image(2, 2, 3)]));
        Assert.Equal(numbers, new OpTrial(transpose.Inverse(), Shape.Image(2, 3, 2), 1, moved).Output);
        Assert.Equal(
            "A transpose names each axis once: received Rows, Rows, Columns. To exchange rows and columns: Channels, Columns, Rows.",
            Assert.Throws<UsageException>(() => new Transpose(Axis.Rows, Axis.Rows, Axis.Columns)).Message);
    }

    [Theory]
    [InlineData(null, null, 1, "0 1 2 3 4 5", ":")]
    [InlineData(1, -1, 1, "1 2 3 4", "1:-1")]
    [InlineData(-3, null, 1, "3 4 5", "-3:")]
    [InlineData(null, null, 2, "0 2 4", "::2")]
    [InlineData(1, 100, 3, "1 4", "1:100:3")]
    [InlineData(null, null, -1, "5 4 3 2 1 0", "::-1")]
    [InlineData(100, -100, -2, "5 3 1", "100:-100:-2")]
    [InlineData(4, 1, -1, "4 3 2", "4:1:-1")]
    [InlineData(-2, -5, -2, "4 2", "-2:-5:-2")]
    [InlineData(2, null, int.MaxValue, "2", "2::2147483647")]
    public void A_slice_counts_as_Python_does(int? start, int? stop, int step, string kept, string text)
    {
        var slice = new AxisSlice(start, stop, step);
        var expected = kept.Split(' ').Select(double.Parse);
        Assert.Equal(text, slice.ToString());
        Assert.Equal(slice, AxisSlice.Parse(text));
        Assert.Equal(expected, new OpTrial(new Slice { Columns = slice }, Shape.Image(1, 1, 6), 1, [0, 1, 2, 3, 4, 5]).Output);
        Assert.Equal(expected, new OpTrial(new Slice { Channels = slice }, Shape.Vector(6), 1, [0, 1, 2, 3, 4, 5]).Output);
    }

    [Fact]
    public void A_range_is_a_slice()
    {
        Assert.Equal(["1:5", "2:", "0:-1", "-3:-1", "0:0", ":"], new AxisSlice[] { 1..5, 2.., Range.EndAt(^1), ^3..^1, 0..0, AxisSlice.All }.Select(slice => slice.ToString()));
        Assert.All((string[])["", "1", "a:b", "1:2:0", "::-2147483648", "1:2:3:4", " 1:2", "1:99999999999"], text => Assert.Null(AxisSlice.Parse(text)));
        Assert.Equal(
            "The slice 4:2 of 6 columns is empty: it walks from 4 to before 2 in steps of 1. Positions are 0 to 5; negative numbers count from the end.",
            Assert.Throws<ShapeException>(() => new Slice { Columns = 4..2 }.OutputShape([Shape.Image(1, 1, 6)])).Message);
        Assert.StartsWith("A slice's step must not be 0", Assert.Throws<UsageException>(() => new AxisSlice(0, 1, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_slice_leaves_out_has_gradient_0() => Assert.Equal(
        [0, 0, 1, 0, 1, 0, 0, 0], new OpTrial(new Slice { Columns = new AxisSlice(4, 1, -2) }, Shape.Image(1, 1, 8), 1, [1]).InputGradient());

    [Fact]
    public void Parts_joined_again_train_to_the_same_bits()
    {
        string Train(Func<Feature, Feature> between)
        {
            var network = Network.Build(Shape.Image(1, 9, 9), x => between(x.Conv(6, kernel: 3).Relu()).Conv(8, kernel: 3).Relu().Flatten().Linear(3));
            using var session = new TrainingSession(network, TinyTask.Data(100, 20), new TrainingOptions { Epochs = 1, BatchSize = 40, Threads = 2 });
            while (session.StepsDone < session.TotalSteps)
                session.Step();
            return string.Join(' ', session.Weights.Parameters.SelectMany(parameter => parameter.Values.ToArray()));
        }
        static Feature Joined(Feature[] parts) => parts[0].Concat(parts.AsSpan(1));
        var whole = Train(x => x);
        Assert.Equal(whole, Train(x => Joined(x.Split(3))));
        Assert.Equal(whole, Train(x => Joined(x.Split([1, 3, 2]))));
        Assert.Equal(whole, Train(x => x.PixelShuffle(1).Reshape(-1, 1, 7).Reshape(6, 7, 7).Transpose(Axis.Columns, Axis.Channels, Axis.Rows).Transpose(Axis.Rows, Axis.Columns, Axis.Channels)));
        Assert.Equal(whole, Train(x => x.Pad(2, PadMode.Constant).Crop(7, 7).Slice(rows: AxisSlice.Backwards).Slice(rows: AxisSlice.Backwards)));
        Assert.NotEqual(whole, Train(x => x.ChannelShuffle(2)));
    }

    [Fact]
    public void Shapes_and_names_of_the_builder()
    {
        var network = Network.Build(Shape.Image(8, 6, 10), x =>
        {
            var rows = x.Split([2, 4], Axis.Rows);
            Assert.Equal([Shape.Image(8, 2, 10), Shape.Image(8, 4, 10)], rows.Select(part => part.Shape));
            Assert.Equal([Shape.Image(8, 6, 5), Shape.Image(8, 6, 5)], x.Split(2, Axis.Columns).Select(part => part.Shape));
            return x.PixelShuffle(2).PixelUnshuffle(4).ChannelShuffle(4).Reshape(-1, 4, 5, "wide").Slice(channels: ..^1).Upsample(2).Pad(1).Resize(7, 5).Crop(3, 2);
        });
        Assert.Equal(["input", "pixelShuffle1", "pixelUnshuffle1", "channelShuffle1", "wide", "slice5", "resize1", "pad1", "resize2", "slice6"], network.Layers.Select(layer => layer.Name));
        Assert.Equal(["8x6x10", "2x12x20", "32x3x5", "32x3x5", "24x4x5", "23x4x5", "23x8x10", "23x10x12", "23x7x5", "23x3x2"], network.Layers.Select(layer => layer.Output.ToString()));
        Assert.Equal((2, 1), (((Slice)network.Layers[^1].Op!).Rows.Start, ((Slice)network.Layers[^1].Op!).Columns.Start));
    }

    public static TheoryData<string, Func<Feature, Feature>> Errors => new()
    {
        { "Layer 'pixelShuffle1' (PixelShuffle(factor 2), layer 1, after 'input') cannot take 6x7x8: PixelShuffle with factor 2 needs channels that 2 x 2 = 4 divides: received 6 (6 / 4 = 1.5). Let the convolution before it give 4 or 8 channels.", x => x.PixelShuffle(2) },
        { "Layer 'pixelShuffle1' (PixelShuffle(factor 3, depth first), layer 1, after 'input') cannot take 6x7x8: PixelShuffle with factor 3 needs channels that 3 x 3 = 9 divides: received 6 (6 / 9 = 0.67). Let the convolution before it give 9 channels.", x => x.PixelShuffle(3, ChannelOrder.DepthColumnRow) },
        { "Layer 'pixelUnshuffle1' (PixelUnshuffle(factor 2), layer 1, after 'input') cannot take 6x7x8: PixelUnshuffle with factor 2 needs a height that 2 divides: received 7 (7 / 2 = 3.5). Pad to 8 rows, or crop to 6.", x => x.PixelUnshuffle(2) },
        { "Layer 'pixelUnshuffle1' (PixelUnshuffle(factor 7), layer 1, after 'input') cannot take 6x7x8: PixelUnshuffle with factor 7 needs a width that 7 divides: received 8 (8 / 7 = 1.14). Pad to 14 columns, or crop to 7.", x => x.PixelUnshuffle(7) },
        { "Layer 'pixelShuffle1' (PixelShuffle(factor 0), layer 1, after 'input') cannot take 6x7x8: PixelShuffle takes a factor from 1 to 1,000: received 0. 2 doubles or halves height and width.", x => x.PixelShuffle(0) },
        { "Layer 'channelShuffle1' (ChannelShuffle(4 groups), layer 1, after 'input') cannot take 6x7x8: ChannelShuffle needs groups that divide the 6 channels: 6 / 4 = 1.5. Possible: 1, 2, 3, 6.", x => x.ChannelShuffle(4) },
        { "Layer 'reshape1' (Reshape(to 6x7x7), layer 1, after 'input') cannot take 6x7x8: A reshape keeps all numbers: 6x7x8 has 6 x 7 x 8 = 336, 6x7x7 has 6 x 7 x 7 = 294. Leave one size to be worked out, as in Reshape(-1, 7, 7), or slice or pad before.", x => x.Reshape(6, 7, 7) },
        { "Reshape(-1, 5, 7) of 6x7x8 leaves 336 numbers for the size -1 to divide by 35, which does not come out even. Give sizes whose product divides 336.", x => x.Reshape(-1, 5, 7) },
        { "4 equal parts do not make 6 channels: 6 / 4 = 1.5. Use a number of parts that divides 6, or give the size of each: Split([3, 3]).", x => x.Split(4)[0] },
        { "The parts of a split make up the whole: 2 + 3 = 5, but there are 6 channels. Use Slice to leave some out.", x => x.Split([2, 3])[0] },
        { "Every part of a split has at least 1 of the rows: received 0.", x => x.Split([7, 0], Axis.Rows)[0] },
        { "A crop of 8 x 8 at row 0, column 0 does not lie inside 7 x 8 (height x width). Keep at most that, or enlarge with Pad.", x => x.Crop(8, 8) },
        { "A crop of 3 x 3 at row 5, column 2 does not lie inside 7 x 8 (height x width). Keep at most that, or enlarge with Pad.", x => x.Crop(3, 3, top: 5) },
    };

    [Theory]
    [MemberData(nameof(Errors), DisableDiscoveryEnumeration = true)]
    public void Errors_teach(string message, Func<Feature, Feature> body) =>
        Assert.Equal(message, Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(6, 7, 8), body)).Message);

    [Fact]
    public void A_shuffled_field_lies_on_its_pixel()
    {
        // Three sub-pixels per pixel: the fields of pixels 0, 1, 2 of the output are centred on -1/3, 0 and 1/3.
        var reach = new PixelShuffle(3).Reach([Shape.Image(9, 4, 4)]).Vertical;
        Assert.Equal((1, 1.0 / 3, 1.0 / 3), (reach.Extent, reach.Stride, Math.Round(reach.Padding * 3) / 3));
        var there = FeatureMap.Analysis.ReceptiveField.Of(Network.Build(Shape.Image(9, 4, 4), x => x.PixelShuffle(3).PixelUnshuffle(3)))[^1].Vertical;
        Assert.Equal(new FeatureMap.Analysis.FieldAxis(there.Size, 1, 0, there.Slack), there with { Offset = Math.Round(there.Offset, 12) });
    }

    private static double[] Bits(int count, uint seed)
    {
        var random = new RandomSequence(seed, RandomPurpose.Testing);
        var numbers = new double[count];
        foreach (ref var number in numbers.AsSpan())
            number = random.NextInt(10) switch { 0 => -0.0, 1 => float.MaxValue, 2 => float.Epsilon, _ => random.NextSingle(-1, 1) };
        return numbers;
    }
}
