using FeatureMap.Networks;
using FeatureMap.Ops;

namespace FeatureMap.Blocks;

/// <summary>
/// Two ways to a larger map that do not draw checkerboards as a transposed convolution may. Both cost the same multiply-adds; the sub-pixel way has r x r times
/// the weights for them, the other one is smooth whatever its weights are. Sources: Odena et al., "Deconvolution and checkerboard artifacts", Distill 2016;
/// Shi et al., arXiv 1609.05158; Aitken et al., arXiv 1707.02937.
/// </summary>
public static class Upsampling
{
    /// <summary>
    /// Sub-pixel convolution: a convolution to channels x r x r at the resolution of the input, then a pixel shuffle. The weights start by ICNR, so that all sub-pixels
    /// of a pixel are equal at first.
    /// </summary>
    /// <param name="x">The map to enlarge.</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="factor">r: height and width grow by it.</param>
    /// <param name="kernel">Height and width of the kernel; the size is kept whatever it is.</param>
    /// <param name="order">How the sub-pixels are numbered among the channels.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the kernels that the sub-pixels share start; He normal by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    /// <exception cref="UsageException">The factor is below 1 or above 1,000.</exception>
    /// <exception cref="ShapeException">Too many channels.</exception>
    public static Feature SubPixelUpsample(
        this Feature x, int channels, int factor, int kernel = 3, ChannelOrder order = ChannelOrder.ColumnRowDepth, bool bias = true, Initializer? initializer = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        var icnr = Initializer.Icnr(factor, initializer, order);
        var packed = (long)channels * factor * factor;
        if (channels < 1 || packed > int.MaxValue)
            throw new ShapeException($"A sub-pixel convolution to {channels:N0} channels with factor {factor} would have {channels:N0} x {factor} x {factor} = {packed:N0} kernels; between 1 and {int.MaxValue:N0} are possible.");
        return x.Scope(name, x => x.Conv((int)packed, kernel, padding: Padding.Half(kernel), bias: bias, initializer: icnr).PixelShuffle(factor, order));
    }

    /// <summary>Resize convolution: enlarges, by default nearest, then convolves at the new resolution.</summary>
    /// <param name="x">The map to enlarge.</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="factor">Height and width grow by it.</param>
    /// <param name="kernel">Height and width of the kernel; the size is kept whatever it is.</param>
    /// <param name="mode">How the map is enlarged.</param>
    /// <param name="bias">Whether each output adds a learned constant.</param>
    /// <param name="initializer">How the weights start; He normal by default.</param>
    /// <param name="name">Common name of the block's layers; none by default.</param>
    public static Feature ResizeConv(
        this Feature x, int channels, int factor, int kernel = 3, ResizeMode mode = ResizeMode.Nearest, bool bias = true, Initializer? initializer = null, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Scope(name, x => x.Upsample(factor, mode).Conv(channels, kernel, padding: Padding.Half(kernel), bias: bias, initializer: initializer));
    }
}
