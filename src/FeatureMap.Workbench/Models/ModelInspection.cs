using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Reports;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What is to be looked into.</summary>
/// <param name="Source">A finished run, a model file or an ONNX file.</param>
public sealed record InspectRequest(string Source)
{
    /// <summary>Image files; without any, mistakes and right answers of the validation images are chosen.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>The layer of Grad-CAM and of the favourite images; the last one with a plane where null.</summary>
    public string? Layer { get; init; }

    /// <summary>The class, by name or number, that the maps ask about; the one that the network sees where null.</summary>
    public string? Class { get; init; }

    /// <summary>For a model file: the name of the data set, unless <see cref="Data"/> are the data themselves.</summary>
    public string? Dataset { get; init; }

    /// <summary>Where the data are; empty for where a run had them, or everywhere.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Whether images of another size than the network takes are scaled.</summary>
    public bool Resize { get; init; }

    /// <summary>Whether dark and light are exchanged in the image files.</summary>
    public bool Invert { get; init; }

    /// <summary>The page, or a folder for <see cref="ModelInspection.PageName"/>; the folder of the run, or this one, where null.</summary>
    public string? Out { get; init; }

    /// <summary>What an ONNX file leaves open.</summary>
    public OnnxChoice Onnx { get; init; } = new();

    /// <summary>The command that makes the page again, which it shows; empty for none.</summary>
    public string Command { get; init; } = "";
}

/// <summary>A look into a trained network, and the page that shows it.</summary>
/// <param name="Inspection">What was found.</param>
/// <param name="Page">The full path of the page.</param>
public sealed record ModelInspection(Inspection Inspection, string Page)
{
    /// <summary>What the page is called where nothing else is asked for.</summary>
    public const string PageName = "inspect.html";

    /// <summary>Looks into the model and writes the page.</summary>
    /// <exception cref="DataException">The run, a file or the data are not there, or do not go together; or the page cannot be
    /// written.</exception>
    /// <exception cref="UsageException">There is no such layer or class, or nothing to look at.</exception>
    public static ModelInspection Write(InspectRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var (path, files) = (request.Source, request.Images);
        var model = RunInput.Model(
            path, choice: request.Onnx,
            shape: channels => files.Count > 0 ? ImageInput.ShapeOf(files[0], channels)
                : request.Dataset is null && request.Data.Count == 0 ? null
                : DataAccess.Load(DataSource.Of(request.Dataset, request.Data), context).ImageShape,
            registry: context.Registry);
        if (model.GivesLabelMaps)
            throw new UsageException("The network gives a class for every pixel, and what is looked into here is why a whole image is "
                + $"called what it is called. What its layers make of a patch, and its dead units, are in the report: RunReport.Write of "
                    + $"{ShownPath.Of(path)}");
        // What is wrong with a name is said before anything is computed.
        var chosen = request.Class is { } text ? ClassOf(model, text) : (int?)null;
        var fit = ImageInput.FitFor(path, request.Resize, model);
        byte[] Read(string file)
        {
            var pixels = ImageInput.Read(model, PictureFiles.Read(file).First(), fit, request.Invert, out var notice);
            context.Tell(notice);
            return pixels;
        }

        var read = files.Select(file => new InspectedImage(file, Read(file))).ToList();
        var set = Images(request, model, context);
        var inspection = Inspection.Of(model, read, new InspectionOptions { Layer = request.Layer, ClassIndex = chosen, Data = set });
        var page = PagePath(path, request.Out);
        InspectionPage.Write(page, set is null ? RunInput.NameOf(path) : $"{set.Name}: inside {RunInput.NameOf(path)}", inspection,
            request.Command);
        return new(inspection, page);
    }

    /// <summary>The validation images: those of the run, or those that are asked for. With images given they may be missing.</summary>
    private static ImageSet? Images(InspectRequest request, Model model, WorkContext context)
    {
        var (path, places, hasImages) = (request.Source, request.Data, request.Images.Count > 0);
        if (RunInput.IsRun(path))
        {
            try
            {
                var split = DataAccess.Load(RunInput.Finished(path, context.Registry).Configuration, places, context, model.Network.Input);
                DataAccess.CheckClasses($"The run {Path.GetFileName(Path.TrimEndingDirectorySeparator(path))}", model, split);
                return split.Validation;
            }
            catch (DataException error) when (hasImages && places.Count == 0)
            {
                context.Tell($"The data of the run are left out: {error.Message}");
                return null;
            }
        }
        if (request.Dataset is null && places.Count == 0)
            return hasImages ? null : throw new UsageException("Give images to look at, or the data to choose them from: "
                + "InspectRequest.Images or InspectRequest.Dataset");
        return DataAccess.LoadFor(model, Path.GetFileName(path), request.Dataset, places, context).Validation;
    }

    private static int ClassOf(Model model, string text)
    {
        var named = model.ClassNames.ToList().IndexOf(text);
        if (named >= 0) return named;
        var classes = model.Network.Output.Channels;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < classes) return number;
        throw new UsageException($"The network has no class '{text}'.{NearestName.Suggest(text, model.ClassNames)} A class is given by its "
            + $"name, or by its number from 0 to {classes - 1}.");
    }

    private static string PagePath(string source, string? given)
    {
        var usual = Directory.Exists(source) ? Path.GetFullPath(source) : Environment.CurrentDirectory;
        if (given is null) return Path.Combine(usual, PageName);
        if (given.EndsWith(".html", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(given)) return Path.GetFullPath(given);
        try
        {
            return Path.Combine(Directory.CreateDirectory(given).FullName, PageName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The folder {given} cannot be made: {error.Message.TrimEnd('.')}. Choose another place with "
                + "InspectRequest.Out.", error);
        }
    }
}
