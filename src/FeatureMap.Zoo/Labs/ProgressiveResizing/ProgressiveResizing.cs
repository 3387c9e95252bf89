using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// Small images first, then large ones: a network that ends in the mean over all places has parameters that do not depend on the size, so what was learned cheaply on small images
/// is the start on large ones. Against large images only, for as many epochs and for as much work.
/// </summary>
internal sealed class ProgressiveResizing : Lab
{
    private static readonly LabSetting<int> SmallSize = LabSetting.Whole("small-size", "Side of the small images in pixels; 0 for half of the large ones", 0, 0, 65_536);
    private static readonly LabSetting<int> SmallEpochs = LabSetting.Whole("small-epochs", "Passes over the training images while they are small", 6, 1, 1000);
    private static readonly LabSetting<int> LargeEpochs = LabSetting.Whole("large-epochs", "Passes afterwards, while they are large", 2, 1, 1000);
    private static readonly LabSetting<int> Seeds = LabSetting.Whole("seeds", "Trainings of each way, with seeds that follow each other", 3, 1, 100);
    private static readonly LabSetting<int> TrainingImages = LabSetting.Whole("training-images", "How many training images are used; 0 for all", 10_000, 0);
    private static readonly LabSetting<int> BatchSize = LabSetting.Whole("batch-size", "Images per step", 64, 2, 10_000);
    private static readonly LabSetting<double> Rate = LabSetting.Real("learning-rate", "The highest rate of the one-cycle schedules", 0.1, 1e-6, 100);
    private static readonly LabSetting<double> FineRate = LabSetting.Real("fine-rate", "The highest rate of the second part, on large images", 0.05, 1e-6, 100);

    public override string Name => "progressive-resizing";

    public override string Title => "Progressive resizing";

    public override string Question => "Is it faster to learn from small images first?";

    public override string Dataset => "mnist";

    public override string Needs => "mnist (or any set of classes by --data)";

    public override IReadOnlyList<LabSetting> Settings => [SmallSize, SmallEpochs, LargeEpochs, Seeds, TrainingImages, BatchSize, Rate, FineRate];

    public override IReadOnlyList<(string Key, string Value)> Quick => [("small-epochs", "2"), ("large-epochs", "1"), ("seeds", "1"), ("training-images", "1000")];

    public override LabPlan Plan(LabSettings settings, int? images = null)
    {
        // The last of the four has as many epochs on large images as cost what the first two cost: those of half the side cost a quarter.
        var (seeds, small, large) = (settings.Get(Seeds), settings.Get(SmallEpochs), settings.Get(LargeEpochs));
        return new(4 * seeds, seeds * (long)((2 * (small + large)) + large + Math.Max(1,
            small / 4)) * LabPlan.Of(settings.Get(TrainingImages), images));
    }

    public override void Run(LabRun run)
    {
        var data = run.Data().TakeTraining(run.Get(TrainingImages));
        var large = data.ImageShape;
        var small = Small(run, large);
        var (wide, narrow) = (Build(large, data.ClassCount), Build(small, data.ClassCount));
        var (smallEpochs, largeEpochs) = (run.Get(SmallEpochs), run.Get(LargeEpochs));
        // As many epochs on large images as cost what both parts cost, by multiply-adds.
        var equal = Math.Max(1, (int)Math.Round(largeEpochs + (smallEpochs * (double)narrow.MultiplyAdds / wide.MultiplyAdds)));
        var isSame = equal == smallEpochs + largeEpochs;
        run.Expect(run.Get(Seeds) * (isSame ? 3 : 4));
        var resize = new ResizeTo(small.Height, small.Width);
        List<LabTraining> firsts = [], seconds = [], whole = [], cheap = [];
        List<double> before = [];
        for (var seed = run.Seed; seed < run.Seed + (ulong)run.Get(Seeds); seed++)
        {
            var first = run.Train($"small, seed {seed}", narrow, data, Options(run, smallEpochs, seed, run.Get(Rate)) with { Augmentation = resize });
            var start = Weights.Initialize(wide, seed);
            start.TakeFrom(first.Model.Weights);
            before.Add(run.Measure($"small, seed {seed}: on large images at once", () => new Model(start, first.Model.Normalization, first.Model.ClassNames).Evaluate(data.Validation, threads: run.Threads).Accuracy));
            firsts.Add(first);
            seconds.Add(run.Train($"then large, seed {seed}", wide, data, Options(run, largeEpochs, seed, run.Get(FineRate)) with { InitialWeights = start, Normalization = first.Model.Normalization }));
            whole.Add(run.Train($"large only, seed {seed}", wide, data, Options(run, smallEpochs + largeEpochs, seed, run.Get(Rate))));
            if (!isSame) cheap.Add(run.Train($"large only, equal work, seed {seed}", wide, data, Options(run, equal, seed, run.Get(Rate))));
        }
        List<ResizingWay> ways =
        [
            new($"small, then large ({smallEpochs} + {largeEpochs} epochs)", [firsts, seconds], data.Training.Count),
            new($"large only ({smallEpochs + largeEpochs} epochs)", [whole], data.Training.Count),
        ];
        if (!isSame) ways.Add(new($"large only, equal work ({equal} epoch{(equal == 1 ? "" : "s")})", [cheap], data.Training.Count));
        new ResizingPage(run, data, small, ways, firsts, before).Write();
    }

