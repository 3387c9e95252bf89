using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>Dropout behind the last weights: it does not keep units from relying on each other, it only erases scores.</summary>
internal sealed class LogitDropoutRule : LintRule
{
    public override string Id => "logit-dropout";

    public override string Title => "dropout on the output";

    public override string Why => "A dropped score is 0, which for softmax is a score like any other: the loss gets noise that no weight "
        + "can answer, and nothing is regularised.";

    public override string Lesson => "src/FeatureMap/Ops/Dropout/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var layer in context.Tail())
            if (layer.Op is DropoutMask { Probability: > 0 } dropout and not StochasticDepth)
                yield return Warning(
                    layer, $"no weights follow: {Percent(dropout.Probability, 1)} of the {Count(layer.Output.Count)} outputs are erased "
                        + "in every step",
                    "Put the dropout before the last weighted layer.", ("probability", dropout.Probability)) with
                {
                    Edits =
                        Moved(context, layer)
                };
    }

    private static NetworkEdit[] Moved(LintContext context, Layer dropout)
    {
        var weighted = context.Tail().Select(context.SourceOf).Last();
        return weighted.Op is null || weighted.Inputs.Count == 0 ? []
            : context.SourceOf(weighted).Op is DropoutMask ? [NetworkEdit.Remove(dropout.Name)]
            : [NetworkEdit.Remove(dropout.Name), NetworkEdit.InsertBefore(weighted.Name, dropout.Op!)];
    }
}
