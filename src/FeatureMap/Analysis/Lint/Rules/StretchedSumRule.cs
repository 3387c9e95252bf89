using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Analysis;

/// <summary>
/// A sum of branches of different shapes, one of which is stretched without a word. Shapes that cannot be stretched are an error when the
/// network is built. Learned parameters, constants, and vectors with a number per channel are meant so.
/// </summary>
internal sealed class StretchedSumRule : LintRule
{
    public override string Id => "res-shape";

    public override string Title => "a sum whose branches have different shapes";

    public override string Why => "A skip of one channel is added to all channels alike, a single row to all rows. That is a legal sum "
        + "and seldom the one that was meant: a skip should carry each channel past its block.";

    public override string Lesson => "src/FeatureMap/Ops/Add/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, _) in context.All<Add>())
            for (var i = 0; i < layer.Inputs.Count; i++)
            {
                var (input, shape) = (context.Network.Layers[layer.Inputs[i]], layer.InputShapes[i]);
                var isComputed = context.Fields[input.Index].Vertical.Size > 0;
                if (shape == layer.Output || !isComputed || (shape.IsVector && shape.Channels == layer.Output.Channels)) continue;
                yield return Warning(
                    layer, $"'{input.Name}' ({shape}) is stretched to {layer.Output}",
                    $"Bring the branch to {layer.Output} by a 1x1 convolution "
                        + $"to {layer.Output.Channels} channels{(shape.Area == layer.Output.Area ? "" : ", with the stride that fits")}, "
                            + "and BatchNorm.") with
                {
                    // The innermost first: the convolution stands before the normalisation.
                    Edits = shape.Area != layer.Output.Area ? [] :
                    [
                        NetworkEdit.InsertBefore(layer.Name, new Conv2d(layer.Output.Channels, 1) { HasBias = false }, i),
                        NetworkEdit.InsertBefore(layer.Name, new BatchNorm(), i),
                    ],
                };
            }
    }
}
