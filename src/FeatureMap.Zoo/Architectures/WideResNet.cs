using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// The wide residual network for small images: pre-activation blocks, fewer and k times as wide; 6n + 4 layers with weights, projections
/// among them.
/// <code>3x3, 16 -- [block, 16 k] x n -- [block, 32 k] x n -- [block, 64 k] x n -- norm -- ReLU -- global mean -- dense</code>
/// Source: Zagoruyko and Komodakis, "Wide residual networks", arXiv 1605.07146, table 1.
///</summary>
public static class WideResNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 3x32x32 for CIFAR.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights, 6n + 4: 16, 22, 28, 40, ...</param>
    /// <param name="width">Factor on the channels, k: 8 or 10 for the best of the paper.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The depth is not 6n + 4, or the width below 1.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, int depth = 16, int width = 8, ConvStyle? style = null)
    {
        if (depth < 10 || depth % 6 != 4 || width < 1)
            throw new UsageException($"A wide residual network has 6n + 4 layers, such as 16 (n = 2) or 28 (n = 4), and a width of at least 1: received {depth} layers and a width of {width}. "
                + $"The nearest depth is {(6 * Math.Max(1, (depth - 1) / 6)) + 4}.");
        return SizedNetwork.Build($"WRN-{depth}-{width}", image, x =>
        {
            x = x.Conv(16, kernel: 3, padding: 1, bias: false);
            for (var stage = 0; stage < 3; stage++)
                for (var i = 0; i < (depth - 4) / 6; i++)
                    x = x.PreActivationBlock((16 * width) << stage, stage > 0 && i == 0 ? 2 : 1, style, $"stage{stage + 1}/{i}");
            return x.BatchNorm().Relu().GlobalAveragePool().Linear(classes);
        });
    }
}
