using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Ops;

public sealed class JoinTests
{
    [Fact]
    public void Concat_keeps_the_order_of_its_inputs()
    {
        var trial = new OpTrial(new Concat(), [OpTrial.Tensor(Shape.Image(1, 1, 2), 2, [1, 2, 10, 20]), OpTrial.Tensor(Shape.Image(2, 1, 2), 2, [3, 4, 5, 6, 30, 40, 50, 60])]);
        Assert.Equal([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60], trial.Output);
        var network = Network.Build(Shape.Image(3, 4, 4), x => x.Conv(5, kernel: 1, name: "right").Concat(x, x.Conv(2, kernel: 1)));
        Assert.Equal(Shape.Image(10, 4, 4), network.Output);
        Assert.Equal(["right", "input", "conv1"], network.Layers[^1].Inputs.Select(input => network.Layers[input].Name));
    }

    [Fact]
    public void Concat_of_different_planes_is_explained()
    {
        var error = Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(3, 8, 8), x => x.Concat(x, x.MaxPool(2))));
        Assert.Equal(
            "Layer 'concat1' (Concat, layer 2, after 'input') cannot take 3x8x8 and 3x8x8 and 3x4x4: Concat joins along the channels and needs equal height and width: input 1 is 8 x 8, but input 3 is 4 x 4 (height x width). Crop or pad one of them, pool or stride the larger one, or enlarge the smaller one.",
            error.Message);
    }

    [Fact]
    public void Add_sums_any_number_of_inputs_and_hands_each_the_whole_gradient()
    {
        var trial = new OpTrial(new Add(), [OpTrial.Tensor(Shape.Vector(2), 1, [1, 2]), OpTrial.Tensor(Shape.Vector(2), 1, [10, 20]), OpTrial.Tensor(Shape.Vector(2), 1, [100, 200])]);
        Assert.Equal([111, 222], trial.Output);
        for (var input = 0; input < 3; input++)
            Assert.Equal([1, 1], trial.InputGradient(input));
    }

    [Theory]
    [InlineData(64, 8, 8, "Add needs equal sizes along each axis, or 1, which stretches: input 1 is 16x8x8, but input 2 is 64x8x8 (channels 16 and 64). Project one of them with a 1x1 convolution: Conv(16, kernel: 1) on the other path gives 16 channels.")]
    [InlineData(64, 4, 4, "Add needs equal sizes along each axis, or 1, which stretches: input 1 is 16x8x8, but input 2 is 64x4x4 (channels 16 and 64, height 8 and 4, width 8 and 4). Project the larger one with a strided 1x1 convolution: Conv(64, kernel: 1, stride: 2) on input 1.")]
    [InlineData(16, 16, 16, "Add needs equal sizes along each axis, or 1, which stretches: input 1 is 16x8x8, but input 2 is 16x16x16 (height 8 and 16, width 8 and 16). Project the larger one with a strided 1x1 convolution: Conv(16, kernel: 1, stride: 2) on input 2.")]
    [InlineData(16, 6, 6, "Add needs equal sizes along each axis, or 1, which stretches: input 1 is 16x8x8, but input 2 is 16x6x6 (height 8 and 6, width 8 and 6). Give both paths the same padding and stride: padding: Padding.Same keeps the size at stride 1.")]
    public void Add_of_different_shapes_says_which_differ_and_how_to_project(int channels, int height, int width, string expected)
    {
        var error = Assert.Throws<ShapeException>(() => new Add().OutputShape([Shape.Image(16, 8, 8), Shape.Image(channels, height, width)]));
        Assert.Equal(expected, error.Message);
    }

    [Fact]
    public void One_input_is_not_enough()
    {
        var error = Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(3, 8, 8), x => x.Add()));
        Assert.Equal("Layer 'add1' (Add, layer 1, after 'input') takes two or more inputs: received 1.", error.Message);
    }
}
