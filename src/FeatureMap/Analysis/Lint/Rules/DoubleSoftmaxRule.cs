using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// A softmax or sigmoid at the end of a network whose loss has its own. A second softmax over n probabilities gives at most e / (e + n -
/// 1), a sigmoid of numbers that are never below 0 at least 1/2. LogSoftmax is harmless, because softmax(log p) = p. Where the loss is not
/// known, it is taken for the cross-entropy; one that compares the numbers as they are may have its softmax.
/// </summary>
internal sealed class DoubleSoftmaxRule : LintRule
{
    public override string Id => "double-softmax";

    public override string Title => "a softmax or sigmoid at the end, where the loss has its own";

    public override string Why => "Probabilities are squeezed once more: the right class cannot come near 1, the loss cannot come near 0, "
        + "and the gradient all but vanishes.";

    public override string Lesson => "src/FeatureMap/Ops/Losses/SoftmaxCrossEntropy/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        if (context.Options.Reading == OutputReading.Sigmoid)
        {
            if (NeverNegative(context) is var (layer, highest)) yield return BeforeSigmoid(layer, highest);
            yield break;
        }
        var tail = context.Tail().Where(layer => layer.Op is ChannelSoftmax).ToList();
        var last = tail.Find(layer => layer.Op is Softmax);
        if (last is null) yield break;
        var classes = last.Output.Channels;
        var most = Math.E / (Math.E + classes - 1);
        if (classes == 1) yield break;
        var limits = $"with {Count(classes)} classes no probability is above {Percent(most, 1)} then, and no loss "
            + $"below {Number(-Math.Log(most))}";
        if (tail.Count == 1 && context.Options.Reading == OutputReading.AsItIs) yield break;
        if (tail.Count == 1 && context.Options.Reading == OutputReading.Softmax)
        {
            yield return Error(last, $"the network ends in a softmax, and the loss applies another one; {limits}", "End with the scores: "
                + "leave the softmax out, predict applies it. Or take a loss of probabilities.", ("classes", classes), ("most", most)) with
            {
                Edits = Without(tail),
            };
            yield break;
        }
        yield return (tail.Count > 1
            ? Error(last, $"{Names(tail.Select(layer => layer.Name).Reverse())} follow each other; {limits}",
                "Leave all of them out: the loss and predict apply the softmax.", ("classes", classes), ("most", most))
            : Warning(last, $"the network ends in a softmax, and the cross-entropy applies another one; {limits}", "End with the scores: "
            + "leave the softmax out. LogSoftmax does no harm.", ("classes", classes), ("most", most))) with
        { Edits = Without(tail) };
    }

    private static NetworkEdit[] Without(IEnumerable<Layer> layers) => [.. layers.Select(layer => NetworkEdit.Remove(layer.Name))];

    private LintFinding BeforeSigmoid(Layer layer, double highest)
    {
        var most = 1 / (1 + Math.Exp(-highest));
        return Error(
            layer, $"{layer.Op!.Name} gives no number below 0, and the loss applies a sigmoid to it: no probability is below 50.0 "
                + $"%{(most < 1 ? $" or above {Percent(most, 1)}" : "")} then",
            "End with the scores: leave it out. Or take a loss of probabilities.", ("most", most)) with
        { Edits = Without([layer]) };
    }

    /// <summary>The layer that keeps the output from going below 0, and how high it can go; null where there is none.</summary>
    private static (Layer Layer, double Most)? NeverNegative(LintContext context)
    {
        foreach (var layer in context.Tail())
        {
            if (layer.Op is BatchNorm) return null;
            var most = layer.Op switch
            {
                Sigmoid or HardSigmoid or Softmax => 1,
                Relu6 => 6,
                Relu or ThresholdedRelu or Softplus => double.PositiveInfinity,
                Activation or ChannelSoftmax => double.NaN,
                _ => 0.0,
            };
            if (most != 0) return double.IsNaN(most) ? null : (layer, most);
        }
        return null;
    }
}
