using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>
/// The blocks of DenseNet: every layer reads what all layers before it gave, joined along the channels, and adds a few channels of its own. Nothing is learned
/// twice, so layers can be narrow.
/// Source: Huang et al., "Densely connected convolutional networks", arXiv 1608.06993.
/// </summary>
public static class DenseBlocks
{
    /// <summary>
    /// Layers whose outputs pile up: input + layers x growth channels come out.
    /// <code>
    /// x -+- norm -- act -- 1x1, 4 growth -- norm -- act -- 3x3, growth -- concat -+- ...
    ///     \---------------------------------------------------------------/       \- ...
    /// </code>
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="growth">Channels that each layer adds: k of the paper.</param>
    /// <param name="bottleneck">Width of the 1x1 convolution in growths; 4 as in DenseNet-B, 0 for none.</param>
    /// <param name="dropout">Probability of the dropout behind each layer; 0 for none.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature DenseBlock(this Feature x, int layers, int growth, int bottleneck = 4, float dropout = 0, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        return x.Scope(name, x =>
        {
            for (var layer = 0; layer < layers; layer++)
            {
                var y = x;
                if (bottleneck > 0) y = style.Conv(style.Dress(y), bottleneck * growth, kernel: 1);
                y = style.Conv(style.Dress(y), growth, kernel: 3);
                if (dropout > 0) y = y.Dropout(dropout);
                x = x.Concat(y);
            }
            return x;
        });
    }

    /// <summary>
    /// Between two dense blocks: fewer channels, and half of the height and width.
    /// <code>x -- norm -- act -- 1x1, compression x channels -- mean 2x2</code>
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="compression">Share of the channels that stays, rounded down: theta of the paper; 0.5 in DenseNet-BC, 1 for all.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The compression is not above 0 and at most 1.</exception>
    public static Feature Transition(this Feature x, double compression = 0.5, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!(compression is > 0 and <= 1))
            throw new UsageException("The compression of a transition is the share of the channels that stays, above 0 and at most 1: "
                + $"received {compression}.");
        style ??= ConvStyle.Normalized;
        var channels = Math.Max(1, (int)(compression * x.Shape.Channels));
        return x.Scope(name, x => style.Conv(style.Dress(x), channels, kernel: 1).AveragePool(2));
    }
}
