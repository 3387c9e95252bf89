using System.Text.RegularExpressions;
using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Interchange;

namespace FeatureMap.Zoo;

/// <summary>All architectures, by name.</summary>
public static partial class Architectures
{
    private const string Torchvision = "torchvision's table of models", Formula = "counted from the table of the paper";

    /// <summary>Every architecture, in the order of display.</summary>
    public static IReadOnlyList<Architecture> All { get; } =
    [
        new("lenet-5", "Two convolutions and three dense layers for handwritten digits, 1998", "LeCun et al. 1998", Shape.Image(1, 28, 28), 10, (image, classes) => LeNet.Build(image, classes))
        {
            Parameters = new(61_706, "the usual reading of the paper, whose own has 60,000", "61706"),
            MultiplyAdds = new(416_520, "counted from figure 2 of the paper"),
        },
        new("vgg-16", "Thirteen 3x3 convolutions and three dense layers", "arXiv 1409.1556", Photo, 1000, (image, classes) => Vgg.Build(image, classes))
        {
            Parameters = new(138_357_544, Torchvision, "138357544"),
            MultiplyAdds = new(15_470_264_320, Torchvision, "15.47 G"),
            TorchvisionNames = new(Vgg.TorchName),
        },
        new("vgg-16-bn", "VGG-16 with batch normalisation", "arXiv 1409.1556", Photo, 1000, (image, classes) => Vgg.Build(image, classes, style: ConvStyle.Normalized with { HasBias = true }))
        {
            Parameters = new(138_365_992, Torchvision, "138365992"),
            MultiplyAdds = new(15_470_264_320, Torchvision, "15.47 G"),
            TorchvisionNames = new(Vgg.TorchName),
        },
        new("googlenet", "Inception v1 as torchvision has it: batch normalisation, 3x3 in place of 5x5", "arXiv 1409.4842", Photo, 1000, (image, classes) => GoogLeNet.Build(image, classes))
        {
            Parameters = new(6_624_904, Torchvision + "; 13,004,888 with the auxiliary heads", "6624904"),
            MultiplyAdds = new(1_498_376_192, Torchvision, "1.50 G"),
            AuxiliaryHeads = (loss, classes, weight) => GoogLeNet.WithAuxiliaryHeads(loss, classes, weight: weight),
            TorchvisionNames = new((_, layer) => GoogLeNet.TorchName(layer)) { IsIgnored = name => name.StartsWith("aux", StringComparison.Ordinal) },
            // Its weights come from TensorFlow; torchvision's transform_input turns the normalisation of ImageNet into this one.
            TrainedNormalization = new Normalization([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
        },
        new("inception-v1", "Inception v1 as in the paper: 5x5 kernels, biases, local response normalisation", "arXiv 1409.4842", Photo, 1000, (image, classes) => GoogLeNet.Build(image, classes, GoogLeNetVersion.Paper))
        {
            Parameters = new(6_998_552, "BVLC's bvlc_googlenet; 13,378,280 with the auxiliary heads", "6998552"),
            MultiplyAdds = new(1_582_671_872, Formula),
            AuxiliaryHeads = (loss, classes, weight) => GoogLeNet.WithAuxiliaryHeads(loss, classes, GoogLeNetVersion.Paper, weight),
        },
        Residual("resnet-18", "Eight basic blocks", 18, new(11_689_512, Torchvision, "11689512"), new(1_814_073_344, Torchvision, "1.81 G")),
        Residual("resnet-34", "Sixteen basic blocks", 34, new(21_797_672, Torchvision, "21797672"), new(3_663_761_408, Torchvision, "3.66 G")),
        Residual("resnet-50", "Sixteen bottlenecks, stride in the 3x3 as in torchvision", 50, new(25_557_032, Torchvision, "25557032"), new(4_089_184_256, Torchvision, "4.09 G")),
        new("resnet-50-caffe", "ResNet-50 with the stride in the first 1x1, as in the paper and in Caffe", "arXiv 1512.03385", Photo, 1000, (image, classes) => ResNet.Build(image, classes, placement: StridePlacement.First))
        {
            Parameters = new(25_557_032, Torchvision + ", whose other stride changes no count", "25557032"),
            MultiplyAdds = new(3_857_973_248, "table 1 of the paper", "3.8 G"),
        },
        new("resnet-50-slim", "ResNet-50 with the stride in the last block of a stage, as in TF-Slim", "arXiv 1512.03385", Photo, 1000, (image, classes) => ResNet.Build(image, classes, stageStride: StageStride.LastBlock))
        {
            Parameters = new(25_557_032, Torchvision + ", whose other stride changes no count", "25557032"),
            MultiplyAdds = new(3_482_255_360, Formula + " with the strides of TF-Slim"),
        },
        new("preact-resnet-20", "Residual network for CIFAR, normalisation first", "arXiv 1603.05027", Small, 10, (image, classes) => PreActivationResNet.Build(image, classes, 20))
        {
            Parameters = new(269_722, "arXiv 1512.03385, table 6", "0.27 M"),
            MultiplyAdds = new(40_551_040, Formula),
        },
        new("preact-resnet-56", "The same with 56 layers", "arXiv 1603.05027", Small, 10, (image, classes) => PreActivationResNet.Build(image, classes, 56))
        {
            Parameters = new(853_018, "arXiv 1512.03385, table 6", "0.85 M"),
            MultiplyAdds = new(125_485_696, Formula),
        },
        new("densenet-121", "Four dense blocks: each layer reads all before it", "arXiv 1608.06993", Photo, 1000, (image, classes) => DenseNet.Build(image, classes))
        {
            Parameters = new(7_978_856, Torchvision, "7978856"),
            MultiplyAdds = new(2_834_161_664, Torchvision, "2.83 G"),
            // Files of before 2018 have norm.1 where later ones have norm1.
            TorchvisionNames = new((_, layer) => DenseNet.TorchName(layer)) { Canonical = name => OldDenseName().Replace(name, "$1$2.") },
        },
        new("densenet-bc-100", "DenseNet-BC for CIFAR: 100 layers, 12 channels each", "arXiv 1608.06993", Small, 10, (image, classes) => DenseNet.BuildSmall(image, classes))
        {
            Parameters = new(769_162, "table 2 of the paper", "0.8 M"),
            MultiplyAdds = new(287_929_692, Formula),
        },
        Mobile("mobilenet-v1", 1, new(4_231_976, "Keras' MobileNet", "4231976"), new(568_740_352, "table 6 of the paper", "569 M")),
        Mobile("mobilenet-v1-0.75", 0.75, new(2_585_560, "table 6 of the paper", "2.6 M"), new(325_400_448, "table 6 of the paper", "325 M")),
        Mobile("mobilenet-v1-0.5", 0.5, new(1_331_592, "table 6 of the paper", "1.3 M"), new(149_497_088, "table 6 of the paper", "149 M")),
        Mobile("mobilenet-v1-0.25", 0.25, new(470_072, "table 6 of the paper", "0.5 M"), new(41_030_272, "table 6 of the paper", "41 M")),
        new("squeezenet-1.0", "Fire modules instead of dense layers", "arXiv 1602.07360", Photo, 1000, (image, classes) => SqueezeNet.Build(image, classes))
        {
            Parameters = new(1_248_424, Torchvision, "1248424"),
            MultiplyAdds = new(818_924_576, Torchvision, "0.82 G"),
            TorchvisionNames = new(SqueezeNet.TorchName),
        },
        new("squeezenet-1.1", "The same with less work: smaller first kernel, earlier pooling", "forresti/SqueezeNet", Photo, 1000, (image, classes) => SqueezeNet.Build(image, classes, SqueezeNetVersion.V11))
        {
            Parameters = new(1_235_496, Torchvision, "1235496"),
            MultiplyAdds = new(349_151_936, Torchvision, "0.35 G"),
            TorchvisionNames = new(SqueezeNet.TorchName),
        },
        new("darknet-19", "The classifier inside YOLO v2", "arXiv 1612.08242", Photo, 1000, (image, classes) => Darknet.Build(image, classes))
        {
            Parameters = new(20_842_376, "counted from table 6 of the paper"),
            MultiplyAdds = new(2_790_989_824, "the paper, which counts 5.58 billion operations: a multiplication and an addition each", "2.79 G"),
        },
        new("passthrough-13", "The network of Assignment 3.2, skip from layer 13 as given", "Assignment 3.2", Small, 10, (image, classes) => PassThrough.Build(image, classes))
        {
            Parameters = new(50_537_514, "the assignment; 50,558,186 with running statistics", "50537514"),
            MultiplyAdds = new(86_747_136, "counted from the table of the assignment"),
        },
        new("passthrough-12", "The same, skip from layer 12 as asked for", "Assignment 3.2", Small, 10, (image, classes) => PassThrough.Build(image, classes, tap: 12))
        {
            Parameters = new(50_521_130, "the assignment; 50,541,802 with running statistics", "50521130"),
            MultiplyAdds = new(86_681_600, "counted from the table of the assignment"),
        },
        new("u-net", "A number for every pixel: down, up, and skips that are joined", "arXiv 1505.04597", Shape.Image(1, 512, 512), 2, (image, classes) => UNet.Build(image, classes))
        {
            Parameters = new(31_030_658, "counted from figure 1 of the paper"),
            MultiplyAdds = new(192_384_335_872, "counted from figure 1 of the paper, with convolutions that keep the size"),
        },
        SuperResolution("espcn-x2", 2, 21_284, 21_692_416),
        SuperResolution("espcn-x3", 3, 22_729, 23_166_976),
        SuperResolution("espcn-x4", 4, 24_752, 25_231_360),
        new("pyramid-net", "A small classifier with spatial pyramid pooling: one set of weights for every image size", "arXiv 1406.4729", Small, 10, (image, classes) => PyramidNet.Build(image, classes))
        {
            Parameters = new(314_346, "counted from its figure"),
            MultiplyAdds = new(38_660_352, "counted from its figure"),
        },
        .. Families(),
    ];

    private static Shape Photo => Shape.Image(3, 224, 224);

    private static Shape Small => Shape.Image(3, 32, 32);

    /// <summary>The architecture of this name; <c>ResNet50</c> and <c>resnet_50</c> are <c>resnet-50</c>.</summary>
    /// <exception cref="UsageException">There is none; the nearest name is suggested.</exception>
    public static Architecture Get(string name) =>
        Find(name) ?? throw new UsageException($"There is no architecture '{name}'.{NearestName.Suggest(name, All.Select(one => one.Name))}");

    /// <summary>The architecture of this name; null where there is none.</summary>
    public static Architecture? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(one => Letters(one.Name) == Letters(name));

        static string Letters(string text) => string.Concat(text.Where(c => c is not ('-' or '_' or '.'))).ToUpperInvariant();
    }

    private static Architecture Residual(string name, string description, int depth, PublishedFigure parameters, PublishedFigure multiplyAdds) =>
        new(name, description, "arXiv 1512.03385", Photo, 1000, (image, classes) => ResNet.Build(image, classes, depth))
        {
            Parameters = parameters,
            MultiplyAdds = multiplyAdds,
            TorchvisionNames = new((_, layer) => ResNet.TorchName(layer, depth)),
        };

    private static Architecture Mobile(string name, double width, PublishedFigure parameters, PublishedFigure multiplyAdds) =>
        new(name, width == 1 ? "Depthwise separable convolutions" : $"The same with {width} of "
            + "the channels", "arXiv 1704.04861", Photo, 1000, (image, classes) => MobileNet.Build(image, classes, width))
        {
            Parameters = parameters,
            MultiplyAdds = multiplyAdds,
        };

    private static Architecture SuperResolution(string name, int factor, long parameters, long multiplyAdds) =>
        new(name, $"Super-resolution: an image {factor} times as high and wide", "arXiv 1609.05158", Shape.Image(1, 32, 32), null, (image, _) => Espcn.Build(image, factor))
        {
            Parameters = new(parameters, "counted from section 3 of the paper"),
            MultiplyAdds = new(multiplyAdds, "counted from section 3 of the paper"),
        };

    [GeneratedRegex(@"\b(norm|conv)\.([12])\.")]
    private static partial Regex OldDenseName();
}
