using System.Globalization;
using System.Security.Cryptography;
using System.Text;
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

    // Branches that drop as a whole, and a loss that has weights of its own.
    private static Network Branched() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x =>
    {
        x = x.Conv(8, kernel: 5, stride: 4, bias: false).BatchNorm().Relu();
        x = x.Add(x.Conv(8, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().StochasticDepth(0.2f)).Dropout(0.1f);
        return x.Flatten().Linear(6, name: "embedding").Linear(10);
    });

    // Dense layers alone, wide enough for blocks of weights.
    private static Network Dense() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x => x
        .AveragePool(4).Flatten().Then(new WeightNorm(new Linear(40))).BatchNorm().Relu().Linear(10));

    // Heavy enough for strips, where a batch has so few images that all but the first rank have none.
    private static Network Heavy() => FeatureMap.Networks.Network.Build(Shape.Image(1, 28, 28), x => x
        .Conv(56, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().Conv(56, kernel: 3, padding: 1).Relu()
        .MaxPool(2).ChannelDropout(0.2f).GlobalAveragePool().Linear(10));

    private static readonly Dictionary<string, Func<Network>> Networks = new()
    {
        ["convolutions"] = Network,
        ["branches"] = Branched,
        ["dense"] = Dense,
        ["strips"] = Heavy,
    };

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
    [InlineData("convolutions", 128)] // 8 shards: whole subtrees
    [InlineData("convolutions", 200)] // 13 shards, the last of 8 images; then a batch of 120
    [InlineData("convolutions", 300)] // 19 shards
    [InlineData("convolutions", 40)] // 3 shards, so that a fourth rank has nothing to do
    [InlineData("branches", 128)]
    [InlineData("branches", 200)]
    [InlineData("dense", 300)]
    [InlineData("strips", 8)]
    public void Any_number_of_ranks_gives_the_same_bits(string network, int batch)
    {
        var expected = Train(Networks[network], Options(batch), 1);
        foreach (var ranks in (int[])[2, 3, 4, 5])
            Assert.Equal(expected, Train(Networks[network], Options(batch), ranks));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(200)]
    public void Centres_move_with_the_images_of_all_ranks(int batch)
    {
        var options = Options(batch) with
        {
            Mix = null,
            AccumulatedBatches = 1,
            Loss = new SoftmaxCrossEntropy() + Loss.On("embedding", new CenterLoss(0.1f)),
        };
        var expected = Train(Branched, options, 1);
        Assert.Equal(expected, Train(Branched, options with { Threads = 2 }, 2));
        Assert.Equal(expected, Train(Branched, options, 5));
    }

    [Theory]
    [InlineData(TripletMining.All, 128)]
    [InlineData(TripletMining.All, 200)]
    [InlineData(TripletMining.Hard, 200)]
    [InlineData(TripletMining.SemiHard, 120)]
    [InlineData(TripletMining.Hard, 40)] // 3 shards, so that a fourth rank has nothing to do
    public void Triplets_are_found_among_the_images_of_all_ranks(TripletMining mining, int batch)
    {
        // Beside another loss, so that what comes back to the triplets is not the same for every image.
        var options = Options(batch) with
        {
            Mix = null,
            AccumulatedBatches = 1,
            Loss = new SoftmaxCrossEntropy() + Loss.On("embedding", new TripletLoss(0.5f) { Mining = mining, IsSquared = batch != 200 }),
        };
        var expected = Train(Branched, options, 1);
        foreach (var ranks in (int[])[2, 3, 4, 5])
            Assert.Equal(expected, Train(Branched, options with { Threads = 1 + (ranks % 2) }, ranks));
        Assert.NotEqual(expected, Train(Branched, options with { Loss = null }, 1));
    }

    [Fact]
    public void All_ranks_name_the_first_layer_whose_output_is_not_finite()
    {
        var options = Options(64) with { Mix = null, Schedule = new ConstantRate(1e30), ClipGradientNorm = 0, AccumulatedBatches = 1 };
        string Message(int ranks) => Assert.Single(RanksInThreads.Run(ranks, collective =>
            Assert.Throws<TrainingException>(() => Result(Network, options with { Collective = collective })).Message).Distinct());
        Assert.Equal(Message(1), Message(3));
    }

    private static string Train(Func<Network> network, TrainingOptions options, int ranks) => Assert.Single(
        RanksInThreads.Run(ranks, collective => Result(network, options with { Collective = collective })).Distinct());

    // Everything that comes out: weights, their average, optimiser, sums of the epoch, and what validation makes of every image.
    private static string Result(Func<Network> network, TrainingOptions options)
    {
        using var session = new TrainingSession(network(), DigitsTask.Data(training: 320, validation: 600), options);
        while (session.StepsDone < session.TotalSteps) session.Step();
        var judged = session.Validate();
        using var bytes = new MemoryStream();
        session.Capture().Write(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{session.Weights.Sha256()} {session.Judged.Sha256()} "
            + $"{session.EpochLoss:R} {session.EpochMetricSum:R} {judged.Loss:R} {judged.Value:R} "
            + $"{Hash(string.Join(' ', judged.Predicted))} {Hash(string.Join(' ', judged.Values))} "
            + $"{Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray()))}");
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
