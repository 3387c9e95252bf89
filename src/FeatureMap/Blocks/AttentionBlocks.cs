using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>Blocks that weigh what they read by what they read.</summary>
public static class AttentionBlocks
{
    /// <summary>
    /// Squeeze and excitation: from the mean of every channel a small network decides how much each channel counts for this image, between 0 and 1.
    /// <code>
    /// x -+-------------------------------------------------------------- times
    ///     \-- mean per channel -- dense, C / reduction -- ReLU -- dense, C -- sigmoid --/
    /// </code>
    /// Source: Hu, Shen and Sun, "Squeeze-and-excitation networks", arXiv 1709.01507.
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="reduction">How many times fewer numbers than channels there are in the middle, rounded down; at least 1 number stays.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The reduction is below 1.</exception>
    public static Feature SqueezeExcite(this Feature x, int reduction = 16, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (reduction < 1)
            throw new UsageException($"Squeeze and excitation has its channels divided by a reduction of at least 1 in the middle: received {reduction}. The paper uses 16.");
        var channels = x.Shape.Channels;
        return x.Scope(name, x => x.Multiply(x.GlobalAveragePool().Linear(Math.Max(1, channels / reduction)).Relu().Linear(channels).Sigmoid()));
    }
}
