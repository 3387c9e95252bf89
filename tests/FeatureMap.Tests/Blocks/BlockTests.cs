using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Blocks;

/// <summary>Blocks by their published parameter counts, alone and in the networks that they come from, and by the gradients through them.</summary>
public sealed class BlockTests
{
    [Fact]
    public void Separable_convolutions_have_the_counts_of_the_lessons()
    {
        // 3x3, 64 to 128: 64 x 9 + 64 x 128 = 8,768 instead of 73,728 weights.
        Assert.Equal(8_768 + 128, Parameters(64, x => x.SeparableConv(128, kernel: 3)));
        Assert.Equal(8_768, Parameters(64, x => x.SeparableConv(128, kernel: 3, style: ConvStyle.Bare)));
        Assert.Equal((2 * 64 * 9) + (2 * 64 * 128), Parameters(64, x => x.SeparableConv(128, kernel: 3, multiplier: 2, style: ConvStyle.Bare)));
        // 7x7 as 7x1 and 1x7 through 20 channels: 7 x (16 x 20 + 20 x 32).
        Assert.Equal(7 * ((16 * 20) + (20 * 32)), Parameters(16, x => x.SpatiallySeparableConv(32, kernel: 7, middle: 20, style: ConvStyle.Bare)));
        Assert.Equal(Shape.Image(32, 8, 4), Build(16, x => x.SpatiallySeparableConv(32, kernel: 7, stride: (2, 4))).Output);
        Assert.Equal(Shape.Image(32, 8, 8), Build(16, x => x.SeparableConv(32, kernel: (3, 5), stride: 2)).Output);
    }

    [Fact]
    public void Residual_blocks_have_the_counts_of_torchvision()
    {
        Assert.Equal(73_984, Parameters(64, x => x.BasicBlock(64))); // resnet18.layer1.0
        Assert.Equal(230_144, Parameters(64, x => x.BasicBlock(128, stride: 2))); // layer2.0, with projection
        Assert.Equal(75_008, Parameters(64, x => x.BottleneckBlock(256))); // resnet50.layer1.0
        Assert.Equal(70_400, Parameters(256, x => x.BottleneckBlock(256))); // layer1.1
        Assert.Equal(379_392, Parameters(256, x => x.BottleneckBlock(512, stride: 2))); // layer2.0
    }

    [Fact]
    public void Inception_fire_and_dense_blocks_have_their_published_counts()
    {
        // Inception (3a), 192 to 256 channels: 163,328 weights (the "159K" of the paper are 159.5 x 1024) and 368 biases.
        var inception = Build(192, x => x.InceptionBlock(64, threes: (96, 128), fives: (16, 32), pooled: 32));
        Assert.Equal((Shape.Image(256, 16, 16), 163_328L + 368), (inception.Output, inception.TrainableCount));
        // fire2 of SqueezeNet, 96 to 128.
        var fire = Build(96, x => x.FireModule(16, 64, 64));
        Assert.Equal((Shape.Image(128, 16, 16), 11_920L), (fire.Output, fire.TrainableCount));
        // denseblock1 and transition1 of DenseNet-121.
        Assert.Equal(335_040, Parameters(64, x => x.DenseBlock(layers: 6, growth: 32)));
        Assert.Equal(33_280, Parameters(256, x => x.Transition()));
        Assert.Equal(Shape.Image(30, 8, 8), Build(10, x => x.DenseBlock(layers: 4, growth: 5, bottleneck: 0, dropout: 0.1f).Transition(1)).Output);
    }

