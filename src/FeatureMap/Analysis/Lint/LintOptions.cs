namespace FeatureMap.Analysis;

/// <summary>What the linter should know besides the network, and which rules it applies. Everything may be left out.</summary>
public sealed record LintOptions
{
    /// <summary>Size in pixels of what the network is to recognise, as it appears in its input: with it <c>rf-small</c> can
    /// compare.</summary>
    public int? ObjectSize { get; init; }

    /// <summary>Most parameters, running statistics included, that the network may have: for <c>budget</c>.</summary>
    public long? ParameterBudget { get; init; }

    /// <summary>Most multiply-accumulates per image that the network may take: for <c>budget</c>.</summary>
    public long? MultiplyAddBudget { get; init; }

    /// <summary>Images per training step: for <c>bn-batch1</c>.</summary>
    public int? BatchSize { get; init; }

    /// <summary>
    /// What the loss does with the output, for <c>double-softmax</c> and <c>logit-activation</c>; null where the loss is not known. A
    /// trainer says it by itself.
    /// </summary>
    public OutputReading? Reading { get; init; }

    /// <summary>Shape of one target, a vector of as many numbers as there are classes or a map: for <c>target-shape</c>.</summary>
    public Shape? Target { get; init; }

    /// <summary>Identifiers of the only rules to apply; all where it is empty.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Identifiers of rules to leave out.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Rules of your own, applied after those of <see cref="Linter.Rules"/>.</summary>
    public IReadOnlyList<LintRule> MoreRules { get; init; } = [];
}
