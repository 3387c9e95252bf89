using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>
/// One thing that the linter looks for. Derive from it for a rule of your own and hand it over in <see cref="LintOptions.MoreRules"/>. A
/// rule is silent wherever it has nothing to say: a false alarm is a fault.
/// </summary>
public abstract class LintRule
{
    /// <summary>Short name for options and reports, such as <c>cb-up</c>.</summary>
    public abstract string Id { get; }

    /// <summary>What it looks for, in one line.</summary>
    public abstract string Title { get; }

    /// <summary>Why it matters.</summary>
    public abstract string Why { get; }

    /// <summary>The lesson that explains it: a path inside the repository.</summary>
    public abstract string Lesson { get; }

    /// <summary>Which option the rule needs and was not given; null when it can do its work.</summary>
    public virtual string? Missing(LintOptions options) => null;

    /// <summary>Everything that it finds in a network, in the order of its layers.</summary>
    public abstract IEnumerable<LintFinding> Check(LintContext context);

    /// <summary>What its findings come to together, where that says more than their number; null where not.</summary>
    public virtual string? Total(LintContext context, IReadOnlyList<LintFinding> findings) => null;

    /// <summary>A finding that is true and may be meant so.</summary>
    protected LintFinding Hint(Layer? layer, string message, string fix, params (string Name, double Value)[] numbers) =>
        Finding(LintSeverity.Hint, layer, message, fix, numbers);

    /// <summary>A finding that there is hardly a reason to want.</summary>
    protected LintFinding Warning(Layer? layer, string message, string fix, params (string Name, double Value)[] numbers) =>
        Finding(LintSeverity.Warning, layer, message, fix, numbers);

    /// <summary>A finding that keeps a part of the network from its work.</summary>
    protected LintFinding Error(Layer? layer, string message, string fix, params (string Name, double Value)[] numbers) =>
        Finding(LintSeverity.Error, layer, message, fix, numbers);

    /// <summary>A finding whose severity depends on what was found.</summary>
    protected LintFinding Finding(LintSeverity severity, Layer? layer, string message, string fix,
        params (string Name, double Value)[] numbers) =>
        new(this, severity, layer, message, fix, numbers.ToDictionary(number => number.Name, number => number.Value));
}
