using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Torch.Tests;

/// <summary>A step leaves nothing behind.</summary>
[Collection(nameof(Alone))]
public sealed class MemoryTests(ITestOutputHelper output)
{
    [Fact]
    public void Two_thousand_steps_need_no_more_memory_than_the_first()
    {
        var data = Pair.Digits(64);
        var network = Network.Build(data.ImageShape, x => x
            .Conv(4, kernel: 3, stride: 2, bias: false).BatchNorm().Relu().Dropout(0.1f).GlobalAveragePool().Linear(10));
        using var session = new TrainingSession(network, data, new TrainingOptions
        {
            BatchSize = 32,
            Epochs = 2000,
            Seed = 1,
            Threads = 1,
            Optimizer = new Adam(),
            ClipGradientNorm = 1,
            Device = Pair.Device,
        });
        // What the collector keeps for the next objects is no step's.
        (long Tensors, long Managed, long Native) Now()
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return (TorchSharp.torch.Tensor.TotalCount, GC.GetTotalMemory(forceFullCollection: true),
                Environment.WorkingSet - GC.GetGCMemoryInfo().TotalCommittedBytes);
        }

        void Train(int steps)
        {
            for (var step = 0; step < steps; step++)
                session.Step();
        }

        Train(500);
        var before = Now();
        Train(2000);
        var after = Now();
        output.WriteLine($"tensors {before.Tensors} -> {after.Tensors}, objects {before.Managed / 1e6:0.00} -> {after.Managed / 1e6:0.00} "
            + $"MB, native {before.Native / 1e6:0.0} -> {after.Native / 1e6:0.0} MB");
        Assert.Equal(before.Tensors, after.Tensors);
        Assert.InRange(after.Managed - before.Managed, long.MinValue, 500_000);
        Assert.InRange(after.Native - before.Native, long.MinValue, 8_000_000);
    }
}
