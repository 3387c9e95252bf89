using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// DenseNet: in a block every layer reads the outputs of all layers before it, so each needs to add only a few channels.
/// <code>
/// 7x7 /2, 64 -- max 3x3 /2 -- dense x 6 -- transition -- dense x 12 -- transition -- dense x 24 -- transition -- dense x 16 -- norm -- ReLU -- global mean -- dense   (121)
/// 3x3, 2k -- dense x n -- transition -- dense x n -- transition -- dense x n -- norm -- ReLU -- global mean -- dense                                              (CIFAR)
/// </code>
/// Source: Huang et al., "Densely connected convolutional networks", arXiv 1608.06993, table 1 and section 4.
/// </summary>
public static class DenseNet
{
    /// <summary>The network for images of 224x224.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights: 121, 169 or 201.</param>
    /// <param name="growth">Channels that each layer adds: k of the paper.</param>
    /// <param name="dropout">Probability of the dropout behind each layer; 0 for none.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The depth is another number.</exception>
    /// <exception cref="ShapeException">The image is too small, or the growth below 1.</exception>
    public static Network Build(Shape image, int classes, int depth = 121, int growth = 32, float dropout = 0, ConvStyle? style = null)
    {
        var layers = Layers(depth);
        style ??= ConvStyle.Normalized;
        return SizedNetwork.Build($"DenseNet-{depth}", image, x => Stages(
            x.ConvNormActivation(2 * growth, kernel: 7, stride: 2, style: style).MaxPool(3, stride: 2, padding: 1), layers, growth, bottleneck: 4, dropout, style, classes));
    }

    /// <summary>DenseNet-BC (or, without bottlenecks, DenseNet-C) for small images: three equal blocks and no pooling before them.</summary>
    /// <param name="image">Shape of an image; 3x32x32 for CIFAR.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights: 3 blocks of n layers, each of 2 convolutions with bottlenecks, and 4 more: 6n + 4, such as 100; 3n + 4 without bottlenecks, such as 40.</param>
    /// <param name="growth">Channels that each layer adds: k of the paper.</param>
    /// <param name="hasBottlenecks">Whether a 1x1 convolution to 4k channels stands before each 3x3.</param>
    /// <param name="dropout">Probability of the dropout behind each layer; 0.2 in the paper where images are not augmented.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The depth does not come out even.</exception>
    /// <exception cref="ShapeException">The image is too small, or the growth below 1.</exception>
    public static Network BuildSmall(Shape image, int classes, int depth = 100, int growth = 12, bool hasBottlenecks = true, float dropout = 0, ConvStyle? style = null)
    {
        var perLayer = hasBottlenecks ? 6 : 3;
        if (depth < perLayer + 4 || (depth - 4) % perLayer != 0)
            throw new UsageException($"A DenseNet for CIFAR {(hasBottlenecks ? "with" : "without")} bottlenecks has {perLayer}n + 4 layers, such as {(hasBottlenecks ? "100 (n = 16)" : "40 (n = 12)")}: received {depth}.");
        var layers = (depth - 4) / perLayer;
        return SizedNetwork.Build($"DenseNet-{(hasBottlenecks ? "BC-" : "")}{depth}", image, x => Stages(
            x.Conv(2 * growth, kernel: 3, padding: 1, bias: false), [layers, layers, layers], growth, hasBottlenecks ? 4 : 0, dropout, style ?? ConvStyle.Normalized, classes));
    }

    /// <summary>features.conv0, features.norm0, features.denseblock1.denselayer1.norm1, ..., features.transition1.conv, features.norm5 and classifier.</summary>
    internal static string TorchName(Layer layer)
    {
        if (layer.Name == "classifier") return layer.Name;
        var (kind, number) = (TorchNames.Stem(layer) == "conv" ? "conv" : "norm", TorchNames.Number(layer));
        return layer.Name.Split('/') switch
        {
            [var block, _] when block.StartsWith("dense", StringComparison.Ordinal) => $"features.denseblock{block[^1]}.denselayer{(number + 1) / 2}.{kind}{2 - (number % 2)}",
            [var transition, _] => $"features.{transition}.{kind}",
            _ => number == 1 ? $"features.{kind}0" : "features.norm5",
        };
    }

    private static Feature Stages(Feature x, int[] layers, int growth, int bottleneck, float dropout, ConvStyle style, int classes)
    {
        for (var block = 0; block < layers.Length; block++)
        {
            x = x.DenseBlock(layers[block], growth, bottleneck, dropout, style, name: $"dense{block + 1}");
            if (block < layers.Length - 1) x = x.Transition(style: style, name: $"transition{block + 1}");
        }
        return x.BatchNorm().Relu().GlobalAveragePool().Linear(classes, name: "classifier");
    }

    private static int[] Layers(int depth) => depth switch
    {
        121 => [6, 12, 24, 16],
        169 => [6, 12, 32, 32],
        201 => [6, 12, 48, 32],
        _ => throw new UsageException($"DenseNet comes with 121, 169 or 201 layers: received {depth}. For small images see BuildSmall."),
    };
}
