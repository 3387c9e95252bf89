namespace FeatureMap.Interchange;

/// <summary>What the input of an exported model is.</summary>
public enum OnnxInput
{
    /// <summary>
    /// Pixels from 0 to 255 as float32: the first two nodes of the graph normalise them. Whoever uses the model cannot forget it or get it wrong.
    /// </summary>
    Pixels,

    /// <summary>Numbers that are normalised already, (pixel / 255 - mean) / deviation; mean and deviation stand in the metadata.</summary>
    Normalized,
}

/// <summary>How a model is written as ONNX.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The lowest operator set that can be stated.</summary>
    public const int LowestOpset = 13;

    /// <summary>The highest operator set that can be stated.</summary>
    public const int HighestOpset = 21;

    /// <summary>The version of the operator set that the file states. 17 is read by nearly every runtime in use.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>Whether the file takes pixels or normalised numbers.</summary>
    public OnnxInput Input { get; init; } = OnnxInput.Pixels;

    /// <summary>
    /// Whether batch normalisations stay operators of their own. Otherwise those behind a convolution or dense layer become part of its weights
    /// (<see cref="Models.BatchNormFolding"/>): fewer operators that compute the same, for use; keep them for training on elsewhere.
    /// </summary>
    public bool KeepsBatchNorm { get; init; }

    /// <summary>A name for the graph; tools show it.</summary>
    public string Name { get; init; } = "network";
}
