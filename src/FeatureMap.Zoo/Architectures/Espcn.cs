using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>
/// ESPCN, super-resolution at the price of the small image: all convolutions work at low resolution, and the last one gives r x r numbers per pixel, which a pixel shuffle
/// lays out as the large image.
/// <code>x -- 5x5, 64 -- tanh -- 3x3, 32 -- tanh -- 3x3, r r C -- pixel shuffle</code>
/// One channel is the luminance, as in the paper. Source: Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
/// network", arXiv 1609.05158, section 3.
/// </summary>
public static class Espcn
{
    private const int MostFactor = 16;

    /// <summary>Builds the network; as it is convolutional, one set of weights serves every image size.</summary>
    /// <param name="image">Shape of a small image; the output has as many channels and factor times the rows and columns.</param>
    /// <param name="factor">r: 2, 3 or 4 in the paper.</param>
    /// <param name="first">Channels of the 5x5 convolution.</param>
    /// <param name="second">Channels of the 3x3 convolution.</param>
    /// <param name="activation">What stands behind both; tanh by default, as in the paper.</param>
    /// <param name="initializer">How the weights start; Glorot normal by default, as it is before tanh. The last ones start by ICNR around it, without checkerboard.</param>
    /// <exception cref="UsageException">The factor is below 2 or above 16.</exception>
    /// <exception cref="ShapeException">A number of channels is below 1.</exception>
    public static Network Build(Shape image, int factor, int first = 64, int second = 32, Func<Feature, Feature>? activation = null, Initializer? initializer = null)
    {
        if (factor is < 2 or > MostFactor)
            throw new UsageException($"ESPCN enlarges by a whole factor from 2 to {MostFactor}: received {factor}. The paper has 2, 3 and 4.");
        initializer ??= Initializer.GlorotNormal;
        var style = ConvStyle.Plain with { Activation = activation ?? (x => x.Tanh()), Initializer = initializer };
        return Network.Build(image, x => x
            .ConvNormActivation(first, kernel: 5, style: style)
            .ConvNormActivation(second, kernel: 3, style: style)
            .SubPixelUpsample(image.Channels, factor, kernel: 3, initializer: initializer));
    }
}
