using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A picture that a network for super-resolution has enlarged.</summary>
/// <param name="Small">The picture as it was.</param>
/// <param name="Large">The enlarged picture.</param>
/// <param name="File">The PNG file that was written.</param>
/// <param name="BicubicFile">The same by bicubic interpolation; null where it was not asked for.</param>
public sealed record EnlargedPicture(Picture Small, Picture Large, string File, string? BicubicFile)
{
    /// <summary>Enlarges a picture and writes it.</summary>
    /// <param name="source">A finished lab <c>super-resolution</c>, one of its trainings, or a model file.</param>
    /// <param name="image">A PNG, JPEG or BMP file of any size.</param>
    /// <param name="file">The PNG file to write; the name of the picture with x2, x3 or x4 behind it where null.</param>
    /// <param name="bicubic">Whether the same by bicubic interpolation is written too, to compare.</param>
    /// <param name="threads">Threads to use; 0 for one per logical processor.</param>
    /// <exception cref="DataException">A file is not there or cannot be written, or the lab has no trained network.</exception>
    /// <exception cref="ShapeException">The network does not enlarge pictures.</exception>
    public static EnlargedPicture Write(string source, string image, string? file = null, bool bicubic = false, int threads = 0)
    {
        using var upscaler = new Upscaler(Model(source), threads);
        var picture = Picture.Load(image);
        var target = file ?? Path.Combine(Path.GetDirectoryName(image) ?? "", $"{picture.Name}-x{upscaler.Factor}.png");
        var large = upscaler.Apply(picture);
        large.Save(target);
        var beside = Path.Combine(Path.GetDirectoryName(target) ?? "", $"{Path.GetFileNameWithoutExtension(target)}-bicubic.png");
        var other = bicubic ? beside : null;
        if (other is not null) BicubicResize.Apply(picture, large.Shape.Height, large.Shape.Width).Save(other);
        return new(picture, large, target, other);
    }

    // The folder of the lab has no model of its own, but that of its training.
    private static Model Model(string path) =>
        System.IO.File.Exists(Path.Combine(path, LabConfiguration.FileName)) ? ModelFile.Load(Training(path)) : RunInput.Model(path);

    private static string Training(string folder)
    {
        var training = Path.Combine(folder, SuperResolutionLab.TrainingName);
        return System.IO.File.Exists(Path.Combine(training, ModelFile.WeightsName))
            ? training
            : throw new DataException($"The lab in {folder} has no trained network '{SuperResolutionLab.TrainingName}': it is not the lab "
                + $"super-resolution, or was stopped before its end. Go on with it: LabArguments.Resume = {ShownPath.Of(folder)}");
    }
}
