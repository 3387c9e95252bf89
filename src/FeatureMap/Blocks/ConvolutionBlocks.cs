using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>A convolution with what belongs to it, whole or taken apart: into depth and points, or into rows and columns.</summary>
public static class ConvolutionBlocks
{
    /// <summary>Convolution, normalisation, activation: the unit that most networks since 2015 are built of.</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Size of the kernel: one number, or (height, width).</param>
    /// <param name="stride">Pixels between neighbouring windows; 1 by default.</param>
    /// <param name="padding">Zeros around the input; by default <see cref="Padding.Half"/>, which keeps the size at stride 1.</param>
    /// <param name="dilation">Pixels between neighbouring taps; 1 by default.</param>
    /// <param name="groups">Blocks of channels that do not see each other.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature ConvNormActivation(
        this Feature x, int channels, PerAxis kernel, PerAxis? stride = null, Padding? padding = null, PerAxis? dilation = null, int groups = 1, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        return x.Scope(name, x => style.Dress(style.Conv(x, channels, kernel, stride, padding, dilation, groups)));
    }

    /// <summary>
    /// Depthwise separable convolution: first every channel by itself through its own kernel, then a 1x1 convolution that mixes the channels. Of the products of a full
    /// convolution to N channels a share of 1/N + 1/k^2 remains; for 3x3 an eighth to a ninth.
    /// <code>
    /// x -- k x k, groups = channels -- [between] -- 1 x 1 -- [style]
    /// </code>
    /// Sources: Chollet, "Xception", arXiv 1610.02357; Howard et al., "MobileNets", arXiv 1704.04861 (both styles <see cref="ConvStyle.Normalized"/>).
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Size of the depthwise kernel: one number, or (height, width).</param>
    /// <param name="stride">Stride of the depthwise convolution; 1 by default.</param>
    /// <param name="padding">Zeros around the input; by default <see cref="Padding.Half"/>.</param>
    /// <param name="dilation">Dilation of the depthwise convolution; 1 by default.</param>
    /// <param name="multiplier">Kernels per input channel.</param>
    /// <param name="between">What comes with the depthwise convolution; nothing by default, as in Keras.</param>
    /// <param name="style">What comes with the 1x1 convolution; a bias alone by default, as in Keras.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature SeparableConv(
        this Feature x, int channels, PerAxis kernel, PerAxis? stride = null, Padding? padding = null, PerAxis? dilation = null, int multiplier = 1,
        ConvStyle? between = null, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Scope(name, x => x
            .ConvNormActivation(x.Shape.Channels * multiplier, kernel, stride, padding, dilation, groups: x.Shape.Channels, between ?? ConvStyle.Bare)
            .ConvNormActivation(channels, kernel: 1, style: style ?? ConvStyle.Biased));
    }

    /// <summary>
    /// Spatially separable convolution: k x 1, then 1 x k. Both together see k x k pixels with 2k instead of k^2 taps. Between one input and one output channel it
    /// computes the kernels of rank 1 exactly (box, Gauss, Sobel) and no others; with middle channels their sums.
    /// <code>
    /// x -- k x 1, middle channels -- [between] -- 1 x k -- [style]
    /// </code>
    /// Source: Szegedy et al., "Rethinking the Inception architecture", arXiv 1512.00567, section 3.2 (both styles <see cref="ConvStyle.Normalized"/>).
    /// </summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Taps of each of the two kernels.</param>
    /// <param name="stride">Stride: one number, or (down, across); 1 by default.</param>
    /// <param name="middle">Channels between the two; as many as the output by default.</param>
    /// <param name="between">What comes with the first convolution; nothing by default.</param>
    /// <param name="style">What comes with the second; a bias alone by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature SpatiallySeparableConv(
        this Feature x, int channels, int kernel, PerAxis? stride = null, int? middle = null, ConvStyle? between = null, ConvStyle? style = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var step = stride ?? 1;
        return x.Scope(name, x => x
            .ConvNormActivation(middle ?? channels, (kernel, 1), (step.Vertical, 1), style: between ?? ConvStyle.Bare)
            .ConvNormActivation(channels, (1, kernel), (1, step.Horizontal), style: style ?? ConvStyle.Biased));
    }
}
