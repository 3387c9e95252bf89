using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>An output of another shape than the targets: every loss compares them number by number.</summary>
internal sealed class TargetShapeRule : LintRule
{
    public override string Id => "target-shape";

    public override string Title => "an output of another shape than the targets";

    public override string Why =>
        "A loss compares output and target number by number: as many outputs as there are classes, maps of the size of the masks.";

    public override string Lesson => "src/FeatureMap/Training/Losses/README.md";

    public override string? Missing(LintOptions options) => options.Target is null ? "the shape of the targets: LintOptions.Target" : null;

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        if (context.Options.Target is not { } target || context.Network.Output is var output && output == target) yield break;
        var place = context.Network.Layers[^1];
        yield return Error(
            place, $"the output is {Shown(output)}, and targets are {Shown(target)}",
            target.IsVector && output.IsVector
                ? $"Give the last layer {Count(target.Channels, "output")}."
                : target.IsVector ? $"End with GlobalAveragePool().Linear({target.Channels})."
                : output.IsVector ? "A map as a target needs a map as output: leave the global pooling or Flatten out."
                : $"Pad the convolutions so that sizes are kept, enlarge or crop to {target.Height}x{target.Width}, and end "
                    + $"with {Count(target.Channels, "channel")}.",
            ("outputs", output.Count), ("targets", target.Count)) with
        {
            Edits = target.IsVector && output.IsVector && place.PlainOp is Linear
                ? [NetworkEdit.Set(place.Name, "outputs", target.Channels)] : [],
        };
    }

    private static string Shown(Shape shape) => shape.IsVector ? $"a vector of {Count(shape.Channels)}" : $"a map of {shape}";
}
