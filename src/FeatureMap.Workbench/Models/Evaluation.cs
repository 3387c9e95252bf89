using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What is to be judged, and on what.</summary>
/// <param name="Source">A finished run, a model file or an ONNX file.</param>
public sealed record EvaluationRequest(string Source)
{
    /// <summary>For a model file: the name of the data set, unless <see cref="Data"/> are the data themselves.</summary>
    public string? Dataset { get; init; }

    /// <summary>Where the data are; empty for where a run had them, or everywhere.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>How many views of an image the model is asked about.</summary>
    public TestTimeViews Views { get; init; }

    /// <summary>Threads to use; null for as many as the run was trained with. The result does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>SIMD register width. The result does not depend on it.</summary>
    public LaneWidth Lanes { get; init; } = LaneWidth.Automatic;

    /// <summary>Where the images of a table are, and in which columns; null for what the run has, or the table says. Nothing else of it is
    /// used.</summary>
    public ClassFolderOptions? Table { get; init; }

    /// <summary>What an ONNX file leaves open.</summary>
    public OnnxChoice Onnx { get; init; } = new();

    /// <summary>Whether a temperature is measured on these images and kept in the model, see <see cref="TemperatureScaling"/>.</summary>
    public bool Calibrates { get; init; }

    /// <summary>Whether the probabilities are those at the temperature that the model keeps.</summary>
    public bool IsCalibrated { get; init; }

    /// <summary>For a detector: <c>train</c>, <c>validation</c> or <c>test</c>; null for the part that it is judged by.</summary>
    public string? Part { get; init; }
}

/// <summary>A finished run on the validation images of its data set, or a model file on those of any.</summary>
/// <param name="Name">What the run or file is called.</param>
/// <param name="Location">The full path of the run or file.</param>
/// <param name="Model">What was judged, without the views.</param>
/// <param name="Data">On what: its validation images.</param>
/// <param name="Result">What came out, image by image.</param>
public sealed record Evaluation(string Name, string Location, Model Model, SplitData Data, EvaluationResult Result)
{
    /// <summary>Class by class and mistake by mistake; null where the network makes no choice between classes, or gives no
    /// numbers.</summary>
    public Judgement? Judgement { get; init; }

    /// <summary>The same images at the temperature that was measured and kept; null where none was.</summary>
    public Judgement? AfterCalibration { get; init; }

    /// <summary>The label maps over the whole set, class by class; null where the targets are none, or the network gives other
    /// ones.</summary>
    public SegmentationJudgement? Segmentation { get; init; }

    /// <summary>Label by label; null where the images have no several labels.</summary>
    public MultiLabelJudgement? Labels { get; init; }

    /// <summary>Number by number; null where the images have no numbers.</summary>
    public QuantityJudgement? Quantities { get; init; }

    /// <summary>Numbers of the images that were taken for another class, in their order.</summary>
    public IEnumerable<int> Mistakes =>
        Enumerable.Range(0, Data.Validation.Count).Where(i => Result.Predicted[i] != Data.Validation.Label(i));

