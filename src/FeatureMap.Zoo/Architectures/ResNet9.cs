using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// ResNet-9, the small network that wins races of training time on CIFAR: poolings instead of strides, and a residual pair in two of
/// three stages.
/// <code>3x3, 64 -- 3x3, 128, pool -- [+ two 3x3] -- 3x3, 256, pool -- 3x3, 512, pool -- [+ two 3x3] -- max 4x4 -- dense, no bias -- times 1/8</code>
/// Source: Page, "How to train your ResNet", part 4, 2018 (davidcpage/cifar10-fast), which won the DAWNBench of its time.
///</summary>
public static class ResNet9
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 8 pixels high and wide; 3x32x32 for CIFAR.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="scale">Factor of the scores, which keeps the softmax from being too sure at the start.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double scale = 0.125, ConvStyle? style = null)
    {
        style ??= ConvStyle.Normalized;
        return SizedNetwork.Build("ResNet-9", image, x => x
            .ConvNormActivation(64, kernel: 3, style: style, name: "prepare")
            .ConvNormActivation(128, kernel: 3, style: style, name: "stage1").MaxPool(2).Scope("stage1/pair", Pair)
            .ConvNormActivation(256, kernel: 3, style: style, name: "stage2").MaxPool(2)
            .ConvNormActivation(512, kernel: 3, style: style, name: "stage3").MaxPool(2).Scope("stage3/pair", Pair)
            .GlobalMaxPool().Linear(classes, bias: false).Multiply(scale));

        Feature Pair(Feature x) => x
            .ConvNormActivation(x.Shape.Channels, kernel: 3, style: style)
            .ConvNormActivation(x.Shape.Channels, kernel: 3, style: style).Add(x);
    }
}
