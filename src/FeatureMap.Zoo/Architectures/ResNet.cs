using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>Which block of a stage halves the map.</summary>
public enum StageStride
{
    /// <summary>The first, as in the paper and in torchvision.</summary>
    FirstBlock,

    /// <summary>The last, as in TF-Slim: the blocks before it work at the higher resolution.</summary>
    LastBlock,
}

/// <summary>
/// ResNet: stages of residual blocks behind a stem that quarters the image; each stage but the first halves the map and doubles the channels.
/// <code>
/// 7x7 /2, 64 -- max 3x3 /2 -- stage 1, 64 -- stage 2, 128 -- stage 3, 256 -- stage 4, 512 -- global mean -- dense     (times 4 with bottlenecks)
/// </code>
/// Where the stride sits is not settled, and it moves cost and receptive field of ResNet-50: in the 3x3 of the first block (torchvision, "v1.5") the field is 427 pixels, in
/// its first 1x1 (the paper, Caffe) or in the last block of the stage before (TF-Slim) it is 483. ResNeXt has groups, the wide network a
/// wider middle; ResNet-D has three 3x3 convolutions as its stem and means before the 1x1 of the skip path, so that no pixel is thrown
/// away. Sources: He et al., "Deep residual learning", arXiv 1512.03385, table 1; Xie et al., "ResNeXt", arXiv 1611.05431; Zagoruyko and
/// Komodakis, "Wide residual networks", arXiv 1605.07146; He et al., "Bag of tricks", arXiv 1812.01187, figure 2.
///</summary>
public static class ResNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="depth">Layers with weights: 18 or 34 (basic blocks), 26, 50, 101 or 152 (bottlenecks).</param>
    /// <param name="placement">Which convolution of a bottleneck takes the stride.</param>
    /// <param name="stageStride">Which block of a stage takes it.</param>
    /// <param name="squeezeExcite">Reduction of squeeze and excitation in each block, 16 in SE-ResNet; 0 for none.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="groups">Groups of the 3x3 convolutions of bottlenecks: 32 in ResNeXt-50 32x4d.</param>
    /// <param name="middle">Factor on the channels in the middle of a bottleneck: 2 in ResNeXt-50 32x4d and in the wide
    /// ResNet-50-2.</param>
    /// <param name="isD">Whether it is ResNet-D.</param>
    /// <param name="attention">What stands before the addition of each block, such as
    /// <see cref="AttentionBlocks.EfficientChannelAttention"/>; nothing by default.</param>
    /// <exception cref="UsageException">The depth is another number.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(
        Shape image, int classes, int depth = 50, StridePlacement placement = StridePlacement.Middle, StageStride stageStride = StageStride.FirstBlock, int squeezeExcite = 0,
        ConvStyle? style = null, int groups = 1, int middle = 1, bool isD = false, Func<Feature, Feature>? attention = null)
    {
        var blocks = Blocks(depth);
        return SizedNetwork.Build($"ResNet-{depth}", image, x =>
        {
            x = (isD
                ? x.ConvNormActivation(32, kernel: 3, stride: 2, style: style).ConvNormActivation(32, kernel: 3, style: style).ConvNormActivation(64, kernel: 3, style: style)
                : x.ConvNormActivation(64, kernel: 7, stride: 2, style: style)).MaxPool(3, stride: 2, padding: 1);
            for (var stage = 0; stage < blocks.Length; stage++)
                for (var i = 0; i < blocks[stage]; i++)
                {
                    var isStrided = stageStride == StageStride.FirstBlock ? stage > 0 && i == 0 : stage < 3 && i == blocks[stage] - 1;
                    // A block that only halves the map has nothing to project: its skip takes every second pixel.
                    var skip = i > 0 ? SkipPath.Identity : isD ? SkipPath.AveragedProjection : SkipPath.Projection;
                    x = HasBottlenecks(depth)
                        ? x.BottleneckBlock(
                            256 << stage, isStrided ? 2 : 1, (64 << stage) * middle, groups, placement, squeezeExcite, style, $"stage{stage + 1}/{i}", skip, attention)
                        : x.BasicBlock(64 << stage, isStrided ? 2 : 1, squeezeExcite, style, $"stage{stage + 1}/{i}", skip, attention);
                }
            return x.GlobalAveragePool().Linear(classes, name: "fc");
        });
    }

    /// <summary>conv1, bn1, layer1.0.conv1, layer1.0.bn1, ..., layer2.0.downsample.0 and .1 for the projection, which is the last of a block, and fc.</summary>
    internal static string TorchName(Layer layer, int depth)
    {
        if (layer.Name == "fc") return "fc";
        var (stem, number) = (TorchNames.Stem(layer) == "conv" ? "conv" : "bn", TorchNames.Number(layer));
        if (layer.Name.Split('/') is not [var stage, var block, _]) return $"{stem}{number}";
        var own = number <= (HasBottlenecks(depth) ? 3 : 2) ? $"{stem}{number}" : stem == "conv" ? "downsample.0" : "downsample.1";
        return $"layer{stage[^1]}.{block}.{own}";
    }

    /// <summary>timm's names of ResNet-D: conv1.0, conv1.1, conv1.3, conv1.4, conv1.6, bn1; downsample.1 and .2 behind the mean;
    /// layer1.0.se.conv for a channel attention.</summary>
    internal static string TimmName(Layer layer, int depth)
    {
        switch (layer.Name.Split('/'))
        {
            case [var stage, var block, _, _]: return $"layer{stage[^1]}.{block}.se.conv";
            case [_] when layer.Name != "fc":
                var number = TorchNames.Number(layer);
                return !TorchNames.IsNorm(layer) ? $"conv1.{3 * (number - 1)}" : number < 3 ? $"conv1.{(3 * (number - 1)) + 1}" : "bn1";
            default:
                return TorchName(layer, depth) switch
                {
                    var name when name.EndsWith("downsample.0", StringComparison.Ordinal) => name[..^1] + "1",
                    var name when name.EndsWith("downsample.1", StringComparison.Ordinal) => name[..^1] + "2",
                    var name => name,
                };
        }
    }

    private static bool HasBottlenecks(int depth) => depth is 26 or >= 50;

    private static int[] Blocks(int depth) => depth switch
    {
        18 or 26 => [2, 2, 2, 2],
        34 or 50 => [3, 4, 6, 3],
        101 => [3, 4, 23, 3],
        152 => [3, 8, 36, 3],
        _ => throw new UsageException($"ResNet comes with 18, 26, 34, 50, 101 or 152 layers: received {depth}."),
    };
}
