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
    public static ImageFit? FitFor(PredictRequest request)
    {
        var images = RunInput.IsRun(request.Source) ? RunConfiguration.Read(RunFolder.Open(request.Source)).Settings.Data.Images : null;
        if (request.Fit is { } fit) return fit;
        return request.Resize || images?.Size is not null ? images?.Fit ?? ImageFit.Crop() : null;
    }

    /// <summary>The pixels of a file as a model takes them.</summary>
    public static byte[] Read(Model model, PictureFile file, ImageFit? fit, bool invert, out string? notice)
    {
        var pixels = file.Load(model.Network.Input, fit, out notice);
        return invert ? Array.ConvertAll(pixels, pixel => (byte)(255 - pixel)) : pixels;
    }

    /// <summary>The pixels of a file as a model takes them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="resize">Whether an image of another size is scaled.</param>
    /// <param name="invert">Whether dark and light are exchanged.</param>
    /// <param name="context">Told what is odd about it.</param>
    public static byte[] Read(Model model, string path, bool resize, bool invert, WorkContext context)
    {
        // A model that learned from files of any size takes them as it did in training.
        var fit = model.Fit ?? (resize ? ImageFit.Crop() : null);
        var pixels = fit is null ? ImageFile.Load(path, model.Network.Input, resize, out var notice)
            : ImageFile.Load(path, model.Network.Input, fit, out notice);
        context.Tell(notice);
        return invert ? Array.ConvertAll(pixels, pixel => (byte)(255 - pixel)) : pixels;
    }
}
