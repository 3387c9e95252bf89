namespace FeatureMap.Interchange;

/// <summary>An ONNX file that can be read once something is chosen that it leaves open: the size of its input, or one of its outputs.</summary>
public sealed class OnnxChoiceException : DataException
{
    internal OnnxChoiceException(string message, IReadOnlyList<string> outputs, int? channels = null) : base(message) => (Outputs, Channels) = (outputs, channels);

    /// <summary>The names of the outputs to choose from; none where the size of the input is to be chosen.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>How many channels the file states for its images; null where it leaves them open too.</summary>
    public int? Channels { get; }

    /// <summary>Whether the shape of one sample is to be given.</summary>
    public bool IsAboutInput => Outputs.Count == 0;
}
