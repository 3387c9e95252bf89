using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>A checkpoint goes from one engine to the other.</summary>
[Collection(nameof(Alone))]
public sealed class ResumeTests
{
    private const int Steps = 24, Half = 11;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_begun_on_one_goes_on_on_the_other(bool beginsWithTorch)
    {
        var data = Pair.Digits(120);
        var network = Network.Build(data.ImageShape, x => x
            .Conv(8, kernel: 3, bias: false).BatchNorm().Relu().MaxPool(2)
            .Conv(12, kernel: 3, bias: false).BatchNorm().Relu().ChannelDropout(0.1f).GlobalAveragePool().Linear(10));
        var ours = new TrainingOptions
        {
            BatchSize = 30,
            Epochs = 6,
            Seed = 8,
            Threads = 1,
            Optimizer = new AdamW(weightDecay: 0.01),
            Schedule = new OneCycle(0.004),
            Averaging = new(0.95),
        };
        var theirs = ours with { Device = Pair.Device };
        var (first, second) = beginsWithTorch ? (theirs, ours) : (ours, theirs);
        var unbroken = Pair.Losses(network, data, first, Steps);

        using var begun = new TrainingSession(network, data, first);
        var losses = new List<double>();
        for (var step = 0; step < Half; step++)
        {
            begun.Step();
            losses.Add(begun.StepLoss);
        }
        using var file = new MemoryStream();
        begun.Capture().Write(file);
        file.Position = 0;
        using var resumed = new TrainingSession(network, data, second);
        resumed.Restore(Checkpoint.Read(file));
        while (resumed.StepsDone < Steps)
        {
            resumed.Step();
            losses.Add(resumed.StepLoss);
        }
        var difference = Pair.Difference(unbroken, losses);
        Assert.True(difference <= 1e-5, $"{difference:E2}");
    }
}
