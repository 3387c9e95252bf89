using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// MobileNet (v1): depthwise separable convolutions, which cost an eighth to a ninth of full ones, and one number that makes all layers narrower.
/// <code>3x3 /2, 32 -- sep 64 -- sep /2 128 -- sep 128 -- sep /2 256 -- sep 256 -- sep /2 512 -- [sep 512] x 5 -- sep /2 1024 -- sep 1024 -- global mean -- dense</code>
/// Source: Howard et al., "MobileNets", arXiv 1704.04861, table 1.
/// </summary>
public static class MobileNet
{
    private static readonly (int Channels, int Stride)[] Layers =
        [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1)];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Factor on the channels of every layer (alpha of the paper), rounded down: 1, 0.75, 0.5 or 0.25 there.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer; 0.001 in the authors' code.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The width is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 1, float dropout = 0.001f, ConvStyle? style = null)
    {
        if (!(width is > 0 and <= 10))
            throw new UsageException($"The width of a MobileNet is a factor on its channels, above 0 and at most 10: received {width}. "
                + "The paper has 1, 0.75, 0.5 and 0.25.");
        style ??= ConvStyle.Normalized;
        int Scaled(int channels) => Math.Max(1, (int)(width * channels));
        return SizedNetwork.Build("MobileNet", image, x =>
        {
            x = x.ConvNormActivation(Scaled(32), kernel: 3, stride: 2, style: style);
            for (var i = 0; i < Layers.Length; i++)
                x = x.SeparableConv(Scaled(Layers[i].Channels), kernel: 3, Layers[i].Stride, between: style, style: style, name: $"separable{i + 1}");
            return x.GlobalAveragePool().Dropout(dropout).Linear(classes);
        });
    }
}
