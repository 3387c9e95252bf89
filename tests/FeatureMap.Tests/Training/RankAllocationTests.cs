using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Messages between ranks, the sums, the losses, and what they agree on allocate nothing in a step.</summary>
[Collection(nameof(Alone))]
public sealed class RankAllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Steps_allocate_nothing_on_any_rank(bool comparesImages)
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x => x
            .Conv(4, kernel: 3, stride: 4, bias: false).BatchNorm().Relu().Dropout(0.1f).Flatten().Linear(10));
        var data = DigitsTask.Data(training: 120);
        var allocated = RanksInThreads.Run(3, collective =>
        {
            var options = new TrainingOptions { Epochs = 100_000, BatchSize = 40, Threads = 1, Collective = collective };
            if (comparesImages) options = options with { Loss = new TripletLoss() };
            using var job = new TrainingJob(network, data, options, []);
            var least = long.MaxValue;
            // What is compiled anew meanwhile may allocate; an allocation of a step would show in every one. The third ends an epoch.
            for (var epoch = 0; epoch < 300; epoch++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                job.Step();
                job.Step();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
                job.Step();
            }
            return least;
        });
        Assert.Equal([0, 0, 0], allocated);
    }
}
