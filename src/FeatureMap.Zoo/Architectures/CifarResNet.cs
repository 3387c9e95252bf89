using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// The residual network for small images of 2015: three stages of n basic blocks, 6n + 2 layers with weights, and skips without weights.
/// <code>3x3, 16 -- [block, 16] x n -- [block, 32] x n -- [block, 64] x n -- global mean -- dense</code>
/// Where the map is halved the skip takes every second pixel and adds zeros, half of them before the channels and half behind, as the
/// trained networks of akamaster/pytorch_resnet_cifar10 have
/// it (the paper does not say where they stand). Source: He et al., arXiv 1512.03385, section 4.2.
///</summary>
public static class CifarResNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image; 3x32x32 for CIFAR.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights, 6n + 2: 20, 32, 44, 56, 110, ...</param>
    /// <param name="skip">What stands on the skip path where the map is halved.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="UsageException">The depth is not 6n + 2.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, int depth = 20, SkipPath skip = SkipPath.CentredIdentity, ConvStyle? style = null)
    {
        PreActivationResNet.CheckDepth(depth);
        return SizedNetwork.Build($"ResNet-{depth} for CIFAR", image, x =>
        {
            x = x.ConvNormActivation(16, kernel: 3, style: style);
            for (var stage = 0; stage < 3; stage++)
                for (var i = 0; i < (depth - 2) / 6; i++)
                    x = x.BasicBlock(16 << stage, stage > 0 && i == 0 ? 2 : 1, style: style, name: $"stage{stage + 1}/{i}", skip: skip);
            return x.GlobalAveragePool().Linear(classes, name: "linear");
        });
    }

    /// <summary>conv1, bn1, layer1.0.conv1, layer1.0.bn1, ..., linear.</summary>
    internal static string TorchName(Layer layer) => layer.Name == "linear" ? layer.Name : ResNet.TorchName(layer, 18);
}
