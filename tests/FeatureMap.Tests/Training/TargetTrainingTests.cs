using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Reports;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Training towards maps, pictures and numbers.</summary>
[Collection(nameof(Alone))]
public sealed class TargetTrainingTests
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 3,
        BatchSize = 20,
        Seed = 3,
        Threads = 1,
        Optimizer = new Adam(),
        Schedule = new ConstantRate(0.01),
        Loss = Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid),
        Augmentation = Augmentation.Parse("flip, quarter-turns, elastic 6 3, crop height=16 width=16, jitter 0.2"),
        Sampler = Sampler.Repeat(3),
    };

    private static readonly SplitData Data = new("squares", MapsTask.Squares(15, 24, 1), MapsTask.Squares(20, 16, 2), "drawn");

    [Fact]
    public void A_network_learns_to_find_squares()
    {
        var run = Trainer.Fit(MapsTask.Network(), Data, Options with { Epochs = 8, Sampler = Sampler.Repeat(16) });
        Assert.Equal(("pixel error", false), (run.Validation!.Metric!.Name, run.Validation.Metric.HigherIsBetter));
        Assert.InRange(run.Validation.Value, 0, 0.05);
        Assert.Equal(20, run.Validation.Values.Count);
        Assert.Equal(run.Validation.Value, run.Validation.Values.Sum() / 20, 12);
        Assert.True(double.IsNaN(run.Validation.Accuracy));
        Assert.Equal(run.Validation.Value, run.Epochs[^1].ValidationMetric);
        Assert.InRange(run.Epochs[^1].TrainMetric, 0, 0.1);
        Assert.True(double.IsNaN(run.Epochs[^1].ValidationAccuracy));
        var other = run.Model.Evaluate(Data.Validation, Options.Loss, metric: Metric.IntersectionOverUnion());
        Assert.InRange(other.Value, 0.6, 1);
        Assert.Equal(run.Validation.Loss, other.Loss);
    }

    [Fact]
    public void Neither_threads_nor_registers_change_the_bits()
    {
        var expected = Train(Options);
        Assert.Equal(expected, Train(Options with { Threads = 3 }));
        foreach (var width in (LaneWidth[])[LaneWidth.Bits512, LaneWidth.Bits128, LaneWidth.Scalar])
            Assert.Equal(expected, Train(Options with { LaneWidth = width, Threads = 2 }));
        Assert.NotEqual(expected, Train(Options with { Sampler = Sampler.Repeat(2) }));
    }

    [Fact]
    public void Going_on_from_the_middle_of_an_epoch_gives_the_same_bits()
    {
        using var whole = new TrainingSession(MapsTask.Network(), Data, Options);
        Checkpoint? middle = null;
        while (whole.StepsDone < whole.TotalSteps)
        {
            if (whole.StepsDone == 4) middle = whole.Capture();
            whole.Step();
        }
        Assert.Equal(3, whole.StepsPerEpoch); // 15 images 3 times in batches of 20
        using var again = new TrainingSession(MapsTask.Network(), Data, Options with { Threads = 2 });
        again.Restore(middle!);
        while (again.StepsDone < again.TotalSteps)
            again.Step();
        Assert.Equal(whole.Weights.Sha256(), again.Weights.Sha256());
        Assert.Equal((whole.EpochLoss, whole.EpochMetricSum, whole.EpochImages), (again.EpochLoss, again.EpochMetricSum, again.EpochImages));
        Assert.Equal(45, again.EpochImages);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        using var session = new TrainingSession(MapsTask.Network(), Data, Options with { Epochs = 100, Threads = 2, Sampler = Sampler.Repeat(64), Metric = Metric.IntersectionOverUnion() });
        Allocation.Steps(session, 30);
        Allocation.AssertNoAllocation(session.Step);
    }

    [Fact]
    public void The_plan_feeds_the_loss_with_the_target_of_the_image()
    {
        // A network that gives its image back has the loss 0 against the image as target, whatever the augmentation moves.
        var shape = Shape.Image(1, 8, 8);
        byte[] pixels = [.. Enumerable.Range(0, 20 * 64).Select(i => (byte)((i * 37 % 251) + (i / 64)))];
        var set = new ImageSet("same", shape, pixels, TargetSet.Images(shape, pixels));
        var network = Network.Build(shape, x => x.Conv(1, kernel: 1));
        var options = Options with { BatchSize = 20, Loss = Loss.L1(), Normalization = Normalization.None(1), Augmentation = Augmentation.Parse("flip, affine rotation=30 shift=2, elastic 6 3"), Sampler = Sampler.Shuffle };
        using var session = new TrainingSession(network, new SplitData("same", set, set, "here"), options);
        session.Weights["conv1.weight"].Values[0] = 1;
        session.Weights["conv1.bias"].Values[0] = 0;
        session.Step();
        Assert.InRange(session.StepLoss, 0, 1e-6);
        Assert.Equal("PSNR", session.MetricInfo!.Name);
        Assert.InRange(session.EpochMetric, 99.9, 100);
    }

    [Fact]
    public void Numbers_are_learned_as_well()
    {
        var images = MapsTask.Squares(40, 16, 1);
        float[] brightness = [.. Enumerable.Range(0, 40).Select(i => (float)images.Pixels(i).ToArray().Average(pixel => pixel / 255.0))];
        byte[] pixels = [.. Enumerable.Range(0, 40).SelectMany(i => images.Pixels(i).ToArray())];
        var set = new ImageSet("brightness", images.ImageShape, pixels, TargetSet.Numbers(Shape.Vector(1), brightness));
        var network = Network.Build(set.ImageShape, x => x.Conv(2, kernel: 1).GlobalAveragePool().Linear(1));
        var distance = Metric.Custom(new("distance", HigherIsBetter: false), sample => Math.Abs(sample.Output[0] - sample.Target[0]));
        var run = Trainer.Fit(network, new SplitData("brightness", set, set.Take(17), "here"), Options with { Epochs = 60, Loss = Loss.Mse(), Metric = distance, Augmentation = Augmentation.None, Sampler = Sampler.Shuffle, Schedule = new OneCycle(0.02) });
        Assert.InRange(run.Validation!.Value, 0, 0.02);
        Assert.Equal("distance", run.Epochs[^1].Metric.Name);
    }

    [Fact]
    public void The_log_has_the_metric_in_place_of_accuracy()
    {
        using var scratch = new TemporaryFolder();
        var folder = RunFolder.Create(scratch.Location, "squares");
        var run = Trainer.Fit(MapsTask.Network(), Data, Options with { Folder = folder });
        Assert.StartsWith("epoch,step,trainLoss,trainPixelError,validationLoss,validationPixelError,learningRate,", File.ReadAllText(folder.CsvPath), StringComparison.Ordinal);
        Assert.Contains("\"metric\":\"pixel error\",\"metricUnit\":\"%\",\"metricHigherIsBetter\":false,\"trainLoss\":", File.ReadAllText(folder.LogPath), StringComparison.Ordinal);
        Assert.Equal(run.Epochs, RunLog.Read(folder.Location).Epochs);
        Assert.Equal(run.Epochs.Select(row => row.ValidationMetric), RunLog.ReadCsv(folder.Location).Select(row => row.ValidationMetric));
        var report = HtmlReport.ToHtml(ReportBuilder.Build(folder, run.Model, Data));
        Assert.Contains("validation pixel error after 3 epochs", report, StringComparison.Ordinal);
        Assert.Contains("Training pixel error", report, StringComparison.Ordinal);
        Assert.DoesNotContain("accuracy", report, StringComparison.OrdinalIgnoreCase);
        var again = Trainer.Fit(MapsTask.Network(), Data, Options with { Epochs = 4, Folder = RunFolder.Open(folder.Location), Resume = true });
        Assert.Equal(4, again.Epochs.Count);
    }

    [Fact]
    public void A_network_for_patches_is_judged_on_large_images_in_tiles_and_can_learn_them_by_heart()
    {
        var data = new SplitData("squares", MapsTask.Squares(15, 24, 1), MapsTask.Squares(6, 24, 2), "drawn");
        var run = Trainer.Fit(MapsTask.Network(), data, Options);
        // 24 pixels are two tiles of 16 that overlap, in both directions; whole images are judged in the end.
        Assert.Equal(6 * 4, run.Validation!.Values.Count);
        Assert.Equal(6 * 24 * 24, run.Segmentation!.CountedPixels);
        Assert.Same(Augmentation.None, run.Model.Preparation);
        using var scratch = new TemporaryFolder();
        var folder = RunFolder.Create(scratch.Location, "squares");
        new RunLog(folder.Location, Metric.PixelError().Info).Dispose();
        Assert.NotEmpty(ReportBuilder.Build(folder, run.Model, data).FeatureMaps);
        var overfit = OverfitCheck.Run(MapsTask.Network(), data, Options with { Loss = Loss.BinaryCrossEntropy(), Schedule = new ConstantRate(0.04) }, images: 4, steps: 400);
        Assert.True(overfit.Passed, overfit.ToString());
    }

    [Fact]
    public void Errors_teach()
    {
        Assert.Equal($"The images of 'squares' have targets ({Data.Training.Targets}), and the loss tells classes of whole images apart. Choose one for such targets: Loss.BinaryCrossEntropy() or Loss.Dice() for masks, "
            + "Loss.CrossEntropy(classWeights: ...) or Loss.Focal() for label maps of several classes, Loss.Mse() or Loss.L1() for pictures and numbers.",
            Assert.Throws<UsageException>(() => new TrainingSession(MapsTask.Network(), Data, Options with { Loss = null })).Message);
        var small = Network.Build(Shape.Image(1, 16, 16), x => x.Conv(1, kernel: 3, stride: 2, padding: 1));
        Assert.Equal("The loss 'BinaryCrossEntropy' compares the output with the target number by number: received an output of 1x8x8 and a target of 1x16x16 (channels x height x width). "
            + "Give both one shape: pad, pool or resize the output, and project its channels with Conv(channels, kernel: 1).",
            Assert.Throws<ShapeException>(() => new TrainingSession(small, Data, Options with { Loss = Loss.BinaryCrossEntropy() })).Message);
        Assert.Equal("The loss 'BinaryCrossEntropy' compares the output with the target number by number: received an output of 1x28x28 and a target of 10 (channels x height x width). "
            + "Pool or flatten first: end the network with GlobalAveragePool().Linear(10) or Flatten().Linear(10).",
            Assert.Throws<ShapeException>(() => new TrainingSession(MapsTask.Network(28), DigitsTask.Data(), new TrainingOptions { Loss = Loss.BinaryCrossEntropy() })).Message);
        Assert.Equal("The network is trained on images of 1x16x16; the validation images of 'squares' are 1x24x24. Cut them to that size, for example with data.Validation.Tiles(16, 16).",
            Assert.Throws<ShapeException>(() => new TrainingSession(MapsTask.Network(), new SplitData("squares", MapsTask.Squares(5, 16, 1), MapsTask.Squares(5, 24, 1), "drawn"), Options with { Augmentation = Augmentation.None })).Message);
        Assert.Equal("The images of 'squares' have targets (label maps of 1x16x16 (ground, square)), which mixup does not mix: leave it out.",
            Assert.Throws<UsageException>(() => new TrainingSession(MapsTask.Network(), MapsTask.Data(), Options with { Augmentation = Augmentation.None, Mix = new MixUp() })).Message);
        Assert.StartsWith("squares has targets (label maps of 1x16x16 (ground, square)): say by which loss",
            Assert.Throws<UsageException>(() => Trainer.Fit(MapsTask.Network(), MapsTask.Data(), Options with { Epochs = 1, Augmentation = Augmentation.None }).Model.Evaluate(MapsTask.Squares(3, 16, 1))).Message, StringComparison.Ordinal);
        Assert.Equal("An epoch shows each image 1 to 1,000,000 times: received 0.", Assert.Throws<UsageException>(() => Sampler.Repeat(0)).Message);
    }

    private static string Train(TrainingOptions options) => Trainer.Fit(MapsTask.Network(), Data, options).Model.Weights.Sha256();
}
