using System.Runtime.InteropServices;
using FeatureMap.Data;
using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>Pixels as they are in a file, on their way into a network.</summary>
internal static class GroupPixels
{
    /// <summary>
    /// Puts the pixels of a group's images, prepared and normalised by the arithmetic of training's loader, so that the bits are those of
    /// validation.
    /// </summary>
    /// <param name="group">The images, with <see cref="WorkFloats"/> to work in.</param>
    /// <param name="pixels">Image after image.</param>
    /// <param name="shape">The shape of one: the network may be one for another size than the model's own.</param>
    /// <param name="model">How pixels become numbers.</param>
    /// <param name="layout">The order of the pixels of an image.</param>
    public static void PutPixels(
        this in ImageGroup group, ReadOnlySpan<byte> pixels, Shape shape, Model model, PixelLayout layout = PixelLayout.Planar)
    {
        var steps = StepsOf(layout, shape);
        if (model.Preparation is NoAugmentation)
        {
            for (var channel = 0; channel < shape.Channels; channel++)
                group.Put(
                    0, channel, pixels[Start(layout, shape, channel)..], steps,
                    model.Normalization.Scale(channel), model.Normalization.Offset(channel));
            return;
        }
        var numbers = group.Work[..pixels.Length];
        var planar = MemoryMarshal.AsBytes(group.Work[^BytesOf(shape)..])[..shape.Count];
        for (var start = 0; start < pixels.Length; start += shape.Count)
        {
            var image = pixels.Slice(start, shape.Count);
            for (var channel = 0; channel < shape.Channels && layout != PixelLayout.Planar; channel++)
                for (var i = 0; i < shape.Area; i++)
                    planar[(channel * shape.Area) + i] = image[(i * steps.Pixel) + channel];
            model.Read(layout == PixelLayout.Planar ? image : planar, shape, numbers.Slice(start, shape.Count));
        }
        group.Put(0, numbers);
    }

    /// <summary>What <see cref="PutPixels"/> needs to work in: the prepared images of a group, and the pixels of one in planar order.</summary>
    public static long WorkFloats(Model model, Shape shape) =>
        model.Preparation is NoAugmentation ? 0 : ((long)ImageGroup.Most * shape.Count) + BytesOf(shape);

    /// <summary>Puts numbers as they are, which a network reads: image after image in the order of the layout.</summary>
    public static void PutNumbers(this in ImageGroup group, ReadOnlySpan<float> numbers, Shape shape, PixelLayout layout)
    {
        for (var channel = 0; channel < shape.Channels; channel++)
            group.Put(0, channel, numbers[Start(layout, shape, channel)..], StepsOf(layout, shape));
    }

    // Floats that hold the bytes of an image.
    private static int BytesOf(Shape shape) => (shape.Count + sizeof(float) - 1) / sizeof(float);

    private static NumberSteps StepsOf(PixelLayout layout, Shape shape) =>
        new(shape.Count, layout == PixelLayout.Planar ? 1 : shape.Channels);

    private static int Start(PixelLayout layout, Shape shape, int channel) => layout == PixelLayout.Planar ? channel * shape.Area : channel;
}
