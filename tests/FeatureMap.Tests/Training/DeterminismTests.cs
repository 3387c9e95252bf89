using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class DeterminismTests
{
    private static readonly TrainingOptions Options = new()
    {
        Epochs = 2,
        BatchSize = 40,
        Seed = 7,
        Threads = 1,
        Optimizer = new Sgd(0.9, nesterov: true, weightDecay: 5e-4),
        Schedule = new OneCycle(0.1),
        Augmentation = new RandomAffine { ShiftPixels = 1.5f, RotationDegrees = 8, Zoom = 0.08f, ShearDegrees = 4 },
    };

    private static readonly Lazy<string> Expected = new(() => Train(Options));

    public static TheoryData<string> Optimizers => [.. OptimizersByName.Keys];

    private static Dictionary<string, Optimizer> OptimizersByName { get; } = new()
    {
        ["plain SGD"] = new Sgd(0),
        ["momentum"] = new Sgd(0.9, weightDecay: 1e-3),
        ["Nesterov"] = new Sgd(0.9, nesterov: true),
        ["Adam"] = new Adam(),
        ["AdamW"] = new AdamW(),
        ["RMSProp"] = new RmsProp(momentum: 0.9, centered: true),
        ["Lion"] = new Lion(weightDecay: 0.1),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_number_of_threads_gives_the_same_bits(int threads) => Assert.Equal(Expected.Value, Train(Options with { Threads = threads }));

    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits128)]
    [InlineData(LaneWidth.Scalar)]
    public void Any_register_width_gives_the_same_bits(LaneWidth width) => Assert.Equal(Expected.Value, Train(Options with { LaneWidth = width, Threads = 2 }));

    [Fact]
    public void Another_seed_gives_other_bits() => Assert.NotEqual(Expected.Value, Train(Options with { Seed = 8 }));

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Going_on_from_the_middle_of_an_epoch_gives_the_same_bits(string optimizer)
    {
        // Adam's usual steps are near its learning rate; SGD takes the same.
        var options = Options with { Optimizer = OptimizersByName[optimizer], Schedule = new OneCycle(0.02) };
        using var whole = Session(options);
        Checkpoint? middle = null;
        while (whole.StepsDone < whole.TotalSteps)
        {
            if (whole.StepsDone == 4) middle = whole.Capture();
            whole.Step();
        }
        using var again = Session(options with { Threads = 2 });
        again.Restore(middle!);
        Assert.Equal((4, 1), (again.StepsDone, again.StepsDone % again.StepsPerEpoch));
        while (again.StepsDone < again.TotalSteps)
            again.Step();
        Assert.Equal(whole.Weights.Sha256(), again.Weights.Sha256());
        Assert.Equal((whole.EpochLoss, whole.EpochMetricSum, whole.EpochImages), (again.EpochLoss, again.EpochMetricSum, again.EpochImages));
        Assert.Equal(90, again.EpochImages);
    }

    [Fact]
    public void Everything_that_an_update_can_do_repeats_and_goes_on()
    {
        var options = Options with
        {
            BatchSize = 20,
            AccumulatedBatches = 2,
            ClipGradientNorm = 0.5,
            ClipGradientValue = 0.05,
            L1Decay = 1e-4,
            Averaging = new WeightAveraging(0.9),
            EarlyStopping = new EarlyStopping(),
            Schedule = new PlateauRate(0.05, Patience: 0),
        };
        var (weights, judged) = Run(options, null);
        foreach (var width in (LaneWidth[])[LaneWidth.Bits512, LaneWidth.Bits256, LaneWidth.Scalar])
            Assert.Equal((weights, judged), Run(options with { LaneWidth = width, Threads = 2 }, null));
        using var first = Session(options);
        for (var step = 0; step < 4; step++)
        {
            first.Step();
            if (first.StepsDone == 3) first.Validate();
        }
        Assert.Equal((weights, judged), Run(options, first.Capture()));
        Assert.NotEqual(weights, judged);

        static (string, string) Run(TrainingOptions options, Checkpoint? from)
        {
            using var session = Session(options);
            if (from is not null) session.Restore(from);
            while (session.StepsDone < session.TotalSteps)
            {
                session.Step();
                if (session.StepsDone % session.StepsPerEpoch == 0) session.Validate();
            }
            Assert.Equal(2, session.Validation.Count);
            return (session.Weights.Sha256(), session.Judged.Sha256());
        }
    }

    [Fact]
    public void A_checkpoint_is_a_copy_that_further_steps_leave_alone()
    {
        using var session = Session(Options);
        session.Step();
        var before = session.Weights.Sha256();
        var checkpoint = session.Capture();
        session.Step();
        Assert.NotEqual(before, session.Weights.Sha256());
        session.Restore(checkpoint);
        Assert.Equal(before, session.Weights.Sha256());
    }

    private static TrainingSession Session(TrainingOptions options) => new(DigitsTask.Network(), DigitsTask.Data(), options);

    private static string Train(TrainingOptions options)
    {
        using var session = Session(options);
        Assert.Equal(3, session.StepsPerEpoch);
        while (session.StepsDone < session.TotalSteps)
            session.Step();
        return session.Weights.Sha256();
    }
}