    /// <summary>Every layer keeps working at any size: same padding, and the mean over all places at the end.</summary>
    internal static Network Build(Shape image, int classes) => Network.Build(image, x => x
        .Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(24, kernel: 3, padding: 1, bias: false).BatchNorm().Relu()
        .Conv(24, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
        .Conv(32, kernel: 3, padding: 1, bias: false).BatchNorm().Relu()
        .GlobalAveragePool().Linear(classes));

    private static TrainingOptions Options(LabRun run, int epochs, ulong seed, double rate) => new()
    {
        Epochs = epochs,
        BatchSize = run.Get(BatchSize),
        Seed = seed,
        Optimizer = new Sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4),
        Schedule = new OneCycle(rate),
        TensorBoard = false,
    };

    private static Shape Small(LabRun run, Shape large)
    {
        var side = run.Get(SmallSize);
        var small = side == 0 ? new Shape(large.Channels, large.Height / 2, large.Width / 2) : new Shape(large.Channels, side, side);
        return small.Height >= 4 && small.Width >= 4 && small.Area < large.Area ? small
            : throw new UsageException($"The small images are {small.Height}x{small.Width}, the large ones {large.Height}x{large.Width}: the small ones must be smaller, and at least 4x4 for two poolings. Choose another side: --set small-size={Math.Max(4, large.Height / 2)}.");
    }

}

/// <summary>One way to train: parts that follow each other, each with one training for each seed.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Parts">The trainings of each part, by seed.</param>
/// <param name="Images">Training images of an epoch.</param>
internal sealed record ResizingWay(string Name, IReadOnlyList<IReadOnlyList<LabTraining>> Parts, int Images)
{
    public IReadOnlyList<double> Accuracies => [.. Parts[^1].Select(training => training.Accuracy)];

    public double Accuracy => Accuracies.Average();

    /// <summary>Seconds of all parts, the mean over the seeds.</summary>
    public double Seconds => Parts.Sum(part => part.Average(training => training.Seconds));

    /// <summary>Multiply-adds of the forward passes over the training images of all epochs; a training step costs about three times that.</summary>
    public double Work => Parts.Sum(part => (double)part[0].Epochs.Count * Images * part[0].Model.Network.MultiplyAdds);

    /// <summary>The validation accuracy of the first seed after each epoch by a running cost, the parts one after the other.</summary>
    /// <param name="cost">The cost so far at the end of an epoch of a training.</param>
    public PlotLine Line(Func<LabTraining, EpochRecord, double> cost)
    {
        List<(double X, double Y)> points = [];
        var before = 0.0;
        foreach (var part in Parts)
        {
            points.AddRange(part[0].Epochs.Select(epoch => (before + cost(part[0], epoch), epoch.ValidationAccuracy)));
            before = points[^1].X;
        }
        return new PlotLine(Name.Split(" (")[0], points);
    }
}
