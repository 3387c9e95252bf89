using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// VGG: only 3x3 convolutions, two to four between poolings; two of them see as much as a 5x5 with fewer weights. Nine tenths of the parameters are in the first dense layer.
/// <code>
/// [3x3, 64] x 2 -- pool -- [3x3, 128] x 2 -- pool -- [3x3, 256] x 3 -- pool -- [3x3, 512] x 3 -- pool -- [3x3, 512] x 3 -- pool   (VGG-16: configuration D)
///   -- adaptive mean 7x7 -- dense 4096 -- dense 4096 -- dense
/// </code>
/// The adaptive mean, torchvision's addition, does nothing at 224x224 and lets other sizes in. Source: Simonyan and Zisserman, arXiv 1409.1556, table 1.
/// </summary>
public static class Vgg
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights: 11, 13, 16 or 19 (configurations A, B, D and E).</param>
    /// <param name="hidden">Outputs of the two dense layers in the middle; 4,096 in the paper, and a few hundred are plenty for small images.</param>
    /// <param name="dropout">Probability of the dropout behind each of them.</param>
    /// <param name="style">What comes with each convolution: <see cref="ConvStyle.Plain"/> by default; <c>ConvStyle.Normalized with { HasBias = true }</c> is torchvision's vgg16_bn.</param>
    /// <exception cref="UsageException">The depth is another number.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, int depth = 16, int hidden = 4096, float dropout = 0.5f, ConvStyle? style = null)
    {
        style ??= ConvStyle.Plain;
        var convolutions = Convolutions(depth);
        return SizedNetwork.Build($"VGG-{depth}", image, x => x
            .Scope("features", x =>
            {
                for (var block = 0; block < convolutions.Length; block++)
                {
                    for (var i = 0; i < convolutions[block]; i++)
                        x = x.ConvNormActivation(Math.Min(64 << block, 512), kernel: 3, style: style);
                    x = x.MaxPool(2);
                }
                return x;
            })
            .AdaptiveAveragePool(7).Flatten()
            .Scope("classifier", x => x
                .Linear(hidden).Relu().Dropout(dropout)
                .Linear(hidden).Relu().Dropout(dropout)
                .Linear(classes)));
    }

    /// <summary>Both parts are plain sequences: features.0, features.2, ... and classifier.0, classifier.3, classifier.6.</summary>
    internal static string TorchName(Network network, Layer layer) => $"{TorchNames.Part(layer)}.{TorchNames.Position(network, layer)}";

    private static int[] Convolutions(int depth) => depth switch
    {
        11 => [1, 1, 2, 2, 2],
        13 => [2, 2, 2, 2, 2],
        16 => [2, 2, 3, 3, 3],
        19 => [2, 2, 4, 4, 4],
        _ => throw new UsageException($"VGG comes with 11, 13, 16 or 19 layers: received {depth}."),
    };
}
