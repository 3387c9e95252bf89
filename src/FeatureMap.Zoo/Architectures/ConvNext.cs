using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// ConvNeXt: a residual network rebuilt step by step with the choices of vision transformers: patches of 4x4 as the stem, one 7x7 kernel
/// per channel and one normalisation in each block, four times as wide inside, and convolutions of 2x2 between the stages.
/// <code>4x4 /4, C -- norm -- [block, C] -- norm, 2x2 /2, 2C -- [block] -- ... 4C -- [block] -- ... 8C -- [block] -- global mean -- norm -- dense</code>
/// ConvNeXt V2 has a response normalisation in each block and no scale behind it. Sources: Liu et al., "A ConvNet for the 2020s", arXiv
/// 2201.03545; Woo et al., "ConvNeXt V2", arXiv 2301.00808; the sizes below tiny are timm's (V1) and the authors' (V2).
///</summary>
public static class ConvNext
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 32 pixels high and wide.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="width">Channels of the first stage, which double from stage to stage: 40 (atto), 48 (femto), 64 (pico), 80 (nano), 96
    /// (tiny, small), 128 (base).</param>
    /// <param name="blocks">Blocks of the four stages; 3, 3, 9, 3 (tiny) by default; 2, 2, 6, 2 for atto, femto and pico; 2, 2, 8, 2 for
    /// nano.</param>
    /// <param name="responseNorm">Whether it is V2.</param>
    /// <param name="dropPath">Probability that the last block is left out in training; it grows with the depth, from 0.</param>
    /// <exception cref="UsageException">There are not four stages of at least one block, or the width is below 1.</exception>
    /// <exception cref="ShapeException">The image is too small.</exception>
    public static Network Build(Shape image, int classes, int width = 96, IReadOnlyList<int>? blocks = null, bool responseNorm = false, float dropPath = 0)
    {
        blocks ??= [3, 3, 9, 3];
        if (blocks.Count != 4 || blocks.Any(count => count < 1) || width < 1)
            throw new UsageException($"A ConvNeXt has a width of at least 1 and four stages of at least one block: received {width} and [{string.Join(", ", blocks.Select(count => $"{count}"))}]. "
                + "The tiny one has 96 and [3, 3, 9, 3].");
        return SizedNetwork.Build("ConvNeXt", image, x =>
        {
            x = x.Scope("stem", x => Norm(x.Conv(width, kernel: 4, stride: 4)));
            var number = 0;
            for (var stage = 0; stage < 4; stage++)
            {
                if (stage > 0) x = x.Scope($"stage{stage + 1}/downsample", x => Norm(x).Conv(width << stage, kernel: 2, stride: 2));
                for (var i = 0; i < blocks[stage]; i++)
                    x = x.ConvNextBlock(responseNorm ? null : 1e-6f, responseNorm, dropPath * number++ / blocks.Sum(), $"stage{stage + 1}/{i}");
            }
            return x.GlobalAveragePool().Scope("head", x => Norm(x).Linear(classes));
        });

        static Feature Norm(Feature x) => x.LayerNorm(1e-6f, perPixel: true);
    }

    /// <summary>features.0.0, features.1.0.block.0, features.1.0.layer_scale, features.2.1, ..., classifier.2.</summary>
    internal static string TorchName(Layer layer)
    {
        var path = layer.Name.Split('/');
        var kind = TorchNames.IsNorm(layer) ? 1 : 0;
        return path switch
        {
            ["stem", _] => $"features.0.{kind}",
            ["head", _] => kind == 1 ? "classifier.0" : "classifier.2",
            [_, "downsample", _] => $"features.{(2 * Stage(path)) - 2}.{1 - kind}",
            [_, var block, "learnedParameter1"] => $"features.{(2 * Stage(path)) - 1}.{block}.layer_scale",
            _ => $"features.{(2 * Stage(path)) - 1}.{path[1]}.block.{(kind == 1 ? 2 : TorchNames.Number(layer) switch { 1 => 0, 2 => 3, _ => 5 })}",
        };
    }

    /// <summary>stem.0, stages.0.blocks.0.conv_dw, stages.0.blocks.0.gamma, stages.1.downsample.0, ..., head.norm, head.fc.</summary>
    internal static string TimmName(Layer layer)
    {
        var path = layer.Name.Split('/');
        var kind = TorchNames.IsNorm(layer) ? 1 : 0;
        return path switch
        {
            ["stem", _] => $"stem.{kind}",
            ["head", _] => kind == 1 ? "head.norm" : "head.fc",
            [_, "downsample", _] => $"stages.{Stage(path) - 1}.downsample.{1 - kind}",
            [_, var block, "learnedParameter1"] => $"stages.{Stage(path) - 1}.blocks.{block}.gamma",
            [_, var block, "response", _] => $"stages.{Stage(path) - 1}.blocks.{block}.mlp.grn.{(TorchNames.Number(layer) == 1 ? "weight" : "bias")}",
            _ => $"stages.{Stage(path) - 1}.blocks.{path[1]}.{(kind == 1 ? "norm" : TorchNames.Number(layer) switch { 1 => "conv_dw", 2 => "mlp.fc1", _ => "mlp.fc2" })}",
        };
    }

    private static int Stage(string[] path) => path[0][^1] - '0';
}
