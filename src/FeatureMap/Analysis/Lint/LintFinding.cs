using FeatureMap.Networks;

namespace FeatureMap.Analysis;

/// <summary>How bad a finding of the linter is.</summary>
public enum LintSeverity
{
    /// <summary>True and worth knowing, but it may be meant so: many good networks have some.</summary>
    Hint,

    /// <summary>Something is wasted or harmed, and there is hardly a reason to want it.</summary>
    Warning,

    /// <summary>A part of the network cannot do what it seems to be for, or a limit that was given is exceeded.</summary>
    Error,
}

/// <summary>One thing that a rule of the linter found at one place.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Severity">How bad it is here.</param>
/// <param name="Layer">Where; null when it is about the whole network. The name holds the scopes, as in <c>stage1/block2/conv1</c>.</param>
/// <param name="Message">What is the case, with the numbers.</param>
/// <param name="Fix">What to do.</param>
/// <param name="Numbers">The numbers of the message by name, for programs.</param>
public sealed record LintFinding(LintRule Rule, LintSeverity Severity, Layer? Layer, string Message, string Fix, IReadOnlyDictionary<string,
    double> Numbers)
{
    /// <summary>
    /// The change of the network that <see cref="Fix"/> begins with, as data: <see cref="Linter.Repair"/> makes it. Empty where there is
    /// more than one way, or where it is for a person to choose.
    /// </summary>
    public IReadOnlyList<NetworkEdit> Edits { get; init; } = [];

    /// <summary>Severity, place and message in one line.</summary>
    public override string ToString() =>
        $"{Severity.ToString().ToLowerInvariant()} {Rule.Id}{(Layer is null ? "" : $" {Layer.Name} (layer {Layer.Index})")}: {Message}";
}
