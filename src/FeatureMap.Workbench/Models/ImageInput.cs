using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Image files for a model.</summary>
internal static class ImageInput
{
    /// <summary>The shape of a picture, with so many channels where somebody says it; of a folder or archive that of its first.</summary>
    public static Shape ShapeOf(string path, int? channels) =>
        PictureFiles.Read(path).First().Header() is var header ? new Shape(channels ?? header.Channels, header.Height, header.Width) : default;

    /// <summary>How files of other sizes are made to fit; null where they are not.</summary>
    /// <param name="source">The run or model file.</param>
    /// <param name="resize">Whether they shall be, where neither model nor run says so.</param>
    /// <param name="model">The model: it may keep how its own pictures were made to fit.</param>
    public static ImageFit? FitFor(string source, bool resize, Model model) => model.Fit ?? RunInput.FitOf(source, resize);

    /// <summary>The pixels of a file as a model takes them.</summary>
    public static byte[] Read(Model model, PictureFile file, ImageFit? fit, bool invert, out string? notice)
    {
        var pixels = file.Load(model.Network.Input, fit, out notice);
        return invert ? Array.ConvertAll(pixels, pixel => (byte)(255 - pixel)) : pixels;
    }
}
