namespace FeatureMap.Ops;

/// <summary>
/// Numbers with dimensions, as an ONNX graph carries them along: weights, and the sizes that some operators want as inputs. <see cref="Values"/> is an array of
/// <see cref="float"/> for real numbers and of <see cref="long"/> for whole ones, whatever the width in the file.
/// </summary>
/// <param name="Name">What the graph calls them.</param>
/// <param name="Dimensions">Sizes, the slowest first; none for a single number.</param>
/// <param name="Values">The numbers in row-major order, as many as the dimensions say.</param>
internal sealed record OnnxTensor(string Name, IReadOnlyList<int> Dimensions, Array Values)
{
    /// <summary>How many numbers.</summary>
    public int Count => Values.Length;

    public bool IsReal => Values is float[];

    /// <summary>Name and dimensions, for messages.</summary>
    public override string ToString() => $"'{Name}' ({Written(Dimensions)})";

    public static string Written(IReadOnlyList<int> dimensions) => dimensions.Count == 0 ? "a single number" : NumberRow.Join(" x ", dimensions);
}
