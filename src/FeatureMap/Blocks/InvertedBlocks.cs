using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>
/// Inverted residual blocks: narrow between the blocks, wide inside, and nothing behind the last convolution, because an activation would
/// throw away what a narrow map cannot spare. The skip path stands where shape and channels stay.
///</summary>
public static class InvertedBlocks
{
    /// <summary>
    /// The block of MobileNetV2 and V3, MnasNet and EfficientNet (MBConv).
    /// <code>
    /// x -- 1x1, expanded -- norm -- act -- k x k per channel /s -- norm -- act -- [gate] -- 1x1 -- norm -- [+ x]
    /// </code>
    /// Where nothing is expanded, the first convolution is left out. Sources: Sandler et al., "MobileNetV2", arXiv 1801.04381; Howard et
    /// al., "MobileNetV3", arXiv 1905.02244; Tan and Le, "EfficientNet", arXiv 1905.11946.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="expanded">Channels inside.</param>
    /// <param name="kernel">Size of the depthwise kernel.</param>
    /// <param name="stride">Stride of the depthwise convolution; 1 by default.</param>
    /// <param name="gate">A squeeze and excitation behind the depthwise convolution; none by default.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> with ReLU6 by default, as in
    /// MobileNetV2.</param>
    /// <param name="dropPath">Probability of the <see cref="Feature.StochasticDepth"/> before the addition; 0 for none.</param>
    /// <param name="name">Common name of the block's layers, below which they stand in <c>expand</c>, <c>depthwise</c>, <c>gate</c>
    /// and <c>project</c>.</param>
    public static Feature InvertedResidual(
        this Feature x, int channels, int expanded, PerAxis kernel, PerAxis? stride = null, GateStyle? gate = null, ConvStyle? style = null, float dropPath = 0, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= Relu6;
        return x.Scope(name, x =>
        {
            var y = expanded == x.Shape.Channels ? x : x.ConvNormActivation(expanded, kernel: 1, style: style, name: "expand");
            y = y.ConvNormActivation(expanded, kernel, stride, groups: expanded, style: style, name: "depthwise");
            if (gate is not null) y = y.SqueezeExcite(gate, "gate");
            return y.ConvNormActivation(channels, kernel: 1, style: style.WithoutActivation, name: "project").OnSkip(x, dropPath);
        });
    }

    /// <summary>
    /// The block of the first stages of EfficientNetV2 (Fused-MBConv): one full convolution in the place of the first two, which is
    /// faster where there are few channels.
    /// <code>
    /// x -- k x k /s, expanded -- norm -- act -- 1x1 -- norm -- [+ x]          not expanded: x -- k x k /s -- norm -- act -- [+ x]
    /// </code>
    /// Source: Tan and Le, "EfficientNetV2", arXiv 2104.00298, figure 2.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="expanded">Channels inside.</param>
    /// <param name="kernel">Size of the kernel.</param>
    /// <param name="stride">Stride of the first convolution; 1 by default.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> with ReLU6 by default.</param>
    /// <param name="dropPath">Probability of the <see cref="Feature.StochasticDepth"/> before the addition; 0 for none.</param>
    /// <param name="name">Common name of the block's layers, below which they stand in <c>expand</c> and <c>project</c>.</param>
    public static Feature FusedInvertedResidual(
        this Feature x, int channels, int expanded, PerAxis kernel, PerAxis? stride = null, ConvStyle? style = null, float dropPath = 0, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= Relu6;
        return x.Scope(name, x => expanded == x.Shape.Channels
            ? x.ConvNormActivation(channels, kernel, stride, style: style, name: "project").OnSkip(x, dropPath)
            : x.ConvNormActivation(expanded, kernel, stride, style: style, name: "expand")
                .ConvNormActivation(channels, kernel: 1, style: style.WithoutActivation, name: "project").OnSkip(x, dropPath));
    }

    private static ConvStyle Relu6 => ConvStyle.Normalized with { Activation = x => x.Relu6() };

    private static Feature OnSkip(this Feature y, Feature x, float dropPath) =>
        y.Shape != x.Shape ? y : dropPath > 0 ? y.StochasticDepth(dropPath).Add(x) : y.Add(x);
}
