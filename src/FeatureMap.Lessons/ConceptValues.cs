namespace FeatureMap.Lessons;

/// <summary>The numbers that a concept is explained with: what was given, else its own.</summary>
public sealed class ConceptValues
{
    private readonly Dictionary<ConceptOption, int[]> values = [];

    /// <summary>Reads what was given.</summary>
    /// <param name="concept">What is explained.</param>
    /// <param name="given">Numbers as they were typed.</param>
    /// <exception cref="UsageException">The concept does not take an option that was given, or its value cannot be read.</exception>
    public ConceptValues(Concept concept, IReadOnlyDictionary<ConceptOption, string> given)
    {
        ArgumentNullException.ThrowIfNull(concept);
        ArgumentNullException.ThrowIfNull(given);
        foreach (var (option, defaults) in concept.Options)
            values[option] = defaults;
        foreach (var (option, text) in given)
            values[option] = values.ContainsKey(option)
                ? option.Parse(text)
                : throw new UsageException($"'{concept.Name}' has no {option.Name}; it takes "
                + $"{string.Join(", ", concept.Options.Select(own => own.Option.Name))}.");
    }

    /// <summary>The number of an option that the concept has.</summary>
    public int this[ConceptOption option] => values[option][0];

    /// <summary>The numbers of an option that the concept has.</summary>
    /// <param name="option">One of the concept's.</param>
    public int[] List(ConceptOption option) => [.. values[option]];
}
