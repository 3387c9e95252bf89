using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// Looks at the architecture of a network for what usually is a mistake: dead weights, checkerboards, gridding, layers that undo each
/// other, budgets. Nothing is run and no weights are needed. <c>Analysis/Lint/README.md</c> has the table of all rules.
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

    /// <summary>
    /// Makes the changes that findings propose (<see cref="LintFinding.Edits"/>), one after the other, and keeps each that mends its
    /// finding and brings no new one. What is left has no such change, or needs a person's choice.
    /// </summary>
    /// <param name="network">Any network; it is as before.</param>
    /// <param name="options">As for <see cref="Check"/>.</param>
    /// <param name="least">The least severity that is mended.</param>
    /// <exception cref="UsageException">An option is out of range, or names a rule that there is not.</exception>
    public static LintRepair Repair(Network network, LintOptions? options = null, LintSeverity least = LintSeverity.Hint)
    {
        var report = Check(network, options);
        var (mended, tried) = (new List<LintFinding>(), new HashSet<(string, string?)>());
        while (report.Findings.FirstOrDefault(finding => finding.Edits.Count > 0 && finding.Severity >= least
            && tried.Add((finding.Rule.Id, finding.Layer?.Name))) is { } next)
        {
            if (Mend(report, next, options) is not { } better) continue;
            mended.Add(next);
            report = better;
        }
        return new LintRepair(report.Network, mended, report);
    }

    /// <summary>The report of the network with the changes of one finding; null where they do not go, or bring new findings.</summary>
    internal static LintReport? Mend(LintReport report, LintFinding finding, LintOptions? options)
    {
        try
        {
            var better = Check(NetworkEdit.ApplyAll(report.Network, finding.Edits), options);
            var isGone = Of(better, finding.Rule) < Of(report, finding.Rule);
            return isGone && better.Findings.All(other => Of(better, other.Rule) <= Of(report, other.Rule)) ? better : null;
        }
        catch (FeatureMapException)
        {
            return null; // a layer behind does not fit any more
        }

        static int Of(LintReport report, LintRule rule) => report.Findings.Count(finding => finding.Rule.Id == rule.Id);
    }

    private static void AtLeastOne(long? number, string what, string unit)
    {
        if (number is < 1) throw new UsageException($"{what} is at least 1 ({unit}): received {number:N0}.");
    }
}

/// <summary>What <see cref="Linter.Repair"/> made of a network.</summary>
/// <param name="Network">The network with the changes.</param>
/// <param name="Mended">The findings whose changes were made, in their order.</param>
/// <param name="Left">What the linter still finds.</param>
public sealed record LintRepair(Network Network, IReadOnlyList<LintFinding> Mended, LintReport Left);
