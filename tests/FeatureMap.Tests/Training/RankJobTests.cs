using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>Jobs of several ranks: one folder, one checkpoint for all, one decision, and one error.</summary>
public sealed class RankJobTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static SplitData Data { get; } = DigitsTask.Data(training: 100);

    private static TrainingOptions Options(ICollective? collective, string? place) => new()
    {
        Epochs = 3,
        BatchSize = 40, // 40, 40 and 20 images
        Threads = 1,
        Seed = 5,
        Schedule = new OneCycle(0.05),
        Averaging = new WeightAveraging(0.8),
        EarlyStopping = new EarlyStopping(2),
        Collective = collective,
        Folder = place is null ? null : RunFolder.At(place),
        LogEverySteps = 1,
        TensorBoard = false,
    };

    /// <summary>The folder of rank 0; the others are given places in which nothing must come into being.</summary>
    private string Place(string run, ICollective collective) => folder[collective.Rank == 0 ? run : $"{run}-rank-{collective.Rank}"];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)] // more ranks than shards
    public void Rank_0_writes_what_one_rank_alone_writes(int ranks)
    {
        Trainer.Fit(DigitsTask.Network(), Data, Options(null, folder["alone"]));
        RanksInThreads.Run(ranks, collective => Trainer.Fit(DigitsTask.Network(), Data, Options(collective, Place("run", collective))));
        Assert.Equal(Files("alone"), Files("run"));
        Assert.All(Enumerable.Range(1, ranks - 1), rank => Assert.Empty(Directory.EnumerateFiles(folder[$"run-rank-{rank}"])));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 1)]
    [InlineData(1, 4)]
    public void Stopped_by_any_rank_it_goes_on_with_other_ranks_to_the_same_bits(int first, int then)
    {
        var whole = Trainer.Fit(DigitsTask.Network(), Data, Options(null, null)).Model.Weights.Sha256();
        var stopped = RanksInThreads.Run(first, collective =>
        {
            var options = Options(collective, Place("run", collective));
            // The last rank is asked to stop in the middle of its second epoch.
            TrainingListener[] stop = collective.Rank == first - 1 ? [new StopAt(4)] : [];
            using var job = new TrainingJob(DigitsTask.Network(), Data, options, [.. TrainingListener.Usual(options), .. stop]);
            return (job.Run().IsComplete, job.StepsDone);
        });
        Assert.Equal((false, first == 1 ? 4 : 5), Assert.Single(stopped.Distinct())); // a wish travels with the next step
        var sums = RanksInThreads.Run(then, collective => Trainer.Fit(
            DigitsTask.Network(), Data, Options(collective, Place("run", collective)) with { Resume = true }).Model.Weights.Sha256());
        Assert.Equal(whole, Assert.Single(sums.Distinct()));
    }

    [Fact]
    public void Stopped_before_the_first_step_no_rank_does_one()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var steps = RanksInThreads.Run(3, collective =>
        {
            var options = Options(collective, null) with { Cancellation = collective.Rank == 2 ? source.Token : default };
            using var job = new TrainingJob(DigitsTask.Network(), Data, options);
            return (job.Run().IsComplete, job.StepsDone);
        });
        Assert.All(steps, step => Assert.Equal((false, 0), step));
    }

    [Fact]
    public void Ranks_that_were_begun_with_different_things_say_so_before_the_first_step()
    {
        string Message(Func<ICollective, (SplitData, TrainingOptions)> of) => Assert.Single(RanksInThreads.Run(3, collective =>
        {
            var (data, options) = of(collective);
            using var job = new TrainingJob(DigitsTask.Network(), data, options);
            var error = Assert.Throws<RankException>(() => job.Run());
            Assert.True(error.IsOfAll);
            Assert.Equal(0, job.StepsDone);
            return error.Message;
        }).Distinct());

        var host = Environment.MachineName;
        Assert.Equal($"Of the ranks, rank 2 on {host} has other options than rank 0 on {host}. Ranks train one network together, so begin "
            + "all of them with the same program, the same arguments and the same data.",
            Message(collective => (Data, Options(collective, null) with { Seed = (ulong)(5 + (collective.Rank / 2)) })));
        Assert.Contains($"rank 1 on {host} has other training images than rank 0",
            Message(collective => (DigitsTask.Data(100 - (collective.Rank % 2)), Options(collective, null))), StringComparison.Ordinal);
        Weights Begun(ICollective collective) => Weights.Initialize(DigitsTask.Network(), (ulong)(collective.Rank % 2));
        Assert.Contains($"rank 1 on {host} has other weights to begin with than rank 0",
            Message(collective => (Data, Options(collective, null) with { InitialWeights = Begun(collective) })), StringComparison.Ordinal);
        // What decides no bit may differ.
        Assert.Equal(3, RanksInThreads.Run(3, collective => Trainer.Fit(DigitsTask.Network(), Data,
            Options(collective, null) with { Epochs = 1, Threads = 1 + (collective.Rank % 2) }).Model.Weights.Sha256()).Length);
    }

    [Fact]
    public void Weights_that_are_no_longer_equal_are_found()
    {
        var network = DigitsTask.Network();
        var error = Assert.Throws<RankException>(() => RanksInThreads.Run(2, collective =>
        {
            var options = Options(collective, null);
            using var job = new TrainingJob(network, Data, options, collective.Rank == 1 ? [new Fault(4)] : []);
            return job.Run();
        }));
        var host = Environment.MachineName;
        Assert.StartsWith(
            $"After step 6 rank 1 on {host} has other weights than rank 0 on {host}", error.Message, StringComparison.Ordinal);
    }

    // Names and contents, without what a clock says.
    private List<string> Files(string run)
    {
        var found = new List<string>();
        foreach (var path in Directory.EnumerateFiles(folder[run]).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(path);
            if (name.StartsWith("checkpoint-", StringComparison.Ordinal))
            {
                using var file = File.OpenRead(path);
                var checkpoint = Checkpoint.Read(file);
                using var bytes = new MemoryStream();
                var state = checkpoint.State.Where(pair => !pair.Key.Contains("econds", StringComparison.Ordinal)).ToDictionary();
                (checkpoint with { State = state }).Write(bytes);
                found.Add($"{name} {Convert.ToBase64String(bytes.ToArray())}");
            }
            else if (name is RunLog.JsonFileName)
            {
                foreach (var row in RunLog.Read(folder[run]).Epochs)
                    found.Add($"{row with { Seconds = 0, TotalSeconds = 0, ImagesPerSecond = 0, AugmentationShare = 0 }}");
                foreach (var row in RunLog.Read(folder[run]).Steps)
                    found.Add($"{row}");
            }
            else if (name is not RunLog.CsvFileName && !name.StartsWith('.'))
            {
                found.Add($"{name} {Convert.ToBase64String(File.ReadAllBytes(path))}");
            }
        }
        Assert.True(found.Count > 10);
        return found;
    }

    private sealed class StopAt(long step) : TrainingListener
    {
        public override void StepDone(TrainingJob job)
        {
            if (job.StepsDone == step) job.Stop();
        }
    }

    /// <summary>A memory that forgets a bit.</summary>
    private sealed class Fault(long step) : TrainingListener
    {
        public override void StepDone(TrainingJob job)
        {
            if (job.StepsDone == step) job.Session.Weights.Parameters[0].Values[0] += 1e-6f;
        }
    }
}
