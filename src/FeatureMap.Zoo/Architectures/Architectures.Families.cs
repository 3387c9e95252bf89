using FeatureMap.Blocks;
using FeatureMap.Interchange;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

// The families since 2016. Where torchvision has a network its counts are those, else timm's rounded ones.
public static partial class Architectures
{
    private const string Timm = "timm's table of results", TimmResults = "timm's results on ImageNet, at the size it tests with",
        TorchvisionResults = "torchvision's weights on ImageNet, as it prints them";

    private static IEnumerable<Architecture> Families() =>
    [
        Imagenet("mobilenet-v2", "Inverted residual blocks, six times as wide inside", "arXiv 1801.04381", 224, (image, classes) => MobileNetV2.Build(image, classes), MobileNetV2.TorchName,
            new(3_504_872, Torchvision, "3504872"), new(300_774_272, Torchvision, "0.30 G"), 72.9),
        Imagenet("mobilenet-v3-small", "The same with gates and hard-swish, from a search", "arXiv 1905.02244", 224, (image, classes) => MobileNetV3.Build(image, classes, MobileNetV3Size.Small), MobileNetV3.TorchName,
            new(2_542_856, Torchvision, "2542856"), new(56_510_400, Torchvision, "0.057 G"), 67.6),
        Imagenet("mobilenet-v3-large", "Its large sister", "arXiv 1905.02244", 224, (image, classes) => MobileNetV3.Build(image, classes), MobileNetV3.TorchName,
            new(5_483_032, Torchvision, "5483032"), new(216_589_760, Torchvision, "0.22 G"), 75.8),
        Efficient("efficientnet-b0", 224, 1, 1, 0.2f, new(5_288_548, Torchvision, "5288548"), new(385_814_752, Torchvision, "0.39 G"), 77.7),
        Efficient("efficientnet-b1", 240, 1, 1.1, 0.2f, new(7_794_184, Torchvision, "7794184"), new(686_802_832, Torchvision, "0.69 G"), 78.8),
        Efficient("efficientnet-b2", 288, 1.1, 1.2, 0.3f, new(9_109_994, Torchvision, "9109994"), new(1_087_529_456, Torchvision, "1.1 G"), 80.6),
        Efficient("efficientnet-b3", 300, 1.2, 1.4, 0.3f, new(12_233_232, Torchvision, "12233232"), new(1_827_141_392, Torchvision, "1.8 G"), 82.3),
        Imagenet("efficientnet-v2-s", "Full convolutions first, gated depthwise ones later", "arXiv 2104.00298", 384, (image, classes) => EfficientNet.BuildSecondSmall(image, classes), EfficientNet.TorchName,
            new(21_458_488, Torchvision, "21458488"), new(8_365_617_152, Torchvision, "8.4 G"), 83.9),
        Next("convnext-atto", "The smallest residual network with the choices of transformers", 40, [2, 2, 6, 2], false, new(3_695_520, Timm, "3.70 M"), new(547_332_480, Formula), 75.7),
        Next("convnext-femto", "The next larger one", 48, [2, 2, 6, 2], false, new(5_217_784, Timm, "5.22 M"), new(779_629_824, Formula), 77.5),
        Next("convnext-pico", "The next larger one", 64, [2, 2, 6, 2], false, new(9_045_672, Timm, "9.05 M"), new(1_367_055_360, Formula), 79.5),
        Next("convnext-nano", "The next larger one", 80, [2, 2, 8, 2], false, new(15_593_560, Timm, "15.59 M"), new(2_445_528_320, Formula), 80.8),
        Next("convnext-tiny", "The smallest of the paper", 96, [3, 3, 9, 3], false, new(28_589_128, Torchvision, "28589128"), new(4_455_531_264, Torchvision, "4.46 G"), 82.1),
        Next("convnextv2-atto", "ConvNeXt with a response normalisation in each block", 40, [2, 2, 6, 2], true, new(3_708_400, Timm, "3.71 M"), new(547_332_480, Formula), 76.6),
        Next("convnextv2-femto", "The next larger one", 48, [2, 2, 6, 2], true, new(5_233_240, Timm, "5.23 M"), new(779_629_824, Formula), 78.5),
        Next("convnextv2-pico", "The next larger one", 64, [2, 2, 6, 2], true, new(9_066_280, Timm, "9.07 M"), new(1_367_055_360, Formula), 80.3),
        Reg("regnet-y-400mf", "400 million", 16, 48, 27.89, 2.09, 8, new(4_344_144, Torchvision, "4344144"), new(401_842_848, Torchvision, "0.40 G"), 75.6),
        Reg("regnet-y-800mf", "800 million", 14, 56, 38.84, 2.4, 16, new(6_432_512, Torchvision, "6432512"), new(833_856_256, Torchvision, "0.83 G"), 78.7),
        Reg("regnet-y-1.6gf", "1.6 billion", 27, 48, 20.71, 2.65, 24, new(11_202_430, Torchvision, "11202430"), new(1_612_076_160, Torchvision, "1.61 G"), 80.7),
        Imagenet("resnext-50-32x4d", "ResNet-50 with 32 groups of 4 channels", "arXiv 1611.05431", 224, (image, classes) => ResNet.Build(image, classes, groups: 32, middle: 2), (_, layer) => ResNet.TorchName(layer, 50),
            new(25_028_904, Torchvision, "25028904"), new(4_230_479_872, Torchvision, "4.23 G"), 81.2),
        Imagenet("wide-resnet-50-2", "ResNet-50, twice as wide in the middle of its blocks", "arXiv 1605.07146", 224, (image, classes) => ResNet.Build(image, classes, middle: 2), (_, layer) => ResNet.TorchName(layer, 50),
            new(68_883_240, Torchvision, "68883240"), new(11_398_021_120, Torchvision, "11.40 G"), 81.6),
        ResidualD("resnet-18d", "ResNet-18", 18, new(11_708_744, Timm, "11.71 M"), new(2_053_713_920, Formula), 74.4),
        ResidualD("resnet-26d", "The shortest of bottlenecks", 26, new(16_014_408, Timm, "16.01 M"), new(2_581_897_216, Formula), 76.7),
        ResidualD("resnet-50d", "ResNet-50", 50, new(25_576_264, Timm, "25.58 M"), new(4_328_824_832, Formula), 81.0),
        ResidualD("eca-resnet-50d", "ResNet-50 with channel attention", 50, new(25_576_350, Timm, "25.58 M"), new(4_328_912_640, Formula), 80.6, x => x.EfficientChannelAttention(name: "attention")),
        Imagenet("shufflenet-v2-0.5", "Half of the channels pass by, then all are shuffled", "arXiv 1807.11164", 224, (image, classes) => ShuffleNetV2.Build(image, classes, 0.5), (_, layer) => ShuffleNetV2.TorchName(layer),
            new(1_366_792, Torchvision, "1366792"), new(40_476_448, Torchvision, "0.04 G"), 60.552, accuracySource: TorchvisionResults),
        Imagenet("shufflenet-v2-1.0", "The same with more channels", "arXiv 1807.11164", 224, (image, classes) => ShuffleNetV2.Build(image, classes), (_, layer) => ShuffleNetV2.TorchName(layer),
            new(2_278_604, Torchvision, "2278604"), new(144_907_992, Torchvision, "0.145 G"), 69.362, accuracySource: TorchvisionResults),
        Imagenet("mnasnet-1.0", "Inverted residual blocks with ReLU, from a search by time", "arXiv 1807.11626", 224, (image, classes) => MnasNet.Build(image, classes), (_, layer) => MnasNet.TorchName(layer),
            new(4_383_312, Torchvision, "4383312"), new(314_415_872, Torchvision, "0.31 G"), 74.7),
        Imagenet("ghostnet-1.0", "Half of the channels made from the other half", "arXiv 1911.11907", 224, (image, classes) => GhostNet.Build(image, classes), (_, layer) => GhostNet.TimmName(layer),
            new(5_182_508, Timm, "5.18 M"), new(141_150_512, "the paper", "141 M"), 74.0, "timm"),
        Imagenet("repvgg-a0", "Three branches in training, a plain VGG afterwards", "arXiv 2101.03697", 224, (image, classes) => RepVgg.Build(image, classes), (_, layer) => RepVgg.TimmName(layer),
            new(9_108_968, Timm + "; 8,309,384 when fused", "9.11 M"), new(1_512_581_120, Formula + "; 1,361,451,008 when fused"), 72.4, "timm"),
        Imagenet("darknet-53", "The classifier inside YOLO v3", "arXiv 1804.02767", 256, (image, classes) => Darknet.BuildResidual(image, classes, slope: 0.01f), (_, layer) => Darknet.TimmName(layer),
            new(41_609_928, Timm, "41.61 M"), new(9_285_115_904, Formula), 80.0, "timm"),
        new("cifar-resnet-20", "Residual network for CIFAR, skips without weights", "arXiv 1512.03385", Small, 10, (image, classes) => CifarResNet.Build(image, classes))
        {
            Parameters = new(269_722, "table 6 of the paper", "0.27 M"),
            MultiplyAdds = new(40_551_040, Formula),
            TorchvisionNames = new((_, layer) => CifarResNet.TorchName(layer)),
            NamesOf = "akamaster/pytorch_resnet_cifar10",
            Accuracy = new(91.73, "akamaster/pytorch_resnet_cifar10 on CIFAR-10's test images, which prints 8.27 % of errors"),
        },
        new("resnet-9", "A short residual network that trains fast on CIFAR", "davidcpage/cifar10-fast", Small, 10, (image, classes) => ResNet9.Build(image, classes))
        {
            Parameters = new(6_573_120, "counted from the table of its author"),
            MultiplyAdds = new(379_261_952, "counted from the table of its author"),
            Accuracy = new(94, "its author on CIFAR-10's test images, after 24 epochs"),
        },
        new("wrn-16-8", "Wide residual network for CIFAR, 16 layers, 8 times as wide", "arXiv 1605.07146", Small, 10, (image, classes) => WideResNet.Build(image, classes))
        {
            Parameters = new(10_961_370, "table 4 of the paper", "11.0 M"),
            MultiplyAdds = new(1_548_145_664, Formula),
            Accuracy = new(95.73, "table 4 of the paper on CIFAR-10's test images, which prints 4.27 % of errors"),
        },
    ];

