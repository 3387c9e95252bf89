using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Randomness;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>Every architecture trains two steps on its smallest image, and ONNX Runtime finds the same in what was trained.</summary>
public sealed class ArchitectureTrainingTests
{
    private const int Classes = 3, Images = 4;

    /// <summary>The smallest image where that is not 32 pixels wide.</summary>
    private static readonly Dictionary<string, int> Sides = new()
    {
        ["lenet-5"] = 12,
        ["inception-v1"] = 47,
        ["squeezenet-1.0"] = 29,
        ["squeezenet-1.1"] = 25,
        ["u-net"] = 16,
        ["pyramid-net"] = 8,
        ["preact-resnet-20"] = 8,
        ["preact-resnet-56"] = 8,
        ["densenet-bc-100"] = 8,
        ["cifar-resnet-20"] = 8,
        ["wrn-16-8"] = 8,
        ["resnet-9"] = 8,
        ["espcn-x2"] = 6,
        ["espcn-x3"] = 5,
        ["espcn-x4"] = 4,
    };

    /// <summary>Larger sisters, of the same builder and layers: exported only.</summary>
    private static readonly string[] Sisters =
    [
        "mobilenet-v3-large", "efficientnet-b1", "efficientnet-b2", "efficientnet-b3", "efficientnet-v2-s", "convnext-femto", "convnext-pico", "convnext-nano", "convnext-tiny",
        "convnextv2-femto", "convnextv2-pico", "regnet-y-800mf", "regnet-y-1.6gf", "resnext-50-32x4d", "wide-resnet-50-2", "resnet-26d", "resnet-50d", "eca-resnet-50d", "shufflenet-v2-1.0",
        "darknet-53", "resnet-9", "wrn-16-8", "repvgg-a0",
    ];

    public static TheoryData<string> Names => [.. Architectures.All.Select(one => one.Name).Except(Sisters)];

    public static TheoryData<string> Exported => [.. Sisters];

    [Theory]
    [MemberData(nameof(Exported))]
    public void Exports_and_verifies(string name)
    {
        using var folder = new TemporaryFolder();
        var network = Smallest(name);
        var weights = Weights.Initialize(network, 5);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Name.EndsWith("running_var", StringComparison.Ordinal)))
            parameter.Values.Fill(4); // what untrained sums grow to from block to block
        var model = new Model(weights, Normalization.None(network.Input.Channels), []);
        OnnxFile.Save(model, folder["model.onnx"]);
        var check = ExportCheck.Run(model, folder["model.onnx"], OnnxInput.Pixels, randomImages: 2);
        Assert.True(check.Passed, $"{check}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Trains_exports_and_verifies(string name)
    {
        var network = Smallest(name);
        var loss = network.Output.IsVector ? Loss.CrossEntropy() : Loss.Custom("square", (output, _) => (output - 0.5).Square().Mean());
        using var session = new TrainingSession(network, Noise(network.Input), new TrainingOptions
        {
            Epochs = 2,
            BatchSize = Images,
            Threads = 2,
            Loss = loss,
            Optimizer = new Sgd(0),
            Schedule = new ConstantRate(0.01),
            Normalization = Normalization.None(network.Input.Channels),
        });
        session.Step();
        var first = session.StepLoss;
        session.Step(); // the same images, so only the weights (and the masks of a dropout) make a difference
        Assert.True(double.IsFinite(first) && double.IsFinite(session.StepLoss) && first != session.StepLoss, $"{first} then {session.StepLoss}");

        using var folder = new TemporaryFolder();
        var model = new Model(session.Whole(session.Weights), session.Normalization, []);
        OnnxFile.Save(model, folder["model.onnx"]);
        var check = ExportCheck.Run(model, folder["model.onnx"], OnnxInput.Pixels, randomImages: 2);
        Assert.True(check.Passed, $"{check}");
    }

    [Fact]
    public void Auxiliary_heads_train_and_stay_behind()
    {
        var network = GoogLeNet.Build(Shape.Image(3, 32, 32), Classes);
        var run = Trainer.Fit(network, Noise(network.Input), new TrainingOptions
        {
            Epochs = 1,
            BatchSize = Images,
            Loss = GoogLeNet.WithAuxiliaryHeads(Loss.CrossEntropy(), Classes),
            Optimizer = new Sgd(0),
            Schedule = new ConstantRate(0.01),
        });
        Assert.True(double.IsFinite(run.Epochs[0].TrainLoss));
        Assert.DoesNotContain(run.Model.Weights.Parameters, parameter => parameter.Name.Contains("auxiliary", StringComparison.Ordinal));
        // Three cross-entropies, two of them times 0.3: more than one alone, which is about log 3 at the start.
        Assert.True(run.Epochs[0].TrainLoss > 1.3, $"{run.Epochs[0].TrainLoss}");
        Assert.StartsWith(
            "The loss reads the layer 'inception4a/concat1', which the network does not have.",
            Assert.Throws<UsageException>(() => Trainer.Fit(LeNet.Build(Shape.Image(3, 32, 32), Classes), Noise(network.Input), new TrainingOptions { Loss = GoogLeNet.WithAuxiliaryHeads(Loss.CrossEntropy(), Classes) })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Where tens of millions of weights only cost memory (the dense layers of VGG, the pass-through network, U-Net), there are fewer of them.</summary>
    private static Network Smallest(string name)
    {
        var one = Architectures.Get(name);
        var side = Sides.GetValueOrDefault(name, 32);
        var image = new Shape(one.Image.Channels, side, side);
        return name switch
        {
            "vgg-16" => Vgg.Build(image, Classes, hidden: 16),
            "vgg-16-bn" => Vgg.Build(image, Classes, hidden: 16, style: ConvStyle.Normalized with { HasBias = true }),
            "passthrough-13" => PassThrough.Build(image, Classes, width: 0.25),
            "passthrough-12" => PassThrough.Build(image, Classes, tap: 12, width: 0.25),
            "u-net" => UNet.Build(image, Classes, width: 16),
            "efficientnet-b1" => EfficientNet.Build(image, Classes, width: 0.5, depth: 1.1),
            "efficientnet-b2" => EfficientNet.Build(image, Classes, width: 0.55, depth: 1.2),
            "efficientnet-b3" => EfficientNet.Build(image, Classes, width: 0.6, depth: 1.4),
            "convnext-nano" => ConvNext.Build(image, Classes, width: 20, blocks: [2, 2, 8, 2]),
            "repvgg-a0" => RepVgg.Build(image, Classes, width: 0.5, last: 0.5),
            "convnext-tiny" => ConvNext.Build(image, Classes, width: 24),
            "wide-resnet-50-2" => ResNet.Build(image, Classes, depth: 26, middle: 2),
            "resnext-50-32x4d" => ResNet.Build(image, Classes, depth: 26, groups: 32, middle: 2),
            "eca-resnet-50d" => ResNet.Build(image, Classes, depth: 26, isD: true, attention: x => x.EfficientChannelAttention()),
            "resnet-50d" => ResNet.Build(image, Classes, depth: 18, isD: true),
            "wrn-16-8" => WideResNet.Build(image, Classes, width: 2),
            _ => one.Build(image, one.Classes is null ? null : Classes),
        };
    }

    private static SplitData Noise(Shape image)
    {
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var pixels = new byte[Images * image.Count];
        foreach (ref var pixel in pixels.AsSpan())
            pixel = (byte)random.NextInt(256);
        var set = new ImageSet("noise", image, pixels, [.. Enumerable.Range(0, Images).Select(i => i % Classes)], ["a", "b", "c"]);
        return new SplitData("noise", set, set, "made by the test");
    }
}
