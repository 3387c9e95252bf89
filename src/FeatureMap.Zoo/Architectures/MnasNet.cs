using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// MnasNet-B1: inverted residual blocks with ReLU whose kernels and widths a search found by measuring times on a telephone.
/// <code>3x3 /2, 32 -- separable, 16 -- /2 24 x 3 -- /2 40 x 3 -- /2 80 x 3 -- 96 x 2 -- /2 192 x 4 -- 320 -- 1x1, 1280 -- global mean -- dense</code>
/// Batch normalisation has the momentum 0.0003 of TensorFlow's 0.9997. Source: Tan et al., "MnasNet", arXiv 1807.11626, figure 7.
///</summary>
public static class MnasNet
{
    private static readonly (int Factor, int Kernel, int Channels, int Blocks, int Stride)[] Stages =
        [(3, 3, 24, 3, 2), (3, 5, 40, 3, 2), (6, 5, 80, 3, 2), (6, 3, 96, 2, 1), (6, 5, 192, 4, 2), (6, 3, 320, 1, 1)];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, float dropout = 0.2f)
    {
        var style = ConvStyle.Normalized with { Norm = x => x.BatchNorm(momentum: 0.0003f) };
        return SizedNetwork.Build("MnasNet", image, x =>
        {
            x = x.Scope("stem", x => x.ConvNormActivation(32, kernel: 3, stride: 2, style: style)
                .SeparableConv(16, kernel: 3, between: style, style: style.WithoutActivation));
            for (var stage = 0; stage < Stages.Length; stage++)
                for (var i = 0; i < Stages[stage].Blocks; i++)
                {
                    var (factor, kernel, channels, _, stride) = Stages[stage];
                    x = x.InvertedResidual(channels, factor * x.Shape.Channels, kernel, i == 0 ? stride : 1, style: style, name: $"stage{stage + 1}/{i}");
                }
            return x.ConvNormActivation(1280, kernel: 1, style: style, name: "last").GlobalAveragePool().Dropout(dropout).Linear(classes, name: "classifier");
        });
    }

    /// <summary>layers.0, layers.3, layers.8.0.layers.0, ..., layers.14, classifier.1: convolution, normalisation and activation are one
    /// place each.</summary>
    internal static string TorchName(Layer layer)
    {
        if (layer.Name == "classifier") return "classifier.1";
        var (path, kind) = (layer.Name.Split('/'), TorchNames.IsNorm(layer) ? 1 : 0);
        return path switch
        {
            ["stem", _] => $"layers.{(3 * (TorchNames.Number(layer) - 1)) + kind}",
            ["last", _] => $"layers.{14 + kind}",
            _ => $"layers.{7 + (path[0][^1] - '0')}.{path[1]}.layers.{path[2] switch { "expand" => 0, "depthwise" => 3, _ => 6 } + kind}",
        };
    }
}
