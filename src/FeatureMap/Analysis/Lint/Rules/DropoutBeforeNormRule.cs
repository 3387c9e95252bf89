using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// Dropout whose numbers reach a batch normalisation without weights between. Source: Li, Chen, Hu and Yang, "Understanding the disharmony
/// between dropout and batch normalization by variance shift", arXiv 1801.05134.
/// </summary>
internal sealed class DropoutBeforeNormRule : LintRule
{
    public override string Id => "dropout-bn";

    public override string Title => "dropout right before batch normalisation";

    public override string Why => "Dropout keeps the mean and enlarges the spread, in training only. The running variance is that of "
        + "training, so in evaluation everything behind it comes out too small.";

    public override string Lesson => "src/FeatureMap/Ops/Dropout/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, _) in context.All<BatchNorm>())
        {
            var source = context.SourceOf(layer);
            while (source.Op is Activation or WindowPool) source = context.SourceOf(source);
            if (source.Op is Dropout or ChannelDropout && source.Op is DropoutMask { Probability: > 0 and var p })
                yield return Warning(
                    source, $"'{layer.Name}' behind it sees mean squares {Number(1 / (1 - p))} times as large in training as in "
                        + $"evaluation (1 / (1 - {Number(p)}))",
                    "Put the dropout behind the normalisation and its activation, best before the last dense layer only.",
                        ("probability", p), ("factor", 1 / (1 - p))) with
                { Edits = Behind(context, source, layer) };
        }
    }

    // Behind the normalisation and the activation that belongs to it, as long as weights follow that the dropout can serve.
    private static NetworkEdit[] Behind(LintContext context, Layer dropout, Layer norm)
    {
        var place = norm;
        while (context.ReadersOf(place) is [{ Op: Activation } next]) place = next;
        return context.ReadersOf(dropout).Count == 1
            && context.Network.Layers.Any(layer => layer.Index > place.Index && layer.PlainOp is WeightedOp)
            ? [NetworkEdit.Remove(dropout.Name), NetworkEdit.InsertBehind(place.Name, dropout.Op!)] : [];
    }
}
