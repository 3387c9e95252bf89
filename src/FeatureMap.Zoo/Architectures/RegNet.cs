using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// RegNet-Y: bottlenecks of grouped convolutions with gates, whose widths grow by a rule of four numbers instead of one decision per
/// stage. Block j wants the width w0 + wa j; that is rounded
/// to the nearest power of wm times w0, and those to multiples of the groups.
/// <code>3x3 /2, 32 -- stage 1 /2 -- stage 2 /2 -- stage 3 /2 -- stage 4 /2 -- global mean -- dense       block: 1x1 -- 3x3 in groups -- gate -- 1x1 -- + x</code>
/// The middle of a block is as wide as its ends; the gate has a quarter of what the block reads inside. Source: Radosavovic et al.,
/// "Designing network design spaces", arXiv 2003.13678.
///</summary>
public static class RegNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="blocks">Blocks in all.</param>
    /// <param name="first">The first width, w0.</param>
    /// <param name="slope">By how much it grows from block to block, wa.</param>
    /// <param name="factor">The quotient of the widths of neighbouring stages, wm.</param>
    /// <param name="groupWidth">Channels of a group.</param>
    /// <exception cref="UsageException">There is no block, or a number is not above 0.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, int blocks, int first, double slope, double factor, int groupWidth)
    {
        if (blocks < 1 || first < 1 || !(slope > 0 && factor > 1) || groupWidth < 1)
            throw new UsageException($"A RegNet has at least 1 block, a first width and a group width of at least 1, a slope above 0 and a factor above 1: received {blocks} blocks, {first}, {groupWidth}, "
                + $"{slope} and {factor}. The one of 400 million multiply-adds has 16 blocks, 48, 8, 27.89 and 2.09.");
        var style = ConvStyle.Normalized;
        return SizedNetwork.Build("RegNet-Y", image, x =>
        {
            x = x.ConvNormActivation(32, kernel: 3, stride: 2, style: style, name: "stem");
            var stage = 0;
            foreach (var (width, count) in Stages(blocks, first, slope, factor, groupWidth))
            {
                stage++;
                for (var i = 0; i < count; i++) x = Block(x, width, i == 0 ? 2 : 1, Math.Min(groupWidth, width), style, $"stage{stage}/{i}");
            }
            return x.GlobalAveragePool().Linear(classes, name: "fc");
        });
    }

    /// <summary>stem.0, trunk_output.block1.block1-0.proj.0, ...f.a.0, ...f.se.fc1, ..., fc.</summary>
    internal static string TorchName(Layer layer)
    {
        if (layer.Name == "fc") return "fc";
        var kind = TorchNames.IsNorm(layer) ? 1 : 0;
        if (layer.Name.Split('/') is not [var stage, var block, var part, _]) return $"stem.{kind}";
        var name = $"trunk_output.block{stage[^1]}.block{stage[^1]}-{block}";
        return part switch
        {
            "skip" => $"{name}.proj.{kind}",
            "gate" => $"{name}.f.se.fc{TorchNames.Number(layer)}",
            _ => $"{name}.f.{part}.{kind}",
        };
    }

    private static Feature Block(Feature x, int width, int stride, int groupWidth, ConvStyle style, string name) => x.Scope(name, x =>
    {
        var skip = x.Shape.Channels == width && stride == 1 ? x : x.ConvNormActivation(width, kernel: 1, stride, style: style.WithoutActivation, name: "skip");
        var y = x.ConvNormActivation(width, kernel: 1, style: style, name: "a")
            .ConvNormActivation(width, kernel: 3, stride, groups: width / groupWidth, style: style, name: "b")
            .SqueezeExcite(new GateStyle(Math.Max(1, (int)Math.Round(0.25 * x.Shape.Channels))), "gate")
            .ConvNormActivation(width, kernel: 1, style: style.WithoutActivation, name: "c");
        return style.Activation!(y.Add(skip));
    });

    /// <summary>Widths and numbers of blocks of the stages.</summary>
    private static IEnumerable<(int Width, int Count)> Stages(int blocks, int first, double slope, double factor, int groupWidth) => Enumerable.Range(0, blocks)
        .Select(block => Math.Round(Math.Log((first + (slope * block)) / first) / Math.Log(factor)))
        .Select(power => (int)Math.Round(first * Math.Pow(factor, power) / 8) * 8)
        .GroupBy(width => width).Select(stage => (ChannelCount.Rounded(stage.Key, Math.Min(groupWidth, stage.Key)), stage.Count()));
}