    private static Architecture Next(string name, string description, int width, int[] blocks, bool responseNorm, PublishedFigure parameters, PublishedFigure multiplyAdds, double topOne) =>
        Imagenet(name, description, responseNorm ? "arXiv 2301.00808" : "arXiv 2201.03545", 224, (image, classes) => ConvNext.Build(image, classes, width, blocks, responseNorm),
            (_, layer) => width == 96 ? ConvNext.TorchName(layer) : ConvNext.TimmName(layer), parameters, multiplyAdds, topOne, width == 96 ? "torchvision" : "timm");

    private static Architecture Reg(
        string name, string size, int blocks, int first, double slope, double factor, int groupWidth, PublishedFigure parameters, PublishedFigure multiplyAdds, double topOne) =>
        Imagenet(name, $"Widths by a rule of four numbers, {size} multiply-adds", "arXiv 2003.13678", 224, (image, classes) => RegNet.Build(image, classes, blocks, first, slope, factor, groupWidth),
            (_, layer) => RegNet.TorchName(layer), parameters, multiplyAdds, topOne);

    private static Architecture ResidualD(
        string name, string what, int depth, PublishedFigure parameters, PublishedFigure multiplyAdds, double topOne, Func<Feature, Feature>? attention = null) =>
        Imagenet(name, $"{what}, three convolutions as the stem, means on the skips", "arXiv 1812.01187", 224, (image, classes) => ResNet.Build(image, classes, depth, isD: true, attention: attention),
            (_, layer) => ResNet.TimmName(layer, depth), parameters, multiplyAdds, topOne, "timm");

    private static Architecture Efficient(string name, int side, double width, double depth, float dropout, PublishedFigure parameters, PublishedFigure multiplyAdds, double topOne) =>
        Imagenet(name, width == 1 && depth == 1 ? "Gated inverted residual blocks with SiLU, from a search" : $"EfficientNet-B0 with {width} of the channels and {depth} of the blocks",
            "arXiv 1905.11946", side, (image, classes) => EfficientNet.Build(image, classes, width, depth, dropout), EfficientNet.TorchName, parameters, multiplyAdds, topOne);

    /// <summary>A classifier of photographs whose weights come from torchvision's names, or from those of timm.</summary>
    private static Architecture Imagenet(
        string name, string description, string paper, int side, Func<Shape, int, Network> build, Func<Network, Layer, string> names,
        PublishedFigure parameters, PublishedFigure multiplyAdds, double topOne, string namesOf = "torchvision", string? accuracySource = null) =>
        new(name, description, paper, Shape.Image(3, side, side), 1000, build)
        {
            Parameters = parameters,
            MultiplyAdds = multiplyAdds,
            TorchvisionNames = new StateDictNames(names),
            NamesOf = namesOf,
            Accuracy = new(topOne, accuracySource ?? TimmResults),
        };
}
