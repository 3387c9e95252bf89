using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;
using static FeatureMap.Tests.Training.Allocation;

namespace FeatureMap.Tests.Training;

/// <summary>A training step allocates nothing, on any thread.</summary>
[Collection(nameof(Alone))]
public sealed class AllocationTests
{
    public static TheoryData<string> Optimizers => [.. OptimizersByName.Keys];

    private static Dictionary<string, Optimizer> OptimizersByName { get; } = new() { ["SGD"] = new Sgd(0.9, nesterov: true, weightDecay: 5e-4), ["Adam"] = new Adam() };

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Twenty_steps_allocate_nothing(string optimizer)
    {
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), new TrainingOptions
        {
            Epochs = 200,
            BatchSize = 40,
            Threads = 2,
            Optimizer = OptimizersByName[optimizer],
            Schedule = new OneCycle(0.01),
            Augmentation = new RandomAffine { ShiftPixels = 1.5f, RotationDegrees = 8, Zoom = 0.08f, ShearDegrees = 4 },
        });
        Steps(session, 30);
        AssertNoAllocation(() => Steps(session, 20));
    }

    [Fact]
    public void A_job_and_its_listeners_allocate_nothing_per_step()
    {
        var options = new TrainingOptions
        {
            Epochs = 9,
            BatchSize = 2,
            Threads = 2,
            Schedule = new ConstantRate(0.01),
            Progress = new Progress(),
        };
        using var job = new TrainingJob(
            DigitsTask.Network(), DigitsTask.Data(600), options,
            [new EarlyStoppingListener(new EarlyStopping()), .. TrainingListener.Usual(options)]);
        for (var step = 0; step < 60; step++) job.Step();
        AssertNoAllocation(() =>
        {
            for (var step = 0; step < 20; step++) job.Step();
        });
        Assert.InRange(job.StepsDone, 80, 280);
    }

    private sealed class Progress : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
        }
    }

    [Fact]
    public void Boxes_that_move_with_their_images_allocate_nothing()
    {
        var scenes = DetectorTests.Scenes(40, part: 0);
        using var session = new TrainingSession(DetectorTests.Network(), new SplitData("shapes", scenes, scenes, "drawn"),
            new TrainingOptions
            {
                Epochs = 200,
                BatchSize = 20,
                Threads = 2,
                Optimizer = new Adam(),
                Schedule = new OneCycle(0.001),
                Augmentation = Augmentation.Parse("flip, resized-crop scale=0.5:1, affine zoom=0.2"),
            });
        Steps(session, 30);
        AssertNoAllocation(() => Steps(session, 20));
    }

    [Fact]
    public void Branches_allocate_nothing_either()
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x =>
        {
            x = x.Conv(4, kernel: 3, stride: 2).LeakyRelu();
            x = x.Add(x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu());
            return x.Concat(x.AveragePool(3, stride: 1, padding: 1)).ChannelDropout(0.1f).Flatten().Linear(10);
        });
        using var session = new TrainingSession(network, DigitsTask.Data(), new TrainingOptions { Epochs = 200, BatchSize = 40, Threads = 2, Schedule = new CosineRate(0.01, 0, 5) });
        Steps(session, 30);
        AssertNoAllocation(() => Steps(session, 20));
    }

    [Fact]
    public void Layers_and_losses_of_ones_own_allocate_nothing()
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x =>
        {
            x = x.Conv(4, kernel: 3, stride: 2);
            x = (x - x.Mean(Axes.Space)) / (x.L2Norm(Axes.Space) + 1) * x.LearnedParameter(Shape.Vector(4), Initializer.Ones);
            return (x + x.Max(Axes.Channels) + x.Product(Axes.Columns)).Flatten().Linear(10);
        });
        var loss = Loss.Custom("focal", (output, target) => -(target * (output - output.LogSumExp()) * (1 - (output - output.LogSumExp()).Exp()).Square()).Sum());
        using var session = new TrainingSession(network, DigitsTask.Data(), new TrainingOptions { Epochs = 200, BatchSize = 40, Threads = 2, Loss = loss, Schedule = new CosineRate(0.001, 0, 5) });
        Steps(session, 30);
        AssertNoAllocation(() => Steps(session, 20));
    }

    [Fact]
    public void Everything_that_an_update_can_do_allocates_nothing()
    {
        using var session = new TrainingSession(DigitsTask.Network(), DigitsTask.Data(), new TrainingOptions
        {
            Epochs = 200,
            BatchSize = 20,
            AccumulatedBatches = 2,
            ClipGradientNorm = 1,
            ClipGradientValue = 0.1,
            L1Decay = 1e-5,
            Averaging = new WeightAveraging(),
            Threads = 2,
            Optimizer = new RmsProp(momentum: 0.9, centered: true),
            Schedule = new WarmUp(new PlateauRate(0.001), 5),
        });
        Steps(session, 30);
        session.Validate();
        AssertNoAllocation(() => Steps(session, 20));
    }

    [Fact]
    public void Losses_on_embeddings_allocate_nothing_either()
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x => x.Conv(4, kernel: 3, stride: 4).Relu().Flatten().Linear(4, name: "embedding").AngularLinear(10));
        var loss = AngularLoss.SphereFace() + Loss.On("embedding", new CenterLoss()) + Loss.On("embedding", new TripletLoss { SoftMargin = true });
        using var session = new TrainingSession(network, DigitsTask.Data(), new TrainingOptions
        {
            Epochs = 200,
            BatchSize = 40,
            Threads = 2,
            Loss = loss,
            Sampler = new ClassBatchSampler(4),
            Schedule = new ConstantRate(1e-4),
        });
        Steps(session, 30);
        AssertNoAllocation(session.Step); // every second step begins an epoch, whose order the sampler draws; the others count
    }
}

/// <summary>Looks whether training allocates.</summary>
internal static class Allocation
{
    public static void Steps(TrainingSession session, int steps)
    {
        for (var step = 0; step < steps; step++)
            session.Step();
    }

    /// <summary>The test runner's own threads may allocate now and then; an allocation of the work would show in every attempt.</summary>
    public static void AssertNoAllocation(Action work)
    {
        var (thread, process) = (long.MaxValue, long.MaxValue);
        for (var attempt = 0; attempt < 10 && (thread, process) != (0, 0); attempt++)
        {
            var (threadBefore, processBefore) = (GC.GetAllocatedBytesForCurrentThread(), GC.GetTotalAllocatedBytes(precise: true));
            work();
            var processAfter = GC.GetTotalAllocatedBytes(precise: true);
            thread = Math.Min(thread, GC.GetAllocatedBytesForCurrentThread() - threadBefore);
            process = Math.Min(process, processAfter - processBefore);
        }
        Assert.Equal((0, 0), (thread, process));
    }

    /// <summary>
    /// The same for work of this thread alone, whatever others do meanwhile. What the runtime sets up while it compiles anew (tiers,
    /// on-stack replacement, first uses) it sets up once: an allocation of the work shows in every round.
    /// </summary>
    public static void AssertNoneOfThread(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < 10 && least != 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
