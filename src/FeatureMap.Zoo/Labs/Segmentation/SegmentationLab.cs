using System.Globalization;
using FeatureMap.Analysis;
using FeatureMap.Blocks;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// A small U-Net finds the membranes between cells in electron-microscopy images: trained on patches that are flipped, turned and bent at random, judged on whole images that it never saw.
/// Source of data and task: Cardona et al., PLoS Biology 8(10), 2010, and the ISBI 2012 segmentation challenge; of the network: Ronneberger, Fischer and Brox, arXiv 1505.04597.
/// </summary>
internal sealed class SegmentationLab : Lab
{
    // The images that are held out are the same whatever the seed, so that trainings can be compared.
    private const ulong SplitSeed = 0;

    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "Epochs of training", 60, 1, 10_000);
    private static readonly LabSetting<int> Patches = LabSetting.Whole("patches", "Patches cut from each image in an epoch", 16, 1, 10_000);
    private static readonly LabSetting<int> PatchSize = LabSetting.Whole("patch-size", "Rows and columns of a patch; they must divide those of the images", 128, 16, 4096);
    private static readonly LabSetting<int> Width = LabSetting.Whole("width", "Channels of the U-Net's first level", 16, 1, 256);
    private static readonly LabSetting<int> Depth = LabSetting.Whole("depth", "How often the U-Net halves its map", 3, 1, 6);
    private static readonly LabSetting<int> BatchSize = LabSetting.Whole("batch-size", "Patches per step", 32, 2, 1000);
    private static readonly LabSetting<double> Rate = LabSetting.Real("learning-rate", "Highest learning rate of Adam", 0.004, 1e-6, 1);
    private static readonly LabSetting<int> HeldOut = LabSetting.Whole("held-out", "Images kept apart to judge by", 4, 1, 1000);
    private static readonly LabSetting<int> Overlap = LabSetting.Whole("overlap", "Pixels that the tiles of a prediction have in common", 48, 0, 2048);

    private static readonly LabSetting<int> IgnoreValue = LabSetting.Whole("ignore-value", "Number of the mask pixels that count for "
        + "nothing, such as 255; 0 for none", 0, 0, ushort.MaxValue);

    public override string Name => "segmentation";

    public override string Title => "Segmentation: membranes by a U-Net";

    public override string Question => "How many pixels does a small U-Net get right after some minutes on a processor?";

    public override string Needs => "membranes.zip, or any folder or archive with image/ and label/";

    public override IReadOnlyList<LabSetting> Settings => [Epochs, Patches, PatchSize, Width, Depth, BatchSize, Rate, HeldOut, Overlap, IgnoreValue];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("epochs", "2"), ("patches", "4"), ("patch-size", "32"), ("width", "4"), ("depth", "2"), ("batch-size", "16"), ("overlap", "8"), ("held-out", "1")];

    public override LabPlan Plan(LabSettings settings, int? images = null) => new(1, 0);

    public override void Run(LabRun run)
    {
        var set = ImagePairs.Open(
            run.FindFile("membranes.zip", "It holds image/N.png with label/N.png, 24 images of 512x512 from the ISBI 2012 challenge; any folder or zip of that name with image/ and label/ will do."),
            new ImagePairOptions { ClassNames = ["membrane", "cell"], IgnoreValue = run.Get(IgnoreValue) is > 0 and var ignored ? ignored : null });
        if (set.Notice is { } notice) run.Notice(notice);
        var (training, heldOut) = Split(set, run.Get(HeldOut));
        var patch = run.Get(PatchSize);
        var network = UNet.Build(Shape.Image(set.ImageShape.Channels, patch, patch), 1, run.Get(Width), run.Get(Depth), style: ConvStyle.Normalized);
        var data = new SplitData(set.Name, training, heldOut.Tiles(patch, patch), $"{training.Count} + {heldOut.Count} images with masks");
        var options = new TrainingOptions
        {
            Epochs = run.Get(Epochs),
            BatchSize = run.Get(BatchSize),
            Seed = run.Seed,
            Optimizer = new Adam(),
            Schedule = new OneCycle(run.Get(Rate)),
            Loss = Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid),
            TensorBoard = false,
            Sampler = Sampler.Repeat(run.Get(Patches)),
            Augmentation = Augmentation.Sequence(
                new RandomCrop { Height = patch, Width = patch }, new RandomHorizontalFlip(), new RandomQuarterTurns(),
                new ElasticDeformation(200, 16) { FillMode = FillMode.Reflect }, new ColorJitter(0.15f, 0.15f)),
        };
        var trained = run.Train($"u-net, seed {run.Seed}", network, data, options);
        var judged = run.Measure("held-out images", () => Judge(run, trained.Model, heldOut));
        Describe(run, data, heldOut, network, options);
        float[][] maps = [.. Enumerable.Range(0, heldOut.Count).Select(i => Scores(run, trained.Model, heldOut, i))];
        Report(run, trained, judged, Together(heldOut, maps));
        new SegmentationPictures(run.Page, heldOut, maps).Write();
    }

    private static SegmentationJudgement Together(ImageSet set, float[][] maps)
    {
        var targets = set.Targets!;
        var counts = new SegmentationCounts(targets.ClassNames, targets.IgnoreValue);
        for (var image = 0; image < maps.Length; image++)
            counts.Add(set.ImageShape.Height, set.ImageShape.Width, Array.ConvertAll(maps[image], score => (byte)(score > 0 ? 1 : 0)),
                targets.Bytes(set.TargetOf(image)));
        return counts.Judge();
    }

    private static (ImageSet Training, ImageSet HeldOut) Split(ImageSet set, int heldOut)
    {
        if (heldOut >= set.Count) throw new UsageException($"{set.Name} has {set.Count} images: {heldOut} cannot be held out and any left to learn from. Set held-out to at most {set.Count - 1}.");
        return set.Split((double)heldOut / set.Count, SplitSeed);
    }

    private static float[] Scores(LabRun run, Model model, ImageSet set, int image) =>
        model.ComputeTiled(set.Pixels(image), set.ImageShape, Math.Min(run.Get(Overlap), run.Get(PatchSize) - 1), run.Threads);

    private static List<SegmentationScore> Judge(LabRun run, Model model, ImageSet heldOut)
    {
        var scores = new List<SegmentationScore>();
        for (var i = 0; i < heldOut.Count; i++)
        {
            run.ThrowIfStopped();
            var plain = Scores(run, model, heldOut, i);
            var turned = Orientations.Mean(heldOut.Pixels(i), heldOut.ImageShape, (pixels, shape) => model.ComputeTiled(pixels, shape, Math.Min(run.Get(Overlap), run.Get(PatchSize) - 1), run.Threads));
            scores.Add(SegmentationScore.Of(heldOut, i, plain, turned));
        }
        return scores;
    }

    private static void Describe(LabRun run, SplitData data, ImageSet heldOut, Network network, TrainingOptions options) => run.Page
        .Section("What was done", $"A U-Net whose first level has {run.Get(Width)} channels and that halves its map {run.Get(Depth)} times learns from random patches: each is cut anywhere, mirrored, turned by quarters, bent like rubber, and made a little lighter or darker; its mask is moved alike. "
            + "The loss is binary cross-entropy plus Dice. The held-out images are never trained on; after training they are covered by overlapping tiles, and each pixel is taken from the tile in which it lies farthest from an edge.")
        .Facts(
            new("Data", $"{data.Name}: {data.Training.Count} images of {data.Training.ImageShape} to learn from, {heldOut.Count} to judge by"),
            new("Network", $"{network.Input} -> {network.Output}, {Number(network.TrainableCount, "N0")} parameters, {Number(network.MultiplyAdds / 1e6, "N0")} million MACs per patch"),
            new("Patches seen", $"{Number((double)options.Epochs * run.Get(Patches) * data.Training.Count, "N0")}"),
            new("Augmentation", $"{options.Augmentation}"),
            new("Loss", options.Loss!.Name),
            new("Training", $"{options.Epochs} epochs, batch {options.BatchSize}, {options.Optimizer}, one cycle up to {Number(run.Get(Rate), "G3")}"));

    private static void Report(LabRun run, LabTraining trained, List<SegmentationScore> scores, SegmentationJudgement together)
    {
        double Mean(Func<SegmentationScore, double> value) => scores.Average(value);
        run.Page.Headline = (Percent(Mean(score => score.PixelError)), "of the held-out pixels are wrong");
        run.Page.Section("Held-out images", "Pixel error is the share of pixels with the wrong class; IoU is the common part of found and true pixels of a class, divided by those that either has. "
                + "The last two columns are the mean of eight predictions, of the image mirrored and turned, as the paper does.")
            .Table(new ReportTable(
                ["Image", "Pixel error", "IoU membrane", "IoU cell", "Pixel error, 8 turned", "IoU membrane, 8 turned"],
                [
                    .. scores.Select(score => (IReadOnlyList<string>)[score.Name, Percent(score.PixelError), Percent(score.MembraneIoU), Percent(score.CellIoU), Percent(score.TurnedPixelError), Percent(score.TurnedMembraneIoU)]),
                    ["mean", Percent(Mean(score => score.PixelError)), Percent(Mean(score => score.MembraneIoU)), Percent(Mean(score => score.CellIoU)), Percent(Mean(score => score.TurnedPixelError)), Percent(Mean(score => score.TurnedMembraneIoU))],
                ]), "Of each image by itself, and the mean over images.", marked: [scores.Count])
            .Text($"The pixels of all images counted together, as benchmarks do: mIoU {Percent(together.MeanIntersectionOverUnion)}, Dice "
                + $"{Percent(together.MeanDice)}, {Percent(1 - together.PixelAccuracy)} of the pixels wrong, F of the edges "
                + $"{Number(together.MeanBoundaryF, "0.000")} within {Percent(SegmentationJudgement.BoundaryTolerance)} of the diagonal.")
            .Section("Learning", "After each epoch the held-out images are judged in tiles without overlap; the final figures above are of whole images.")
            .Add(new LinePlot { Title = "Loss", Lines = [new PlotLine("training", trained.Curve(epoch => epoch.TrainLoss)), new PlotLine("held out", trained.Curve(epoch => epoch.ValidationLoss))], Across = "epoch" })
            .Add(new LinePlot { Title = "Pixel error", Lines = [new PlotLine("training", trained.Curve(epoch => epoch.TrainMetric)), new PlotLine("held out", trained.Curve(epoch => epoch.ValidationMetric))], Across = "epoch", Format = value => (value * 100).ToString("0.0", CultureInfo.InvariantCulture) + "\u00A0%" });
    }

    internal static string Percent(double share) => (share * 100).ToString("0.00", CultureInfo.InvariantCulture) + "\u00A0%";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>How well one image was segmented.</summary>
