using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// EfficientNet: the gated blocks of MobileNetV3 with SiLU, and one rule that makes width, depth and image grow together. B0 is the
/// network that a search found; each further one has a factor on its channels (rounded to multiples of 8) and on its blocks (rounded up).
/// <code>3x3 /2, 32 -- 16 -- /2 24 x 2 -- /2 40 x 2 -- /2 80 x 3 -- 112 x 3 -- /2 192 x 4 -- 320 -- 1x1, 1280 -- global mean -- dense</code>
/// The gates have a quarter of what the block *reads* inside. EfficientNetV2-S has full convolutions in the place of depthwise ones in
/// the first three stages, and batch normalisation with epsilon 0.001. Sources: Tan and Le, "EfficientNet", arXiv 1905.11946, table 1;
/// "EfficientNetV2", arXiv 2104.00298, table 4.
///</summary>
public static class EfficientNet
{
    private static readonly Stage[] First =
        [new(1, 3, 1, 16, 1), new(6, 3, 2, 24, 2), new(6, 5, 2, 40, 2), new(6, 3, 2, 80, 3), new(6, 5, 1, 112, 3), new(6, 5, 2, 192, 4), new(6, 3, 1, 320, 1)];

    private static readonly Stage[] SecondSmall =
        [new(1, 3, 1, 24, 2, true), new(4, 3, 2, 48, 4, true), new(4, 3, 2, 64, 4, true), new(4, 3, 2, 128, 6), new(6, 3, 1, 160, 9), new(6, 3, 2, 256, 15)];

    /// <summary>Builds EfficientNet-B0 to B7, by its factors.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Factor on the channels: 1, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2 for B0 to B7.</param>
    /// <param name="depth">Factor on the blocks of a stage: 1, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer.</param>
    /// <param name="dropPath">Probability that the last block is left out in training; it grows with the depth, from 0.</param>
    /// <exception cref="UsageException">A factor is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 1, double depth = 1, float dropout = 0.2f, float dropPath = 0.2f)
    {
        if (!(width is > 0 and <= 10 && depth is > 0 and <= 10))
            throw new UsageException($"Width and depth of an EfficientNet are factors on its channels and blocks, above 0 and at most 10: received {width} and {depth}. B0 has 1 and 1.");
        var stages = First.Select(stage => stage with { Channels = ChannelCount.Rounded(stage.Channels * width), Blocks = (int)Math.Ceiling(stage.Blocks * depth) }).ToArray();
        return Build("EfficientNet", image, classes, ChannelCount.Rounded(32 * width), stages, 4 * stages[^1].Channels, 1e-5f, dropout, dropPath);
    }

    /// <summary>Builds EfficientNetV2-S.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer.</param>
    /// <param name="dropPath">Probability that the last block is left out in training; it grows with the depth, from 0.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network BuildSecondSmall(Shape image, int classes, float dropout = 0.2f, float dropPath = 0.2f) =>
        Build("EfficientNetV2-S", image, classes, 24, SecondSmall, 1280, 1e-3f, dropout, dropPath);

    /// <summary>features.0.0, features.1.0.block.0.0, features.1.0.block.1.fc1, ..., classifier.1.</summary>
    internal static string TorchName(Network network, Layer layer) => layer.Name == "classifier" ? "classifier.1" : TorchNames.Inverted(network, layer);

    private static Network Build(string name, Shape image, int classes, int stem, Stage[] stages, int last, float epsilon, float dropout, float dropPath)
    {
        var style = ConvStyle.Normalized with { Norm = x => x.BatchNorm(epsilon), Activation = x => x.Silu() };
        var blocks = stages.Sum(stage => stage.Blocks);
        return SizedNetwork.Build(name, image, x =>
        {
            x = x.ConvNormActivation(stem, kernel: 3, stride: 2, style: style, name: "features/0");
            var number = 0;
            for (var at = 0; at < stages.Length; at++)
                for (var i = 0; i < stages[at].Blocks; i++)
                {
                    var (stage, read, block) = (stages[at], x.Shape.Channels, $"features/{at + 1}/{i}");
                    var (stride, drop) = (i == 0 ? stage.Stride : 1, dropPath * number++ / blocks);
                    var expanded = ChannelCount.Rounded(read * stage.Factor);
                    x = stage.IsFused
                        ? x.FusedInvertedResidual(stage.Channels, expanded, stage.Kernel, stride, style, drop, block)
                        : x.InvertedResidual(
                            stage.Channels, expanded, stage.Kernel, stride, new GateStyle(Math.Max(1, read / 4)) { Activation = x => x.Silu() }, style, drop, block);
                }
            return x.ConvNormActivation(last, kernel: 1, style: style, name: $"features/{stages.Length + 1}")
                .GlobalAveragePool().Dropout(dropout).Linear(classes, name: "classifier");
        });
    }

    private sealed record Stage(int Factor, int Kernel, int Stride, int Channels, int Blocks, bool IsFused = false);
}
