using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>Architectures by their published counts and receptive fields, and what they say to what they cannot do.</summary>
public sealed class ArchitectureTests
{
    public static TheoryData<string> Names => [.. Architectures.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Counts_are_the_published_ones_to_the_digit(string name)
    {
        var one = Architectures.Get(name);
        var network = one.Build();
        Assert.Equal((one.Parameters.Value, one.MultiplyAdds.Value), (network.TrainableCount, network.MultiplyAdds));
        Assert.True(one.Parameters.Agrees, $"{one.Parameters}");
        Assert.True(one.MultiplyAdds.Agrees, $"{one.MultiplyAdds}");
        Assert.True(one.Classes is null || network.Output.Channels == one.Classes);
        Assert.All(ReceptiveField.Of(network), field => Assert.True(field.IsGlobal || field.Vertical.Size > 0));
        Assert.Equal(network.TrainableCount, network.Summary(1).TrainableCount);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_page_has_the_counts(string name)
    {
        var network = Architectures.Get(name).Build();
        var field = Architecture.FieldOf(network).Vertical;
        var row = string.Create(CultureInfo.InvariantCulture, $"| `{name}` | {network.Input} | {network.TrainableCount:N0} | {network.MultiplyAdds:N0} | {field.Size:0.##}/{field.Stride:0.##} |");
        Assert.Contains(row, File.ReadAllText(Path.Combine(Repository.Root, "src/FeatureMap.Zoo/Architectures/README.md")), StringComparison.Ordinal);
    }

    /// <summary>Fine-tuning begins with one call, or with one that names the last layer of the body.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Classifiers_take_another_head(string name)
    {
        var network = Architectures.Get(name).Build();
        if (Bodies.TryGetValue(name, out var body)) Assert.Contains($"\"{body}\"", Assert.Throws<UsageException>(() => network.WithHead(x => x.Linear(7))).Message, StringComparison.Ordinal);
        var other = network.WithHead(x => (x.Shape.IsVector ? x : x.GlobalAveragePool()).Linear(7), body);
        Assert.Equal(Shape.Vector(7), other.Output);
        Assert.Equal(network.Layers.Count(layer => layer.Parameters.Count > 0) - BehindTheBody(name), other.Layers.Count(layer => layer.Parameters.Count > 0) - 1);
    }

    // Layers with weights behind the last pooling: three dense ones, two, a norm and a dense one, or one.
    private static int BehindTheBody(string name) => name is "lenet-5" or "vgg-16" or "vgg-16-bn" ? 3 : name is "mobilenet-v3-small" or "mobilenet-v3-large" or "ghostnet-1.0" || name.StartsWith("convnext", StringComparison.Ordinal) ? 2 : 1;

    // The last layers of bodies that end in no pooling or Flatten with weights behind it.
    private static readonly Dictionary<string, string> Bodies = new()
    {
        ["squeezenet-1.0"] = "classifier/dropout1",
        ["squeezenet-1.1"] = "classifier/dropout1",
        ["darknet-19"] = "leakyRelu18",
        ["u-net"] = "up1/relu2",
        ["espcn-x2"] = "tanh2",
        ["espcn-x3"] = "tanh2",
        ["espcn-x4"] = "tanh2",
    };

    /// <summary>The same multiply-adds from the tables of the papers, without any network: channels in x channels out x taps x pixels of the output.</summary>
    [Fact]
    public void Multiply_adds_follow_from_the_tables_of_the_papers()
    {
        long Conv(long from, long to, long kernel, long side) => from * to * kernel * kernel * side * side;

        Assert.Equal(Conv(1, 6, 5, 28) + Conv(6, 16, 5, 10) + (400 * 120) + (120 * 84) + (84 * 10), MultiplyAdds("lenet-5"));

        var (vgg, from, side) = (0L, 3L, 224L);
        foreach (var (count, channels) in new[] { (2, 64), (2, 128), (3, 256), (3, 512), (3, 512) })
        {
            for (var i = 0; i < count; i++, from = channels) vgg += Conv(from, channels, 3, side);
            side /= 2;
        }
        Assert.Equal(15_346_630_656, vgg);
        Assert.Equal(vgg + (25_088L * 4096) + (4096L * 4096) + (4096L * 1000), MultiplyAdds("vgg-16"));

        // Stages of ResNet-50: 56, 28, 14 and 7 pixels; 3, 4, 6 and 3 bottlenecks; the first 1x1 of a stage and its projection read the map before.
        var residual = Conv(3, 64, 7, 112) + (2048L * 1000);
        long before = 64;
        foreach (var (blocks, width, pixels) in new[] { (3, 64, 56), (4, 128, 28), (6, 256, 14), (3, 512, 7) })
        {
            residual += Conv(before, width, 1, width == 64 ? 56 : 2 * pixels) + Conv(width, width, 3, pixels) + Conv(width, 4 * width, 1, pixels) + Conv(before, 4 * width, 1, pixels);
            residual += (blocks - 1) * (Conv(4 * width, width, 1, pixels) + Conv(width, width, 3, pixels) + Conv(width, 4 * width, 1, pixels));
            before = 4 * width;
        }
        Assert.Equal(residual, MultiplyAdds("resnet-50"));

        // MobileNet: a 3x3 per channel, then 1x1.
        var mobile = Conv(3, 32, 3, 112) + (1024L * 1000);
        foreach (var (into, to, pixels) in new[] { (32, 64, 112), (64, 128, 56), (128, 128, 56), (128, 256, 28), (256, 256, 28), (256, 512, 14), (512, 512, 14), (512, 512, 14), (512, 512, 14), (512, 512, 14), (512, 512, 14), (512, 1024, 7), (1024, 1024, 7) })
            mobile += Conv(1, into, 3, pixels) + Conv(into, to, 1, pixels);
        Assert.Equal(mobile, MultiplyAdds("mobilenet-v1"));

        // DenseNet-121: each layer 1x1 from all channels so far to 128, then 3x3 to 32.
        var (dense, channelsSoFar) = (Conv(3, 64, 7, 112) + (1024L * 1000), 64L);
        foreach (var (layers, pixels) in new[] { (6, 56), (12, 28), (24, 14), (16, 7) })
        {
            for (var layer = 0; layer < layers; layer++, channelsSoFar += 32) dense += Conv(channelsSoFar, 128, 1, pixels) + Conv(128, 32, 3, pixels);
            if (pixels == 7) continue;
            dense += Conv(channelsSoFar, channelsSoFar / 2, 1, pixels);
            channelsSoFar /= 2;
        }
        Assert.Equal((1024, dense), (channelsSoFar, MultiplyAdds("densenet-121")));

        Assert.Equal(86_747_136, MultiplyAdds("passthrough-13"));
        Assert.Equal(32 * 32 * ((1600 + 18_432 + (9 * 288))), MultiplyAdds("espcn-x3"));
    }

    // The table of Araujo, Norris and Sim, Distill 2019 (VGG-16, MobileNet, ResNet-50 of TF-Slim); 427 is torchvision's placement of the stride.
    [Theory]
    [InlineData("vgg-16", "features/maxPool5", 212, 32)]
    [InlineData("mobilenet-v1", "separable13/relu2", 315, 32)]
    [InlineData("resnet-50", "stage4/2/relu3", 427, 32)]
    [InlineData("resnet-50-slim", "stage4/2/relu3", 483, 32)]
    [InlineData("resnet-50-caffe", "stage4/2/relu3", 483, 32)]
    [InlineData("lenet-5", "averagePool2", 16, 4)]
    [InlineData("espcn-x3", "conv1", 5, 1)]
    public void Receptive_fields_are_the_published_ones(string name, string layer, double size, double stride)
    {
        var network = Architectures.Get(name).Build();
        var field = ReceptiveField.Of(network, layer);
        Assert.Equal((size, stride), (field.Vertical.Size, field.Vertical.Stride));
        if (!name.StartsWith("espcn", StringComparison.Ordinal)) Assert.Equal((size, stride), (Architecture.FieldOf(network).Vertical.Size, Architecture.FieldOf(network).Vertical.Stride));
    }

    [Fact]
    public void Relatives_have_their_published_counts()
    {
        var photo = Shape.Image(3, 224, 224);
        Assert.Equal([132_863_336, 133_047_848, 143_667_240], ((int[])[11, 13, 19]).Select(depth => Vgg.Build(photo, 1000, depth).TrainableCount));
        Assert.Equal([44_549_160, 60_192_808], ((int[])[101, 152]).Select(depth => ResNet.Build(photo, 1000, depth).TrainableCount));
        Assert.Equal([14_149_480, 20_013_928], ((int[])[169, 201]).Select(depth => DenseNet.Build(photo, 1000, depth).TrainableCount));
        Assert.Equal(28_088_024, ResNet.Build(photo, 1000, squeezeExcite: 16).TrainableCount); // SE-ResNet-50
        Assert.Equal(14_714_688, Vgg.Build(photo, 1000).Layers.Where(layer => layer.Name.StartsWith("features/", StringComparison.Ordinal)).Sum(layer => layer.TrainableCount));
        Assert.Equal(1_727_962, PreActivationResNet.Build(Shape.Image(3, 32, 32), 10, depth: 110).TrainableCount); // "1.7M"
        Assert.Equal(272_282, PreActivationResNet.Build(Shape.Image(3, 32, 32), 10, skip: SkipPath.Projection).TrainableCount); // 16 x 32 + 32 x 64 more
        // DenseNet of 40 layers without bottlenecks and compression has 1,019,722 (1.0M in the paper); with compression fewer.
        Assert.True(DenseNet.BuildSmall(Shape.Image(3, 32, 32), 10, depth: 40, hasBottlenecks: false).TrainableCount < 1_019_722);
        // U-Nets with batch normalisation as two public repositories print them: milesial/Pytorch-UNet (3 to 2, width 64) and mateuszbuda/brain-segmentation-pytorch (3 to 1, width 32).
        Assert.Equal(31_037_698, UNet.Build(Shape.Image(3, 64, 64), 2, style: ConvStyle.Normalized).TrainableCount);
        Assert.Equal(7_763_041, UNet.Build(Shape.Image(3, 64, 64), 1, width: 32, style: ConvStyle.Normalized).TrainableCount);
    }

    [Theory]
    [InlineData("googlenet", 13_004_888)]
    [InlineData("inception-v1", 13_378_280)]
    public void Auxiliary_heads_belong_to_the_loss(string name, long trainable)
    {
        var one = Architectures.Get(name);
        var graph = TrainingGraph.Of(one.Build(), one.WithAuxiliaryHeads(Loss.CrossEntropy(), 1000), 1000);
        Assert.Equal((one.Parameters.Value, trainable), (graph.Network.TrainableCount, graph.Graph.TrainableCount));
        Assert.All(graph.Graph.Layers.Where(layer => layer.Name.Contains("auxiliary", StringComparison.Ordinal)), layer => Assert.StartsWith("loss/auxiliary", layer.Name, StringComparison.Ordinal));
        Assert.Equal(
            "resnet-18 has no auxiliary heads; googlenet and inception-v1 have. Any loss can have one of your own: Loss.On(layer, head).",
            Assert.Throws<UsageException>(() => Architectures.Get("resnet-18").WithAuxiliaryHeads(Loss.CrossEntropy(), 10)).Message);
    }

    [Fact]
    public void Names_may_be_written_as_elsewhere()
    {
        Assert.Equal("resnet-18", Architectures.Get("ResNet18").Name);
        Assert.Equal("squeezenet-1.1", Architectures.Get("squeezenet1_1").Name);
        Assert.Equal("There is no architecture 'densnet-121'. Did you mean 'densenet-121'?", Assert.Throws<UsageException>(() => Architectures.Get("densnet-121")).Message);
        Assert.Equal(Architectures.All.Count, Architectures.All.Select(one => one.Name).Distinct().Count());
    }

    // SqueezeNet and the Inception of the paper pool 3x3 without padding, so they need more than their strides.
    [Theory]
    [InlineData("vgg-16", 32)]
    [InlineData("googlenet", 32)]
    [InlineData("resnet-18", 32)]
    [InlineData("densenet-121", 32)]
    [InlineData("mobilenet-v1-0.25", 32)]
    [InlineData("inception-v1", 47)]
    [InlineData("squeezenet-1.0", 29)]
    [InlineData("squeezenet-1.1", 25)]
    [InlineData("lenet-5", 12)]
    [InlineData("passthrough-13", 32)]
    [InlineData("u-net", 16)]
    public void The_least_image_is_told_and_holds(string name, int least)
    {
        var one = Architectures.Get(name);
        Assert.NotNull(one.Build(new Shape(one.Image.Channels, least, least)));
        var error = Assert.Throws<ShapeException>(() => one.Build(new Shape(one.Image.Channels, least - 1, least + 3))).Message;
        Assert.Contains($"at least {least}x{least} pixels", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_below_the_stride_are_refused_with_the_arithmetic()
    {
        Assert.Equal(
            "ResNet-50 cannot take images of 3x20x40 (channels x height x width): at layer 'stage4/0/conv2' only a map of 2x3 is left, and the windows there stand 32 pixels of the image apart. Its strides multiply to 32, so images have at least 32x32 pixels: scale these up, or choose a network with a smaller stride for 20x40.",
            Assert.Throws<ShapeException>(() => ResNet.Build(Shape.Image(3, 20, 40), 10)).Message);
        Assert.StartsWith(
            "VGG-16 cannot take images of 3x8x8 (channels x height x width). Layer 'features/maxPool4' (MaxPool2d(2x2), layer 24, after 'features/relu10') cannot take 512: ",
            Assert.Throws<ShapeException>(() => Vgg.Build(Shape.Image(3, 8, 8), 10)).Message, StringComparison.Ordinal);
        Assert.EndsWith(
            "Its strides multiply to 16, so images have at least 16x16 pixels: scale these up, or use a smaller depth for 12x40.",
            Assert.Throws<ShapeException>(() => UNet.Build(Shape.Image(1, 12, 40), 1)).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "The pass-through network cannot take images of 3x48x48 (channels x height x width), though not because they are small (32x32 would do). Layer ",
            Assert.Throws<ShapeException>(() => PassThrough.Build(Shape.Image(3, 48, 48), 10)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_told()
    {
        var image = Shape.Image(3, 32, 32);
        Assert.Equal("ResNet comes with 18, 26, 34, 50, 101 or 152 layers: received 20.", Assert.Throws<UsageException>(() => ResNet.Build(image, 10, depth: 20)).Message);
        Assert.Equal("VGG comes with 11, 13, 16 or 19 layers: received 17.", Assert.Throws<UsageException>(() => Vgg.Build(image, 10, depth: 17)).Message);
        Assert.Equal("DenseNet comes with 121, 169 or 201 layers: received 100. For small images see BuildSmall.", Assert.Throws<UsageException>(() => DenseNet.Build(image, 10, depth: 100)).Message);
        Assert.Equal("A DenseNet for CIFAR with bottlenecks has 6n + 4 layers, such as 100 (n = 16): received 99.", Assert.Throws<UsageException>(() => DenseNet.BuildSmall(image, 10, depth: 99)).Message);
        Assert.Equal("A residual network for CIFAR has 6n + 2 layers, such as 20 (n = 3) or 56 (n = 9): received 18. The nearest is 20.", Assert.Throws<UsageException>(() => PreActivationResNet.Build(image, 10, depth: 18)).Message);
        Assert.Equal("The width of a MobileNet is a factor on its channels, above 0 and at most 10: received 0. The paper has 1, 0.75, 0.5 and 0.25.", Assert.Throws<UsageException>(() => MobileNet.Build(image, 10, width: 0)).Message);
        Assert.Equal("googlenet gives at least 1 score or map: received 0 classes.", Assert.Throws<UsageException>(() => Architectures.Get("googlenet").Build(image, 0)).Message);
    }

    [Fact]
    public void One_set_of_weights_serves_every_size_behind_a_pyramid()
    {
        var small = Weights.Initialize(PyramidNet.Build(Shape.Image(3, 32, 32), 10, width: 4), 1);
        foreach (var (height, width) in new[] { (16, 16), (40, 56), (33, 47) })
        {
            var other = Weights.Initialize(PyramidNet.Build(Shape.Image(3, height, width), 10, width: 4), 2);
            Assert.Empty(other.TakeFrom(small));
            Assert.Equal(small.Sha256(), other.Sha256());
        }
    }

    [Fact]
    public void A_skip_without_weights_takes_every_second_pixel_and_adds_zeros()
    {
        var network = Network.Build(Shape.Image(3, 5, 5), x => x.BasicBlock(8, stride: 2, skip: SkipPath.Identity));
        Assert.Equal(Shape.Image(8, 3, 3), network.Output);
        Assert.Equal(2, network.Layers.Count(layer => layer.Op is Conv2d));
        Assert.True(ReceptiveField.Of(network, "add1").IsAligned);
        Assert.Equal(
            "An identity on the skip path can add channels, which are 0, but not drop any: 8 channels come in and 4 shall go out. Use SkipPath.Projection.",
            Assert.Throws<ShapeException>(() => Network.Build(Shape.Image(8, 5, 5), x => x.BasicBlock(4, skip: SkipPath.Identity))).Message);
    }

    private static long MultiplyAdds(string name) => Architectures.Get(name).Build().MultiplyAdds;
}
