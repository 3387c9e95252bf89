using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// Looks at the architecture of a network for what usually is a mistake: dead weights, checkerboards, gridding, layers that undo each
/// other, budgets. Nothing is run
/// and no weights are needed. <c>Analysis/Lint/README.md</c> has the table of all rules.
/// </summary>
/// <example><code>Console.WriteLine(Linter.Check(network));       // or network.Lint()</code></example>
public static class Linter
{
    /// <summary>All rules, in the order in which their findings are told when equally severe.</summary>
    public static IReadOnlyList<LintRule> Rules { get; } =
    [
        new DeadTapsRule(),
        new NoGradientRule(),
        new DeadChannelsRule(),
        new BudgetRule(),
        new TargetShapeRule(),
        new DoubleSoftmaxRule(),
        new LogitActivationRule(),
        new LogitDropoutRule(),
        new LonelyBatchRule(),
        new DropoutBeforeNormRule(),
        new BiasBeforeNormRule(),
        new DeepSigmoidRule(),
        new NoMixRule(),
        new StretchedSumRule(),
        new AlignRule(),
        new UpsamplingCheckerboardRule(),
        new SubPixelStartRule(),
        new GriddingRule(),
        new UnreadRule(),
        new StrideGapRule(),
        new PoolGapRule(),
        new PyramidBinsRule(),
        new EvenSameRule(),
        new SmallFieldRule(),
        new EdgeFieldRule(),
        new HeavyHeadRule(),
        new GradientCheckerboardRule(),
    ];

    /// <summary>Applies the rules to a network.</summary>
    /// <param name="network">Any network.</param>
    /// <param name="options">What it is for, and which rules to apply; everything may be left out.</param>
    /// <exception cref="UsageException">An option is out of range, or names a rule that there is not.</exception>
    public static LintReport Check(Network network, LintOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new LintOptions();
        AtLeastOne(options.ObjectSize, "The size of objects", "pixels");
        AtLeastOne(options.ParameterBudget, "A budget of parameters", "parameters");
        AtLeastOne(options.MultiplyAddBudget, "A budget of MACs", "multiply-accumulates");
        AtLeastOne(options.BatchSize, "A batch", "images");
        List<LintRule> rules = [.. Rules, .. options.MoreRules];
        foreach (var id in options.Only.Concat(options.Ignored))
            if (!rules.Exists(rule => rule.Id == id))
                throw new UsageException($"There is no lint rule '{id}'.{NearestName.Suggest(id, rules.Select(rule => rule.Id))}");
        var chosen = rules.Where(rule => (options.Only.Count == 0 || options.Only.Contains(rule.Id))
            && !options.Ignored.Contains(rule.Id)).ToList();
        return new LintReport(new LintContext(network, options), chosen);
    }

    private static void AtLeastOne(long? number, string what, string unit)
    {
        if (number is < 1) throw new UsageException($"{what} is at least 1 ({unit}): received {number:N0}.");
    }
}
