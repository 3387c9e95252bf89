using System.Globalization;

namespace FeatureMap.Lessons;

/// <summary>A number, or a list of numbers, that concepts are asked about.</summary>
/// <param name="Name">Its name: a word in lower case, such as <c>kernel</c>.</param>
/// <param name="Description">What it is, in a few words.</param>
/// <param name="Least">The smallest number.</param>
/// <param name="Most">The largest number.</param>
/// <param name="IsList">Whether several numbers are given, with commas between them.</param>
public sealed record ConceptOption(string Name, string Description, int Least, int Most, bool IsList = false)
{
    /// <summary>Height and width of the input.</summary>
    public static ConceptOption Input { get; } = new("input", "Height and width of the input", 1, 64);

    /// <summary>Height and width of the kernel.</summary>
    public static ConceptOption Kernel { get; } = new("kernel", "Height and width of the kernel", 1, 31);

    /// <summary>Pixels between neighbouring windows.</summary>
    public static ConceptOption Stride { get; } = new("stride", "Pixels between neighbouring windows", 1, 16);

    /// <summary>Zeros on each side.</summary>
    public static ConceptOption Border { get; } = new("padding", "Zeros on each side", 0, 31);

    /// <summary>Pixels between neighbouring taps.</summary>
    public static ConceptOption Dilation { get; } = new("dilation", "Pixels between neighbouring taps", 1, 16);

    /// <summary>Blocks of channels that do not see each other.</summary>
    public static ConceptOption Groups { get; } = new("groups", "Blocks of channels that do not see each other", 1, 4096);

    /// <summary>Input channels.</summary>
    public static ConceptOption Channels { get; } = new("channels", "Input channels", 1, 4096);

    /// <summary>Output channels.</summary>
    public static ConceptOption Outputs { get; } = new("outputs", "Output channels", 1, 4096);

    /// <summary>Layers on top of each other.</summary>
    public static ConceptOption Layers { get; } = new("layers", "Layers on top of each other", 1, 8);

    /// <summary>Height and width grow by it.</summary>
    public static ConceptOption Factor { get; } = new("factor", "Height and width grow by it", 1, 8);

    /// <summary>Percent of the numbers that are dropped.</summary>
    public static ConceptOption Percent { get; } = new("percent", "Percent of the numbers that are dropped", 0, 99);

    /// <summary>Dilation of each layer.</summary>
    public static ConceptOption Rates { get; } = new("rates", "Dilation of each layer", 1, 64, IsList: true);

    /// <summary>Bins per side of each level.</summary>
    public static ConceptOption Levels { get; } = new("levels", "Bins per side of each level", 1, 64, IsList: true);

    /// <summary>Decides what is drawn.</summary>
    public static ConceptOption Seed { get; } = new("seed", "Decides what is drawn", 0, int.MaxValue);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConceptOption> All { get; } =
        [Input, Kernel, Stride, Border, Dilation, Groups, Channels, Outputs, Layers, Factor, Percent, Rates, Levels, Seed];

    /// <summary>Reads what was given.</summary>
    /// <param name="text">A whole number, or whole numbers with commas between them.</param>
    /// <exception cref="UsageException">It is not such a number or list.</exception>
    public int[] Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = IsList ? text.Split(',') : [text];
        var numbers = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (parts.Length > 16 || !int.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]) || numbers[i] < Least || numbers[i] > Most)
                throw new UsageException($"{Name} takes "
                    + $"{(IsList ? "up to 16 whole numbers with commas between them, each" : "a whole number")} from {Least} to "
                    + $"{Most:N0}: received '{text}'.");
        return numbers;
    }
}
