using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// Darknet-19, the classifier inside YOLO v2: 3x3 convolutions that double the channels, 1x1 convolutions that halve them again, five poolings, and the classes by a 1x1
/// convolution before the global mean.
/// <code>
/// 32 -- pool -- 64 -- pool -- 128 64 128 -- pool -- 256 128 256 -- pool -- 512 256 512 256 512 -- pool -- 1024 512 1024 512 1024 -- 1x1, classes -- global mean
/// </code>
/// Every convolution but the last has batch normalisation and a leaky ReLU of 0.1. Source: Redmon and Farhadi, "YOLO9000", arXiv 1612.08242, table 6.
/// </summary>
public static class Darknet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="style">What comes with each convolution; batch normalisation and a leaky ReLU of 0.1 by default.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, ConvStyle? style = null)
    {
        style ??= ConvStyle.Normalized with { Activation = x => x.LeakyRelu(0.1f) };
        return SizedNetwork.Build("Darknet-19", image, x =>
        {
            x = x.ConvNormActivation(32, kernel: 3, style: style).MaxPool(2);
            x = x.ConvNormActivation(64, kernel: 3, style: style).MaxPool(2);
            x = Alternating(x, 128, convolutions: 3).MaxPool(2);
            x = Alternating(x, 256, convolutions: 3).MaxPool(2);
            x = Alternating(x, 512, convolutions: 5).MaxPool(2);
            x = Alternating(x, 1024, convolutions: 5);
            return x.Conv(classes, kernel: 1).GlobalAveragePool();
        });

        Feature Alternating(Feature x, int channels, int convolutions)
        {
            for (var i = 0; i < convolutions; i++)
                x = i % 2 == 0 ? x.ConvNormActivation(channels, kernel: 3, style: style) : x.ConvNormActivation(channels / 2, kernel: 1, style: style);
            return x;
        }
    }
}
