using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// GhostNet: half of the channels of each 1x1 convolution are made by one, the other half ("ghosts") from those by a 3x3 per channel,
/// which costs next to nothing.
/// <code>3x3 /2, 16 -- 16 blocks to 160 -- 1x1, 960 -- global mean -- 1x1, 1280 -- ReLU -- dense       block: ghost, expanded -- [k x k per channel /2] -- [gate] -- ghost -- + x</code>
/// Where the shape changes, the skip path is a k x k per channel and a 1x1. Source: Han et al., "GhostNet", arXiv 1911.11907, table 1 and
/// figure 3.
///</summary>
public static class GhostNet
{
    private static readonly Row[][] Stages =
    [
        [new(3, 16, 16, false, 1)],
        [new(3, 48, 24, false, 2)],
        [new(3, 72, 24, false, 1)],
        [new(5, 72, 40, true, 2)],
        [new(5, 120, 40, true, 1)],
        [new(3, 240, 80, false, 2)],
        [new(3, 200, 80, false, 1), new(3, 184, 80, false, 1), new(3, 184, 80, false, 1), new(3, 480, 112, true, 1), new(3, 672, 112, true, 1)],
        [new(5, 672, 160, true, 2)],
        [new(5, 960, 160, false, 1), new(5, 960, 160, true, 1), new(5, 960, 160, false, 1), new(5, 960, 160, true, 1)],
    ];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Factor on the channels, which are rounded to multiples of 4.</param>
    /// <param name="dropout">Probability of the dropout before the dense layer.</param>
    /// <exception cref="UsageException">The width is not above 0 and at most 10.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 1, float dropout = 0.2f)
    {
        if (!(width is > 0 and <= 10))
            throw new UsageException($"The width of a GhostNet is a factor on its channels, above 0 and at most 10: received {width}. The paper has 0.5, 1 and 1.3.");
        int Scaled(int channels) => ChannelCount.Rounded(channels * width, multiple: 4);
        return SizedNetwork.Build("GhostNet", image, x =>
        {
            x = x.ConvNormActivation(Scaled(16), kernel: 3, stride: 2, name: "stem");
            for (var stage = 0; stage < Stages.Length; stage++)
                for (var i = 0; i < Stages[stage].Length; i++)
                {
                    var row = Stages[stage][i];
                    x = Block(x, row, Scaled(row.Channels), Scaled(row.Expanded), $"blocks/{stage}/{i}");
                }
            return x.ConvNormActivation(Scaled(960), kernel: 1, name: $"blocks/{Stages.Length}/0").GlobalAveragePool()
                .Linear(1280, name: "conv_head").Relu().Dropout(dropout).Linear(classes, name: "classifier");
        });
    }

    /// <summary>conv_stem, bn1, blocks.0.0.ghost1.primary_conv.0, blocks.1.0.conv_dw, blocks.3.0.se.conv_reduce, ..., conv_head,
    /// classifier: timm's names.</summary>
    internal static string TimmName(Layer layer)
    {
        var (path, kind) = (layer.Name.Split('/'), TorchNames.IsNorm(layer) ? 1 : 0);
        var block = string.Join('.', path.Take(3));
        return path switch
        {
            [var single] => single,
            ["stem", _] => kind == 1 ? "bn1" : "conv_stem",
            [_, _, _, _] => $"{block}.{(kind == 1 ? "bn1" : "conv")}",
            [_, _, _, "depthwise", _] => $"{block}.{(kind == 1 ? "bn_dw" : "conv_dw")}",
            [_, _, _, "gate", _] => $"{block}.se.{(TorchNames.Number(layer) == 1 ? "conv_reduce" : "conv_expand")}",
            [_, _, _, "skip", _] => $"{block}.shortcut.{(2 * (TorchNames.Number(layer) - 1)) + kind}",
            _ => $"{block}.{path[3]}.{(path[4] == "primary" ? "primary_conv" : "cheap_operation")}.{kind}",
        };
    }

    private static ConvStyle Silent => ConvStyle.Normalized.WithoutActivation;

    private static Feature Block(Feature x, Row row, int channels, int expanded, string name) => x.Scope(name, x =>
    {
        var y = Ghost(x, expanded, ConvStyle.Normalized, "ghost1");
        if (row.Stride > 1) y = y.ConvNormActivation(expanded, row.Kernel, row.Stride, groups: expanded, style: Silent, name: "depthwise");
        if (row.HasGate) y = y.SqueezeExcite(new GateStyle(ChannelCount.Rounded(expanded / 4.0, multiple: 4)) { Gate = x => x.HardSigmoid() }, "gate");
        y = Ghost(y, channels, Silent, "ghost2");
        return y.Add(y.Shape == x.Shape ? x : x.Scope("skip", x => x
            .ConvNormActivation(x.Shape.Channels, row.Kernel, row.Stride, groups: x.Shape.Channels, style: Silent)
            .ConvNormActivation(channels, kernel: 1, style: Silent)));
    });

    private static Feature Ghost(Feature x, int channels, ConvStyle style, string name) => x.Scope(name, x =>
    {
        var half = (channels + 1) / 2;
        var made = x.ConvNormActivation(half, kernel: 1, style: style, name: "primary");
        var both = made.Concat(made.ConvNormActivation(half, kernel: 3, groups: half, style: style, name: "cheap"));
        return 2 * half == channels ? both : both.Slice(channels: 0..channels);
    });

    private sealed record Row(int Kernel, int Expanded, int Channels, bool HasGate, int Stride);
}
