using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using Xunit;

namespace FeatureMap.Tests.Models;

public sealed class TiledComputationTests
{
    [Theory]
    [InlineData(37, 50, 8)]
    [InlineData(16, 16, 0)]
    [InlineData(17, 64, 9)]
    [InlineData(100, 16, 15)]
    public void Inside_the_reach_of_the_network_tiles_give_what_the_whole_image_gives(int height, int width, int overlap)
    {
        // Two 3x3 convolutions reach 2 pixels; a tile's own edge is at least overlap / 2 away.
        var whole = Model(Network(height, width));
        var tiles = new Model(Weights.Initialize(Network(16, 16), 3), whole.Normalization, ["image"]);
        tiles.Weights.TakeFrom(whole.Weights);
        var shape = Shape.Image(2, height, width);
        var pixels = Idx.Noise(shape.Count, 4);
        var expected = whole.Compute(pixels);
        var actual = tiles.ComputeTiled(pixels, shape, overlap, threads: 1);
        Assert.Equal(expected.Count, actual.Length);
        if (overlap >= 8 || (height, width) == (16, 16)) Assert.Equal(expected, actual);
        Assert.Equal(actual, tiles.ComputeTiled(pixels, shape, overlap, threads: 3));
    }

    [Fact]
    public void A_network_that_enlarges_gives_a_larger_map()
    {
        static Network Enlarging(int side) => FeatureMap.Networks.Network.Build(Shape.Image(1, side, side), x => x.Conv(9, kernel: 3, padding: 1).PixelShuffle(3));
        var whole = new Model(Weights.Initialize(Enlarging(40), 1), Normalization.None(1), ["image"]);
        var tiles = new Model(Weights.Initialize(Enlarging(12), 1), Normalization.None(1), ["image"]);
        var pixels = Idx.Noise(1600, 1);
        Assert.Equal(whole.Compute(pixels), tiles.ComputeTiled(pixels, Shape.Image(1, 40, 40), 4));
    }

    [Fact]
    public void Many_at_once_are_the_same_as_one_by_one()
    {
        var model = Model(Network(16, 16));
        var set = new ImageSet("noise", Shape.Image(2, 16, 16), Idx.Noise(40 * 512, 2), new int[40], ["image"]);
        var outputs = model.ComputeMany(set, 2);
        for (var i = 0; i < set.Count; i++)
            Assert.Equal(model.Compute(set.Pixels(i)), outputs[i]);
    }

    [Fact]
    public void Errors_teach()
    {
        var model = Model(Network(16, 16));
        Assert.Equal("The network takes tiles of 2x16x16 (channels x height x width); an image of 2x15x20 does not hold one. Enlarge it by a border, or build the network for smaller images.",
            Assert.Throws<ShapeException>(() => model.ComputeTiled(new byte[600], Shape.Image(2, 15, 20))).Message);
        Assert.Equal("Tiles of 2x16x16 overlap by 0 to 15 pixels: received 16.", Assert.Throws<UsageException>(() => model.ComputeTiled(new byte[800], Shape.Image(2, 20, 20), 16)).Message);
        Assert.Equal("An image of 2x20x20 has 800 pixels: received 3.", Assert.Throws<ShapeException>(() => model.ComputeTiled(new byte[3], Shape.Image(2, 20, 20))).Message);
        var half = Model(FeatureMap.Networks.Network.Build(Shape.Image(2, 16, 16), x => x.Conv(1, kernel: 3, stride: 2, padding: 1)));
        Assert.Equal("The network makes 1x8x8 of 2x16x16: for tiles it must give a map as large as its input, or a whole multiple of it.",
            Assert.Throws<ShapeException>(() => half.ComputeTiled(new byte[800], Shape.Image(2, 20, 20))).Message);
    }

    private static Network Network(int height, int width) => FeatureMap.Networks.Network.Build(Shape.Image(2, height, width), x => x.Conv(3, kernel: 3, padding: 1).Relu().Conv(2, kernel: 3, padding: 1));

    private static Model Model(Network network) => new(Weights.Initialize(network, 3), Normalization.None(network.Input.Channels), ["image"]);
}
