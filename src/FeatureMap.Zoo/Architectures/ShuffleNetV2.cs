using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// ShuffleNetV2: half of the channels pass by, the other half goes through a block, and a shuffle deals both out anew. Where the map is
/// halved, both halves work.
/// <code>3x3 /2, 24 -- max 3x3 /2 -- stage 2, 4 blocks -- stage 3, 8 -- stage 4, 4 -- 1x1, 1024 -- global mean -- dense      block: 1x1 -- 3x3 per channel -- 1x1</code>
/// Source: Ma et al., "ShuffleNet V2", arXiv 1807.11164, table 5 and figure 3.
///</summary>
public static class ShuffleNetV2
{
    private static readonly int[] Blocks = [4, 8, 4];

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Which of the paper's sizes: 0.5, 1, 1.5 or 2.</param>
    /// <exception cref="UsageException">It is another size.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, double width = 1)
    {
        var (channels, last) = width switch
        {
            0.5 => (48, 1024),
            1 => (116, 1024),
            1.5 => (176, 1024),
            2 => (244, 2048),
            _ => throw new UsageException($"ShuffleNetV2 comes in the sizes 0.5, 1, 1.5 and 2: received {width}."),
        };
        return SizedNetwork.Build("ShuffleNetV2", image, x =>
        {
            x = x.ConvNormActivation(24, kernel: 3, stride: 2, name: "conv1").MaxPool(3, stride: 2, padding: 1);
            for (var stage = 0; stage < 3; stage++)
                for (var i = 0; i < Blocks[stage]; i++)
                    x = x.Scope($"stage{stage + 2}/{i}", x => i == 0 ? Halving(x, channels << stage) : Passing(x));
            return x.ConvNormActivation(last, kernel: 1, name: "conv5").GlobalAveragePool().Linear(classes, name: "fc");
        });
    }

    /// <summary>conv1.0, stage2.0.branch1.0, stage2.0.branch2.3, ..., conv5.1, fc.</summary>
    internal static string TorchName(Layer layer)
    {
        if (layer.Name == "fc") return layer.Name;
        var (path, kind) = (layer.Name.Split('/'), TorchNames.IsNorm(layer) ? 1 : 0);
        if (path is [var single, _]) return $"{single}.{kind}";
        // Convolution, normalisation, activation; behind a depthwise convolution there is none.
        var place = path[2] == "branch1" ? (TorchNames.Number(layer) - 1) * 2 : TorchNames.Number(layer) switch { 1 => 0, 2 => 3, _ => 5 };
        return $"{path[0]}.{path[1]}.{path[2]}.{place + kind}";
    }

    private static ConvStyle Silent => ConvStyle.Normalized.WithoutActivation;

    private static Feature Passing(Feature x)
    {
        var halves = x.Split(2);
        return halves[0].Concat(Branch(halves[1], halves[1].Shape.Channels, stride: 1)).ChannelShuffle(2);
    }

    private static Feature Halving(Feature x, int channels) => x
        .Scope("branch1", x => x
            .ConvNormActivation(x.Shape.Channels, kernel: 3, stride: 2, groups: x.Shape.Channels, style: Silent).ConvNormActivation(channels / 2, kernel: 1))
        .Concat(Branch(x, channels / 2, stride: 2)).ChannelShuffle(2);

    private static Feature Branch(Feature x, int channels, int stride) => x.Scope("branch2", x => x
        .ConvNormActivation(channels, kernel: 1)
        .ConvNormActivation(channels, kernel: 3, stride, groups: channels, style: Silent)
        .ConvNormActivation(channels, kernel: 1));
}
