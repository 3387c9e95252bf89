using FeatureMap.Networks;

namespace FeatureMap.Blocks;

/// <summary>Which convolution of a bottleneck takes the stride.</summary>
public enum StridePlacement
{
    /// <summary>The 3x3 in the middle (torchvision; "ResNet v1.5"): no pixel is thrown away unread.</summary>
    Middle,

    /// <summary>The first 1x1, as in the paper of 2015: three quarters of the pixels are read by nobody.</summary>
    First,
}

/// <summary>What stands on the skip path of a block that changes the shape.</summary>
public enum SkipPath
{
    /// <summary>A strided 1x1 convolution ("option B" of the paper).</summary>
    Projection,

    /// <summary>Nothing that learns: every stride-th pixel, and zeros for the channels that the input does not have ("option A"; the networks for CIFAR).</summary>
    Identity,

    /// <summary>The same with half of the zeros before the channels that there are and half behind, as some trained networks for CIFAR
    /// have it.</summary>
    CentredIdentity,

    /// <summary>The mean of every stride x stride pixels, then a 1x1 convolution: no pixel is thrown away ("ResNet-D", arXiv
    /// 1812.01187).</summary>
    AveragedProjection,
}

/// <summary>
/// Residual blocks: y = x + F(x). A block that has nothing to add learns F = 0, and the gradient of y reaches x unchanged, past any number of blocks. Where F changes
/// the shape, the skip path is projected by a strided 1x1 convolution (<see cref="SkipPath"/>); else it is the identity.
///</summary>
public static class ResidualBlocks
{
    /// <summary>
    /// The block of ResNet-18 and -34.
    /// <code>
    /// x -- 3x3 /s -- norm -- act -- 3x3 -- norm -- + -- act
    ///  \-- identity, or 1x1 /s -- norm ------------/
    /// </code>
    /// Source: He et al., "Deep residual learning", arXiv 1512.03385, figure 5 left.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Stride of the first convolution and of the projection; 1 by default.</param>
    /// <param name="squeezeExcite">Reduction of a <see cref="AttentionBlocks.SqueezeExcite(Feature, int, string?)"/> before the addition
    /// (SE-ResNet, 16 in the paper); 0 for none.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <param name="skip">What stands on the skip path where the shape changes.</param>
    /// <param name="attention">What stands before the addition, behind squeeze and excitation, such as
    /// <see cref="AttentionBlocks.EfficientChannelAttention"/>; nothing by default.</param>
    public static Feature BasicBlock(
        this Feature x, int channels, PerAxis? stride = null, int squeezeExcite = 0, ConvStyle? style = null, string? name = null, SkipPath skip = SkipPath.Projection,
        Func<Feature, Feature>? attention = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        return x.Scope(name, x => style.Activate(x
            .ConvNormActivation(channels, kernel: 3, stride, style: style)
            .ConvNormActivation(channels, kernel: 3, style: style.WithoutActivation)
            .Attended(squeezeExcite, attention)
            .Add(Skip(x, channels, stride, style, skip))));
    }

    /// <summary>
    /// The block of ResNet-50 and deeper: 1x1 to fewer channels, 3x3 there, 1x1 back. With groups and a wider middle it is the block of ResNeXt.
    /// <code>
    /// x -- 1x1, middle -- norm -- act -- 3x3 /s, middle -- norm -- act -- 1x1 -- norm -- + -- act
    ///  \-- identity, or 1x1 /s -- norm --------------------------------------------------/
    /// </code>
    /// Sources: He et al., arXiv 1512.03385, figure 5 right; Xie et al., "ResNeXt", arXiv 1611.05431.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Stride of the block; 1 by default.</param>
    /// <param name="middle">Channels of the 3x3 convolution; a quarter of the output by default.</param>
    /// <param name="groups">Groups of the 3x3 convolution.</param>
    /// <param name="placement">Which convolution takes the stride.</param>
    /// <param name="squeezeExcite">Reduction of a <see cref="AttentionBlocks.SqueezeExcite(Feature, int, string?)"/> before the addition
    /// (SE-ResNet, 16 in the paper); 0 for none.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <param name="skip">What stands on the skip path where the shape changes.</param>
    /// <param name="attention">What stands before the addition, behind squeeze and excitation, such as
    /// <see cref="AttentionBlocks.EfficientChannelAttention"/>; nothing by default.</param>
    /// <exception cref="ShapeException">4 does not divide the channels and no middle is given.</exception>
    public static Feature BottleneckBlock(
        this Feature x, int channels, PerAxis? stride = null, int? middle = null, int groups = 1, StridePlacement placement = StridePlacement.Middle, int squeezeExcite = 0,
        ConvStyle? style = null, string? name = null, SkipPath skip = SkipPath.Projection, Func<Feature, Feature>? attention = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        var width = middle ?? Quarter(channels);
        var (first, second) = Placed(stride, placement);
        return x.Scope(name, x => style.Activate(x
            .ConvNormActivation(width, kernel: 1, first, style: style)
            .ConvNormActivation(width, kernel: 3, second, groups: groups, style: style)
            .ConvNormActivation(channels, kernel: 1, style: style.WithoutActivation)
            .Attended(squeezeExcite, attention)
            .Add(Skip(x, channels, stride, style, skip))));
    }

