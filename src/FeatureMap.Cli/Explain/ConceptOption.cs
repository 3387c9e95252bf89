using System.Globalization;

namespace FeatureMap.Cli;

/// <summary>A number, or a list of numbers, that concepts are asked about.</summary>
internal sealed record ConceptOption(string Name, string Description, int Least, int Most, bool IsList = false)
{
    public static ConceptOption Input { get; } = new("--input", "Height and width of the input", 1, 64);

    public static ConceptOption Kernel { get; } = new("--kernel", "Height and width of the kernel", 1, 31);

    public static ConceptOption Stride { get; } = new("--stride", "Pixels between neighbouring windows", 1, 16);

    public static ConceptOption Border { get; } = new("--padding", "Zeros on each side", 0, 31);

    public static ConceptOption Dilation { get; } = new("--dilation", "Pixels between neighbouring taps", 1, 16);

    public static ConceptOption Groups { get; } = new("--groups", "Blocks of channels that do not see each other", 1, 4096);

    public static ConceptOption Channels { get; } = new("--channels", "Input channels", 1, 4096);

    public static ConceptOption Outputs { get; } = new("--outputs", "Output channels", 1, 4096);

    public static ConceptOption Layers { get; } = new("--layers", "Layers on top of each other", 1, 8);

    public static ConceptOption Factor { get; } = new("--factor", "Height and width grow by it", 1, 8);

    public static ConceptOption Percent { get; } = new("--percent", "Percent of the numbers that are dropped", 0, 99);

    public static ConceptOption Rates { get; } = new("--rates", "Dilation of each layer", 1, 64, IsList: true);

    public static ConceptOption Levels { get; } = new("--levels", "Bins per side of each level", 1, 64, IsList: true);

    public static ConceptOption Seed { get; } = new("--seed", "Decides what is drawn", 0, int.MaxValue);

    public static IReadOnlyList<ConceptOption> All { get; } = [Input, Kernel, Stride, Border, Dilation, Groups, Channels, Outputs, Layers, Factor, Percent, Rates, Levels, Seed];

    /// <summary>Reads what was given.</summary>
    /// <exception cref="UsageException">It is not such a number or list.</exception>
    public int[] Parse(string text)
    {
        var parts = IsList ? text.Split(',') : [text];
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (parts.Length > 16 || !int.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < Least || numbers[i] > Most)
                throw new UsageException(FormattableString.Invariant($"{Name} takes {(IsList ? "up to 16 whole numbers with commas between them, each" : "a whole number")} from {Least} to {Most:N0}: received '{text}'."));
        return numbers;
    }
}

/// <summary>The numbers that a concept is explained with: what was given, else its own.</summary>
internal sealed class ConceptValues
{
    private readonly Dictionary<ConceptOption, int[]> values = [];

    /// <exception cref="UsageException">The concept does not take an option that was given, or its value cannot be read.</exception>
    public ConceptValues(Concept concept, IReadOnlyDictionary<ConceptOption, string> given)
    {
        foreach (var (option, defaults) in concept.Options)
            values[option] = defaults;
        foreach (var (option, text) in given)
            values[option] = values.ContainsKey(option)
                ? option.Parse(text)
                : throw new UsageException($"'{concept.Name}' has no {option.Name}; it takes {string.Join(", ", concept.Options.Select(own => own.Option.Name))}.");
    }

    public int this[ConceptOption option] => values[option][0];

    public int[] List(ConceptOption option) => values[option];
}
