using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>What the linter found in a network. Prints as a text with numbers, reasons, fixes and lessons.</summary>
public sealed class LintReport
{
    internal LintReport(LintContext context, IReadOnlyList<LintRule> rules)
    {
        Network = context.Network;
        NotChecked = [.. rules.Where(rule => rule.Missing(context.Options) is not null)];
        Checked = [.. rules.Except(NotChecked)];
        Groups = [.. Checked.Select(rule => new LintGroup(rule, context)).Where(group =>
            group.Findings.Count > 0).OrderByDescending(group => group.Severity)];
        Findings = [.. Groups.SelectMany(group => group.Findings)];
    }

    /// <summary>The network that was looked at.</summary>
    public Network Network { get; }

    /// <summary>Rules that were applied.</summary>
    public IReadOnlyList<LintRule> Checked { get; }

    /// <summary>Rules that need an option which was not given; <see cref="LintRule.Missing"/> says which.</summary>
    public IReadOnlyList<LintRule> NotChecked { get; }

    /// <summary>The findings rule by rule, the worst first.</summary>
    public IReadOnlyList<LintGroup> Groups { get; }

    /// <summary>All findings, in the order of <see cref="Groups"/>.</summary>
    public IReadOnlyList<LintFinding> Findings { get; }

    /// <summary>How many findings have this severity.</summary>
    public int Count(LintSeverity severity) => Findings.Count(finding => finding.Severity == severity);

    /// <summary>Whether nothing was found that is as bad as this: hints never fail unless asked for.</summary>
    public bool Passes(LintSeverity failing = LintSeverity.Error) => Findings.All(finding => finding.Severity < failing);

    /// <summary>How many errors, warnings and hints, and of which rules: <c>2 warnings and 1 hint (dead-taps, unread)</c>; <c>nothing
    /// found</c> when there are none.</summary>
    public string Digest => LintText.Digest(this);

    /// <summary>The errors as sentences, each with its place and its fix; empty where there are none.</summary>
    public string Errors => string.Join(' ', Findings.Where(finding => finding.Severity == LintSeverity.Error).Select(finding =>
        $"{finding.Rule.Id}{(finding.Layer is { } layer ? $", layer '{layer.Name}' ({layer.Op?.ToString() ?? "input"}, "
            + $"layer {layer.Index})" : "")}: {finding.Message}. {finding.Fix}"));

    /// <summary>A text of at most 120 columns.</summary>
    public override string ToString() => LintText.Of(this);

    /// <summary>One JSON document with every finding.</summary>
    public string ToJson() => LintJson.Of(this);
}

/// <summary>The findings of one rule.</summary>
public sealed class LintGroup
{
    internal LintGroup(LintRule rule, LintContext context)
    {
        Rule = rule;
        Findings = [.. rule.Check(context)];
        if (Findings.Count == 0) return;
        Severity = Findings.Max(finding => finding.Severity);
        Total = rule.Total(context, Findings);
    }

    /// <summary>The rule.</summary>
    public LintRule Rule { get; }

    /// <summary>What it found, in the order of the layers.</summary>
    public IReadOnlyList<LintFinding> Findings { get; }

    /// <summary>The worst severity among them.</summary>
    public LintSeverity Severity { get; }

    /// <summary>What the findings come to together, where that says more than their number.</summary>
    public string? Total { get; }
}
