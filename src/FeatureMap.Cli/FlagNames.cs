using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Extensions;
using FeatureMap.Studio;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary>The library says in terms of its API what helps; this says the same in those of the command line.</summary>
internal static class FlagNames
{
    /// <summary>
    /// What the library and the workbench say, and what the user of the tool types for it. In order: what begins like another comes before.
    /// </summary>
    public static IReadOnlyList<(string Said, string Typed)> All { get; } =
    [
        ("resize: true", "--resize"),
        ("Get it with OnnxRuntimePackage.Restore", "Get it with 'featuremap doctor --get onnxruntime'"),
        ("withFreshHead: true", "--set fresh-head=true"),
        ("a folder that is writable", "a folder that is writable with --out"),
        ("Network.Lint explains", "featuremap lint explains"),
        (Named<TrainingOptions>(nameof(TrainingOptions.Resume)), "--resume"),
        (Named<DataOptions>(nameof(DataOptions.Folders)), "--data"),
        ("set unreadable=skip", "use --unreadable skip"),
        ("DataCheck.Of names", "'featuremap data check' names"),
        ("set task=classes", "use --task classes"),
        ("set task=table", "use --task table"),
        ("image-folder=FOLDER", "--images FOLDER"),
        ("The setting image-folder", "--images"),
        ("label-column=", "--label-column "),
        ("mask-classes=", "--mask-classes "),
        ("by mask-classes", "by --mask-classes"),
        ("another folder for the masks", "another folder by --masks"),
        ("another folder for the drawings", "another folder by --draw"),
        ("file-column=", "--file-column "),
        (Named<ImageColours>(nameof(ImageColours.Colour)), "--set image-colours=colour"),
        (Named<LintOptions>(nameof(LintOptions.Ignored)), "--ignore"),
        (Named<LintOptions>(nameof(LintOptions.Target)), "--target"),
        (Named<LintOptions>(nameof(LintOptions.ObjectSize)), "--object-size"),
        (Named<LintOptions>(nameof(LintOptions.BatchSize)), "--batch"),
        (Named<LintOptions>(nameof(LintOptions.ParameterBudget)), "--parameter-budget"),
        (Named<LintOptions>(nameof(LintOptions.MultiplyAddBudget)), "--mac-budget"),
        ("Start anew, without TrainArguments.Resume", "Start anew: featuremap train"),
        ("TrainArguments.Resume = ", "featuremap train --resume "),
        (Named<TrainArguments>(nameof(TrainArguments.Resume)), "--resume"),
        (Named<TrainArguments>(nameof(TrainArguments.Out)), "--out"),
        (Named<TrainArguments>(nameof(TrainArguments.Data)), "--data"),
        (Named<TrainArguments>(nameof(TrainArguments.NoLint)), "--no-lint"),
        ("LabArguments.Resume = ", "featuremap lab --resume "),
        (Named<LabArguments>(nameof(LabArguments.Resume)), "--resume"),
        (Named<LabArguments>(nameof(LabArguments.Out)), "--out"),
        (Named<PredictRequest>(nameof(PredictRequest.Invert)), "--invert"),
        ("PredictRequest.ClassFile is", "Give them by --classes FILE:"),
        (Named<EvaluationRequest>(nameof(EvaluationRequest.IsCalibrated)), "--calibrated"),
        (Named<ExportRequest>(nameof(ExportRequest.IsCalibrated)), "--calibrated"),
        (Named<ImageClassifierOptions>(nameof(ImageClassifierOptions.Calibrated)), "--calibrated"),
        (Named<EvaluationRequest>(nameof(EvaluationRequest.Part)), "--part"),
        ("AnnotationCheck.Of names all", "'featuremap annotations check' names all"),
        ("Judgement.Of(model, validation).BestTemperature()", "featuremap evaluate RUN --calibrate"),
        (Named<InspectRequest>(nameof(InspectRequest.Out)), "--out"),
        ("InspectRequest.Images or InspectRequest.Dataset",
            "featuremap inspect model.onnx seven.png, or featuremap inspect model.onnx --dataset mnist"),
        ("another place for the sheet", "another place with --out"),
        ("RecipeSettings.LearningRate = ", "--set learning-rate="),
        ("torchvision's as the argument weights, or train it with RecipeSettings.Network = ",
            "torchvision's: --weights FILE.pth, or train it: featuremap train --set network="),
        ("The argument weights", "--weights"),
        ("leave image and classes out", "leave --input and --classes out"),
        ("Network.Lint of ", "featuremap lint "),
        ("RunReport.Write of ", "featuremap report "),
        ("PretrainedWeights.Fetch of ", "featuremap weights get "),
        ("Start lower, with lowest: ", "Start lower: --from "),
        ("Set OnnxChoice.Output = ", "On the command line: --output "),
        ("Set OnnxChoice.Input = ", "On the command line: --input "),
        (Named<StudioOptions>(nameof(StudioOptions.Port)), "--port"),
        ("AnnotatedSet.Open reads them, and DetectionData.Open makes images of them that a detector learns from",
            "featuremap annotations info reads them, and featuremap train without a recipe trains a detector on them"),
        ("AnnotationOptions.FirstPixel = ", "--first-pixel "),
        (Named<AnnotationOptions>(nameof(AnnotationOptions.FirstPixel)), "--first-pixel"),
        (Named<AnnotationOptions>(nameof(AnnotationOptions.ClassNames)), "--classes"),
        (Named<AnnotationOptions>(nameof(AnnotationOptions.Format)), "--format"),
        (Named<OnnxChoice>(nameof(OnnxChoice.Output)), "--output"),
        (Named<OnnxChoice>(nameof(OnnxChoice.Input)), "--input"),
    ];

    /// <summary>A text of the library for the user of the tool.</summary>
    public static string In(string text) =>
        All.Aggregate(text, (said, name) => said.Replace(name.Said, name.Typed, StringComparison.Ordinal));

    private static string Named<T>(string member) => $"{typeof(T).Name}.{member}";
}