    [Fact]
    public void The_networks_that_they_come_from_have_their_published_counts()
    {
        // Table of torchvision's models; GoogLeNet without auxiliary classifiers as in the paper's Caffe model; PreActResNet-18 for CIFAR-10 of kuangliu/pytorch-cifar.
        Assert.Equal(11_689_512, Imagenet(x => Stages(Stem(x), [2, 2, 2, 2], [64, 128, 256, 512], (y, channels, stride) => y.BasicBlock(channels, stride))));
        Assert.Equal(21_797_672, Imagenet(x => Stages(Stem(x), [3, 4, 6, 3], [64, 128, 256, 512], (y, channels, stride) => y.BasicBlock(channels, stride))));
        Assert.Equal(25_557_032, Imagenet(x => Stages(Stem(x), [3, 4, 6, 3], [256, 512, 1024, 2048], (y, channels, stride) => y.BottleneckBlock(channels, stride))));
        Assert.Equal(25_028_904, Imagenet(x => Stages(Stem(x), [3, 4, 6, 3], [256, 512, 1024, 2048], (y, channels, stride) => y.BottleneckBlock(channels, stride, middle: channels / 2, groups: 32))));
        Assert.Equal(28_088_024, Imagenet(x => Stages(Stem(x), [3, 4, 6, 3], [256, 512, 1024, 2048], (y, channels, stride) => y.BottleneckBlock(channels, stride, squeezeExcite: 16)))); // SE-ResNet-50
        Assert.Equal(6_998_552, Imagenet(GoogleNet));
        Assert.Equal(7_978_856, Imagenet(DenseNet121));
        Assert.Equal(4_231_976, Imagenet(MobileNet));
        var cifar = Network.Build(Shape.Image(3, 32, 32), x => Stages(x.Conv(64, kernel: 3, padding: 1, bias: false), [2, 2, 2, 2], [64, 128, 256, 512], (y, channels, stride) => y.PreActivationBlock(channels, stride))
            .GlobalAveragePool().Linear(10));
        Assert.Equal(11_171_146, cifar.TrainableCount);
    }

    [Fact]
    public void The_stride_of_a_bottleneck_sits_where_it_is_placed()
    {
        // On ImageNet: 4.1 billion multiply-adds with the stride in the 3x3 (torchvision prints 4.09), 3.8 in the 1x1 (the paper prints 3.8).
        Assert.Equal(4_089_184_256, Network.Build(Shape.Image(3, 224, 224), x => ResNet50(x, StridePlacement.Middle)).MultiplyAdds);
        Assert.Equal(3_857_973_248, Network.Build(Shape.Image(3, 224, 224), x => ResNet50(x, StridePlacement.First)).MultiplyAdds);
        var field = ReceptiveField.Of(Network.Build(Shape.Image(3, 224, 224), x => Bottlenecks(x, StridePlacement.Middle)))[^1];
        Assert.Equal((427.0, 32.0), (field.Vertical.Size, field.Vertical.Stride));
        Assert.True(field.IsAligned);

        static Feature Bottlenecks(Feature x, StridePlacement placement) =>
            Stages(Stem(x), [3, 4, 6, 3], [256, 512, 1024, 2048], (y, channels, stride) => y.BottleneckBlock(channels, stride, placement: placement));

        static Feature ResNet50(Feature x, StridePlacement placement) => Bottlenecks(x, placement).GlobalAveragePool().Linear(1000);
    }

    [Fact]
    public void An_identity_skip_has_no_layers_and_a_projection_has_its_own()
    {
        Assert.Equal(["conv1", "batchNorm1", "relu1", "conv2", "batchNorm2", "add1", "relu2"], Names(Build(8, x => x.BasicBlock(8))));
        Assert.Equal(["conv1", "batchNorm1", "relu1", "conv2", "batchNorm2", "conv3", "batchNorm3", "add1", "relu2"], Names(Build(8, x => x.BasicBlock(8, stride: 2))));
        // Pre-activation: the identity passes everything by, the projection reads what is normalised already.
        Assert.Equal(["input", "batchNorm1", "relu1", "conv1", "batchNorm2", "relu2", "conv2", "add1"], ["input", .. Names(Build(8, x => x.PreActivationBlock(8)))]);
        var identity = Build(8, x => x.PreActivationBlock(8));
        Assert.Equal([7 - 1, 0], identity["add1"].Inputs);
        var projected = Build(8, x => x.PreActivationBlock(12));
        Assert.Equal(["relu1"], projected["conv3"].Inputs.Select(input => projected.Layers[input].Name));
    }

