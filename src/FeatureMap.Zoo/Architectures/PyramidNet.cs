using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// A classifier with spatial pyramid pooling: between convolutions and dense layer the map is summed up in 4x4, 2x2 and 1x1 bins, which gives 21 numbers per channel whatever
/// its size. So one set of weights serves images of every size: build the network again for another size and take the weights over with <see cref="Weights.TakeFrom"/>.
/// <code>[3x3, 32] x 2 -- pool -- [3x3, 64] x 2 -- pool -- [3x3, 128] x 2 -- pyramid 4 2 1 -- dense</code>
/// The pooling is that of He et al., "Spatial pyramid pooling in deep convolutional networks", arXiv 1406.4729, section 2; the convolutions before it, which the paper takes from
/// networks of its time, are sized for small images here.
/// </summary>
/// <example><code>
/// var small = PyramidNet.Build(Shape.Image(3, 32, 32), 10);
/// var large = PyramidNet.Build(Shape.Image(3, 48, 64), 10);
/// weightsOfLarge.TakeFrom(weightsOfSmall);
/// </code></example>
public static class PyramidNet
{
    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image.</param>
    /// <param name="classes">Scores that come out.</param>
    /// <param name="levels">Bins on each side of the levels of the pyramid; 4, 2 and 1 by default.</param>
    /// <param name="width">Channels of the first convolutions; they double at each pooling.</param>
    /// <param name="style">What comes with each convolution; <see cref="ConvStyle.Normalized"/> by default.</param>
    /// <exception cref="ShapeException">The image is too small, or a number of channels is below 1.</exception>
    /// <exception cref="UsageException">There is no level, or one is below 1.</exception>
    public static Network Build(Shape image, int classes, IReadOnlyList<int>? levels = null, int width = 32, ConvStyle? style = null)
    {
        int[] bins = [.. levels ?? [4, 2, 1]];
        return SizedNetwork.Build("The pyramid classifier", image, x => x
            .ConvNormActivation(width, kernel: 3, style: style).ConvNormActivation(width, kernel: 3, style: style).MaxPool(2)
            .ConvNormActivation(2 * width, kernel: 3, style: style).ConvNormActivation(2 * width, kernel: 3, style: style).MaxPool(2)
            .ConvNormActivation(4 * width, kernel: 3, style: style).ConvNormActivation(4 * width, kernel: 3, style: style)
            .SpatialPyramidPool(bins).Linear(classes));
    }
}
