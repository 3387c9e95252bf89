using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// The field of the units that the answer is made of, smaller than the objects that shall be recognised. Those units are the output where
/// it is a map, and otherwise what a global mean or maximum at the end sums up. A dense layer over a whole map puts fields together by
/// their places, so it is not asked.
/// </summary>
internal sealed class SmallFieldRule : LintRule
{
    public override string Id => "rf-small";

    public override string Title => "a receptive field smaller than the objects";

    public override string Why => "No unit ever sees an object as a whole, only parts of it; a global mean then counts parts without "
        + "knowing how they lie to each other.";

    public override string Lesson => "src/FeatureMap/Ops/Conv2d/README.md";

    public override string? Missing(LintOptions options) => options.ObjectSize is null ? "the size of the objects in pixels: "
        + "LintOptions.ObjectSize" : null;

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        if (context.Options.ObjectSize is not { } size || Answering(context) is not { } layer) yield break;
        var field = context.Fields[layer.Index];
        var smallest = Math.Min(field.Vertical.Size, field.Horizontal.Size);
        if (smallest >= size) yield break;
        yield return Warning(
            layer,
            $"its units see {ReceptiveField.Pair(field.Vertical.Size, field.Horizontal.Size)} pixels of the input, and objects have {size}",
            "Look wider: a 3x3 layer more at this stride "
                + $"adds {ReceptiveField.Pair(2 * field.Vertical.Stride, 2 * field.Horizontal.Stride)} pixels; so does dilation, and "
                    + "pooling earlier doubles what all layers behind it add.",
            ("field", smallest), ("object", size));
    }

    private static Layer? Answering(LintContext context)
    {
        var layer = context.Network.Layers[^1];
        // Back over everything that has one position, to where the map was summed up.
        while (layer.Inputs.Count == 1 && layer.Output.IsVector && !IsGlobalPool(layer.Op))
        {
            if (layer.Op is not Linear && layer.InputShapes[0] is { IsVector: false }) return null;
            layer = context.SourceOf(layer);
        }
        if (IsGlobalPool(layer.Op)) layer = context.SourceOf(layer);
        return layer.Op is null || layer.Output.IsVector || context.Fields[layer.Index].IsGlobal ? null : layer;
    }

    private static bool IsGlobalPool(Op? op) =>
        op is GlobalAveragePool or GlobalMaxPool or AdaptivePool2d { OutputHeight: 1, OutputWidth: 1 } or ReduceMean or ReduceMax;
}
