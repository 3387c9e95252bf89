namespace FeatureMap.Ops;

/// <summary>Why a node of an ONNX graph cannot become layers. Whoever opened the file turns it into a <see cref="DataException"/>.</summary>
internal sealed class OnnxRefusal : FeatureMapException
{
    /// <param name="place">File and node.</param>
    /// <param name="what">What is wrong, without an end mark.</param>
    /// <param name="hint">A sentence on what to do, where there is one; begins with a space.</param>
    /// <param name="cause">The error of the layer that did not fit, where there is one.</param>
    public OnnxRefusal(string place, string what, string hint = "", Exception? cause = null) : base($"{place}: {what}.{hint}", cause) => What = what;

    /// <summary>The reason without the place: the same for all nodes that have it.</summary>
    public string What { get; }

    /// <summary>Whether it does not hold where a batch is a single image, so that the graph may be read in that way.</summary>
    public bool NeedsOneSample { get; init; }
}
