using FeatureMap.Blocks;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>How a decoder comes back to a larger map.</summary>
public enum UpsamplingKind
{
    /// <summary>Transposed convolution 2x2 with stride 2, the "up-convolution" of the paper: every output pixel has exactly one tap, so it draws no checkerboard by overlap.</summary>
    Transposed,

    /// <summary>Nearest neighbours, then a 3x3 convolution: smooth whatever the weights are.</summary>
    Resize,

    /// <summary>A 3x3 convolution to four times the channels, then a pixel shuffle, started by ICNR.</summary>
    SubPixel,
}

/// <summary>
/// U-Net: a number for every pixel. The way down sees more and more of the image, the way up says where; on each level what was seen on the way down is joined to it.
/// <code>
/// x -- 3x3 3x3, C ------------------------------------- concat -- 3x3 3x3, C -- 1x1
///       \ pool                                      up /
///        3x3 3x3, 2C ------------------ concat -- 3x3 3x3, 2C
///         \ pool                    up /
///          ...                      ...
/// </code>
/// The convolutions here keep the size (the paper's lose a pixel on each side and have the skips cropped), so that the output is as large as the image, whatever its
/// size: where 2 does not divide a side, the last pixel is pooled alone and the map that comes up is cut. Source: Ronneberger, Fischer and Brox, "U-Net", arXiv 1505.04597, figure 1.
/// </summary>
public static partial class UNet
{
    private const int MostDepth = 8;

    /// <summary>Builds the network.</summary>
    /// <param name="image">Shape of an image, at least 2^depth pixels high and wide.</param>
    /// <param name="outputChannels">Numbers per pixel: 1 for foreground and background (a sigmoid behind it), or one per class.</param>
    /// <param name="width">Channels of the first level; they double with every level. 64 in the paper.</param>
    /// <param name="depth">How often the map is halved; 4 in the paper.</param>
    /// <param name="upsampling">How the map is doubled again.</param>
    /// <param name="dropout">Probability of the dropout at the end of the way down; 0 for none.</param>
    /// <param name="style">What comes with each 3x3 convolution: <see cref="ConvStyle.Plain"/> by default, as in the paper; <see cref="ConvStyle.Normalized"/> trains faster.</param>
    /// <exception cref="UsageException">The depth is below 1 or above 8.</exception>
    /// <exception cref="ShapeException">The image is too small for the depth, or a number of channels is below 1.</exception>
    public static Network Build(
        Shape image, int outputChannels, int width = 64, int depth = 4, UpsamplingKind upsampling = UpsamplingKind.Transposed, float dropout = 0, ConvStyle? style = null)
    {
        if (depth is < 1 or > MostDepth)
            throw new UsageException($"A U-Net halves its image between 1 and {MostDepth} times: received a depth of {depth}. The paper has 4.");
        if (width < 1)
            throw new ShapeException($"The first level of a U-Net has at least 1 channel: received a width of {width}. The paper has 64.");
        style ??= ConvStyle.Plain;
        return SizedNetwork.Build($"U-Net of depth {depth}", image, x =>
        {
            var skips = new Stack<Feature>();
            for (var level = 0; level < depth; level++)
            {
                x = x.TwoConvolutions(width << level, style, $"down{level + 1}");
                skips.Push(x);
                x = x.MaxPool(2, ceilMode: true);
            }
            x = x.TwoConvolutions(width << depth, style, "bottom");
            if (dropout > 0) x = x.Dropout(dropout);
            for (var level = depth - 1; level >= 0; level--)
            {
                var (channels, skip) = (width << level, skips.Pop());
                x = x.Scope($"up{level + 1}", x => Join(skip, x.Doubled(channels, upsampling)).TwoConvolutions(channels, style, null));
            }
            return x.Conv(outputChannels, kernel: 1, name: "head");
        }, cure: "use a smaller depth");
    }

    private static Feature TwoConvolutions(this Feature x, int channels, ConvStyle style, string? name) =>
        x.Scope(name, x => x.ConvNormActivation(channels, kernel: 3, style: style).ConvNormActivation(channels, kernel: 3, style: style));

    private static Feature Doubled(this Feature x, int channels, UpsamplingKind upsampling) => upsampling switch
    {
        UpsamplingKind.Resize => x.ResizeConv(channels, factor: 2),
        UpsamplingKind.SubPixel => x.SubPixelUpsample(channels, factor: 2),
        _ => x.ConvTranspose(channels, kernel: 2, stride: 2),
    };

    /// <summary>The skip first, as in the paper's figure; what came up loses the row and column that an odd side did not have.</summary>
    private static Feature Join(Feature skip, Feature up) =>
        skip.Concat(up.Shape.Height == skip.Shape.Height && up.Shape.Width == skip.Shape.Width ? up : up.Crop(skip.Shape.Height, skip.Shape.Width, top: 0, left: 0));
}
