using System.Diagnostics;
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
        (long Handles, long Bytes) Now()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            using var process = Process.GetCurrentProcess();
            return (TorchSharp.torch.Tensor.TotalCount, process.WorkingSet64);
        }

        void Train(int steps)
        {
            for (var step = 0; step < steps; step++)
                session.Step();
        }

        Train(200);
        var before = Now();
        Train(2000);
        var after = Now();
        output.WriteLine($"tensors {before.Handles} -> {after.Handles}, {before.Bytes / 1e6:0.0} -> {after.Bytes / 1e6:0.0} MB");
        Assert.Equal(before.Handles, after.Handles);
        Assert.True(after.Bytes - before.Bytes < 16_000_000, $"{before.Bytes:N0} -> {after.Bytes:N0}");
    }
}
