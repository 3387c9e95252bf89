using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Detection from classification: a network that has learned to tell digits apart learns to find them in scenes, against the same network from scratch, with equal epochs on the scenes.
/// Sources: Redmon et al., arXiv 1506.02640 (the grid); Girshick et al., "Rich feature hierarchies", CVPR 2014 (classify first, then detect).
/// </summary>
internal sealed class DetectionLab : Lab
{
    private const int ScenesShown = 8;

    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Epochs on the scenes, for both", 30, 1, 10_000);
    private static readonly LabSetting<int> Seeds = LabSetting.Whole("seeds", "Pairs of trainings, with seeds that follow each other", 3, 1, 100);
    private static readonly LabSetting<int> Scenes = LabSetting.Whole("scenes", "Scenes to learn from", 1000, 2, 1_000_000);
    private static readonly LabSetting<int> TestScenes = LabSetting.Whole("test-scenes", "Scenes to judge by", 400, 1, 1_000_000);
    private static readonly LabSetting<int> Side = LabSetting.Whole("side", "Rows and columns of a scene, a multiple of 8", 64, 40, 1024);
    private static readonly LabSetting<int> DigitEpochs = LabSetting.Whole("digit-epochs", "Epochs of the classifier", 4, 1, 10_000);
    private static readonly LabSetting<int> DigitImages = LabSetting.Whole("digit-images", "Digits that the classifier learns from, and that stand in the scenes; 0 for all", 10_000, 0);
    private static readonly LabSetting<double> Rate = LabSetting.Real("learning-rate", "Highest learning rate of Adam", 0.004, 1e-6, 1);
    private static readonly LabSetting<int> BatchSize = LabSetting.Whole("batch-size", "Images per step", 32, 2, 10_000);

    public override string Name => "detection";

    public override string Title => "Detection from classification";

    public override string Question => "Does a detector learn better when its backbone was a classifier before?";

    public override string Dataset => "mnist";

    public override string Needs => "mnist (or the digits in the library)";

