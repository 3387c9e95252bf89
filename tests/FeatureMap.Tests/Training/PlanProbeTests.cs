using FeatureMap.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class PlanProbeTests
{
    private static readonly Network Branched = Network.Build(Shape.Image(3, 12, 12), x =>
    {
        x = x.Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm().Relu();
        var skip = x;
        x = x.Conv(16, kernel: 3, padding: 1, bias: false).BatchNorm();
        return x.Add(skip).Relu().Flatten().Linear(10);
    });

    [Fact]
    public void A_training_says_what_runs_together_and_when_the_batch_meets()
    {
        var plan = Describe(batch: 40, threads: 1);
        Assert.Equal((40, true, 3, 0.0), (plan.Batch, plan.IsTraining, plan.Slots, plan.Microseconds));
        Assert.Equal(
            [
                ("conv1", "direct", "kernel"), ("batchNorm1", "two passes", "kernel"), ("relu1", "elementwise", "in the kernel "
                    + "of batchNorm1"),
                ("conv2", "Winograd, weight gradient direct", "kernel"), ("batchNorm2", "two passes", "kernel"), ("add1", "elementwise", "kernel"), ("relu2", "elementwise", "in place of add1"),
                ("flatten1", "view", "view of relu2"), ("linear1", "matrix product, weight gradient "
                    + "channels in lanes", "kernel"), ("loss/softmaxCrossEntropy1", "lanes", "kernel"),
            ],
            plan.Layers.Select(layer => (layer.Name, layer.Path, layer.Runs)));
        Assert.Equal(["prepare", "forward", "back", "finish"], plan.Stages.Select(stage => stage.Part).Distinct());
        // Two normalisations meet on the way forward and back each.
        Assert.Equal(
            ["batchNorm1 CombineStatistics", "batchNorm2 CombineStatistics", "batchNorm2 CombineGradientSums", "batchNorm1 CombineGradientSums"],
            plan.Stages.Where(stage => stage is { Part: "forward" or "back", IsPerShard: false, Items: 1 }).Select(stage => $"{stage.Phases[0].Layer} {stage.Phases[0].Work}").Where(work => !work.StartsWith("linear", StringComparison.Ordinal)));
        Assert.All(plan.Stages.Where(stage => stage.IsPerShard), stage => Assert.Equal(3, stage.Items));
        Assert.Equal(plan.Buffers.Max(buffer => buffer.Offset + buffer.Bytes), plan.SlotBytes);
        Assert.True(plan.SlotBytes < plan.UnsharedBytes);
        var last = Assert.Single(plan.Buffers, buffer => buffer.Content.StartsWith("flatten1", StringComparison.Ordinal) || buffer.Content.Contains("relu2, flatten1", StringComparison.Ordinal));
        Assert.Equal(("forward add1", "back relu2"), (last.From, last.To));
    }

    [Fact]
    public void An_evaluation_without_meetings_has_a_slot_for_each_thread()
    {
        var plan = Describe(batch: 100, isTraining: false, threads: 2);
        Assert.Equal((false, 2), (plan.IsTraining, plan.Slots));
        Assert.Equal(["prepare", "forward"], plan.Stages.Select(stage => stage.Part));
        Assert.Equal(7, plan.Stages[1].Items);
        Assert.Equal("in place of conv2", plan.Layers.Single(layer => layer.Name == "batchNorm2").Runs);
    }

    [Fact]
    public void Measured_phases_have_times()
    {
        var plan = Describe(batch: 16, steps: 2, threads: 1);
        Assert.True(plan.Microseconds > 0);
        Assert.All(plan.Stages.SelectMany(stage => stage.Phases).Where(phase => phase is { Layer: "conv2", Work: "Forward" or "WeightGradient" or "InputGradient" }), phase => Assert.True(phase.Microseconds > 0));
    }

    private static PlanDescription Describe(int batch, bool isTraining = true, int steps = 0, int threads = 0) =>
        PlanProbe.Describe(Branched, batch, isTraining, steps: steps, threads: threads, cancellation: TestContext.Current.CancellationToken);

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Equal("A batch has between 1 and 1,000,000 "
            + "images: received 0.", Assert.Throws<UsageException>(() => Describe(batch: 0)).Message);
        Assert.Equal("Steps are at least 0: received -1.", Assert.Throws<UsageException>(() => Describe(batch: 1, steps: -1)).Message);
    }
}
