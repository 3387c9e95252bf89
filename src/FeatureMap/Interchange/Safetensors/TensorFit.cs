namespace FeatureMap.Interchange;

/// <summary>How the tensors of a file fit the parameters of a network: by name and by dimensions.</summary>
/// <param name="Missing">Parameters that the file does not have.</param>
/// <param name="Unknown">Tensors that the network does not have.</param>
/// <param name="Wrong">What has another shape or other numbers, in words.</param>
internal sealed record TensorFit(IReadOnlyList<string> Missing, IReadOnlyList<string> Unknown, IReadOnlyList<string> Wrong)
{
    private const int MostNames = 12, LongestName = 120;

    public bool IsComplete => Missing.Count + Unknown.Count + Wrong.Count == 0;

    /// <summary>Compares.</summary>
    /// <param name="expected">Names and dimensions of the parameters.</param>
    /// <param name="given">The tensors by their names.</param>
    /// <param name="onlySingles">Whether the numbers must be 32-bit floats.</param>
    /// <param name="ignoresLastOnes">Whether dimensions of 1 at the end are left out: a dense layer is a 1x1 convolution, and a scale per
    /// channel may have rows and columns.</param>
    public static TensorFit Of(
        IReadOnlyList<(string Name, IReadOnlyList<int> Dimensions)> expected, IReadOnlyDictionary<string, SafetensorsEntry> given, bool onlySingles, bool ignoresLastOnes = false)
    {
        var known = expected.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var (name, dimensions) in expected)
        {
            if (!given.TryGetValue(name, out var tensor)) continue;
            if (!Compared(tensor.Dimensions).SequenceEqual(Compared(dimensions)))
                wrong.Add($"{name} is {NumberRow.Join(" x ", tensor.Dimensions)} and should be {NumberRow.Join(" x ", dimensions)}");
            else if (tensor.Type == SafetensorsType.Raw)
                wrong.Add($"{name} holds numbers of the type {tensor.StoredType}, which are not read here; convert it to F32 or F16");
            else if (onlySingles && tensor.Type != SafetensorsType.Float32)
                wrong.Add($"{name} holds {tensor.Type} numbers and should hold Float32");
        }
        return new TensorFit([.. expected.Select(parameter => parameter.Name).Where(name => !given.ContainsKey(name))], [.. given.Keys.Where(name => !known.Contains(name))], wrong);

        IEnumerable<int> Compared(IReadOnlyList<int> dimensions) => ignoresLastOnes ? dimensions.Reverse().SkipWhile(size => size == 1) : dimensions;
    }

    /// <summary>What does not fit, as sentences that each begin with a space.</summary>
    public override string ToString() => $"{List("Missing", Missing)}{List("Not in the network", Unknown)}{List("Wrong", Wrong)}";

    /// <summary>A text of a file, short enough to be shown.</summary>
    public static string Shown(string text) => text.Length <= LongestName ? text : text[..LongestName] + "...";

    private static string List(string what, IReadOnlyList<string> names) =>
        names.Count == 0 ? "" : $" {what} ({names.Count}): {string.Join(", ", names.Take(MostNames).Select(Shown))}{(names.Count > MostNames ? ", ..." : "")}.";
}
