using System.Text;
using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A detector on a part of its pictures.</summary>
/// <param name="Name">What the run or file is called.</param>
/// <param name="Location">Its full path.</param>
/// <param name="Detector">What was judged.</param>
/// <param name="Data">The pictures and what is in them.</param>
/// <param name="Part">Which part, as people call it.</param>
/// <param name="Images">Its images.</param>
/// <param name="Found">What was found in each, in pixels of the pictures, low scores included.</param>
/// <param name="Judgement">What it is worth.</param>
public sealed record DetectionEvaluation(
    string Name, string Location, Detector Detector, DetectionData Data, string Part, ImageSet Images,
    IReadOnlyList<IReadOnlyList<DetectedBox>> Found, DetectionJudgement Judgement)
{
    private const int MostPictures = 24;

    /// <summary>Judges.</summary>
    /// <param name="detector">What <see cref="DetectorInput.Find"/> gave for the source of the request.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="context">Told what was recognised of data that are not the run's own.</param>
    /// <exception cref="DataException">The data are not there, or have other classes.</exception>
    /// <exception cref="UsageException">A choice is for classifiers, or there is no such part.</exception>
    public static DetectionEvaluation Run(Detector detector, EvaluationRequest request, WorkContext context)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(context);
        if (request.Calibrates || request.IsCalibrated || request.Views != TestTimeViews.One)
            throw new UsageException("Temperatures and several views of an image are for classifiers, and this is a detector: leave them "
                + "out.");
        if (context.Device != ComputeDevice.Processor)
            context.Tell($"A detector is judged by the processor, not by {context.Device.Name}.");
        var configuration = RunInput.IsRun(request.Source)
            ? RunConfiguration.Read(Training.RunFolder.Open(request.Source), context.Registry) : null;
        var data = configuration is null ? BoxAccess.LoadFor(detector.Model, request.Data, context)
            : BoxAccess.LoadAgain(configuration, request.Data, context);
        var split = configuration is null ? data.Split : configuration.Settings.Choose(data.Split);
        if (configuration is not null) context.Tell(configuration.Data.Difference(split));
        var images = request.Part switch
        {
            null or "validation" or "val" => split.Validation,
            "train" or "training" => split.Training,
            "test" => data.Test ?? throw new UsageException($"{data.Set.Location} has no part test besides what it is judged by: leave "
                + $"the part "
                + "out."),
            var other => throw new UsageException($"A part is train, validation or test: received "
                + $"'{other}'.{NearestName.Suggest(other, ["train", "validation", "test"])}"),
        };
        var found = data.Detect(detector, images, request.Threads ?? 0);
        return new(RunInput.NameOf(request.Source), Path.GetFullPath(request.Source), detector, data,
            request.Part is null or "val" ? "validation" : request.Part, images, found, data.Judge(images, found));
    }

    /// <summary>
    /// What was found as comma-separated values: a line for each box with <c>file</c>, <c>class</c>, <c>score</c>, and <c>x</c>, <c>y</c>,
    /// <c>width</c>, <c>height</c> in pixels of the picture.
    /// </summary>
    public void WriteCsv(string file)
    {
        var text = new StringBuilder();
        DetectionTable.Header(text);
        for (var image = 0; image < Images.Count; image++)
            DetectionTable.Lines(text, Images.FileOf(image)!, Found[image], Detector.ClassNames);
        PredictionTable.Write($"{text}", file);
    }

    /// <summary>The judged detector as a page: classes, what is taken for what, and pictures with what is there and what was
    /// found.</summary>
    public void WritePage(string file) => Page().Write(file);

    /// <summary>Makes the page.</summary>
    public Page Page()
    {
        var least = Judgement.BestScore;
        var page = new Page(Name, "Evaluation", $"{Images.Count:N0} {Part} pictures with {Judgement.Precision.Things:N0} things.")
        {
            Headline = (ReportText.Percent(Judgement.Precision.Mean), "mAP, least overlap 0.5"),
        };
        page.Section("What was judged").Facts(
            new ReportFact("Detector", Location), new ReportFact("Data", $"{Data.Set.Name}, {Data.Set.Location}"),
            new ReportFact("COCO", $"{Judgement.Coco}"),
            new ReportFact("Best least score", $"{least:0.00}, at which F1 is highest"));
        return page.Detected(Judgement, Pictures(least));
    }

    private PagePicture[] Pictures(double least)
    {
        var count = Math.Min(MostPictures, Images.Count);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * Images.Count / count))];
        var (shape, size) = (Images.ImageShape, new ImageSize(Images.ImageShape.Height, Images.ImageShape.Width));
        return [.. chosen.Select(image =>
        {
            var picture = Data.PictureOf(Images, image);
            var placement = BoxPlacement.Of(Data.Fit, picture.Height, picture.Width, size);
            return DetectionSections.Picture(new ReportImage(Images.Pixels(image).ToArray(), shape), picture.File,
                Data.TruthOf(Images, image).Select(thing => placement.Into(thing.Box)),
                Found[image].Select(box => box with { Box = placement.Into(box.Box) }), least, Detector.ClassNames);
        })];
    }
}
