using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>Blocks that look at several scales at once and put what they see side by side.</summary>
public static class InceptionBlocks
{
    /// <summary>
    /// The block of GoogLeNet (Inception v1): four views of the same input, joined along the channels. 1x1 convolutions before the large kernels make them affordable.
    /// <code>
    ///    /-- 1x1 ----------------\
    /// x -+-- 1x1 reduce -- 3x3 --+-- concat
    ///    |-- 1x1 reduce -- 5x5 --|
    ///    \-- max 3x3 ---- 1x1 ---/
    /// </code>
    /// Source: Szegedy et al., "Going deeper with convolutions", arXiv 1409.4842, figure 2b and table 1.
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="ones">Channels of the 1x1 branch.</param>
    /// <param name="threes">Channels before and of the 3x3 convolution: "#3x3 reduce" and "#3x3" of the paper's table.</param>
    /// <param name="fives">Channels before and of the 5x5 convolution.</param>
    /// <param name="pooled">Channels of the 1x1 convolution behind the pooling: "pool proj".</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Plain"/> by default, as in the paper.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <param name="large">Size of the large kernel: 5 as in the paper. 3 in torchvision, a known slip that its weights made permanent.</param>
    /// <example><code>x.InceptionBlock(64, threes: (96, 128), fives: (16, 32), pooled: 32)   // inception (3a): 192 to 256 channels</code></example>
    public static Feature InceptionBlock(
        this Feature x, int ones, (int Reduce, int Channels) threes, (int Reduce, int Channels) fives, int pooled, ConvStyle? style = null, string? name = null, int large = 5)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Plain;
        return x.Scope(name, x => x.ConvNormActivation(ones, kernel: 1, style: style).Concat(
            x.ConvNormActivation(threes.Reduce, kernel: 1, style: style).ConvNormActivation(threes.Channels, kernel: 3, style: style),
            x.ConvNormActivation(fives.Reduce, kernel: 1, style: style).ConvNormActivation(fives.Channels, kernel: large, style: style),
            x.MaxPool(3, stride: 1, padding: 1).ConvNormActivation(pooled, kernel: 1, style: style)));
    }

    /// <summary>
    /// The fire module of SqueezeNet: a few 1x1 kernels squeeze the channels, then 1x1 and 3x3 kernels expand them side by side.
    /// <code>
    ///                  /-- 1x1 --\
    /// x -- 1x1 squeeze-+         +-- concat
    ///                  \-- 3x3 --/
    /// </code>
    /// Source: Iandola et al., "SqueezeNet", arXiv 1602.07360, figure 1.
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="squeeze">Channels between: s1x1 of the paper.</param>
    /// <param name="ones">Channels of the 1x1 branch: e1x1.</param>
    /// <param name="threes">Channels of the 3x3 branch: e3x3.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Plain"/> by default, as in the paper.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature FireModule(this Feature x, int squeeze, int ones, int threes, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Plain;
        return x.Scope(name, x =>
        {
            x = x.ConvNormActivation(squeeze, kernel: 1, style: style);
            return x.ConvNormActivation(ones, kernel: 1, style: style).Concat(x.ConvNormActivation(threes, kernel: 3, style: style));
        });
    }
}