    /// <summary>
    /// The basic block with normalisation and activation before each convolution: nothing stands on the skip path, so it is the identity from the first block to the
    /// last. Behind the last one a network needs a normalisation and an activation of its own.
    /// <code>
    /// x -- norm -- act -+- 3x3 /s -- norm -- act -- 3x3 -- +
    ///  \                 \-- 1x1 /s where the shape changes /
    ///   \-- identity where it does not --------------------/
    /// </code>
    /// Source: He et al., "Identity mappings in deep residual networks", arXiv 1603.05027, figure 4e.
    ///</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Stride of the first convolution and of the projection; 1 by default.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <param name="skip">What stands on the skip path where the shape changes.</param>
    public static Feature PreActivationBlock(
        this Feature x, int channels, PerAxis? stride = null, ConvStyle? style = null, string? name = null, SkipPath skip = SkipPath.Projection)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        return x.Scope(name, x =>
        {
            var ready = style.Dress(x);
            var y = style.Conv(ready, channels, kernel: 3, stride);
            y = style.Conv(style.Dress(y), channels, kernel: 3);
            return y.Add(PreActivationSkip(x, ready, channels, stride, style, skip));
        });
    }

    /// <summary>The bottleneck with normalisation and activation before each convolution; see <see cref="PreActivationBlock"/>.</summary>
    /// <param name="x">What the block reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="stride">Stride of the block; 1 by default.</param>
    /// <param name="middle">Channels of the 3x3 convolution; a quarter of the output by default.</param>
    /// <param name="placement">Which convolution takes the stride.</param>
    /// <param name="style">Bias, normalisation and activation; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <param name="skip">What stands on the skip path where the shape changes.</param>
    /// <exception cref="ShapeException">4 does not divide the channels and no middle is given.</exception>
    public static Feature PreActivationBottleneck(
        this Feature x, int channels, PerAxis? stride = null, int? middle = null, StridePlacement placement = StridePlacement.Middle, ConvStyle? style = null, string? name = null, SkipPath skip = SkipPath.Projection)
    {
        ArgumentNullException.ThrowIfNull(x);
        style ??= ConvStyle.Normalized;
        var width = middle ?? Quarter(channels);
        var (first, second) = Placed(stride, placement);
        return x.Scope(name, x =>
        {
            var ready = style.Dress(x);
            var y = style.Conv(ready, width, kernel: 1, first);
            y = style.Conv(style.Dress(y), width, kernel: 3, second);
            y = style.Conv(style.Dress(y), channels, kernel: 1);
            return y.Add(PreActivationSkip(x, ready, channels, stride, style, skip));
        });
    }

    private static Feature Attended(this Feature x, int reduction, Func<Feature, Feature>? attention)
    {
        if (reduction != 0) x = x.SqueezeExcite(reduction);
        return attention is null ? x : attention(x);
    }

    private static Feature Skip(Feature x, int channels, PerAxis? stride, ConvStyle style, SkipPath skip) =>
        KeepsShape(x, channels, stride) ? x : skip switch
        {
            SkipPath.Projection => x.ConvNormActivation(channels, kernel: 1, stride, style: style.WithoutActivation),
            SkipPath.AveragedProjection => Averaged(x, stride).ConvNormActivation(channels, kernel: 1, style: style.WithoutActivation),
            _ => Identity(x, channels, stride, skip),
        };

    private static Feature PreActivationSkip(Feature x, Feature ready, int channels, PerAxis? stride, ConvStyle style, SkipPath skip) =>
        KeepsShape(x, channels, stride) ? x : skip switch
        {
            SkipPath.Projection => style.Conv(ready, channels, kernel: 1, stride),
            SkipPath.AveragedProjection => style.Conv(Averaged(ready, stride), channels, kernel: 1),
            _ => Identity(x, channels, stride, skip),
        };

    // Where the stride does not divide the map, the last windows are cut off and have fewer pixels.
    private static Feature Averaged(Feature x, PerAxis? stride) => (stride ?? 1) == 1 ? x : x.AveragePool(stride!.Value, ceilMode: true, countsPadding: false);

    /// <summary>Every stride-th pixel, with zeros behind the channels that there are, or around them.</summary>
    private static Feature Identity(Feature x, int channels, PerAxis? stride, SkipPath skip)
    {
        if (channels < x.Shape.Channels)
            throw new ShapeException($"An identity on the skip path can add channels, which are 0, but not drop any: {x.Shape.Channels} channels come in and {channels} shall go out. Use SkipPath.Projection.");
        if ((stride ?? 1) != 1) x = x.MaxPool(kernel: 1, stride);
        if (channels == x.Shape.Channels) return x;
        var before = skip == SkipPath.CentredIdentity ? (channels - x.Shape.Channels) / 2 : 0;
        var zeros = x.Multiply(0);
        Feature[] parts = [.. Zeros(before), x, .. Zeros(channels - x.Shape.Channels - before)];
        return parts[0].Concat(parts.AsSpan(1));

        IEnumerable<Feature> Zeros(int count)
        {
            for (; count > 0; count -= x.Shape.Channels)
                yield return count < x.Shape.Channels ? zeros.Slice(channels: 0..count) : zeros;
        }
    }

    private static bool KeepsShape(Feature x, int channels, PerAxis? stride) => x.Shape.Channels == channels && (stride ?? 1) == 1;

    private static (PerAxis First, PerAxis Second) Placed(PerAxis? stride, StridePlacement placement) =>
        placement == StridePlacement.First ? (stride ?? 1, 1) : (1, stride ?? 1);

    private static int Quarter(int channels) => channels % 4 == 0
        ? channels / 4
        : throw new ShapeException($"A bottleneck narrows to a quarter of its output channels, and 4 does not divide {channels}. Use a multiple of 4, such as {Math.Max(4, channels / 4 * 4)}, or say how many with middle:.");
}
