namespace FeatureMap.Networks;

/// <summary>In which order the numbers of an image stand in memory.</summary>
public enum PixelLayout
{
    /// <summary>Channel by channel, row by row (CHW): the first channel of all pixels, then the second. FeatureMap's own order.</summary>
    Planar,

    /// <summary>
    /// Pixel by pixel (HWC): red, green and blue of the first pixel, then of the next, as decoders and cameras give them.
    /// </summary>
    Interleaved,
}
