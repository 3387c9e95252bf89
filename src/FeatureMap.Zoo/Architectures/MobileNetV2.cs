using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// MobileNetV2: inverted residual blocks, narrow between the blocks and six times as wide inside.
/// <code>3x3 /2, 32 -- 16 -- /2 24 x 2 -- /2 32 x 3 -- /2 64 x 4 -- 96 x 3 -- /2 160 x 3 -- 320 -- 1x1, 1280 -- global mean -- dense</code>
/// Source: Sandler et al., "MobileNetV2", arXiv 1801.04381, table 2.
/// </summary>
public static class MobileNetV2
{
    private static readonly (int Factor, int Channels, int Blocks, int Stride)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Factor on the channels, which are rounded to multiples of 8; the last convolution has at least 1,280.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer.</param>
    /// <exception cref="UsageException">The width is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 1, float dropout = 0.2f)
    {
        if (!(width is > 0 and <= 10))
            throw new UsageException($"The width of a MobileNetV2 is a factor on its channels, above 0 and at most 10: received {width}. The paper has 0.35 to 1.4.");
        var style = ConvStyle.Normalized with { Activation = x => x.Relu6() };
        return SizedNetwork.Build("MobileNetV2", image, x =>
        {
            x = x.ConvNormActivation(ChannelCount.Rounded(32 * width), kernel: 3, stride: 2, style: style, name: "features/0");
            var place = 1;
            foreach (var (factor, channels, blocks, stride) in Stages)
                for (var i = 0; i < blocks; i++)
                    x = x.InvertedResidual(
                        ChannelCount.Rounded(channels * width), factor * x.Shape.Channels, kernel: 3, i == 0 ? stride : 1, style: style, name: $"features/{place++}");
            return x.ConvNormActivation(ChannelCount.Rounded(1280 * Math.Max(1, width)), kernel: 1, style: style, name: $"features/{place}")
                .GlobalAveragePool().Dropout(dropout).Linear(classes, name: "classifier");
        });
    }

    /// <summary>features.0.0, features.1.conv.0.0, features.1.conv.1 (the last of a block stands by itself), ..., classifier.1.</summary>
    internal static string TorchName(Network network, Layer layer)
    {
        var path = layer.Name.Split('/');
        if (path is ["classifier"]) return "classifier.1";
        var kind = TorchNames.IsNorm(layer) ? 1 : 0;
        if (path.Length == 3) return $"features.{path[1]}.{kind}";
        var place = TorchNames.Position(network, layer, 2);
        return $"features.{path[1]}.conv.{(path[2] == "project" ? $"{place + kind}" : $"{place}.{kind}")}";
    }
}
