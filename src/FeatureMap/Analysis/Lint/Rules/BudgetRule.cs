using FeatureMap.Networks;
using static FeatureMap.Analysis.LintWords;

namespace FeatureMap.Analysis;

/// <summary>More parameters or multiply-accumulates than the user allows.</summary>
internal sealed class BudgetRule : LintRule
{
    public override string Id => "budget";

    public override string Title => "more parameters or multiply-accumulates than allowed";

    public override string Why => "A limit was given, by an assignment, a device or a deadline.";

    public override string Lesson => "src/FeatureMap/Blocks/README.md";

    public override string? Missing(LintOptions options) => options is { ParameterBudget: null, MultiplyAddBudget: null }
        ? "a budget: LintOptions.ParameterBudget, LintOptions.MultiplyAddBudget" : null;

    public override IEnumerable<LintFinding> Check(LintContext context)
    {
        if (context.Options.ParameterBudget is { } parameters && context.ParameterCount > parameters)
            yield return Over(context, "parameters", context.ParameterCount, parameters, layer => layer.TrainableCount + layer.FixedCount,
                "separable or grouped convolutions, a 1x1 to fewer channels before a 3x3, a global mean before the dense layer");
        if (context.Options.MultiplyAddBudget is { } products && context.Network.MultiplyAdds > products)
            yield return Over(context, "MACs", context.Network.MultiplyAdds, products,
                layer => layer.Op?.Cost(layer.InputShapes).MultiplyAdds ?? 0,
                    "pool or stride earlier, a 1x1 to fewer channels before a 3x3, separable convolutions");
    }

    private LintFinding Over(LintContext context, string what, long has, long budget, Func<Layer, long> cost, string cures)
    {
        var largest = context.Network.Layers.MaxBy(cost)!;
        return Error(
            null, $"{Count(has)} {what} are {Count(has - budget)} over the budget of {Count(budget)}; the "
                + $"most, {Count(cost(largest))} ({Percent(cost(largest), has)}), are in '{largest.Name}'",
            $"Save where the most are: {cures}.", (what == "MACs" ? "multiplyAdds" : "parameters", has), ("budget", budget));
    }
}
