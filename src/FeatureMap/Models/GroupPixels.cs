using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>Pixels as they are in a file, on their way into a network.</summary>
internal static class GroupPixels
{
    /// <summary>
    /// Puts the pixels of a group's images, normalised by the arithmetic of training's loader, so that the bits are those of validation.
    /// </summary>
    /// <param name="group">The images.</param>
    /// <param name="pixels">Image after image.</param>
    /// <param name="shape">The shape of one.</param>
    /// <param name="normalization">How pixels become numbers.</param>
    /// <param name="layout">The order of the pixels of an image.</param>
    public static void PutPixels(
        this in ImageGroup group, ReadOnlySpan<byte> pixels, Shape shape, Normalization normalization,
        PixelLayout layout = PixelLayout.Planar)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            group.Put(
                0, channel, pixels[Start(layout, shape, channel)..], StepsOf(layout, shape),
                normalization.Scale(channel), normalization.Offset(channel));
    }

    /// <summary>Puts numbers as they are.</summary>
    /// <inheritdoc cref="PutPixels"/>
    public static void PutNumbers(this in ImageGroup group, ReadOnlySpan<float> numbers, Shape shape, PixelLayout layout)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            group.Put(0, channel, numbers[Start(layout, shape, channel)..], StepsOf(layout, shape));
    }

    private static NumberSteps StepsOf(PixelLayout layout, Shape shape) =>
        new(shape.Count, layout == PixelLayout.Planar ? 1 : shape.Channels);

    private static int Start(PixelLayout layout, Shape shape, int channel) => layout == PixelLayout.Planar ? channel * shape.Area : channel;
}
