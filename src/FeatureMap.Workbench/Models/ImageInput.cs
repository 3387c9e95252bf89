using FeatureMap.Data;
using FeatureMap.Models;

namespace FeatureMap.Workbench;

/// <summary>Image files for a model.</summary>
internal static class ImageInput
{
    /// <summary>The shape of a picture, with so many channels where somebody says it.</summary>
    public static Shape ShapeOf(string path, int? channels) =>
        Picture.Load(path).Shape is var shape ? new Shape(channels ?? shape.Channels, shape.Height, shape.Width) : default;

    /// <summary>The pixels of a file as a model takes them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="resize">Whether an image of another size is scaled.</param>
    /// <param name="invert">Whether dark and light are exchanged.</param>
    /// <param name="context">Told what is odd about it.</param>
    public static byte[] Read(Model model, string path, bool resize, bool invert, WorkContext context)
    {
        // A model that learned from files of any size takes them: as in training, or each side by itself where nothing says how.
        var pixels = model.Fit is { } fit ? ImageFile.Load(path, model.Network.Input, fit, out var notice)
            : ImageFile.Load(path, model.Network.Input, resize, out notice);
        context.Tell(notice);
        return invert ? Array.ConvertAll(pixels, pixel => (byte)(255 - pixel)) : pixels;
    }
}
