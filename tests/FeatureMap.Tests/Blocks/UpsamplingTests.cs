using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;

namespace FeatureMap.Tests.Blocks;

public sealed class UpsamplingTests
{
    public static TheoryData<int, int, int, int, ChannelOrder> Settings()
    {
        var data = new TheoryData<int, int, int, int, ChannelOrder>();
        foreach (var order in Enum.GetValues<ChannelOrder>())
        {
            data.Add(3, 4, 2, 5, order); // direct
            data.Add(2, 1, 3, 3, order); // one channel out of nine
            data.Add(16, 13, 2, 3, order); // Winograd
            data.Add(13, 2, 3, 3, order); // Winograd for 18 outputs, not for 2
            data.Add(5, 3, 4, 1, order); // pointwise
        }
        return data;
    }

    /// <summary>The property that gives ICNR its name. Each sub-pixel is an output of the same op, so nothing depends on which kernel runs: equal to the bit.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void At_the_start_a_sub_pixel_convolution_is_a_nearest_enlargement(int inputs, int channels, int factor, int kernel, ChannelOrder order)
    {
        var network = Network.Build(Shape.Image(inputs, 7, 6), x =>
        {
            var enlarged = x.SubPixelUpsample(channels, factor, kernel, order, name: "up");
            var packed = x.Builder.Add(new Slice { Channels = Firsts(channels, factor, order) }, "phase", ConvOf(enlarged));
            return enlarged.Concat(packed.Upsample(factor, name: "nearest"), "both");
        });
        var maps = Maps(network, WeightsWithBias(network, factor, order));
        Assert.Equal(Bits(maps["nearest"]), Bits(maps["up/pixelShuffle1"]));
        Assert.Contains(maps["nearest"], value => value != 0);
        Assert.True(maps["nearest"].Distinct().Count() > 7 * 6 * channels / 2);
    }

    /// <summary>The small convolution built by itself starts with the very kernels that ICNR copies. Where the same path runs, the results are equal to the bit too.</summary>
    [Theory]
    [MemberData(nameof(Settings))]
    public void The_small_convolution_by_itself_gives_the_same_picture(int inputs, int channels, int factor, int kernel, ChannelOrder order)
    {
        var input = Shape.Image(inputs, 7, 6);
        var large = Network.Build(input, x => x.SubPixelUpsample(channels, factor, kernel, order, name: "up"));
        var small = Network.Build(input, x => x.Conv(channels, kernel, padding: Padding.Same, name: "conv").Upsample(factor, name: "nearest"));
        var largeMap = Maps(large, WeightsWithBias(large, factor, order))["up/pixelShuffle1"];
        var smallWeights = Weights.Initialize(small, 3);
        FillBias(smallWeights["conv.bias"], Initializer.Normal(1));
        var smallMap = Maps(small, smallWeights)["nearest"];
        string PathOf(Network network, string layer) => network[layer].Op!.Path(network[layer].InputShapes).Name;
        var (largePath, smallPath) = (PathOf(large, "up/conv1"), PathOf(small, "conv"));
        if (largePath == smallPath || (largePath, smallPath) == ("direct", "single outputs"))
            Assert.Equal(Bits(smallMap), Bits(largeMap));
        else
            Assert.Equal(("Winograd", "single outputs"), (largePath, smallPath));
        for (var i = 0; i < smallMap.Length; i++)
            Assert.Equal(smallMap[i], largeMap[i], 4);
    }

    [Fact]
    public void Without_icnr_it_starts_as_a_checkerboard()
    {
        // Both sides of the block have equal shape, cost and path; only the start differs.
        double Unevenness(Initializer initializer)
        {
            var network = Network.Build(Shape.Image(3, 8, 8), x => x.Conv(16, kernel: 3, padding: 1, initializer: initializer).PixelShuffle(2, name: "shuffle"));
            var map = Maps(network, Weights.Initialize(network, 3))["shuffle"];
            return Enumerable.Range(0, 4 * 16 * 8).Average(i => Math.Abs(map[2 * i] - map[(2 * i) + 1]));
        }
        Assert.Equal(0, Unevenness(Initializer.Icnr(2)));
        Assert.True(Unevenness(Initializer.HeNormal) > 0.3);
    }

    [Fact]
    public void Both_ways_cost_the_same_multiply_adds()
    {
        var input = Shape.Image(8, 10, 12);
        var subPixel = Network.Build(input, x => x.SubPixelUpsample(6, 3, name: "up"));
        var resized = Network.Build(input, x => x.ResizeConv(6, 3, name: "up"));
        Assert.Equal(Shape.Image(6, 30, 36), subPixel.Output);
        Assert.Equal(subPixel.Output, resized.Output);
        Assert.Equal(subPixel.MultiplyAdds, resized.MultiplyAdds);
        Assert.Equal((9 * resized.TrainableCount, 8L * 6 * 9 * 9 + 54), (subPixel.TrainableCount, subPixel.TrainableCount));
        Assert.Equal(["up/conv1", "up/pixelShuffle1"], subPixel.Layers.Skip(1).Select(layer => layer.Name));
        Assert.Equal(["up/resize1", "up/conv1"], resized.Layers.Skip(1).Select(layer => layer.Name));
        Assert.Equal(["conv1", "pixelShuffle1", "resize1", "conv2"], Network.Build(input, x => x.SubPixelUpsample(2, 2).ResizeConv(2, 2)).Layers.Skip(1).Select(layer => layer.Name));
    }

    [Fact]
    public void Errors_teach()
    {
        Assert.Equal(
            "A sub-pixel convolution to 0 channels with factor 2 would have 0 x 2 x 2 = 0 kernels; between 1 and 2,147,483,647 are possible.",
            Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(1, 4, 4), x => x.SubPixelUpsample(0, 2))).Message);
        Assert.Equal(
            "ICNR takes the factor of its pixel shuffle, from 1 to 1,000: received 0.",
            Assert.Throws<UsageException>(() => Network.Build(Shape.Image(1, 4, 4), x => x.SubPixelUpsample(1, 0))).Message);
    }

    /// <summary>The first sub-pixel of every channel.</summary>
    private static AxisSlice Firsts(int channels, int factor, ChannelOrder order) => order == ChannelOrder.ColumnRowDepth ? AxisSlice.Every(factor * factor) : ..channels;

    private static Feature ConvOf(Feature shuffled) => new(shuffled.Builder, shuffled.Index - 1);

    // Biases start at 0, where a wrong order would not show.
    private static Weights WeightsWithBias(Network network, int factor, ChannelOrder order)
    {
        var weights = Weights.Initialize(network, 3);
        FillBias(weights["up/conv1.bias"], Initializer.Icnr(factor, Initializer.Normal(1), order));
        return weights;
    }

    private static void FillBias(Parameter bias, Initializer initializer)
    {
        var random = new RandomSequence(8, RandomPurpose.Testing);
        initializer.Fill(bias.Definition, bias.Values, ref random);
    }

    private static Dictionary<string, float[]> Maps(Network network, Weights weights)
    {
        var random = new RandomSequence(4, RandomPurpose.Testing);
        var pixels = new byte[network.Input.Count];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (byte)random.NextInt(256);
        return new Model(weights, Normalization.None(network.Input.Channels), []).FeatureMaps(pixels).ToDictionary(map => map.Layer.Name, map => map.Values.ToArray());
    }

    private static IEnumerable<uint> Bits(float[] values) => values.Select(BitConverter.SingleToUInt32Bits);
}
