using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;

namespace FeatureMap.Zoo;

/// <summary>How near a picture that was made smaller and larger again is to the original, by the network and by bicubic interpolation.</summary>
/// <param name="Name">The picture.</param>
/// <param name="BicubicPsnr">PSNR of bicubic interpolation, in dB.</param>
/// <param name="Psnr">PSNR of the network, in dB.</param>
/// <param name="BicubicSsim">SSIM of bicubic interpolation.</param>
/// <param name="Ssim">SSIM of the network.</param>
internal sealed record PictureScore(string Name, double BicubicPsnr, double Psnr, double BicubicSsim, double Ssim);

/// <summary>
/// A test picture and what the network and bicubic interpolation make of it. The protocol is that of the literature: luminance, cut to a multiple of the factor, made smaller by
/// <see cref="BicubicResize"/>; a border of as many pixels as the factor is not judged.
/// </summary>
internal sealed class RestoredPicture
{
    private readonly int factor;

    private RestoredPicture(Picture original, int factor)
    {
        original = original.CropToMultiple(this.factor = factor);
        // Set5 calls its files baby_GT.bmp, for "ground truth".
        Original = original.Name.EndsWith("_GT", StringComparison.Ordinal) ? new Picture(original.Name[..^3], original.Shape, original.Pixels.ToArray()) : original;
        Luminance = LumaChroma.Luminance(Original);
        Bicubic = BicubicResize.ThereAndBack(Luminance, factor);
        Small = BicubicResize.Apply(Original, Original.Shape.Height / factor, Original.Shape.Width / factor);
        Restored = Bicubic;
    }

    /// <summary>The picture as it was, cut to a multiple of the factor.</summary>
    public Picture Original { get; }

    /// <summary>Its luminance.</summary>
    public Picture Luminance { get; }

    /// <summary>The small picture, in the colours of the original.</summary>
    public Picture Small { get; }

    /// <summary>What bicubic interpolation makes of the small luminance.</summary>
    public Picture Bicubic { get; }

    /// <summary>What the network makes of the small luminance.</summary>
    public Picture Restored { get; private init; }

    /// <summary>Restores a picture.</summary>
    public static RestoredPicture Of(Picture original, Upscaler upscaler)
    {
        var plain = new RestoredPicture(original, upscaler.Factor);
        var (height, width) = (plain.Small.Shape.Height, plain.Small.Shape.Width);
        // The luminance is made smaller, not the luminance of the smaller picture: so the literature does it.
        return new RestoredPicture(original, upscaler.Factor) { Restored = upscaler.Enlarge(BicubicResize.Apply(plain.Luminance, height, width)) };
    }

    /// <summary>PSNR of the network, in dB.</summary>
    public double Psnr => PictureQuality.Psnr(Restored, Luminance, factor);

    /// <summary>PSNR of bicubic interpolation, in dB.</summary>
    public double BicubicPsnr => PictureQuality.Psnr(Bicubic, Luminance, factor);

    /// <summary>All figures of the picture.</summary>
    public PictureScore Score() => new(Original.Name, BicubicPsnr, Psnr, PictureQuality.Ssim(Bicubic, Luminance, factor), PictureQuality.Ssim(Restored, Luminance, factor));

    /// <summary>A luminance with the colours of the small picture, as it is looked at.</summary>
    public Picture InColour(Picture luminance) => LumaChroma.Recolour(luminance, Small);

    /// <summary>The window in which the network is most ahead of bicubic interpolation: the part worth looking at.</summary>
    /// <param name="side">Sides of the window.</param>
    public (int Top, int Left) BestWindow(int side)
    {
        var shape = Luminance.Shape;
        var gains = new long[(shape.Height + 1) * (shape.Width + 1)]; // gains[y, x] = sum over all pixels above and left of (y, x)
        for (var y = 0; y < shape.Height; y++)
            for (var x = 0; x < shape.Width; x++)
            {
                var at = (y * shape.Width) + x;
                long before = Bicubic.Pixels[at] - Luminance.Pixels[at], now = Restored.Pixels[at] - Luminance.Pixels[at];
                var i = ((y + 1) * (shape.Width + 1)) + x + 1;
                gains[i] = (before * before) - (now * now) + gains[i - 1] + gains[i - shape.Width - 1] - gains[i - shape.Width - 2];
            }
        var best = (Gain: long.MinValue, Top: 0, Left: 0);
        for (var top = factor; top <= shape.Height - side - factor; top++)
            for (var left = factor; left <= shape.Width - side - factor; left++)
            {
                int upper = (top * (shape.Width + 1)) + left, lower = upper + (side * (shape.Width + 1));
                var gain = gains[lower + side] - gains[lower] - gains[upper + side] + gains[upper];
                if (gain > best.Gain) best = (gain, top, left);
            }
        return (best.Top, best.Left);
    }
}
