using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>An activation between the last weighted sums and the softmax of a classifier: scores must be free to be any real
/// number.</summary>
internal sealed class LogitActivationRule : LintRule
{
    public override string Id => "logit-activation";

    public override string Title => "an activation on the scores of the classes";

    public override string Why => "Softmax needs scores of any size. A ReLU makes all scores below 0 equal and stops their gradient, so "
        + "that a class can die; a sigmoid or tanh bounds the probability that can be reached.";

    public override string Lesson => "src/FeatureMap/Ops/Losses/SoftmaxCrossEntropy/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        // One number is no choice between classes, and a map need not be one. What a sigmoid makes of the output is told by double-softmax.
        var output = context.Network.Output;
        if (!output.IsVector || output.Channels == 1
            || context.Options.Reading is OutputReading.AsItIs or OutputReading.Sigmoid) yield break;
        var isPooled = false;
        foreach (var layer in context.Tail())
        {
            isPooled |= layer.Op is GlobalAveragePool or GlobalMaxPool or WindowPool or BinPool or ReduceMean;
            if (Range(layer.Op) is not var (least, most)) continue;
            var what = isPooled ? "the maps whose means are the scores" : $"the {Count(output.Channels)} scores";
            var share = 1 / (1 + ((output.Channels - 1) * Math.Exp(least - most)));
            // As narrow as the probabilities of a softmax.
            var isHopeless = context.Options.Reading == OutputReading.Softmax && output.Channels > 2 && most - least <= 1;
            yield return Finding(
                isPooled ? LintSeverity.Hint : isHopeless ? LintSeverity.Error : LintSeverity.Warning, layer,
                double.IsInfinity(most)
                    ? $"{layer.Op!.Name} cuts off what is below 0 in {what}: down there all classes are equal and get no gradient"
                    : $"{layer.Op!.Name} keeps {what} between {Number(least)} and {Number(most)}: softmax "
                        + $"over {Count(output.Channels)} classes then gives at most {Percent(share, 1)}",
                "Let the last weighted layer be the output. Outputs that are no scores of classes may have it: leave this rule out by "
                    + "LintOptions.Ignored.",
                ("outputs", output.Channels), ("most", share)) with
            { Edits = [NetworkEdit.Remove(layer.Name)] };
        }
    }

    /// <summary>The values that an activation can have, where it has a least one.</summary>
    private static (double Least, double Most)? Range(Op? op) => op switch
    {
        Relu or ThresholdedRelu => (0, double.PositiveInfinity),
        Relu6 => (0, 6),
        Sigmoid or HardSigmoid => (0, 1),
        Tanh or Softsign => (-1, 1),
        HardTanh bounds => (bounds.Low, bounds.High),
        _ => null,
    };
}