    /// <summary>Judges.</summary>
    /// <exception cref="DataException">The run, the file or the data are not there, or do not go together.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static Evaluation Run(EvaluationRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        var source = request.Source;
        CheckCalibration(request);
        if (request.Part is not null)
            throw new UsageException("EvaluationRequest.Part is for detectors; other models are judged on the validation images.");
        var (name, location, model, split, loss, threads) = Directory.Exists(source) ? OfRun(request, context) : OfFile(request, context);
        if (loss is null && split.Validation.Targets is null && model.Network.OutputValues == OutputValues.IndependentProbabilities)
        {
            context.Tell(model.Network.Output.Channels == 1 && split.ClassCount == 2
                ? $"The network ends in one sigmoid: it is taken for the probability of {split.Validation.ClassNames[1]}."
                : "The network ends in a sigmoid: the loss is the binary cross-entropy, which takes each label for a question of its own.");
        }
        var judged = TestTimeAugmentation.Apply(request.IsCalibrated ? model.Calibrated() : model, request.Views);
        var areMaps = SegmentationJudgement.Fits(judged, split.Validation);
        if (areMaps) loss ??= judged.Network.OutputValues == OutputValues.Scores && judged.Network.Output.Channels == Masks.OutputsOf(split)
            ? Masks.LossOf(split.ClassCount) : Loss.Custom("share", scope => scope.Mean((scope.Output - scope.Target).Abs()));
        // The loss is that of patches, as the training has it; what is judged is the whole image.
        var result = judged.Evaluate(areMaps ? PatchesOf(split.Validation, judged) : split.Validation, loss, request.Threads ?? threads,
            request.Lanes, device: context.Device);
        if (result.Values.Count(double.IsNaN) is var missing and > 0)
            context.Tell($"What the network gives for {missing:N0} of {split.Validation.Count:N0} images is not a number, so there is "
                + "no accuracy. Its weights or its normalisation are broken.");
        var kind = split.Validation.Targets?.Kind;
        if (request.Calibrates && kind is TargetKind.Labels or TargetKind.Quantities)
            throw new UsageException($"A temperature is measured of a choice between classes, and {split.Name} has "
                + $"{split.Validation.Targets}.");
        var judgement = result.Values.Any(double.IsNaN) ? null : result.Judgement;
        if (request.Calibrates && judgement is null)
            throw new UsageException($"{name} makes no choice between classes, so there are no probabilities whose temperature could be "
                + "measured.");
        var temperature = request.Calibrates ? judgement!.BestTemperature() : (double?)null;
        if (temperature is { } measured) Keep(source, model.WithTemperature(measured));
        return new(name, location, model.WithTemperature(temperature ?? model.Temperature), split, result)
        {
            Judgement = judgement,
            Labels = kind == TargetKind.Labels ? MultiLabelJudgement.Of(judged, split.Validation, threads: request.Threads ?? threads)
                : null,
            Quantities = kind == TargetKind.Quantities ? QuantityJudgement.Of(judged, split.Validation, request.Threads ?? threads) : null,
            AfterCalibration = temperature is { } kept ? judgement!.At(kept) : null,
            Segmentation = areMaps ? SegmentationJudgement.Of(judged, split.Validation,
                request.Threads ?? threads) : null,
        };
    }

    /// <summary>A set as a network for patches of its images reads it, see <see cref="ImageTiles"/>; itself where it reads the
    /// images.</summary>
    internal static ImageSet PatchesOf(ImageSet set, Model model) => set.ImageShape == model.Network.Input
        || set.ImageShape.Height < model.Network.Input.Height || set.ImageShape.Width < model.Network.Input.Width ? set
        : set.CoveringTiles(model.Network.Input.Height, model.Network.Input.Width);

    private static void CheckCalibration(EvaluationRequest request)
    {
        if (!request.Calibrates) return;
        if (request.IsCalibrated)
            throw new UsageException("A temperature is measured of the model as it is, and EvaluationRequest.IsCalibrated asks for the "
                + "one that it keeps: take one of them.");
        if (request.Views != TestTimeViews.One)
            throw new UsageException("A temperature is measured of the image alone, and several views are asked for: leave them out.");
        if (RunInput.IsOnnx(request.Source) || (!Directory.Exists(request.Source)
            && Path.GetFileName(request.Source) != ModelFile.WeightsName))
            throw new UsageException($"{request.Source} cannot keep a temperature: a run folder or a {ModelFile.WeightsName} can.");
    }

    // The run stays what it was but for one number in the metadata of its model.
    private static void Keep(string source, Model model)
    {
        using var held = RunInput.IsRun(source) ? RunFolder.Open(source).Hold() : null;
        ModelFile.Save(model, Directory.Exists(source) ? source : Path.GetDirectoryName(Path.GetFullPath(source))!);
    }

    private static (string, string, Model, SplitData, Loss?, int) OfRun(EvaluationRequest request, WorkContext context)
    {
        request.Onnx.MustBeEmpty(request.Source);
        var (folder, configuration, model) = RunInput.Finished(request.Source, context.Registry);
        var split = DataAccess.Load(configuration, request.Data, context, model.Network.Input,
            DataAccess.ForTable(model, request.Data, request.Table));
        DataAccess.CheckClasses($"The run {folder.Name}", model, split);
        if (configuration.OnlyInCode.FirstOrDefault(custom => custom.Setting == "loss").What is { } own)
            context.Tell($"The run was trained with a loss of its program, {own}, which nobody else has: the loss told here is the "
                + "usual one.");
        var settings = configuration.Settings;
        return (folder.Name, folder.Location, model, split, settings.ToOptions(split).Loss, settings.Training.Threads);
    }

    private static (string, string, Model, SplitData, Loss?, int) OfFile(EvaluationRequest request, WorkContext context)
    {
        // Where a file takes images of any size, it takes them as they come.
        var model = RunInput.Model(
            request.Source, choice: request.Onnx,
            shape: _ => DataAccess.Load(DataSource.Of(request.Dataset, request.Data), context, request.Table).ImageShape,
                registry: context.Registry);
        var name = Path.GetFileName(request.Source);
        var split = DataAccess.LoadFor(model, name, request.Dataset, request.Data, context, request.Table);
        return (name, Path.GetFullPath(request.Source), model, split, null, 0);
    }
}
