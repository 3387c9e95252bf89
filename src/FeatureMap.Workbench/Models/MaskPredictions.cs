using System.Text;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>The mask of one picture.</summary>
/// <param name="Path">The picture.</param>
/// <param name="File">The file that the mask was written to.</param>
/// <param name="Height">Rows of both.</param>
/// <param name="Width">Columns of both.</param>
/// <param name="Pixels">How many pixels each class has.</param>
public sealed record MaskAnswer(string Path, string File, int Height, int Width, IReadOnlyList<long> Pixels)
{
    /// <summary>The share of a class, 0 to 1.</summary>
    public double Share(int label) => (double)Pixels[label] / ((long)Height * Width);
}

/// <summary>Masks that a model makes of pictures of any size, written as PNG files with a palette (<see cref="LabelMap.ToPng"/>).</summary>
/// <param name="ClassNames">The classes, by number.</param>
/// <param name="Answers">For each picture that could be read, in the order asked, what was made of it.</param>
/// <param name="Failures">Those that could not be read or whose mask could not be written, and why.</param>
public sealed record MaskPredictions(
    IReadOnlyList<string> ClassNames, IReadOnlyList<MaskAnswer> Answers, IReadOnlyList<(string Path, string Message)> Failures)
{
    /// <summary>
    /// Makes the masks. Beside a picture its mask is called like it, with <c>-mask</c> behind; those of a folder or archive stand in a
    /// folder of their own, called like it with <c>-predicted</c> behind, and are called like the pictures. Nothing that is no mask of this
    /// library is written over.
    /// </summary>
    /// <param name="model">A model whose answers are masks (<see cref="Model.GivesLabelMaps"/>).</param>
    /// <param name="request">Which pictures.</param>
    /// <param name="folder">The folder that the masks are written to; null for beside the pictures.</param>
    /// <param name="context">Told what is odd; stops the work.</param>
    /// <exception cref="DataException">A folder or archive cannot be listed or has no pictures.</exception>
    /// <exception cref="UsageException">Something is asked for that goes with classes of whole images only.</exception>
    public static MaskPredictions Of(Model model, PredictRequest request, string? folder, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.Views != TestTimeViews.One || request.IsCalibrated || request.Fit is not null)
            throw new UsageException("The network gives a class for every pixel: several views, calibrated probabilities and a fit are for "
                + "networks that tell what a whole image shows. Leave them out.");
        if (context.Device != ComputeDevice.Processor) context.Tell($"Masks are made by the processor, not by {context.Device.Name}.");
        if (request.ClassFile is { } names) model = ClassNameFile.Apply(model, names);
        var size = RunInput.IsRun(request.Source)
            ? RunConfiguration.Read(Training.RunFolder.Open(request.Source), context.Registry).Settings.Data.Images.Size : null;
        var (answers, failures) = (new List<MaskAnswer>(), new List<(string, string)>());
        var files = new MaskNames(request.Images, folder);
        foreach (var place in request.Images)
            foreach (var file in PictureFiles.Read(place))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                try
                {
                    var map = Segment(model, file, size, request.Invert, context);
                    var target = files.Write(place, file.Name, map);
                    answers.Add(new(file.Name, target, map.Height, map.Width, map.Pixels));
                }
                catch (DataException error)
                {
                    failures.Add((file.Name, error.Message));
                }
            }
        return new(model.ClassNames, answers, failures);
    }

    /// <summary>
    /// A table of areas (RFC 4180): a header, then a line for each picture. The columns are <c>file</c>, <c>mask</c>, <c>height</c>,
    /// <c>width</c>, for each class its pixels, and <c>error</c>, which says why there is no mask.
    /// </summary>
    public string ToTable()
    {
        var text = new StringBuilder();
        PredictionTable.Line(text, ["file", "mask", "height", "width", .. ClassNames, "error"]);
        foreach (var answer in Answers)
            PredictionTable.Line(text, [answer.Path, answer.File, $"{answer.Height}", $"{answer.Width}", .. answer.Pixels.Select(count =>
                $"{count}"), ""]);
        foreach (var (path, message) in Failures)
            PredictionTable.Line(text, [path, "", "", "", .. Enumerable.Repeat("", ClassNames.Count), message]);
        return text.ToString();
    }

    /// <summary>Writes the table.</summary>
    /// <exception cref="DataException">The file cannot be written.</exception>
    public void WriteTable(string file) => PredictionTable.Write(ToTable(), file);

    // Where images were scaled to learn from, this one is too, and its mask is scaled back.
    private static LabelMap Segment(Model model, PictureFile file, ImageSize? size, bool invert, WorkContext context)
    {
        var header = file.Header();
        var (height, width) = size ?? new(header.Height, header.Width);
        var shape = Shape.Image(model.Network.Input.Channels, height, width);
        if (shape.Area > ImageFile.MostPixels)
            throw new DataException($"{file.Name}: {header.Width:N0} x {header.Height:N0} pixels (width x height): masks of at most "
                + $"{ImageFile.MostPixels:N0} are made. Cut the picture into parts.");
        var pixels = file.Load(shape, ImageFit.Squash, out var notice);
        context.Tell(notice);
        if (invert) pixels = Array.ConvertAll(pixels, pixel => (byte)(255 - pixel));
        return model.Segment(pixels, shape).Resized(header.Height, header.Width);
    }
}

/// <summary>Where masks are written.</summary>
internal sealed class MaskNames(IReadOnlyList<string> places, string? folder)
{
    private readonly HashSet<string> inputs = [.. places.Where(File.Exists).Select(Path.GetFullPath)], written = [];

    /// <summary>Writes the mask of a picture of a place.</summary>
    /// <exception cref="DataException">The file is there and no mask of ours, or cannot be written.</exception>
    public string Write(string place, string picture, LabelMap map)
    {
        var target = Of(place, picture);
        var full = Path.GetFullPath(target);
        if (inputs.Contains(full) || (File.Exists(target) && !LabelMap.IsWrittenHere(target)))
            throw new DataException($"{target} is there already and no mask that was made here, so nothing is written over it. Choose "
                + "another folder for the masks.");
        if (!written.Add(full)) throw new DataException($"{picture}: its mask would be {target}, which is that of another picture of this "
            + "call. Give the pictures other names, or ask for them one by one.");
        try
        {
            if (Path.GetDirectoryName(full) is { } home) Directory.CreateDirectory(home);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{target}: the folder cannot be made: {error.Message} Choose another folder for the masks.", error);
        }
        map.Save(target);
        return target;
    }

    private string Of(string place, string picture)
    {
        var isOne = place == picture;
        var root = place.TrimEnd('/', Path.DirectorySeparatorChar);
        var inside = isOne ? Path.GetFileName(place) : picture[(root.Length + 1)..];
        var named = Path.ChangeExtension(inside, ".png");
        if (folder is not null) return Path.Combine(folder, named);
        // The folder that one is in is called "." and has a name all the same.
        if (!isOne && Path.GetFileName(root) is "." or ".." or "")
            place = root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        return isOne ? Path.Combine(Path.GetDirectoryName(place) ?? "", $"{Path.GetFileNameWithoutExtension(place)}-mask.png")
            : Path.Combine($"{(Directory.Exists(place) ? root : Path.Combine(Path.GetDirectoryName(place) ?? "", Path.GetFileName(place).Split('.')[0]))}-predicted", named);
    }
}
