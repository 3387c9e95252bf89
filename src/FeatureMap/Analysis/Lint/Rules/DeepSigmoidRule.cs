using System.Globalization;
using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>
/// Sigmoids that every path to the output passes, without a normalisation before them. The derivative is at most 1/4, so n of them let at
/// most (1/4)^n of a gradient through; a skip path round them helps, and a gate (SqueezeExcite) has one by itself.
/// </summary>
internal sealed class DeepSigmoidRule : LintRule
{
    private const int Many = 3;

    public override string Id => "sigmoid-deep";

    public override string Title => "several sigmoids in a row";

    public override string Why => "The slope of a sigmoid is at most 1/4 and mostly far less. Gradients shrink from layer to layer, and "
        + "the first layers hardly learn.";

    public override string Lesson => "src/FeatureMap/Ops/Activations/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var layers = context.Network.Layers;
        // Sigmoids and the product of their slopes on the path from the input that has the fewest.
        var passed = new (int Count, double Slope, Layer? First, Layer? Last)[layers.Count];
        foreach (var layer in layers)
        {
            if (layer.Inputs.Count == 0)
            {
                passed[layer.Index] = (layer.Op is null ? 0 : int.MaxValue, 1, null, null); // constants are no path
                continue;
            }
            var best = layer.Inputs.Select(input => passed[input]).MinBy(path => path.Count);
            var slope = layer.Op switch { Sigmoid => 0.25, HardSigmoid hard => hard.Slope, _ => 1 };
            passed[layer.Index] = slope < 1 && best.Count < int.MaxValue && !LintContext.IsNorm(context.SourceOf(layer).Op)
                ? (best.Count + 1, best.Slope * slope, best.First ?? layer, layer) : best;
        }
        // The one at the output makes probabilities.
        var output = layers[^1];
        foreach (var layer in context.Tail())
            if (layer.Op is Sigmoid or HardSigmoid) output = context.SourceOf(layer);
        var (count, factor, first, last) = passed[output.Index];
        if (count is >= Many and < int.MaxValue)
            yield return Warning(
                last, $"{count} sigmoids on every path, from '{first!.Name}' to '{last!.Name}': at "
                    + $"most {factor.ToString("0.0e+0", CultureInfo.InvariantCulture)} of a gradient comes through their slopes",
                "Use ReLU or one of its relatives between the layers, normalise before each sigmoid, or build skips around them.",
                    ("sigmoids", count), ("factor", factor)) with
            {
                Edits = [.. Between(context, first, last).Select(layer => NetworkEdit.Replace(layer.Name, new Relu()))],
            };
    }
    // Those of the one way from the first to the last; where ways branch, a person chooses.
    private static List<Layer> Between(LintContext context, Layer first, Layer last)
    {
        var found = new List<Layer>();
        for (var layer = last; ; layer = context.SourceOf(layer))
        {
            if (layer.Op is Sigmoid or HardSigmoid && !LintContext.IsNorm(context.SourceOf(layer).Op)) found.Add(layer);
            if (layer == first) return found;
            if (layer.Inputs.Count != 1) return [];
        }
    }
}
