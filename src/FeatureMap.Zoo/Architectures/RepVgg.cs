using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// RepVGG: in training each layer is the sum of a 3x3, a 1x1 and, where the shape stays, the input itself, each with its own
/// normalisation; afterwards all of them are one 3x3 convolution
/// (<see cref="Models.BranchFusion"/>), and what is left is a VGG without a branch.
/// <code>stem 48 /2 -- stage 48 x 2 /2 -- 96 x 4 /2 -- 192 x 14 /2 -- 1280 /2 -- global mean -- dense        layer: ReLU(norm 3x3 + norm 1x1 + norm x)</code>
/// Source: Ding et al., "RepVGG", arXiv 2101.03697, tables 2 and 3.
///</summary>
public static class RepVgg
{
    private static readonly int[] Blocks = [2, 4, 14, 1];

    /// <summary>Builds the network as it is trained: RepVGG-A0 by default.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Factor on the channels 64, 128 and 256 of the first three stages: 0.75 (A0), 1 (A1), 1.5 (A2).</param>
    /// <param name="last">Factor on the 512 channels of the last: 2.5 (A0, A1), 2.75 (A2).</param>
    /// <exception cref="UsageException">A factor is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 0.75, double last = 2.5)
    {
        if (!(width is > 0 and <= 10 && last is > 0 and <= 10))
            throw new UsageException($"The widths of a RepVGG are factors on its channels, above 0 and at most 10: received {width} and {last}. A0 has 0.75 and 2.5.");
        return SizedNetwork.Build("RepVGG", image, x =>
        {
            x = x.RepVggBlock((int)(64 * Math.Min(1, width)), stride: 2, name: "stem");
            for (var stage = 0; stage < 4; stage++)
                for (var i = 0; i < Blocks[stage]; i++)
                    x = x.RepVggBlock((int)((64 << stage) * (stage == 3 ? last : width)), i == 0 ? 2 : 1, $"stages/{stage}/{i}");
            return x.GlobalAveragePool().Linear(classes, name: "head");
        });
    }

    /// <summary>stem.conv_kxk.conv, stages.0.0.conv_1x1.bn, stages.0.1.identity, ..., head.fc: timm's names.</summary>
    internal static string TimmName(Layer layer)
    {
        if (layer.Name == "head") return "head.fc";
        var path = layer.Name.Split('/');
        var block = string.Join('.', path[..^2]);
        return path[^2] == "identity" ? $"{block}.identity" : $"{block}.{(path[^2] == "wide" ? "conv_kxk" : "conv_1x1")}.{(TorchNames.IsNorm(layer) ? "bn" : "conv")}";
    }
}
