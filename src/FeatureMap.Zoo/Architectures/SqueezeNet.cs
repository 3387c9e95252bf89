using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>Which SqueezeNet.</summary>
public enum SqueezeNetVersion
{
    /// <summary>The network of the paper: a 7x7 convolution with 96 channels first.</summary>
    V10,

    /// <summary>The authors' second: a 3x3 convolution with 64 channels first and earlier pooling, 2.4 times fewer multiply-adds with the same accuracy.</summary>
    V11,
}

/// <summary>
/// SqueezeNet: fire modules, which squeeze the channels before the 3x3 kernels see them, and no dense layer: the accuracy of AlexNet with a fiftieth of its parameters.
/// <code>
/// 7x7 /2, 96 -- max 3x3 /2 -- fire 128 128 256 -- max 3x3 /2 -- fire 256 384 384 512 -- max 3x3 /2 -- fire 512 -- 1x1, classes -- ReLU -- global mean     (1.0)
/// 3x3 /2, 64 -- max 3x3 /2 -- fire 128 128 -- max 3x3 /2 -- fire 256 256 -- max 3x3 /2 -- fire 384 384 512 512 -- 1x1, classes -- ReLU -- global mean     (1.1)
/// </code>
/// Sources: Iandola et al., arXiv 1602.07360, table 1; forresti/SqueezeNet (1.1). Poolings round up, as in Caffe.
/// </summary>
public static class SqueezeNet
{
    /// <summary>Channels of fire2 to fire9: squeezed, then of each kernel size.</summary>
    private static readonly (int Squeeze, int Expand)[] Fires = [(16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256)];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="version">Which of the two.</param>
    /// <param name="dropout">Probability of the dropout before the last convolution.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Plain"/> by default, as in the paper.</param>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, SqueezeNetVersion version = SqueezeNetVersion.V10, float dropout = 0.5f, ConvStyle? style = null)
    {
        style ??= ConvStyle.Plain;
        var isFirst = version == SqueezeNetVersion.V10;
        int[] pooledBefore = isFirst ? [2, 5, 9] : [2, 4, 6];
        return SizedNetwork.Build($"SqueezeNet 1.{(isFirst ? 0 : 1)}", image, x => x
            .Scope("features", x =>
            {
                x = x.ConvNormActivation(isFirst ? 96 : 64, kernel: isFirst ? 7 : 3, stride: 2, padding: Padding.Valid, style: style);
                for (var fire = 2; fire <= 9; fire++)
                {
                    if (pooledBefore.Contains(fire)) x = x.MaxPool(3, stride: 2, ceilMode: true);
                    var (squeeze, expand) = Fires[fire - 2];
                    x = x.FireModule(squeeze, expand, expand, style, $"fire{fire}");
                }
                return x;
            })
            .Scope("classifier", x => x.Dropout(dropout).Conv(classes, kernel: 1, initializer: Initializer.Normal(0.01f)).Relu().GlobalAveragePool()));
    }

    /// <summary>features.0, features.3.squeeze, features.3.expand1x1, features.3.expand3x3, ..., classifier.1.</summary>
    internal static string TorchName(Network network, Layer layer)
    {
        var place = $"{TorchNames.Part(layer)}.{TorchNames.Position(network, layer)}";
        return layer.Name.Split('/').Length < 3 ? place : place + TorchNames.Number(layer) switch { 1 => ".squeeze", 2 => ".expand1x1", _ => ".expand3x3" };
    }
}
