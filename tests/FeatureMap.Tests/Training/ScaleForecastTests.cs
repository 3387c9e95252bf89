using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What several machines would bring, where the network is the limit, its latency, or the shards.</summary>
public sealed class ScaleForecastTests
{
    // A step of 8 shards takes 90 ms, of which 10 are there whatever the shards.
    private static readonly Dictionary<int, double> Steps = new() { [8] = 0.09, [4] = 0.05, [2] = 0.03 };

    private static ScaleForecast Forecast => new(128, 1_000_000, 3, Steps);

    [Fact]
    public void A_step_is_what_the_formula_says()
    {
        var link = new ScaleLink("a line", 1e8, 1e-4);
        Assert.Equal(new(1, 8, 0.09, 0, 0, 1), Forecast.At(1, link));
        var four = Forecast.At(4, link);
        Assert.Equal((4, 2, 0.03), (four.Ranks, four.Shards, four.ComputeSeconds));
        Assert.Equal(0.015, four.TransferSeconds, 1e-12); // 2 x 3/4 MB: each number over the line twice, but the own part
        Assert.Equal(0.002, four.LatencySeconds, 1e-12); // (3 + 1 + 2 x 3) messages x log2 of 4 x 0.1 ms
        Assert.Equal(0.047, four.Seconds, 1e-12);
        Assert.Equal(0.09 / (4 * 0.047), four.Efficiency, 1e-12);
    }

    [Fact]
    public void Ranks_that_hold_no_whole_subtree_send_more()
    {
        // 5 shards for 2 machines: the first has shards 0 and 1, the second 2 and 3 in one root and 4 in another.
        var point = new ScaleForecast(80, 1_000_000, 0, Steps).At(2, new ScaleLink("a line", 1e8, 0));
        Assert.Equal((3, 0.04), (point.Shards, Math.Round(point.ComputeSeconds, 9))); // on the line between 2 and 4 shards
        Assert.Equal(0.015, point.TransferSeconds, 1e-12); // (2 + 1) x 1/2 MB
    }

    [Fact]
    public void A_larger_batch_makes_up_for_a_slow_line()
    {
        // n shards take 10 + 10 n ms on one machine, and 10 + 5 n + 50 ms on two.
        var slow = new ScaleLink("slow", 2e7, 0);
        Assert.Equal(0.09 / (2 * 0.1), Forecast.At(2, slow).Efficiency, 1e-9);
        Assert.Equal(128, Forecast.BatchFor(0.449, 2, slow));
        Assert.Equal(512, Forecast.BatchFor(0.75, 2, slow)); // 32 shards: 330 / (2 x 220)
        Assert.Equal(1024, Forecast.BatchFor(0.8, 2, slow)); // 64 shards: 650 / (2 x 380)
        Assert.Null(Forecast.BatchFor(0.8, 2, new ScaleLink("hopeless", 1, 0)));
    }

    [Fact]
    public void A_step_of_the_ranks_that_there_are_is_measured_on_all_of_them()
    {
        var network = DigitsTask.Network();
        var seconds = RanksInThreads.Run(3, collective => ScaleForecast.StepSeconds(
            network, new TrainingOptions { BatchSize = 40, Threads = 1, Collective = collective }));
        Assert.All(seconds, one => Assert.InRange(one, 1e-6, 60));
    }

    [Fact]
    public void This_machine_is_measured_with_the_shards_of_each_number_of_machines()
    {
        var network = DigitsTask.Network();
        var forecast = ScaleForecast.Measure(
            network, new TrainingOptions { BatchSize = 40, Threads = 1 }, [1, 2, 8], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal((40, 4 * network.TrainableCount, 3), (forecast.Batch, forecast.GradientBytes, forecast.Norms));
        Assert.All([1, 2, 8], ranks => Assert.True(forecast.At(ranks, ScaleLink.Ethernet(10)).ComputeSeconds > 1e-6));
        Assert.Throws<UsageException>(() => ScaleForecast.Measure(
            network, new TrainingOptions { BatchSize = 0 }, [1], cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_line_between_ranks_is_measured_by_all_of_them()
    {
        var links = RanksInThreads.Run(2, collective => ScaleLink.Measure(collective, 1 << 20));
        Assert.All(links, link => Assert.True(link is { BytesPerSecond: > 1e6, LatencySeconds: > 0 and < 1 }));
    }
}