    public override IReadOnlyList<LabSetting> Settings => [Epochs, Seeds, Scenes, TestScenes, Side, DigitEpochs, DigitImages, Rate, BatchSize];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "2"), ("seeds", "1"), ("scenes", "64"), ("test-scenes", "32"), ("digit-epochs", "1"), ("digit-images", "512")];

    public override LabPlan Plan(LabSettings settings, int? images = null) => new(3 * settings.Get(Seeds), settings.Get(Seeds)
        * ((settings.Get(DigitEpochs) * LabPlan.Of(settings.Get(DigitImages), images))
            + (2L * settings.Get(Epochs) * settings.Get(Scenes))));

    public override void Run(LabRun run)
    {
        var digits = Digits(run);
        var side = run.Get(Side);
        if (side % GridDetector.Stride != 0) throw new UsageException($"The side of a scene must be a multiple of {GridDetector.Stride}, so that the detector's cells cover it: received {side}. Set side to {side / GridDetector.Stride * GridDetector.Stride}.");
        var grid = new BoxGrid(Shape.Image(1, side, side), side / GridDetector.Stride, side / GridDetector.Stride, digits.ClassCount);
        // Scenes to judge by are the same for all seeds, and of digits that no training has seen.
        var judged = new DigitScenes(digits.Validation, grid, seed: 0, part: 1, run.Get(TestScenes));
        var pairs = Enumerable.Range(0, run.Get(Seeds)).Select(i => Train(run, digits, grid, judged, run.Seed + (ulong)i)).ToList();
        Describe(run, digits, grid, judged);
        Report(run, digits, pairs);
        Pictures(run, grid, judged, pairs[0]);
    }

    private static SplitData Digits(LabRun run)
    {
        var all = run.Data();
        return run.Get(DigitImages) is var count && count > 0 && count < all.Training.Count ? new SplitData(all.Name, all.Training.Take(count), all.Validation, all.Source, all.Notice) { Origin = all.Origin } : all;
    }

    private static DetectorPair Train(LabRun run, SplitData digits, BoxGrid grid, DigitScenes judged, ulong seed)
    {
        var normalization = Normalization.Of(digits.Training);
        var classifier = run.Train($"classifier, seed {seed}", GridDetector.Classifier(digits.ImageShape, digits.ClassCount), digits, Options(run, seed, run.Get(DigitEpochs)) with
        {
            Normalization = normalization,
            Augmentation = new RandomAffine { ShiftPixels = 2, Zoom = 0.2f },
        });
        var scenes = new DigitScenes(digits.Training, grid, seed, part: 0, run.Get(Scenes));
        var data = new SplitData("scenes", scenes.Images, judged.Images, $"scenes of {digits.Name}");
        var network = GridDetector.Build(grid);
        var options = Options(run, seed, run.Get(Epochs)) with { Normalization = normalization, Loss = Loss.Detection(grid) };
        var scratch = run.Train($"from scratch, seed {seed}", network, data, options);
        var tuned = run.Train($"from the classifier, seed {seed}", network, data, options with { InitialWeights = GridDetector.WithBackbone(network, classifier.Model.Weights, seed) });
        return new(classifier, scratch, tuned, Judge(run, scratch, grid, judged), Judge(run, tuned, grid, judged));
    }

    private static TrainingOptions Options(LabRun run, ulong seed, int epochs) => new()
    {
        Epochs = epochs,
        BatchSize = run.Get(BatchSize),
        Seed = seed,
        Optimizer = new Adam(),
        Schedule = new OneCycle(run.Get(Rate)),
        TensorBoard = false,
    };

    // The mean first, then each class.
    private static List<double?> Judge(LabRun run, LabTraining training, BoxGrid grid, DigitScenes judged) => run.Measure($"mAP, {training.Name}", () =>
    {
        var precision = AveragePrecision.Of(judged.Boxes, GridDetector.Find(training.Model, grid, judged.Images, run.Threads), grid.ClassCount);
        return ((double[])[precision.Mean, .. precision.PerClass]).Select(value => double.IsFinite(value) ? value : (double?)null).ToList();
    });

    private static void Describe(LabRun run, SplitData digits, BoxGrid grid, DigitScenes judged)
    {
        var (side, network) = (grid.Image.Height, GridDetector.Build(grid));
        run.Page.Section("What was done", $"A scene of {side} x {side} pixels has none to four digits at random places, between torn pieces of others, under noise; one in ten is empty. The detector cuts it into {grid.Shape.Height} x {grid.Shape.Width} cells, and the cell in which the middle of a digit lies says where and what it is. "
                + "Two detectors with the same layers learn the same scenes for the same epochs. One starts from scratch; the other takes over the backbone of a network that was trained to tell single digits apart.")
            .Facts(
                new("Digits", $"{digits.Name}: {Number(digits.Training.Count, "N0")} in the scenes to learn from, {Number(digits.Validation.Count, "N0")} others in those to judge by"),
                new("Scenes", $"{Number(run.Get(Scenes), "N0")} to learn from, other ones for each seed; {Number(judged.Images.Count, "N0")} to judge by, with {Number(judged.Boxes.Sum(boxes => boxes.Count), "N0")} digits, {judged.Boxes.Count(boxes => boxes.Count == 0)} of them empty"),
                new("Detector", $"{network.Input} -> {network.Output}, {Number(network.TrainableCount, "N0")} parameters"),
                new("Loss", Loss.Detection(grid).Name),
                new("Epochs", $"{run.Get(DigitEpochs)} on digits, {run.Get(Epochs)} on scenes"))
            .Text("mAP@0.5 is the mean over the ten digits of the area under the curve of precision over recall, at all points; a box is right where it has the right class and at least half of its union with the true box in common. Before that, of overlapping boxes of one class only the surest stays (non-maximum suppression at 0.45).");
    }

    private static void Report(LabRun run, SplitData digits, List<DetectorPair> pairs)
    {
        double scratch = pairs.Average(pair => pair.ScratchPrecision[0] ?? 0), tuned = pairs.Average(pair => pair.TunedPrecision[0] ?? 0);
        run.Page.Headline = ($"{Percent(tuned)} against {Percent(scratch)}", "mAP@0.5 with and without a classifier before");
        run.Page.Section("Result", tuned > scratch
                ? $"The detector that was a classifier before is better by {Number((tuned - scratch) * 100, "0.0")} points on average."
                : "With these settings the classifier before did not help: more epochs or more scenes leave it less to give.")
            .Table(new ReportTable(
                ["Seed", "mAP from scratch", "mAP from the classifier", "Classifier's accuracy"],
                [
                    .. pairs.Select((pair, i) => (IReadOnlyList<string>)[$"{run.Seed + (ulong)i}", Percent(pair.ScratchPrecision[0]), Percent(pair.TunedPrecision[0]), Percent(pair.Classifier.Accuracy)]),
                    ["mean", Percent(scratch), Percent(tuned), Percent(pairs.Average(pair => pair.Classifier.Accuracy))],
                ]), marked: [pairs.Count])
            .Add(Curves("Loss on the scenes to judge by", pairs, epoch => epoch.ValidationLoss))
            .Add(Curves("Loss on the scenes to learn from", pairs, epoch => epoch.TrainLoss))
            .Table(new ReportTable(
                ["Digit", "Average precision from scratch", "from the classifier"],
                [.. digits.Training.ClassNames.Select((name, label) => (IReadOnlyList<string>)[name, Percent(MeanOf(pairs, pair => pair.ScratchPrecision[label + 1])), Percent(MeanOf(pairs, pair => pair.TunedPrecision[label + 1]))])]),
                "Average precision of each digit, mean over the seeds.");
    }

    private static LinePlot Curves(string title, List<DetectorPair> pairs, Func<EpochRecord, double> value) => new()
    {
        Title = title,
        Caption = "Mean over the seeds.",
        Across = "epoch",
        Lines = [new PlotLine("from scratch", Mean(pairs.Select(pair => pair.Scratch.Curve(value)))), new PlotLine("from the classifier", Mean(pairs.Select(pair => pair.Tuned.Curve(value))))],
    };

    private static IReadOnlyList<(double X, double Y)> Mean(IEnumerable<IReadOnlyList<(double X, double Y)>> curves)
    {
        var all = curves.ToList();
        return [.. Enumerable.Range(0, all.Min(curve => curve.Count)).Select(i => (all[0][i].X, all.Average(curve => curve[i].Y)))];
    }

    private static void Pictures(LabRun run, BoxGrid grid, DigitScenes judged, DetectorPair pair)
    {
        var shown = judged.Images.Take(ScenesShown);
        var pictures = new List<PagePicture>();
        foreach (var (training, words) in new[] { (pair.Scratch, "from scratch"), (pair.Tuned, "from the classifier") })
            foreach (var (boxes, scene) in GridDetector.Find(training.Model, grid, shown, run.Threads).Select((boxes, scene) => (boxes, scene)))
                pictures.Add(new(new ReportImage(shown.Pixels(scene).ToArray(), shown.ImageShape), $"Scene {scene + 1}, {words}")
                {
                    Boxes =
                    [
                        .. judged.Boxes[scene].Select(thing => new PictureBox(thing.Box.X, thing.Box.Y, thing.Box.Width, thing.Box.Height)),
                        .. boxes.Where(box => box.Score >= 0.4).Select(box => new PictureBox(box.Box.X, box.Box.Y, box.Box.Width, box.Box.Height, $"{box.Class} {Number(box.Score * 100, "0")}", 1)),
                    ],
                });
        run.Page.Section("Pictures", "The first scenes to judge by: the true boxes, and over them those that a detector is at least 40 % sure of, with the digit that it reads and how sure it is in per cent.")
            .Add(new PictureGrid { Pictures = pictures, Columns = 4, Side = 240 });
    }

    private static double? MeanOf(List<DetectorPair> pairs, Func<DetectorPair, double?> value) => pairs.Select(value).Average();

    private static string Percent(double? share) => share is { } given && double.IsFinite(given) ? (given * 100).ToString("0.0", CultureInfo.InvariantCulture) + "\u00A0%" : "–";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What one seed gave.</summary>
    private sealed record DetectorPair(LabTraining Classifier, LabTraining Scratch, LabTraining Tuned, List<double?> ScratchPrecision, List<double?> TunedPrecision);
}
