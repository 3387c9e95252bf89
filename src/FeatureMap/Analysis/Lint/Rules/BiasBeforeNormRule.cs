using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>A bias right before a normalisation that subtracts the mean of each channel: whatever the bias is, it is gone again.</summary>
internal sealed class BiasBeforeNormRule : LintRule
{
    public override string Id => "bias-bn";

    public override string Title => "a bias that the normalisation behind it subtracts again";

    public override string Why => "The mean of the channel, bias included, is taken off, and the normalisation has a shift of its own. "
        + "The bias never changes the output and gets no gradient.";

    public override string Lesson => "src/FeatureMap/Ops/BatchNorm/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        foreach (var (layer, op) in context.All<WeightedOp>())
            if (op.HasBias && context.ReadersOf(layer) is [{ Op: BatchNorm or InstanceNorm } norm])
                yield return Hint(
                    layer, $"its {Count(Biases(layer), "bias", "biases")} are subtracted again by '{norm.Name}'",
                        "Leave the bias out: bias: false.", ("biases", Biases(layer))) with
                {
                    Edits =
                            [NetworkEdit.Set(layer.Name, "bias", false)]
                };
    }

    public override string? Total(LintContext context, IReadOnlyList<LintFinding> findings) =>
        $"{Count((long)findings.Sum(finding => finding.Numbers["biases"]))} parameters without effect";

    private static int Biases(Layer layer) =>
        layer.Parameters.Where(parameter => parameter.Name == "bias").Sum(parameter => parameter.Count);
}
