using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>
/// A batch that is cut over several ranks, each a session of its own in a thread of its own, gives the bits of one that is not: every kind
/// of sum over the images occurs.
/// </summary>
public sealed class RankTests
{
    // Batch norm, small and large maps, group norm, learned slopes, all dropouts, weight norm, a bias.
    private static Network Network() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(12, kernel: 3, stride: 2, bias: false).BatchNorm().PRelu()
        .Conv(32, kernel: 3).GroupNorm(4).Relu().ChannelDropout(0.2f)
        .Conv(32, kernel: 3).Relu()
        .MaxPool(3).Conv(32, kernel: 1, bias: false).BatchNorm().Relu()
        .Conv(32, kernel: 3, padding: 1).Relu()
        .Dropout(0.1f).GlobalAveragePool(name: "embedding").Then(new WeightNorm(new Linear(16))).AlphaDropout(0.1f).Linear(10));

    private static TrainingOptions Options(int batch) => new()
    {
        Epochs = 2,
        BatchSize = batch,
        Seed = 3,
        Threads = 1,
        Optimizer = new Sgd(0.9, nesterov: true, weightDecay: 5e-4),
        Schedule = new OneCycle(0.05),
        Augmentation = new RandomAffine { ShiftPixels = 1.5f, RotationDegrees = 8 },
        Mix = new CutMix(),
        ClipGradientNorm = 0.5,
        AccumulatedBatches = batch > 150 ? 1 : 2,
        Averaging = new WeightAveraging(0.9),
    };

    [Theory]
    [InlineData(128)] // 8 shards: whole subtrees
    [InlineData(200)] // 13 shards, the last of 8 images; then a batch of 100
    [InlineData(40)] // 3 shards, so that a fourth rank has nothing to do
    public void Any_number_of_ranks_gives_the_same_bits(int batch)
    {
        var expected = Train(Options(batch), 1);
        foreach (var ranks in (int[])[2, 3, 4])
            Assert.Equal(expected, Train(Options(batch), ranks));
    }

    [Fact]
    public void Centres_move_with_the_images_of_all_ranks()
    {
        var options = Options(128) with { Mix = null, AccumulatedBatches = 1, Loss = new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss(0.1f)) };
        Assert.Equal(Train(options, 1), Train(options with { Threads = 2 }, 2));
    }

    [Fact]
    public void A_triplet_loss_says_that_it_needs_the_whole_batch()
    {
        var options = Options(64) with { Mix = null, Loss = Loss.On("embedding", new TripletLoss()) };
        var error = Assert.Throws<UsageException>(() => Train(options, 2));
        Assert.Contains("compares every image of a batch with every other one, so the batch cannot be cut over 2 ranks: "
            + "train it on one.", error.Message, StringComparison.Ordinal);
    }

    private static string Train(TrainingOptions options, int ranks)
    {
        var data = DigitsTask.Data(training: 300);
        using var team = new RanksInThreads(ranks);
        var results = new string[ranks];
        var errors = new Exception?[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            try
            {
                using var session = new TrainingSession(Network(), data, options, team.Of(rank));
                while (session.StepsDone < session.TotalSteps) session.Step();
                results[rank] = string.Create(CultureInfo.InvariantCulture, $"{session.Weights.Sha256()} {session.Judged.Sha256()} "
                    + $"{session.EpochLoss:R} {session.EpochMetricSum:R}");
            }
            catch (Exception error)
            {
                errors[rank] = error;
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (errors.FirstOrDefault(error => error is not null) is { } first) throw first;
        Assert.Single(results.Distinct());
        return results[0];
    }

    /// <summary>Ranks that are threads of one process.</summary>
    private sealed class RanksInThreads(int ranks) : IDisposable
    {
        private readonly Barrier barrier = new(ranks);
        private readonly byte[][] given = new byte[ranks][];

        public ICollective Of(int rank) => new Member(this, rank);

        public void Dispose() => barrier.Dispose();

        private sealed class Member(RanksInThreads team, int rank) : ICollective
        {
            public int Rank => rank;

            public int Ranks => team.given.Length;

            public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
            {
                team.given[rank] = own.ToArray();
                team.barrier.SignalAndWait();
                for (var other = 0; other < team.given.Length; other++)
                {
                    Assert.Equal(own.Length, team.given[other].Length);
                    team.given[other].CopyTo(all[(other * own.Length)..]);
                }
                team.barrier.SignalAndWait();
            }
        }
    }
}
