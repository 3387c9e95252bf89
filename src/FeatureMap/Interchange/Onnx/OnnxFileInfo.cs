namespace FeatureMap.Interchange;

/// <summary>What an ONNX file says about itself; see <see cref="OnnxFile.Describe(string)"/>.</summary>
/// <param name="Inputs">What it computes from, without weights that older files list among the inputs.</param>
/// <param name="Outputs">What it computes.</param>
public sealed record OnnxFileInfo(IReadOnlyList<OnnxPortInfo> Inputs, IReadOnlyList<OnnxPortInfo> Outputs)
{
    /// <summary>Whether its metadata say how pixels become numbers, as those of files of this library do.</summary>
    public bool StatesNormalization { get; init; }
}

/// <summary>An input or output of an ONNX file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sizes">Its sizes as the file states them, the batch first, such as <c>N x 3 x 224 x 224</c>; <c>open</c> where it states
/// none.</param>
/// <param name="IsOpen">Whether a size behind the batch is open.</param>
public sealed record OnnxPortInfo(string Name, string Sizes, bool IsOpen)
{
    /// <summary>How many channels it has; null where that is open.</summary>
    public int? Channels { get; init; }
}
