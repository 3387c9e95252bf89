using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.OnnxRuntime;

namespace FeatureMap.Workbench;

/// <summary>What is to be written as ONNX.</summary>
/// <param name="Source">A finished run or a model file; or an architecture with <see cref="Weights"/>.</param>
/// <param name="File">The file to write.</param>
public sealed record ExportRequest(string Source, string File)
{
    /// <summary>How it is written.</summary>
    public OnnxExportOptions Options { get; init; } = new();

    /// <summary>What an ONNX file that is read leaves open.</summary>
    public OnnxChoice Onnx { get; init; } = new();

    /// <summary>How many views of an image the model is asked about; they become part of the file.</summary>
    public TestTimeViews Views { get; init; }

    /// <summary>Whether the file gives probabilities at the temperature that the model keeps; see <see cref="Model.Calibrated"/>.</summary>
    public bool IsCalibrated { get; init; }

    /// <summary>For an architecture: the file with the weights of torchvision.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether ONNX Runtime runs the file, and what it gives is compared with the model.</summary>
    public bool Verify { get; init; }

    /// <summary>Where the images are that are compared on; empty for where a run had them.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];
}

/// <summary>A model that was written as a file that other programs run.</summary>
/// <param name="File">The file.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Model">What is in it.</param>
/// <param name="Options">How it was written.</param>
/// <param name="Check">What ONNX Runtime says; null where it was not asked.</param>
public sealed record ModelExport(string File, long Bytes, Model Model, OnnxExportOptions Options, ExportCheck? Check)
{
    /// <summary>Writes the file.</summary>
    /// <exception cref="DataException">The run or file is not there or broken, or the file cannot be written.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static ModelExport Write(ExportRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var single = RunInput.Model(request.Source, request.Weights, request.Onnx, registry: context.Registry);
        if (!request.IsCalibrated && single.Temperature is { } unused)
            context.Tell($"The model keeps a temperature of {unused:0.###}, and the file does not have it: its probabilities are as the "
                + "network gives them. ExportRequest.IsCalibrated puts it into the file.");
        var model = TestTimeAugmentation.Apply(request.IsCalibrated ? single.Calibrated() : single, request.Views);
        var images = request.Verify ? Images(request, model, context) : null;
        OnnxFile.Save(model, request.File, request.Options);
        var check = request.Verify ? ExportCheck.Run(model, request.File, request.Options.Input, images) : null;
        return new(request.File, new FileInfo(request.File).Length, model, request.Options, check);
    }

    /// <summary>The validation images of a run whose data is on this machine; noise alone has to do elsewhere.</summary>
    private static ImageSet? Images(ExportRequest request, Model model, WorkContext context)
    {
        var (source, folders) = (request.Source, request.Data);
        if (!RunInput.IsRun(source))
            return folders.Count == 0 ? null : DataAccess.LoadFor(model, Path.GetFileName(source), null, folders, context).Validation;
        try
        {
            var set = Evaluation.PatchesOf(
                DataAccess.Load(RunInput.Finished(source, context.Registry).Configuration, folders, context,
                    model.Network.Input).Validation, model);
            if (set.ImageShape == model.Network.Input) return set;
            if (folders.Count > 0) context.Tell($"Compared on noise alone: the images are {set.ImageShape}, and the network takes "
                + $"{model.Network.Input}.");
            return null;
        }
        catch (DataException error) when (folders.Count == 0)
        {
            context.Tell($"Compared on noise alone, as the run's data set is not at hand: {error.Message}");
            return null;
        }
    }
}
