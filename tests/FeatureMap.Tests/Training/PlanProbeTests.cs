using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
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
                ("conv2", "Winograd, weight gradient direct", "kernel"), ("batchNorm2", "two passes", "kernel"), ("add1", "elementwise", "in the kernel of batchNorm2"),
                ("relu2", "elementwise", "in the kernel of batchNorm2"),
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
        Assert.Equal(("forward batchNorm2", "back batchNorm2"), (last.From, last.To));
    }

    [Theory]
    [InlineData("resnet-18")]
    [InlineData("resnet-50")]
    public void A_machine_of_32_cores_has_work_in_every_stage_of_a_single_shard(string name)
    {
        var network = Architectures.Get(name).Build();
        var plan = PlanProbe.Describe(network, batch: 16, threads: 32, cancellation: TestContext.Current.CancellationToken);
        // Images are loaded and losses computed a shard at a time; the classifier is light: little beside the layers.
        var layers = plan.Stages.Where(stage => stage.Part is "forward" or "back"
            && !stage.Phases.All(phase => phase.Layer is "input" or "fc" || phase.Layer.StartsWith("loss", StringComparison.Ordinal)));
        Assert.All(layers, stage => Assert.True(
            stage.Items >= 32, $"{stage.Items} items: {string.Join(", ", stage.Phases.Select(phase => $"{phase.Layer} {phase.Work}"))}"));
        // Batch statistics go through without a meeting: at most four stages for each of the convolutions and what follows it, two
        // forward and two back.
        Assert.InRange(plan.Stages.Count, 40, 5 * plan.Layers.Count(layer => layer.Op.StartsWith("Conv", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(16, 1, true)] // one thread has nobody to share with
    [InlineData(16, 2, false)]
    [InlineData(32, 2, true)] // a shard for each
    [InlineData(48, 2, false)] // one of two would wait for a third of the time
    [InlineData(128, 2, true)]
    [InlineData(112, 2, true)] // an eighth of the time
    [InlineData(128, 16, false)]
    public void Shards_stay_whole_where_they_keep_all_threads_busy(int batch, int threads, bool areWhole)
    {
        var network = Network.Build(
            Shape.Image(16, 32, 32),
            x => x.Conv(64, kernel: 3, padding: 1).BatchNorm().Relu().Conv(64, kernel: 3, padding: 1).GlobalAveragePool().Linear(10));
        var plan = PlanProbe.Describe(network, batch, threads: threads, cancellation: TestContext.Current.CancellationToken);
        var shards = (batch + 15) / 16;
        var stage = plan.Stages.Single(stage => stage.Phases.Any(phase => phase is { Layer: "conv2", Work: "Forward" }));
        if (areWhole) Assert.Equal(shards, stage.Items);
        else Assert.InRange(stage.Items, 4 * threads, 8 * threads);
    }

    // A small block of weights turns and transforms as much as a large one; the pieces of the input gradient beside them keep all
    // threads busy.
    [Theory]
    [InlineData(2, 2)]
    [InlineData(8, 8)]
    [InlineData(64, 16)] // squares of 16 channels are the least
    public void Weight_gradients_are_cut_into_large_blocks(int threads, int expected)
    {
        var network = Network.Build(
            Shape.Image(64, 32, 32),
            x => x.Conv(64, kernel: 3, padding: 1).Conv(64, kernel: 3, padding: 1).GlobalAveragePool().Linear(10));
        var plan = PlanProbe.Describe(network, 16, threads: threads, cancellation: TestContext.Current.CancellationToken);
        var stage = plan.Stages.Single(stage => stage.Phases.Any(phase => phase is { Layer: "conv2", Work: "WeightGradient" }));
        Assert.Equal(expected, stage.Phases.Single(phase => phase.Work == "WeightGradient").Items);
        Assert.True(stage.Phases.Single(phase => phase.Work == "InputGradient").Items >= Math.Min(4 * threads, 64));
    }

    [Fact]
    public void Pieces_go_to_the_core_that_is_free_first()
    {
        Assert.Equal(11, PlanProbe.Together([(3, 2), (1, 5)], 1));
        Assert.Equal(7, PlanProbe.Together([(3, 2), (1, 5)], 2)); // 2 + 2, and 2 + 5
        Assert.Equal(5, PlanProbe.Together([(3, 2), (1, 5)], 4));
        Assert.Equal(4, PlanProbe.Together([(5, 2)], 3)); // two rounds, and one core has nothing in the second
    }

    [Fact]
    public void A_step_on_more_cores_is_computed_from_its_pieces()
    {
        var network = Network.Build(
            Shape.Image(16, 32, 32), x => x.Conv(64, kernel: 3, padding: 1).Conv(64, kernel: 3, padding: 1).GlobalAveragePool().Linear(10));
        var all = PlanProbe.OnCores(network, 16, [4, 4], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal([1, 4], all.Select(one => one.Cores));
        Assert.Equal(1, all[0].Speedup);
        Assert.Equal(1, all[0].Busy, 1e-9);
        // Cut for 4 cores, and nearly all of it is convolutions.
        Assert.InRange(all[1].Busy, 0.6, 1);
        Assert.InRange(all[1].Narrow, 0, 0.5);
        Assert.Equal(all[0].Microseconds / all[1].Microseconds, all[1].Speedup, 1e-9);
    }

    [Fact]
    public void Stages_that_are_not_cut_are_narrow_and_leave_the_other_cores_idle()
    {
        var wide = PlanProbe.Project([[(8, 10)], [(1, 16)], [(8, 1)]], 8, ofOneCore: 104);
        Assert.Equal((8, 10 + 2 + 16 + 2 + 1), (wide.Cores, wide.Microseconds));
        Assert.Equal(104 / 31.0, wide.Speedup, 1e-9);
        Assert.Equal(104 / (8 * 31.0), wide.Busy, 1e-9);
        Assert.Equal(16 / 31.0, wide.Narrow, 1e-9);
    }

    [Fact]
    public void A_light_step_gains_nothing_by_more_cores()
    {
        var one = PlanProbe.Project([[(1, 3)], [(1, 4)], [(1, 1)]], 1);
        Assert.Equal((8, 1, 1), (one.Microseconds, one.Speedup, one.Busy));
        // One piece behind the other, as the layers of such a step are not cut, and the meetings on top.
        var eight = PlanProbe.Project([[(1, 3)], [(1, 4)], [(1, 1)]], 8, one.Microseconds);
        Assert.Equal(12, eight.Microseconds);
        Assert.Equal(8 / 12.0, eight.Speedup, 1e-9);
        Assert.Equal(eight.Narrow, 8 * eight.Busy, 1e-9);
    }

    [Fact]
    public void Light_layers_are_not_cut()
    {
        var network = Network.Build(Shape.Image(1, 8, 8), x => x.Conv(4, kernel: 3).BatchNorm().Relu().GlobalAveragePool().Linear(10));
        var plan = PlanProbe.Describe(network, 16, threads: 4, cancellation: TestContext.Current.CancellationToken);
        Assert.All(plan.Stages.Where(stage => stage.Part is "forward" or "back"), stage => Assert.Equal(1, stage.Items));
    }

    [Fact]
    public void An_evaluation_without_meetings_has_a_slot_for_each_thread()
    {
        var plan = Describe(batch: 100, isTraining: false, threads: 2);
        Assert.Equal((false, 2), (plan.IsTraining, plan.Slots));
        Assert.Equal(["prepare", "forward"], plan.Stages.Select(stage => stage.Part));
        Assert.Equal(7, plan.Stages[1].Items);
        Assert.Equal("in the kernel of conv2", plan.Layers.Single(layer => layer.Name == "batchNorm2").Runs);
    }

    [Fact]
    public void Measured_phases_have_times()
    {
        var plan = Describe(batch: 16, steps: 2, threads: 1);
        Assert.True(plan.Microseconds > 0);
        Assert.All(
            plan.Stages.Where(stage => stage.Part is "forward" or "back").SelectMany(stage => stage.Phases).Where(phase => phase.Layer == "conv2"),
            phase => Assert.True(phase.Microseconds > 0));
    }

    private static PlanDescription Describe(int batch, bool isTraining = true, int steps = 0, int threads = 0) =>
        PlanProbe.Describe(Branched, batch, isTraining, steps: steps, threads: threads, cancellation: TestContext.Current.CancellationToken);

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        Assert.Equal("A batch has between 1 and 1,000,000 "
            + "images: received 0.", Assert.Throws<UsageException>(() => Describe(batch: 0)).Message);
        Assert.Equal(
            "A projection needs at least 1 measured step: received 0.",
            Assert.Throws<UsageException>(() => PlanProbe.OnCores(
                Branched, 16, [2], steps: 0, cancellation: TestContext.Current.CancellationToken)).Message);
        Assert.Equal("Steps are at least 0: received -1.", Assert.Throws<UsageException>(() => Describe(batch: 1, steps: -1)).Message);
    }
}
