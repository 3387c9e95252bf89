using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>A dense layer over all pixels of a map, as Linear behind Flatten or as a kernel that covers its input, with more than half of
/// all parameters.</summary>
internal sealed class HeavyHeadRule : LintRule
{
    public override string Id => "head-heavy";

    public override string Title => "a dense layer over a map has most of the parameters";

    public override string Why => "It learns each place by itself, so it needs that many weights, overfits first, and ties the network to "
        + "one size of image. The mean of each map usually does as well.";

    public override string Lesson => "src/FeatureMap/Ops/GlobalAveragePool/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var layer in context.Network.Layers)
        {
            if (MapBefore(context, layer) is not { IsVector: false } map || !IsBehindConvolutions(context, layer)) continue;
            var own = layer.TrainableCount + layer.FixedCount;
            if (own * 2 <= context.ParameterCount) continue;
            var pooled = ((long)map.Channels * layer.Output.Channels) + layer.Parameters.Where(parameter =>
                parameter.Name == "bias").Sum(parameter => parameter.Count);
            yield return Hint(
                layer,
                $"{Count(own)} of {Count(context.ParameterCount)} parameters ({Percent(own, context.ParameterCount)}) "
                    + $"connect {Count(map.Channels, "map")} of {map.Height}x{map.Width} pixels "
                        + $"with {Count(layer.Output.Channels, "output")}",
                $"GlobalAveragePool() before a dense layer: {Count(pooled)} parameters instead of {Count(own)}.",
                ("parameters", own), ("share", (double)own / context.ParameterCount), ("pooled", pooled)) with
            {
                Edits = Flattened(context, layer) is { } flatten && context.ReadersOf(flatten).Count == 1
                    ? [NetworkEdit.Replace(flatten.Name, new GlobalAveragePool())] : [],
            };
        }
    }

    // The mean of the image itself says nothing.
    private static bool IsBehindConvolutions(LintContext context, Layer layer) =>
        context.All<Convolution>().Any(found => found.Layer.Index < layer.Index);

    private static Shape? MapBefore(LintContext context, Layer layer)
    {
        if (layer.PlainOp is Conv2d conv) return Convolution.IsMatrixProduct(conv.Geometry(layer.InputShapes[0])) ? layer.InputShapes[0]
            : null;
        return Flattened(context, layer)?.InputShapes[0];
    }

    private static Layer? Flattened(LintContext context, Layer layer)
    {
        if (layer.PlainOp is not Linear) return null;
        var source = context.SourceOf(layer);
        while (source.Op is Activation or DropoutMask or BatchNorm) source = context.SourceOf(source);
        return source.Op is Flatten or Reshape ? source : null;
    }
}
