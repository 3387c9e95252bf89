using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class TrainerTests
{
    private static readonly TrainingOptions Tiny = new() { Epochs = 3, BatchSize = 40, Threads = 1, Seed = 5, Schedule = new OneCycle(0.1) };

    [Fact]
    public void A_small_network_learns_the_digits_in_three_epochs()
    {
        var told = new List<EpochRecord>();
        var network = Network.Build(Shape.Image(1, 28, 28), x => x
            .Conv(8, kernel: 5, stride: 2, bias: false).BatchNorm().Relu()
            .Conv(16, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
            .Flatten().Linear(10));
        var run = Trainer.Fit(network, DigitsTask.Data(4000, 500), new TrainingOptions { Epochs = 3, BatchSize = 64, Seed = 1, Schedule = new OneCycle(0.1), EpochEnded = told.Add });
        Assert.True(run.IsComplete);
        Assert.Equal([1, 2, 3], run.Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(run.Epochs, told);
        Assert.True(run.Epochs[2].TrainLoss < run.Epochs[1].TrainLoss && run.Epochs[1].TrainLoss < run.Epochs[0].TrainLoss, "the training loss falls");
        Assert.True(run.Epochs[2].ValidationLoss < run.Epochs[0].ValidationLoss, "the validation loss falls");
        Assert.InRange(run.Validation!.Accuracy, 0.9, 1);
        Assert.Equal(run.Validation.Accuracy, run.Epochs[2].ValidationAccuracy);
        Assert.Equal(500, run.Validation.Predicted.Count);
        Assert.NotNull(run.SecondsToAccuracy(0.9));
        Assert.Null(run.SecondsToAccuracy(1.01));
    }

    [Fact]
    public void Stopped_in_the_middle_of_an_epoch_and_resumed_it_ends_with_the_same_bits()
    {
        using var place = new TemporaryFolder();
        var (network, data) = (TinyTask.Network(), TinyTask.Data());
        var whole = Trainer.Fit(network, data, Tiny);

        var folder = RunFolder.Create(place.Location, "stopped");
        using var stop = new CancellationTokenSource();
        // 8 steps per epoch: after the fifth of the second epoch.
        var options = Tiny with { Folder = folder, LogEverySteps = 1, Cancellation = stop.Token, Schedule = new StopAt(Tiny.Schedule, 12, stop) };
        var first = Trainer.Fit(network, data, options);
        Assert.Equal((false, 1), (first.IsComplete, first.Epochs.Count));
        Assert.Null(first.Validation);
        Assert.Equal(13, folder.Checkpoints.LoadNewest().Checkpoint!.Step);

        var second = Trainer.Fit(network, data, Tiny with { Folder = folder, LogEverySteps = 1, Resume = true, Threads = 2 });
        Assert.Equal((true, 3), (second.IsComplete, second.Epochs.Count));
        Assert.Equal(whole.Model.Weights.Sha256(), second.Model.Weights.Sha256());
        Assert.Equal(Numbers(whole), Numbers(second));
        Assert.Equal(Enumerable.Range(1, 24), RunLog.Read(folder.Location).Steps.Select(step => (int)step.Step));

        static IEnumerable<object> Numbers(TrainingRun run) => run.Epochs.Select(epoch => (object)(epoch.Step, epoch.TrainLoss, epoch.TrainAccuracy, epoch.ValidationLoss, epoch.ValidationAccuracy, epoch.LearningRate));
    }

    [Fact]
    public void Resuming_a_finished_run_changes_nothing()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "finished");
        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder });
        var again = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Resume = true });
        Assert.Equal((true, 3, run.Model.Weights.Sha256()), (again.IsComplete, again.Epochs.Count, again.Model.Weights.Sha256()));
        Assert.Equal(run.Validation!.Loss, again.Validation!.Loss);

        // A checkpoint knows its images: the same in another order are others.
        var data = TinyTask.Data();
        var turned = new SplitData(data.Name, data.Training.Subset([.. Enumerable.Range(0, data.Training.Count).Reverse()]), data.Validation, data.Source);
        Assert.Equal("The checkpoint of step 24 was made while training on other images than the 300 of bars: with other pixels, classes "
            + "or order. A training goes on only with the images that it began with.",
            Assert.Throws<DataException>(() => Trainer.Fit(TinyTask.Network(), turned, Tiny with { Folder = folder, Resume = true })).Message);
    }

    [Fact]
    public void A_resumed_run_counts_the_seconds_before()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "long");
        using var stop = new CancellationTokenSource();
        Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Cancellation = stop.Token, Schedule = new StopAt(Tiny.Schedule, 12, stop) });
        var checkpoint = folder.Checkpoints.LoadNewest().Checkpoint!;
        var progress = new Reports();
        folder.Checkpoints.Save(checkpoint with { State = new Dictionary<string, string>(checkpoint.State) { ["seconds"] = "5000", ["epochStartSeconds"] = "4000", ["epochAugmentationSeconds"] = "300" } });

        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Resume = true, Progress = progress, Schedule = new Slow(0.05, 60) });
        Assert.InRange(run.Epochs[1].Seconds, 1000, 2000);
        // 300 images in the 1,000 seconds before and the moment after: images before the stop and their time both count, or neither.
        Assert.InRange(run.Epochs[1].ImagesPerSecond, 300.0 / 1010, 300.0 / 1000);
        Assert.InRange(run.Epochs[1].AugmentationShare, 0.29, 0.31);
        Assert.InRange(RunLog.Read(folder.Location).Epochs[1].ImagesPerSecond, 300.0 / 1010, 300.0 / 1000);
        var resumed = progress.All.First(report => report.Epoch == 2);
        Assert.InRange(resumed.ImagesPerSecond, (resumed.Step * 40 - 20) / 1010.0, resumed.Step * 40 / 1000.0);
        Assert.InRange(resumed.Remaining.TotalSeconds, 1000.0 / resumed.Step * (24 - 8 - resumed.Step), 1010.0 / resumed.Step * (24 - 8 - resumed.Step));
        Assert.InRange(run.Epochs[2].ImagesPerSecond, 10, double.MaxValue);
        Assert.InRange(run.Epochs[2].TotalSeconds, 5000, 6000);
        Assert.InRange(run.Epochs[2].Seconds, 0, 1000);
    }

    [Fact]
    public void Progress_tells_where_the_training_is()
    {
        var progress = new Reports();
        Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Progress = progress, Schedule = new Slow(0.05) });
        Assert.NotEmpty(progress.All);
        Assert.All(progress.All, report =>
        {
            Assert.InRange(report.Epoch, 1, 3);
            Assert.InRange(report.Step, 1, 8);
            Assert.Equal((3, 8, 0.05), (report.Epochs, report.StepsPerEpoch, report.LearningRate));
            Assert.InRange(report.Metric, 0, 1);
            Assert.True(report.Loss > 0 && report.ImagesPerSecond > 0 && report.Remaining >= TimeSpan.Zero);
        });
        var places = progress.All.Select(report => (report.Epoch * 8) + report.Step).ToList();
        Assert.Equal(places.Distinct().Order(), places);
    }

    [Fact]
    public void What_does_not_fit_is_explained()
    {
        var data = TinyTask.Data();
        Says<ShapeException>(
            "The network takes images of 1x8x9 (channels x height x width), the data set 'bars' has 1x9x9. Build the network for Shape.Image(1, 9, 9).",
            Network.Build(Shape.Image(1, 8, 9), x => x.Flatten().Linear(3)), Tiny);
        Says<ShapeException>(
            "The network's output is 2; to tell 3 classes apart it must be a vector of 3 scores. End it with GlobalAveragePool().Linear(3) or Flatten().Linear(3).",
            Network.Build(Shape.Image(1, 9, 9), x => x.Flatten().Linear(2)), Tiny);
        Says<ShapeException>(
            "The network's output is 3x9x9; to tell 3 classes apart it must be a vector of 3 scores. End it with GlobalAveragePool().Linear(3) or Flatten().Linear(3).",
            Network.Build(Shape.Image(1, 9, 9), x => x.Conv(3, kernel: 1)), Tiny);
        Says<UsageException>("The training option epochs is a whole number from 1 to 1,000,000: received 0. Passes over the training images.", TinyTask.Network(), Tiny with { Epochs = 0 });
        Says<UsageException>("The training option batch-size is a whole number from 1 to 1,000,000: received -1. Images per step; multiples of 16 use every SIMD lane.", TinyTask.Network(), Tiny with { BatchSize = -1 });
        Says<UsageException>("The training option threads is a whole number from 0 to 1,024: received 1025. Threads to use; 0 means one per logical processor. "
            + "The result does not depend on it.", TinyTask.Network(), Tiny with { Threads = 1025 });
        Says<UsageException>("The training option log-every-steps is a whole number from 1 to 1,000,000: received 0. Steps between two step rows in log.jsonl.", TinyTask.Network(), Tiny with { LogEverySteps = 0 });
        Says<UsageException>("Resuming needs the run folder to continue from: set "
            + "TrainingOptions.Folder.", TinyTask.Network(), Tiny with { Resume = true });

        void Says<TError>(string message, Network network, TrainingOptions options) where TError : Exception =>
            Assert.Equal(message, Assert.Throws<TError>(() => Trainer.Fit(network, data, options)).Message);
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "other");
        var data = TinyTask.Data();
        Trainer.Fit(Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).Flatten().Linear(3)), data, Tiny with { Epochs = 1, Folder = folder });
        var resume = Tiny with { Folder = folder, Resume = true };
        Assert.Equal(
            "The checkpoint of step 8 has 'conv1.weight' as 4 x 1 x 3 x 3; this network has 5 x 1 x 3 x 3. Resume with the configuration of the run that wrote it.",
            Assert.Throws<DataException>(() => Trainer.Fit(Network.Build(Shape.Image(1, 9, 9), x => x.Conv(5, kernel: 3).Flatten().Linear(3)), data, resume)).Message);
        Assert.Equal(
            "The checkpoint of step 8 has no tensor 'conv2.weight'. It was probably taken from another network; resume with the configuration of its own run.",
            Assert.Throws<DataException>(() => Trainer.Fit(Network.Build(Shape.Image(1, 9, 9), x => x.Conv(4, kernel: 3).Conv(4, kernel: 1).Flatten().Linear(3)), data, resume)).Message);
    }

    /// <summary>Stops a training before a step.</summary>
    internal sealed record StopAt(Schedule Inner, long Step, CancellationTokenSource Source) : Schedule
    {
        public override double LearningRate(ScheduleTime time)
        {
            if (time.Step == Step) Source.Cancel();
            return Inner.LearningRate(time);
        }
    }

    /// <summary>Makes every step take some time, so that progress is due.</summary>
    private sealed record Slow(double Rate, int Milliseconds = 20) : Schedule
    {
        public override double LearningRate(ScheduleTime time)
        {
            Thread.Sleep(Milliseconds);
            return Rate;
        }
    }

    private sealed class Reports : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];

        public void Report(TrainingProgress value) => All.Add(value);
    }
}

[Collection(nameof(Alone))]
public sealed class TrainerMemoryTests
{
    [Fact]
    public void Three_hundred_steps_leave_the_memory_flat()
    {
        using var session = new TrainingSession(TinyTask.Network(), TinyTask.Data(), new TrainingOptions { Epochs = 40, BatchSize = 32, Threads = 2, Schedule = new OneCycle(0.05) });
        Steps(50);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        Steps(300);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 64 * 1024);
        Assert.Equal(350, session.StepsDone);

        void Steps(int count)
        {
            for (var step = 0; step < count; step++)
                session.Step();
        }
    }
}
