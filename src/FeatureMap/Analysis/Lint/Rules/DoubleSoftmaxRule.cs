using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// A softmax at the end of a network: the cross-entropy, and whoever predicts, applies one of its own. A second softmax over n probabilities gives at most
/// e / (e + n - 1). LogSoftmax is harmless, because softmax(log p) = p.
/// </summary>
internal sealed class DoubleSoftmaxRule : LintRule
{
    public override string Id => "double-softmax";

    public override string Title => "a softmax at the end, where the loss has its own";

    public override string Why => "Probabilities are squeezed once more: the right class cannot come near 1, the loss cannot come near 0, and the gradient all but vanishes.";

    public override string Lesson => "src/FeatureMap/Ops/Losses/SoftmaxCrossEntropy/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var tail = context.Tail().Where(layer => layer.Op is ChannelSoftmax).ToList();
        var last = tail.Find(layer => layer.Op is Softmax);
        if (last is null) yield break;
        var classes = last.Output.Channels;
        var most = Math.E / (Math.E + classes - 1);
        if (classes == 1) yield break;
        var limits = $"with {Count(classes)} classes no probability is above {Percent(most, 1)} then, and no loss below {Number(-Math.Log(most))}";
        yield return tail.Count > 1
            ? Error(last, $"{Names(tail.Select(layer => layer.Name).Reverse())} follow each other; {limits}", "Leave all of them out: the loss and predict apply the softmax.", ("classes", classes), ("most", most))
            : Warning(last, $"the network ends in a softmax, and the cross-entropy and predict apply another one; {limits}", "End with the scores: leave the softmax out. LogSoftmax does no harm.", ("classes", classes), ("most", most));
    }
}
