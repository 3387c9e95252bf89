using FeatureMap.Networks;
using FeatureMap.Ops;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>Parameters that no gradient reaches: every way from the output leads through an op without slope (Sign, Floor, Greater ...) or
/// a factor of 0.</summary>
internal sealed class NoGradientRule : LintRule
{
    public override string Id => "no-gradient";

    public override string Title => "parameters that no gradient reaches";

    public override string Why => "They stay as they were drawn, whatever the data say.";

    public override string Lesson => "src/FeatureMap/Ops/Elementwise/README.md";

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        var layers = context.Network.Layers;
        var isReached = new bool[layers.Count];
        var blocks = new Layer?[layers.Count];
        isReached[^1] = true;
        foreach (var layer in layers.Reverse())
            for (var i = 0; i < layer.Inputs.Count; i++)
            {
                var passes = layer.Op!.HasGradient(i) && layer.Op is not ScaleShift { Scale: 0 };
                isReached[layer.Inputs[i]] |= isReached[layer.Index] && passes;
                blocks[layer.Inputs[i]] = isReached[layer.Index] && !passes ? layer : blocks[layer.Inputs[i]] ?? blocks[layer.Index];
            }
        var isHopeless = layers.All(layer => layer.TrainableCount == 0 || !isReached[layer.Index]);
        foreach (var layer in layers)
            if (!isReached[layer.Index] && layer.TrainableCount > 0)
                yield return Finding(
                    isHopeless ? LintSeverity.Error : LintSeverity.Warning, layer, $"its {Count(layer.TrainableCount, "parameter")} never "
                        + $"learn: the way back ends at '{blocks[layer.Index]!.Name}' ({blocks[layer.Index]!.Op})",
                    "Use a function with a slope (Sigmoid instead of Greater, Tanh instead of Sign), or lead a second way past it.",
                        ("parameters", layer.TrainableCount));
    }

    public override string? Total(LintContext context, IReadOnlyList<LintFinding> findings)
    {
        var sum = findings.Sum(finding => finding.Numbers["parameters"]);
        return $"{Count((long)sum)} of {Count(context.Network.TrainableCount)} trainable parameters "
            + $"({Percent(sum, context.Network.TrainableCount)}) never learn";
    }
}
