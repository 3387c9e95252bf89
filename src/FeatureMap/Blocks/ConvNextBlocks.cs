using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>The block of ConvNeXt: a residual network that borrows its order from transformers.</summary>
public static class ConvNextBlocks
{
    /// <summary>
    /// One wide kernel per channel, one normalisation, two 1x1 convolutions with one activation between, and a learned scale per channel
    /// that starts near 0.
    /// <code>
    /// x -- 7x7 per channel -- layer norm -- 1x1, 4 C -- GELU -- [response norm] -- 1x1, C -- [times scale] -- + x
    /// </code>
    /// Sources: Liu et al., "A ConvNet for the 2020s", arXiv 2201.03545, figure 4; Woo et al., "ConvNeXt V2", arXiv 2301.00808 (with
    /// <see cref="AttentionBlocks.GlobalResponseNorm"/>, without the scale).
    ///</summary>
    /// <param name="x">What the block reads; as many channels come out.</param>
    /// <param name="layerScale">Where the scale per channel starts, 1e-6 in the paper; null for none.</param>
    /// <param name="responseNorm">Whether a response normalisation stands behind the activation.</param>
    /// <param name="dropPath">Probability of the <see cref="Feature.StochasticDepth"/> before the addition; 0 for none.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature ConvNextBlock(this Feature x, float? layerScale = 1e-6f, bool responseNorm = false, float dropPath = 0, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var channels = x.Shape.Channels;
        return x.Scope(name, x =>
        {
            var y = x.Conv(channels, kernel: 7, padding: 3, groups: channels).LayerNorm(1e-6f, perPixel: true).Conv(4 * channels, kernel: 1).Gelu();
            if (responseNorm) y = y.GlobalResponseNorm(name: "response");
            y = y.Conv(channels, kernel: 1);
            if (layerScale is { } start) y = y.Multiply(y.LearnedParameter(Shape.Vector(channels), Initializer.Constant(start)));
            if (dropPath > 0) y = y.StochasticDepth(dropPath);
            return y.Add(x);
        });
    }
}
