using FeatureMap.Blocks;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>What the builders of single networks promise beyond counts: layers, options, sizes, and what they refuse.</summary>
public sealed class BuilderTests
{
    // Assignment 3.2: total as Keras counts it (running statistics included), and trainable.
    [Theory]
    [InlineData(13, 50_558_186, 50_537_514)]
    [InlineData(12, 50_541_802, 50_521_130)]
    public void The_pass_through_network_has_the_counts_of_the_assignment(int tap, long total, long trainable)
    {
        var network = PassThrough.Build(Shape.Image(3, 32, 32), 10, tap);
        Assert.Equal((total, trainable), (network.TrainableCount + network.FixedCount, network.TrainableCount));
        Assert.Equal(Shape.Vector(10), network.Output);
        Assert.Equal($"leaky_{tap}", network.Layers[network["conv_21"].Inputs[0]].Name);
        Assert.Equal(Shape.Image(1280, 1, 1), network["conv_22"].InputShapes[0]);
        Assert.Equal([.. Enumerable.Range(1, 22).Select(i => $"conv_{i}")], network.Layers.Where(layer => layer.Op is Conv2d).Select(layer => layer.Name).Order(Comparer<string>.Create((a, b) => int.Parse(a[5..]) - int.Parse(b[5..]))));
        Assert.Equal(ChannelOrder.DepthColumnRow, network.Layers.Select(layer => layer.Op).OfType<PixelUnshuffle>().Single().Order);
        var norm = (BatchNorm)network["norm_7"].Op!;
        Assert.Equal((1e-3f, 0.01f), (norm.Epsilon, norm.Momentum)); // Keras' 0.99 keeps what our 0.01 does not replace
    }

    [Fact]
    public void A_u_net_gives_a_number_for_every_pixel_of_any_size()
    {
        foreach (var (height, width) in new[] { (512, 512), (16, 16), (101, 67), (17, 31) })
            Assert.Equal(Shape.Image(2, height, width), UNet.Build(Shape.Image(1, height, width), 2, width: 4).Output);
        foreach (var upsampling in Enum.GetValues<UpsamplingKind>())
            Assert.Equal(Shape.Image(1, 21, 16), UNet.Build(Shape.Image(3, 21, 16), 1, width: 2, depth: 2, upsampling, dropout: 0.1f, ConvStyle.Normalized).Output);
        var network = UNet.Build(Shape.Image(1, 64, 64), 2);
        // The paper: "In total the network has 23 convolutional layers", the four up-convolutions among them.
        Assert.Equal(23, network.Layers.Count(layer => layer.Op is Conv2d or ConvTranspose2d));
        Assert.Equal(Shape.Image(1024, 4, 4), network["bottom/relu2"].Output);
        Assert.Equal(["down1/relu2", "up1/convTranspose1"], network["up1/concat1"].Inputs.Select(input => network.Layers[input].Name));
    }

    [Theory]
    [InlineData(2, 21_284)]
    [InlineData(3, 22_729)]
    [InlineData(4, 24_752)]
    public void Espcn_enlarges_by_its_factor(int factor, long parameters)
    {
        var network = Espcn.Build(Shape.Image(1, 17, 20), factor);
        Assert.Equal((Shape.Image(1, 17 * factor, 20 * factor), parameters), (network.Output, network.TrainableCount));
        Assert.Equal((64 * 26) + (32 * ((64 * 9) + 1)) + (factor * factor * ((32 * 9) + 1)), parameters);
        Assert.Equal(["Conv2d", "Tanh", "Conv2d", "Tanh", "Conv2d", "PixelShuffle"], network.Layers.Skip(1).Select(layer => layer.Op!.Name));
        Assert.Equal(Shape.Image(3, 12, 12), Espcn.Build(Shape.Image(3, 6, 6), 2, first: 5, second: 4, activation: x => x.Relu()).Output);
    }

    [Fact]
    public void What_cannot_be_built_is_told()
    {
        Assert.Equal(
            "The skip of the pass-through network is taken from layer 12 or 13, which see the same map before the last pooling: received 11.",
            Assert.Throws<UsageException>(() => PassThrough.Build(Shape.Image(3, 32, 32), 10, tap: 11)).Message);
        Assert.Equal(
            "A U-Net halves its image between 1 and 8 times: received a depth of 0. The paper has 4.",
            Assert.Throws<UsageException>(() => UNet.Build(Shape.Image(1, 32, 32), 1, depth: 0)).Message);
        Assert.Equal(
            "A U-Net of depth 4 halves its image 4 times, so it needs at least 2^4 = 16 pixels: an image of 1x12x40 (channels x height x width) is a single pixel at level 4 already. Use larger images, or a depth of 3.",
            Assert.Throws<ShapeException>(() => UNet.Build(Shape.Image(1, 12, 40), 1)).Message);
        Assert.Equal(
            "ESPCN enlarges by a whole factor from 2 to 16: received 1. The paper has 2, 3 and 4.",
            Assert.Throws<UsageException>(() => Espcn.Build(Shape.Image(1, 12, 40), 1)).Message);
    }
}