    [Fact]
    public void A_name_stands_before_the_names_of_all_layers_of_a_block()
    {
        var network = Build(4, x => x
            .BasicBlock(4, name: "stage1/0").BasicBlock(8, stride: 2, name: "stage1/1").Conv(3, kernel: 1)
            .Scope("head", x => x.FireModule(2, 3, 4, name: "fire").Conv(2, kernel: 1, name: "last")));
        Assert.Equal(
            [
                "stage1/0/conv1", "stage1/0/batchNorm1", "stage1/0/relu1", "stage1/0/conv2", "stage1/0/batchNorm2", "stage1/0/add1", "stage1/0/relu2",
                "stage1/1/conv1", "stage1/1/batchNorm1", "stage1/1/relu1", "stage1/1/conv2", "stage1/1/batchNorm2", "stage1/1/conv3", "stage1/1/batchNorm3", "stage1/1/add1", "stage1/1/relu2",
                "conv1", "head/fire/conv1", "head/fire/relu1", "head/fire/conv2", "head/fire/relu2", "head/fire/conv3", "head/fire/relu3", "head/fire/concat1", "head/last",
            ],
            Names(network));
        Assert.StartsWith(
            "Layer 'a b/conv1' (Conv2d(1x1, 2 channels), layer 1, after 'input'): a layer name has letters",
            Assert.Throws<UsageException>(() => Build(4, x => x.Scope("a b", y => y.Conv(2, kernel: 1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Styles_change_what_comes_with_the_convolutions()
    {
        var leaky = ConvStyle.Normalized with { Activation = x => x.LeakyRelu(0.1f), HasWeightNorm = true, Norm = null, HasBias = true, Initializer = Initializer.GlorotUniform };
        var network = Build(4, x => x.BasicBlock(4, style: leaky));
        Assert.Equal(["WeightNorm", "LeakyRelu", "WeightNorm", "Add", "LeakyRelu"], network.Layers.Skip(1).Select(layer => layer.Op!.Name));
        Assert.Equal("glorot-uniform", ((WeightNorm)network.Layers[1].Op!).Inner.WeightInitializer.ToString());
        Assert.Same(ConvStyle.Bare, ConvStyle.Bare.WithoutActivation);
    }

    public static TheoryData<string> BlockNames => [.. Checked.Keys];

    // Two ReLUs in a row would stand on their kinks: where all inputs of a convolution with bias 0 are 0, so is its output.
    private static ConvStyle Leaky => ConvStyle.Plain with { Activation = x => x.LeakyRelu(0.1f) };

    /// <summary>A small network around one use of each block.</summary>
    internal static Network NetworkOf(string block) =>
        Network.Build(Shape.Image(2, 6, 6), x => Checked[block](x.Conv(4, kernel: 3, padding: 1)).GlobalAveragePool().Linear(3));

    private static Dictionary<string, Func<Feature, Feature>> Checked => new()
    {
        ["basic, identity"] = x => x.BasicBlock(4),
        ["basic, projection"] = x => x.BasicBlock(6, stride: 2),
        ["bottleneck"] = x => x.BottleneckBlock(8, stride: 2, groups: 2),
        ["basic with squeeze and excitation"] = x => x.BasicBlock(6, stride: 2, squeezeExcite: 2).SqueezeExcite(3),
        ["bottleneck, identity"] = x => x.BottleneckBlock(4, middle: 3, placement: StridePlacement.First),
        ["pre-activation, two in a row"] = x => x.PreActivationBlock(4).PreActivationBlock(6, stride: 2),
        ["pre-activation bottleneck"] = x => x.PreActivationBottleneck(8, stride: 2).PreActivationBottleneck(8),
        ["inception"] = x => x.InceptionBlock(2, (2, 3), (1, 2), 2, Leaky),
        ["dense and transition"] = x => x.DenseBlock(layers: 2, growth: 2, bottleneck: 2, dropout: 0.2f).Transition(),
        ["fire"] = x => x.FireModule(2, 2, 3, Leaky),
        ["separable"] = x => x.SeparableConv(5, kernel: 3, stride: 2, multiplier: 2, between: ConvStyle.Normalized, style: ConvStyle.Normalized),
        ["spatially separable"] = x => x.SpatiallySeparableConv(5, kernel: 3, middle: 2, between: ConvStyle.Plain),
        ["gate with SiLU and hard sigmoid, no biases"] = x => x.SqueezeExcite(new GateStyle(3) { Activation = x => x.Silu(), Gate = x => x.HardSigmoid(), HasBias = false }),
        ["channel attention"] = x => x.EfficientChannelAttention(3).Conv(6, kernel: 1).EfficientChannelAttention(),
        ["response normalisation"] = x => x.GlobalResponseNorm().Multiply(x.GlobalResponseNorm()),
        ["inverted residual"] = x => x.InvertedResidual(4, 8, kernel: 3, gate: new GateStyle(2), style: Leaky).InvertedResidual(6, 4, kernel: 5, stride: 2, style: Leaky),
        ["fused inverted residual"] = x => x.FusedInvertedResidual(4, 8, kernel: 3, style: Leaky).FusedInvertedResidual(4, 4, kernel: 3, style: Leaky),
        ["convnext"] = x => x.ConvNextBlock(layerScale: 0.5f).ConvNextBlock(layerScale: 0.25f, responseNorm: true, dropPath: 0.2f),
        ["branches"] = x => x.RepVggBlock(4).RepVggBlock(6, stride: 2),
        ["basic, means on the skip"] = x => x.BasicBlock(6, stride: 2, skip: SkipPath.AveragedProjection, attention: x => x.EfficientChannelAttention()),
        ["basic, zeros around"] = x => x.BasicBlock(8, stride: 2, skip: SkipPath.CentredIdentity),
        ["weight normalisation"] = x => x.BasicBlock(4, style: ConvStyle.Plain with { HasWeightNorm = true }),
        ["decoder"] = x => x.MaxPool(2).ConvTranspose(3, kernel: 4, stride: 2, padding: 1, weightNorm: true).LeakyRelu(0.1f).Concat(x),
    };

    [Theory]
    [MemberData(nameof(BlockNames))]
    public void Gradients_pass_through(string block)
    {
        var check = GradientCheck.Run(NetworkOf(block));
        Assert.True(check.Passed, check.ToString());
    }

    [Fact]
    public void What_a_block_cannot_do_is_told()
    {
        Assert.Equal(
            "A bottleneck narrows to a quarter of its output channels, and 4 does not divide 10. Use a multiple of 4, such as 8, or say how many with middle:.",
            Assert.Throws<ShapeException>(() => Build(4, x => x.BottleneckBlock(10))).Message);
        Assert.Equal(
            "Squeeze and excitation has its channels divided by a reduction of at least 1 in the middle: received -1. The paper uses 16.",
            Assert.Throws<UsageException>(() => Build(4, x => x.SqueezeExcite(-1))).Message);
        Assert.Equal("Squeeze and excitation has at least 1 number in the middle: received 0.", Assert.Throws<UsageException>(() => Build(4, x => x.SqueezeExcite(new GateStyle(0)))).Message);
        Assert.StartsWith(
            "The kernel of a channel attention stands centred on its channel, so it has an odd number of taps: received 4.",
            Assert.Throws<UsageException>(() => Build(4, x => x.EfficientChannelAttention(4))).Message, StringComparison.Ordinal);
        Assert.Equal(
            "The compression of a transition is the share of the channels that stays, above 0 and at most 1: received 1.5.",
            Assert.Throws<UsageException>(() => Build(4, x => x.Transition(1.5))).Message);
    }

    [Fact]
    public void The_blocks_since_2017_have_their_published_counts()
    {
        Assert.Equal(896, Parameters(32, x => x.InvertedResidual(16, 32, kernel: 3))); // mobilenet_v2.features.1
        Assert.Equal(5_136, Parameters(16, x => x.InvertedResidual(24, 96, kernel: 3, stride: 2))); // features.2
        Assert.Equal(1_448, Parameters(32, x => x.InvertedResidual(16, 32, kernel: 3, gate: new GateStyle(8)))); // efficientnet_b0.features.1.0
        Assert.Equal(79_296, Parameters(96, x => x.ConvNextBlock())); // convnext_tiny.features.1.0: 96 x (49 + 1) + 2 x 96 + 2 x 384 x 96 + 384 + 96 + 96
        Assert.Equal(2 * 384, Parameters(384, x => x.GlobalResponseNorm()));
        // The paper's kernels: |log2 C / 2 + 1/2|, odd.
        Assert.Equal([3, 3, 5, 5, 5, 7], ((int[])[16, 64, 128, 256, 1024, 2048]).Select(channels => Parameters(channels, x => x.EfficientChannelAttention())));
    }

    [Fact]
    public void A_response_normalisation_starts_as_the_identity_and_compares_channels()
    {
        var network = Network.Build(Shape.Image(2, 1, 2), x => x.GlobalResponseNorm());
        var weights = Weights.Initialize(network, 1);
        byte[] input = [3, 4, 0, 5]; // both maps have the length 5, so N is 1 in each
        Assert.Equal([3, 4, 0, 5], Outputs(weights, input), (one, other) => Math.Abs(one - other) < 1e-5);
        weights["learnedParameter1.value"].Values.Fill(2);
        weights["learnedParameter2.value"].Values[1] = 0.5f;
        Assert.Equal([9, 12, 0.5f, 15.5f], Outputs(weights, input), (one, other) => Math.Abs(one - other) < 1e-4);
    }

    [Fact]
    public void Zeros_stand_where_the_skip_says()
    {
        Assert.Equal([0, 7, 0, 0], Skipped(SkipPath.Identity, 2, 1));
        Assert.Equal([0, 0, 7, 0], Skipped(SkipPath.CentredIdentity, 2, 1));

        // The convolutions start at 0, so that only the skip passes: the second of two channels becomes that of the first row.
        float[] Skipped(SkipPath skip, int channels, int marked)
        {
            var network = Network.Build(Shape.Image(channels, 1, 1), x => x.BasicBlock(4, skip: skip, style: ConvStyle.Bare with { Initializer = Initializer.Zeros }));
            var input = new byte[channels];
            input[marked] = 7;
            return Outputs(Weights.Initialize(network, 1), input);
        }
    }

    /// <summary>Of pixels that stay the numbers that they are.</summary>
    private static float[] Outputs(Weights weights, byte[] pixels)
    {
        var channels = weights.Network.Input.Channels;
        return [.. new Model(weights, new Normalization([.. new double[channels]], [.. Enumerable.Repeat(1 / 255.0, channels)]), []).Compute(pixels)];
    }

    [Fact]
    public void Half_padding_keeps_the_size_and_stays_centred()
    {
        Assert.Equal(new Padding(1, 1, 1, 1), Padding.Half(3));
        Assert.Equal(new Padding(0, 6, 0, 6), Padding.Half((1, 7), 2));
        Assert.Equal(new Padding(0, 1, 1, 2), Padding.Half((2, 4)));
        Assert.Equal(Shape.Image(2, 16, 16), Build(1, x => x.ConvNormActivation(2, kernel: (4, 5), dilation: 2)).Output);
    }

    private static Network Build(int channels, Func<Feature, Feature> body) => Network.Build(Shape.Image(channels, 16, 16), body);

    private static long Parameters(int channels, Func<Feature, Feature> body) => Build(channels, body).TrainableCount;

    private static IEnumerable<string> Names(Network network) => network.Layers.Skip(1).Select(layer => layer.Name);

    private static long Imagenet(Func<Feature, Feature> body) => Network.Build(Shape.Image(3, 224, 224), x => body(x).GlobalAveragePool().Linear(1000)).TrainableCount;

    private static Feature Stem(Feature x) => x.ConvNormActivation(64, kernel: 7, stride: 2).MaxPool(3, stride: 2, padding: 1);

    private static Feature Stages(Feature x, int[] blocks, int[] channels, Func<Feature, int, int, Feature> block)
    {
        for (var stage = 0; stage < blocks.Length; stage++)
            for (var i = 0; i < blocks[stage]; i++)
                x = block(x, channels[stage], stage > 0 && i == 0 ? 2 : 1);
        return x;
    }

    private static Feature GoogleNet(Feature x) => x
        .ConvNormActivation(64, kernel: 7, stride: 2, style: ConvStyle.Plain).MaxPool(3, stride: 2, padding: 1)
        .ConvNormActivation(64, kernel: 1, style: ConvStyle.Plain).ConvNormActivation(192, kernel: 3, style: ConvStyle.Plain).MaxPool(3, stride: 2, padding: 1)
        .InceptionBlock(64, (96, 128), (16, 32), 32).InceptionBlock(128, (128, 192), (32, 96), 64).MaxPool(3, stride: 2, padding: 1)
        .InceptionBlock(192, (96, 208), (16, 48), 64).InceptionBlock(160, (112, 224), (24, 64), 64).InceptionBlock(128, (128, 256), (24, 64), 64)
        .InceptionBlock(112, (144, 288), (32, 64), 64).InceptionBlock(256, (160, 320), (32, 128), 128).MaxPool(3, stride: 2, padding: 1)
        .InceptionBlock(256, (160, 320), (32, 128), 128).InceptionBlock(384, (192, 384), (48, 128), 128);

    private static Feature DenseNet121(Feature x) => Stem(x)
        .DenseBlock(6, growth: 32).Transition().DenseBlock(12, growth: 32).Transition().DenseBlock(24, growth: 32).Transition().DenseBlock(16, growth: 32).BatchNorm().Relu();

    private static Feature MobileNet(Feature x)
    {
        x = x.ConvNormActivation(32, kernel: 3, stride: 2);
        foreach (var (channels, stride) in new[] { (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1) })
            x = x.SeparableConv(channels, kernel: 3, stride, between: ConvStyle.Normalized, style: ConvStyle.Normalized);
        return x;
    }
}
