using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Zoo;

/// <summary>A way from a small map to a large one, of one learned layer, behind the same body of two convolutions.</summary>
/// <param name="Name">What it is called on the page.</param>
/// <param name="What">What it does, in a sentence.</param>
/// <param name="Layer">The layer: input, output channels, factor.</param>
internal sealed record Upsampler(string Name, string What, Func<Feature, int, int, Feature> Layer)
{
    /// <summary>The five ways that are compared. Their multiply-adds are alike, between (2r - 1)² and 4 r² per input pixel and pair of channels (9 r² for the last three).</summary>
    public static IReadOnlyList<Upsampler> All { get; } =
    [
        new("transposed, uneven", "A transposed convolution whose stride does not divide the kernel (2r - 1): neighbouring pixels get different numbers of products.", (x, channels, factor) => Transposed(x, channels, factor, (2 * factor) - 1)),
        new("transposed, even", "A transposed convolution whose stride divides the kernel (2r): all pixels get four products, of different weights.", (x, channels, factor) => Transposed(x, channels, factor, 2 * factor)),
        new("sub-pixel", "A 3x3 convolution to r x r channels and a pixel shuffle; all weights drawn on their own.", (x, channels, factor) =>
            x.Conv(channels * factor * factor, 3, padding: 1).PixelShuffle(factor)),
        new("sub-pixel, ICNR", "The same, but the r x r kernels of a pixel start as copies of one: nearest-neighbour enlargement at first.", (x, channels, factor) =>
            x.SubPixelUpsample(channels, factor)),
        new("nearest + convolution", "Enlarges by repeating pixels, then a 3x3 convolution on the large map.", (x, channels, factor) =>
            x.ResizeConv(channels, factor)),
    ];

    /// <summary>The body of ESPCN with this layer in place of its last.</summary>
    public Network Build(Shape image, int factor, double mean, double deviation) => Network.Build(image, x => Layer(
        x.Conv(64, 5, padding: 2).Tanh().Conv(32, 3, padding: 1).Tanh(), 1, factor)
        .Multiply(deviation).Add(mean));

    /// <summary>How many products reach each output pixel of the layer alone.</summary>
    public OverlapMap Overlap(int factor) => OverlapMap.Forward(Network.Build(new Shape(1, 12, 12), x => Layer(x, 1, factor)));

    // The output is exactly factor times as large: (i - 1) r + k - 2 p + more = i r.
    private static Feature Transposed(Feature x, int channels, int factor, int kernel)
    {
        var padding = (kernel - factor + 1) / 2;
        return x.ConvTranspose(channels, kernel, stride: factor, padding: padding, outputPadding: (2 * padding) - (kernel - factor));
    }
}
