using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;

namespace FeatureMap.Tests.Networks;

public sealed class NetworkErrorTests
{
    [Fact]
    public void A_kernel_larger_than_its_input()
    {
        Says("Layer 'conv1' (Conv2d(5x5, 2 channels), layer 1, after 'input') cannot take 1x4x4: The kernel does not fit: it spans 5 pixels of height, the input has 4. Use a smaller kernel, or pad by at least 1 more.",
            Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 5));
        Says("Layer 'conv1' (Conv2d(3x3, 2 channels, padding 1, dilation 4), layer 2, after 'relu1') cannot take 1x8x5: The kernel does not fit: it spans 3 + (3 - 1) x (4 - 1) = 9 pixels of width, the input has 5 + 1 + 1 padding = 7. Use a smaller kernel or dilation, or pad by at least 2 more.",
            Shape.Image(1, 8, 5), x => x.Relu().Conv(2, kernel: 3, padding: 1, dilation: 4));
    }

    [Fact]
    public void Groups_that_do_not_divide_the_channels()
    {
        Says("Layer 'conv1' (Conv2d(3x3, 4 channels, groups 4), layer 1, after 'input') cannot take 6x8x8: 4 groups do not divide 6 input channels: 6 / 4 = 1.5. Use a number of groups that divides both 6 and 4: 1, 2.",
            Shape.Image(6, 8, 8), x => x.Conv(4, kernel: 3, groups: 4));
        Says("Layer 'conv1' (Conv2d(3x3, 5 channels, groups 3), layer 1, after 'input') cannot take 6x8x8: 3 groups do not divide 5 output channels: 5 / 3 = 1.67. Use a number of groups that divides both 6 and 5: 1.",
            Shape.Image(6, 8, 8), x => x.Conv(5, kernel: 3, groups: 3));
    }

    [Fact]
    public void Sizes_of_a_convolution_out_of_range()
    {
        Says("Layer 'conv1' (Conv2d(3x3, 2 channels, stride 0), layer 1, after 'input') cannot take 1x8x8: A convolution's vertical stride must be between 1 and 1,000,000: received 0 (1 means no stride).",
            Shape.Image(1, 8, 8), x => x.Conv(2, kernel: 3, stride: 0));
        Says("Layer 'conv1' (Conv2d(3x3, 0 channels), layer 1, after 'input') cannot take 1x8x8: A convolution's output channels must be between 1 and 1,000,000: received 0 (at least one kernel must be learned).",
            Shape.Image(1, 8, 8), x => x.Conv(0, kernel: 3));
        Says("Padding must be between 0 and 1,000,000 pixels on each side: received top -1, left -1, bottom -1, right -1.",
            Shape.Image(1, 8, 8), x => x.Conv(2, kernel: 3, padding: -1));
    }

    [Fact]
    public void Unequal_shapes_to_add()
    {
        Says("Layer 'add1' (Add, layer 2, after 'conv1') cannot take 4x8x8 and 3x8x8: Add needs equal sizes along each axis, or 1, which stretches: input 1 is 4x8x8, but input 2 is 3x8x8 (channels 4 and 3). Project one of them with a 1x1 convolution: Conv(4, kernel: 1) on the other path gives 4 channels.",
            Shape.Image(3, 8, 8), x => x.Conv(4, kernel: 3, padding: 1).Add(x));
        Says("Layer 'add1' (Add, layer 2, after 'conv1') cannot take 4x4x4 and 1x8x8: Add needs equal sizes along each axis, or 1, which stretches: input 1 is 4x4x4, but input 2 is 1x8x8 (height 4 and 8, width 4 and 8). Project the larger one with a strided 1x1 convolution: Conv(4, kernel: 1, stride: 2) on input 2.",
            Shape.Image(1, 8, 8), x => x.Conv(4, kernel: 3, stride: 2, padding: 1).Add(x));
        Says("Layer 'add1' (Add, layer 1, after 'input') takes two or more inputs: received 1.", Shape.Image(1, 8, 8), x => x.Add());
        Says("Layer 'relu1' (Relu, layer 1, after 'input') takes 1 input: received 2.", Shape.Image(1, 8, 8), x => x.Then(new Relu(), null, x));
    }

    [Fact]
    public void A_dense_layer_on_a_plane() =>
        Says("Layer 'linear1' (Linear(10), layer 2, after 'conv1') cannot take 4x6x6: A dense layer takes a vector: received 4x6x6 (channels x height x width). Put Flatten() before it (a vector of 4 x 6 x 6 = 144, so 1,440 weights) or GlobalAveragePool() (a vector of 4, so 40 weights).",
            Shape.Image(1, 8, 8), x => x.Conv(4, kernel: 3).Linear(10));

    [Fact]
    public void Names_that_are_taken_or_unfit()
    {
        SaysUsage("Layer 'a' (Relu, layer 2, after 'a'): the name 'a' is taken by layer 1. Names must be unique, because weights are stored under them.", x => x.Conv(2, kernel: 3, name: "a").Relu(name: "a"));
        SaysUsage("Layer 'input' (Relu, layer 1, after 'input'): the name 'input' is taken by layer 0. Names must be unique, because weights are stored under them.", x => x.Relu(name: "input"));
        SaysUsage("Layer 'a b' (Relu, layer 1, after 'input'): a layer name has letters, digits, '_', '-', '.' and '/': received 'a b'.", x => x.Relu(name: "a b"));
        SaysUsage("Layer '' (Relu, layer 1, after 'input'): a layer name has letters, digits, '_', '-', '.' and '/': received ''.", x => x.Relu(name: ""));

        static void SaysUsage(string message, Func<Feature, Feature> body) =>
            Assert.Equal(message, Assert.Throws<UsageException>(() => Network.Build(Shape.Image(1, 8, 8), body)).Message);
    }

    [Fact]
    public void Layers_of_another_network()
    {
        Feature? other = null;
        Network.Build(Shape.Image(1, 8, 8), x => other = x.Relu());
        Says("Layer 'add1' (Add, layer 1, after 'input') reads a layer of another network. All layers of a network come from the one input that Network.Build hands to its function.",
            Shape.Image(1, 8, 8), x => x.Add(other!));
        Says("The function given to Network.Build returned a layer of another network.", Shape.Image(1, 8, 8), _ => other!);
    }

    [Fact]
    public void No_body_no_output_and_no_shape()
    {
        Assert.Equal("body", Assert.Throws<ArgumentNullException>(() => Network.Build(Shape.Image(1, 8, 8), null!)).ParamName);
        Assert.Equal("op", Assert.Throws<ArgumentNullException>(() => Network.Build(Shape.Image(1, 8, 8), x => x.Then((Op)null!))).ParamName);
        Says("The function given to Network.Build returned null. Return the last layer, as in x => x.Conv(16, kernel: 3).Relu().", Shape.Image(1, 8, 8), _ => null!);
        Says("A network needs an input shape, such as Shape.Image(1, 28, 28).", default, x => x.Relu());
    }

    [Fact]
    public void Sizes_that_overflow()
    {
        Says("Layer 'conv1' (Conv2d(1x1, 1000000 channels), layer 1, after 'input') cannot take 1x1000x1000: A shape of 1000000 x 1000 x 1000 has 1,000,000,000,000 elements per sample; at most 2,147,483,647 are possible.",
            Shape.Image(1, 1000, 1000), x => x.Conv(1_000_000, kernel: 1));
        Says("Layer 'conv1' (Conv2d(2x2, 1 channels, stride 1000000, padding 1000000), layer 1, after 'input') cannot take 1: A shape of 1 x 2000001 x 2000001 has 4,000,004,000,001 elements per sample; at most 2,147,483,647 are possible.",
            Shape.Image(1, 1, 1), x => x.Conv(1, kernel: 2, stride: 1_000_000, padding: 1_000_000));
        Says("Layer 'conv1' (Conv2d(1000000x1000000, 1 channels, dilation 1000000), layer 1, after 'input') cannot take 1x8x8: A kernel of 1000000 taps at dilation 1000000 would span 1000000 + (1000000 - 1) x (1000000 - 1) = 999,999,000,001 pixels.",
            Shape.Image(1, 8, 8), x => x.Conv(1, kernel: 1_000_000, dilation: 1_000_000));
        Says("Layer 'linear1' (Linear(100000), layer 2, after 'flatten1') cannot take 90000: The parameter 'weight' of 100000 x 90000 would have 9,000,000,000 numbers; between 1 and 2,000,000,000 are possible. Use fewer channels, a smaller kernel, or pool before a dense layer.",
            Shape.Image(1, 300, 300), x => x.Flatten().Linear(100_000));
        Assert.Equal("A shape needs sizes of at least 1: received 1 x 0 x 8 (channels x height x width).", Assert.Throws<ShapeException>(() => Shape.Image(1, 0, 8)).Message);
        Assert.Equal("A shape of 50000 x 50000 x 50000 has 125,000,000,000,000 elements per sample; at most 2,147,483,647 are possible.", Assert.Throws<ShapeException>(() => Shape.Image(50_000, 50_000, 50_000)).Message);
    }

    [Fact]
    public void Layers_that_the_output_does_not_need_are_left_out()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x =>
        {
            x.Conv(7, kernel: 3).Relu();
            var kept = x.Conv(2, kernel: 3);
            kept.BatchNorm();
            return kept.Relu();
        });
        Assert.Equal(["input", "conv2", "relu2"], network.Layers.Select(layer => layer.Name));
        Assert.Equal([0, 1, 2], network.Layers.Select(layer => layer.Index));
        Assert.Equal([1], network.Layers[2].Inputs);
        Assert.Equal(20, network.TrainableCount);
        Assert.Equal((Shape.Image(1, 8, 8), 0L), (Network.Build(Shape.Image(1, 8, 8), x => x).Output, Network.Build(Shape.Image(1, 8, 8), x => x).TrainableCount));
    }

    [Fact]
    public void Automatic_names_count_up_and_pass_over_those_taken()
    {
        var network = Network.Build(Shape.Image(2, 8, 8), x => x
            .Conv(2, kernel: 3, name: "conv1").Conv(2, kernel: 1).BatchNorm().Relu().LeakyRelu().MaxPool(2).AveragePool(2, 1).Dropout(0.1f).ChannelDropout(0.1f)
            .Conv(2, kernel: 1).Relu().GlobalAveragePool().Flatten().Linear(3));
        Assert.Equal(
            ["input", "conv1", "conv2", "batchNorm1", "relu1", "leakyRelu1", "maxPool1", "averagePool1", "dropout1", "channelDropout1", "conv3", "relu2", "globalAveragePool1", "flatten1", "linear1"],
            network.Layers.Select(layer => layer.Name));
    }

    [Fact]
    public void A_layer_that_is_not_there_is_asked_for()
    {
        var network = TinyTask.Network();
        Assert.Same(network.Layers[1], network["conv1"]);
        Assert.Equal("The network has no layer 'cnv1'. Did you mean 'conv1'?", Assert.Throws<UsageException>(() => network["cnv1"]).Message);
        Assert.Equal("There is no parameter 'conv1.weigth'. Did you mean 'conv1.weight'?", Assert.Throws<UsageException>(() => Weights.Initialize(network, 0)["conv1.weigth"]).Message);
    }

    private static void Says(string message, Shape input, Func<Feature, Feature> body) =>
        Assert.Equal(message, Assert.Throws<ShapeException>(() => Network.Build(input, body)).Message);
}
