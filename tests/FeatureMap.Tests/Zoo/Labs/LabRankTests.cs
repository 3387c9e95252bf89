using FeatureMap.Ops;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>A lab on several ranks: the weights, figures and page of one process, in the folder of rank 0.</summary>
public sealed class LabRankTests : IDisposable
{
    private static readonly LabSetting<int> Epochs = LabSetting.Whole("epochs", "how long", 2, 1, 9);
    private readonly TemporaryFolder folder = new();
    private int measured;

    public void Dispose() => folder.Dispose();

    // What comes later depends on what was measured, and one training leaves all numbers.
    private void Work(LabRun run)
    {
        var first = run.Train("first", DigitsTask.Network(), DigitsTask.Data(), Options(run.Get(Epochs)));
        var slope = run.Measure("slope", () =>
        {
            Interlocked.Increment(ref measured);
            Thread.Sleep(500); // longer than ranks hear nothing of each other
            return first.Epochs[0].TrainLoss - first.Epochs[^1].TrainLoss;
        });
        Assert.Null(run.TryTrain("wild", DigitsTask.Network(), DigitsTask.Data(), Options(1) with { Schedule = new ConstantRate(1e30) }));
        run.Train("second", DigitsTask.Network(), DigitsTask.Data(), Options(2) with
        {
            Seed = (ulong)BitConverter.DoubleToInt64Bits(slope) % 1000,
            InitialWeights = first.Model.Weights,
        });
        var losses = run.Trainings.SelectMany(one => one.Epochs).Select(epoch => epoch.TrainLoss);
        run.Page.Section("Mine").Text($"{slope} {string.Join(' ', losses)}");
    }

    private static TrainingOptions Options(int epochs) => new() { Epochs = epochs, BatchSize = 40, Schedule = new OneCycle(0.05) };

    private LabRun Begin(Action<LabRun> work, string root, ICollective? collective = null, CancellationToken cancellation = default)
    {
        var lab = new SmallLab(work);
        return LabRun.Begin(lab, LabSettings.Of(lab).With("threads", "1"), new LabOptions
        {
            Root = folder[collective is { Rank: > 0 } ? $"{root}-{collective.Rank}" : root],
            Collective = collective,
            Cancellation = cancellation,
        });
    }

    private static IEnumerable<string> Sums(LabRun run) => run.Trainings.Select(one => one.Model.Weights.Sha256());

    // The figures but for those of the clock.
    private static string Figures(LabRun run) => string.Join('\n', File.ReadAllLines(run.ResultsPath)
        .Where(line => !line.Contains("\"seconds\"", StringComparison.Ordinal)));

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranks_leave_what_one_process_leaves(int ranks)
    {
        var alone = Begin(Work, "alone", cancellation: TestContext.Current.CancellationToken);
        alone.Execute();
        measured = 0;
        var runs = RanksInThreads.Run(ranks, collective =>
        {
            var run = Begin(Work, "ranks", collective);
            run.Execute();
            return run;
        });
        Assert.Equal(1, measured);
        Assert.Equal(Figures(alone), Figures(runs[0]));
        Assert.True(File.Exists(runs[0].PagePath));
        Assert.All(runs[1..], run => Assert.False(File.Exists(run.PagePath)));
        foreach (var run in runs)
        {
            Assert.Equal(Sums(alone), Sums(run));
            Assert.Equal(alone.Trainings.SelectMany(one => one.Epochs).Select(epoch => epoch.ValidationLoss),
                run.Trainings.SelectMany(one => one.Epochs).Select(epoch => epoch.ValidationLoss));
        }
    }

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(3, 2, false)]
    [InlineData(2, 1, true)]
    [InlineData(1, 3, true)]
    public void Stopped_it_goes_on_with_other_ranks_to_the_same_figures(int first, int then, bool isInMeasurement)
    {
        var alone = Begin(Work, "alone", cancellation: TestContext.Current.CancellationToken);
        alone.Execute();
        using var stop = new CancellationTokenSource();
        // The last rank is asked to stop before the first training, or behind it.
        var stopped = RanksInThreads.Run(first, collective =>
        {
            var isLast = collective.Rank == first - 1;
            void Stopping(LabRun run)
            {
                if (run.Trainings.Count == 0 && isLast) stop.Cancel();
                Work(run);
            }
            void StoppingLater(LabRun run)
            {
                run.Train("first", DigitsTask.Network(), DigitsTask.Data(), Options(run.Get(Epochs)));
                if (isLast) stop.Cancel();
                run.Measure("slope", () => 0);
            }
            var run = Begin(
                isInMeasurement ? StoppingLater : Stopping, "runs", first == 1 ? null : collective, isLast ? stop.Token : default);
            Assert.Throws<OperationCanceledException>(run.Execute);
            Assert.False(File.Exists(run.PagePath));
            return run.Folder;
        });
        var runs = RanksInThreads.Run(then, collective =>
        {
            var place = stopped[0];
            if (collective.Rank > 0)
            {
                place = folder[$"again-{collective.Rank}"];
                Directory.CreateDirectory(place);
                File.Copy(Path.Combine(stopped[0], LabConfiguration.FileName), Path.Combine(place, LabConfiguration.FileName));
            }
            var run = LabRun.Resume(place, new LabOptions { Collective = then == 1 ? null : collective }, threads: 1,
                new Registry { OwnLabs = [new SmallLab(Work)] });
            run.Execute();
            return run;
        });
        Assert.Equal(Figures(alone), Figures(runs[0]));
        Assert.All(runs, run => Assert.Equal(
            alone.Trainings.SelectMany(one => one.Epochs).Select(epoch => epoch.TrainLoss),
            run.Trainings.SelectMany(one => one.Epochs).Select(epoch => epoch.TrainLoss)));
    }

    [Fact]
    public void A_rank_with_other_settings_is_found_before_the_first_training()
    {
        var trained = 0;
        var messages = RanksInThreads.Run(3, collective =>
        {
            var lab = new SmallLab(run =>
            {
                run.Train("first", DigitsTask.Network(), DigitsTask.Data(), Options(1));
                trained++;
            });
            var settings = LabSettings.Of(lab).With("threads", "1").With("epochs", collective.Rank == 2 ? "3" : "2");
            var run = LabRun.Begin(lab, settings, new LabOptions { Root = folder[$"{collective.Rank}"], Collective = collective });
            var error = Assert.Throws<RankException>(run.Execute);
            Assert.True(error.IsOfAll);
            return error.Message;
        });
        Assert.Equal(0, trained);
        var host = Environment.MachineName;
        Assert.StartsWith($"Of the ranks, rank 2 on {host} has other settings of the lab than rank 0 on {host}.",
            Assert.Single(messages.Distinct()), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["0"])); // nothing was done, so nothing stays
    }

    private sealed class SmallLab(Action<LabRun> work) : Lab
    {
        public override string Name => "small";

        public override string Title => "A small lab";

        public override string Question => "Do ranks change anything?";

        public override IReadOnlyList<LabSetting> Settings => [Epochs];

        public override void Run(LabRun run) => work(run);
    }
}