internal sealed record SegmentationScore(string Name, double PixelError, double MembraneIoU, double CellIoU, double TurnedPixelError, double TurnedMembraneIoU)
{
    /// <param name="set">Images with masks of two classes.</param>
    /// <param name="image">Which.</param>
    /// <param name="scores">A number per pixel: above 0 for the second class.</param>
    /// <param name="turned">The same, mean over eight orientations.</param>
    public static SegmentationScore Of(ImageSet set, int image, float[] scores, float[] turned)
    {
        var target = new float[scores.Length];
        set.Targets!.Write(set.TargetOf(image), target);
        // -1 is a pixel that counts for nothing.
        float[] other = [.. target.Select(label => label < 0 ? label : 1 - label)];
        var shape = set.Targets.Shape;
        var (error, overlap) = (Metric.PixelError(), Metric.IntersectionOverUnion());
        return new(
            set.FileOf(image)!,
            Value(error, scores, target), Value(overlap, Negative(scores), other), Value(overlap, scores, target),
            Value(error, turned, target), Value(overlap, Negative(turned), other));

        double Value(Metric metric, float[] output, float[] wanted) => metric.Of(new MetricSample(new MetricNumbers(output, shape), new MetricNumbers(wanted, shape), hasIgnored: set.Targets.IgnoreValue is not null));
    }

    // The first class is where the score is not above 0.
    private static float[] Negative(float[] scores) => [.. scores.Select(score => score > 0 ? -1f : 1f)];
}
