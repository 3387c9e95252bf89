using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>
/// Where a device computes, our threads fill the next batch meanwhile: the same images, targets and masks, to the bit. On the processor
/// that is off, because it would only be in the way; here it is on.
/// </summary>
[Collection(nameof(Alone))]
public sealed class FillAheadTests : IDisposable
{
    public FillAheadTests() => Pair.Device.FillsAhead = true;

    public void Dispose() => Pair.Device.FillsAhead = false;

    [Theory]
    [InlineData("mix=cutmix|label-smoothing=0.1", 1)]
    [InlineData("accumulate=3", 2)]
    [InlineData("sampler=repeat 2|batch-size=33", 2)]
    public void Losses_and_validation_are_those_of_one_batch_after_the_other(string assignments, int threads)
    {
        var data = Pair.Digits(140, 300); // 40, 40, 40 and 20 images; validation in two batches
        var options = new TrainingOptions
        {
            BatchSize = 40,
            Epochs = 3,
            Seed = 6,
            Threads = threads,
            Augmentation = new RandomAffine { ShiftPixels = 2, RotationDegrees = 10 },
            Schedule = new ConstantRate(0.02),
            Device = Pair.Device,
        };
        foreach (var assignment in assignments.Split('|'))
            options = options.With(assignment.Split('=', 2)[0], assignment.Split('=', 2)[1]);
        var (ahead, filled) = Run(data, options);
        Pair.Device.FillsAhead = false;
        var (after, none) = Run(data, options);
        Assert.Equal(after, ahead);
        Assert.Equal(0, none);
        // All but the first batch of each epoch.
        var batches = (options.Sampler.Count(data.Training, options.BatchSize) + options.BatchSize - 1) / options.BatchSize;
        Assert.Equal(options.Epochs * (batches - 1), filled);
    }

    [Fact]
    public void Maps_that_move_with_their_images_are_filled_ahead_too()
    {
        var random = new Random(3);
        var pixels = new byte[24 * 16 * 16];
        random.NextBytes(pixels);
        var set = new ImageSet("pictures", new Shape(1, 16, 16), pixels, new int[24], ["all"]);
        var maps = new byte[24 * 16 * 16];
        for (var i = 0; i < maps.Length; i++)
            maps[i] = (byte)(pixels[i] / 100);
        var masked = set.WithTargets(TargetSet.LabelMaps(16, 16, maps, ["dark", "grey", "light"]));
        var data = new SplitData("pictures", masked, masked, "made here");
        var network = Network.Build(data.ImageShape, x => x.Conv(4, kernel: 3, padding: 1).Relu().Conv(3, kernel: 1));
        var options = new TrainingOptions
        {
            BatchSize = 5,
            Epochs = 4,
            Threads = 2,
            Loss = Loss.Focal(),
            Augmentation = new RandomHorizontalFlip(),
            Schedule = new ConstantRate(0.05),
            Device = Pair.Device,
        };
        var (ahead, filled) = Run(data, options, network);
        Pair.Device.FillsAhead = false;
        Assert.Equal(Run(data, options, network).Numbers, ahead);
        Assert.Equal(4 * 4, filled);
    }

    private static Network Small(SplitData data) => Network.Build(data.ImageShape, x => x
        .Conv(8, kernel: 3, bias: false).BatchNorm().Relu().Dropout(0.2f).GlobalAveragePool().Linear(10));

    private static (double[] Numbers, int Filled) Run(SplitData data, TrainingOptions options, Network? network = null)
    {
        using var session = new TrainingSession(network ?? Small(data), data, options);
        var numbers = new List<double>();
        while (session.StepsDone < session.TotalSteps)
        {
            session.Step();
            numbers.Add(session.StepLoss);
            if (session.StepsDone % session.StepsPerEpoch == 0) numbers.Add(session.Validate().Loss);
        }
        return ([.. numbers], ((TorchExecutable)session.Executable).FilledAhead);
    }
}
