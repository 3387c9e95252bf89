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
/// <para>Darknet-53, its successor in YOLO v3, has strides in the place of poolings, and residual pairs of 1x1 and 3x3: 1, 2, 8, 8 and 4
/// of them. Source: Redmon and Farhadi, "YOLOv3",
/// arXiv 1804.02767, table 1.</para>
///</summary>
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

    /// <summary>Builds Darknet-53.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide; 3x256x256 in the paper.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="slope">Of the leaky ReLUs: 0.1 in the paper, 0.01 in the network of this name of timm and its weights.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network BuildResidual(Shape image, int classes, float slope = 0.1f)
    {
        var style = ConvStyle.Normalized with { Activation = x => x.LeakyRelu(slope) };
        int[] pairs = [1, 2, 8, 8, 4];
        return SizedNetwork.Build("Darknet-53", image, x =>
        {
            x = x.ConvNormActivation(32, kernel: 3, style: style, name: "stem");
            for (var stage = 0; stage < pairs.Length; stage++)
            {
                var channels = 64 << stage;
                x = x.ConvNormActivation(channels, kernel: 3, stride: 2, style: style, name: $"stages/{stage}");
                for (var i = 0; i < pairs[stage]; i++)
                    x = x.Scope($"stages/{stage}/{i}", x => x
                        .ConvNormActivation(channels / 2, kernel: 1, style: style).ConvNormActivation(channels, kernel: 3, style: style).Add(x));
            }
            return x.GlobalAveragePool().Linear(classes, name: "head");
        });
    }

    /// <summary>stem.conv1.conv, stages.0.conv_down.bn, stages.0.blocks.0.conv2.conv, ..., head.fc: timm's names of Darknet-53.</summary>
    internal static string TimmName(Layer layer)
    {
        var kind = TorchNames.IsNorm(layer) ? "bn" : "conv";
        return layer.Name.Split('/') switch
        {
            ["head"] => "head.fc",
            ["stem", _] => $"stem.conv1.{kind}",
            [_, var stage, _] => $"stages.{stage}.conv_down.{kind}",
            var path => $"stages.{path[1]}.blocks.{path[2]}.conv{TorchNames.Number(layer)}.{kind}",
        };
    }
}
