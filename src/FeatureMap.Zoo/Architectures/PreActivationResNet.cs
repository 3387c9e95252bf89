using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// The residual network for small images, with normalisation and activation before each convolution: three stages of n blocks, 6n + 2 layers with weights.
/// <code>3x3, 16 -- [block, 16] x n -- [block, 32] x n -- [block, 64] x n -- norm -- ReLU -- global mean -- dense</code>
/// As in the paper of 2015 the skips have no weights at all: where the map is halved they take every second pixel, and the new channels are 0.
/// Sources: He et al., arXiv 1512.03385, section 4.2 (the stages); He et al., "Identity mappings in deep residual networks", arXiv 1603.05027 (the block).
/// </summary>
public static class PreActivationResNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 3x32x32 for CIFAR.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights, 6n + 2: 20, 32, 44, 56, 110, ...</param>
    /// <param name="width">Channels of the first stage; 16 in the paper. Wide residual networks have a multiple of it.</param>
    /// <param name="skip">What stands on the skip path where the map is halved.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The depth is not 6n + 2.</exception>
    /// <exception cref="ShapeException">The image is too small, or the width below 1.</exception>
    public static Network Build(Shape image, int classes, int depth = 20, int width = 16, SkipPath skip = SkipPath.Identity, ConvStyle? style = null)
    {
        CheckDepth(depth);
        return SizedNetwork.Build($"Pre-activation ResNet-{depth}", image, x =>
        {
            x = x.Conv(width, kernel: 3, padding: 1, bias: false);
            for (var stage = 0; stage < 3; stage++)
                for (var i = 0; i < (depth - 2) / 6; i++)
                    x = x.PreActivationBlock(width << stage, stage > 0 && i == 0 ? 2 : 1, style, $"stage{stage + 1}/{i}", skip);
            return x.BatchNorm().Relu().GlobalAveragePool().Linear(classes);
        });
    }

    /// <exception cref="UsageException">The depth is not 6n + 2.</exception>
    internal static void CheckDepth(int depth)
    {
        if (depth < 8 || depth % 6 != 2)
            throw new UsageException($"A residual network for CIFAR has 6n + 2 layers, such as 20 (n = 3) or 56 (n = 9): received {depth}. The nearest is {(6 * Math.Max(1, (depth + 1) / 6)) + 2}.");
    }
}
