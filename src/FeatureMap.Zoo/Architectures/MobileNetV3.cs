using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>The two sizes of MobileNetV3.</summary>
public enum MobileNetV3Size
{
    /// <summary>11 blocks, 56 million multiply-adds.</summary>
    Small,

    /// <summary>15 blocks, 217 million.</summary>
    Large,
}

/// <summary>
/// MobileNetV3: the blocks of MobileNetV2, some with gates, with hard-swish in the deeper half and widths that a search found.
/// <code>3x3 /2, 16 -- 15 (11) blocks to 160 (96) -- 1x1, 960 (576) -- global mean -- dense, 1280 (1024) -- hard-swish -- dense</code>
/// The gates have a quarter of the channels inside, rounded to a multiple of 8, and a hard sigmoid. Batch normalisation has epsilon 0.001
/// and momentum 0.01, as torchvision's weights want it. Source: Howard et al., "Searching for MobileNetV3", arXiv 1905.02244, tables 1 and
/// 2.
///</summary>
public static class MobileNetV3
{
    private static readonly Row[] Large =
    [
        new(3, 16, 16, false, false, 1), new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1), new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1),
        new(5, 120, 40, true, false, 1), new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1), new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ];

    private static readonly Row[] Small =
    [
        new(3, 16, 16, true, false, 2), new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1), new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1),
        new(5, 240, 40, true, true, 1), new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1), new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1),
        new(5, 576, 96, true, true, 1),
    ];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="size">Which of the two.</param>
    /// <param name="dropout">Probability of the dropout before the last dense layer.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, MobileNetV3Size size = MobileNetV3Size.Large, float dropout = 0.2f)
    {
        var rows = size == MobileNetV3Size.Large ? Large : Small;
        var relu = ConvStyle.Normalized with { Norm = x => x.BatchNorm(1e-3f, momentum: 0.01f) };
        var swish = relu with { Activation = x => x.HardSwish() };
        return SizedNetwork.Build($"MobileNetV3-{size}", image, x =>
        {
            x = x.ConvNormActivation(16, kernel: 3, stride: 2, style: swish, name: "features/0");
            for (var i = 0; i < rows.Length; i++)
            {
                var row = rows[i];
                var gate = row.HasGate ? new GateStyle(ChannelCount.Rounded(row.Expanded / 4)) { Gate = x => x.HardSigmoid() } : null;
                x = x.InvertedResidual(row.Channels, row.Expanded, row.Kernel, row.Stride, gate, row.HasSwish ? swish : relu, name: $"features/{i + 1}");
            }
            return x.ConvNormActivation(6 * x.Shape.Channels, kernel: 1, style: swish, name: $"features/{rows.Length + 1}").GlobalAveragePool()
                .Linear(size == MobileNetV3Size.Large ? 1280 : 1024, name: "classifier/0").HardSwish().Dropout(dropout).Linear(classes, name: "classifier/3");
        });
    }

    /// <summary>features.0.0, features.1.block.0.0, features.1.block.1.fc1, ..., classifier.0, classifier.3.</summary>
    internal static string TorchName(Network network, Layer layer) =>
        layer.Name.Split('/') is ["classifier", var place] ? $"classifier.{place}" : TorchNames.Inverted(network, layer);

    private sealed record Row(int Kernel, int Expanded, int Channels, bool HasGate, bool HasSwish, int Stride);
}
