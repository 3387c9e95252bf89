namespace FeatureMap.Analysis;

/// <summary>What a loss does first with a network's output.</summary>
public enum OutputReading
{
    /// <summary>A softmax, or its logarithm: the output is to be scores of classes that exclude each other.</summary>
    Softmax,

    /// <summary>A sigmoid, or its logarithm: the output is to be scores of yes-or-no questions.</summary>
    Sigmoid,

    /// <summary>Neither: it compares the numbers as they are.</summary>
    AsItIs,
}
