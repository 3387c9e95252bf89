using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>
/// What a convolution takes along in evaluation, and what is written where it is joined: the bits are those of layers that run alone,
/// on every kernel path, register width, number of images and cut.
/// </summary>
public sealed class EvaluationFusionTests
{
    public static TheoryData<string> Names => [.. Networks.Keys];

    private static Dictionary<string, Func<Feature, Feature>> Networks { get; } = new()
    {
        ["tiles of Winograd"] = x =>
        {
            x = x.Conv(20, kernel: 3, padding: 1).BatchNorm().Relu();
            x = x.Conv(20, kernel: 3, padding: 1).BatchNorm().Add(x.Conv(20, kernel: 1)).Relu();
            x = x.Conv(13, kernel: 3).BatchNorm(affine: false).Silu();
            x = x.Conv(14, kernel: 3, padding: 3, dilation: 2).BatchNorm().Relu();
            return x.Conv(66, kernel: 3, padding: 1).Relu().Conv(66, kernel: 3, padding: 2).Relu6();
        },
        ["panels"] = x =>
        {
            x = x.Conv(21, kernel: 1).BatchNorm().Relu().Conv(210, kernel: 1).BatchNorm().HardSwish();
            x = x.Conv(430, kernel: 1, bias: false).BatchNorm().Relu().Conv(70, kernel: 1).Sigmoid();
            x = x.Add(x.Conv(70, kernel: 1).BatchNorm()).Relu();
            return x.Conv(40, kernel: 1, stride: 2).BatchNorm().Relu();
        },
        ["depthwise, groups and strides"] = x =>
        {
            x = x.Conv(24, kernel: 3, stride: 2, padding: 1).BatchNorm().Relu6();
            x = x.Conv(24, kernel: 3, padding: 1, groups: 24).BatchNorm().Relu6();
            x = x.Conv(24, kernel: 3, padding: 1, groups: 4).BatchNorm().Relu();
            x = x.Conv(48, kernel: 3, padding: 1, groups: 24).BatchNorm().Relu().Conv(48, kernel: (5, 1), groups: 48).Relu();
            return x.Conv(2, kernel: 3, padding: 1).BatchNorm().Relu().Conv(7, kernel: (1, 6)).Relu();
        },
        ["joined"] = x =>
        {
            x = x.Conv(18, kernel: 3, padding: 1);
            for (var i = 0; i < 4; i++)
                x = x.Concat(
                    x.BatchNorm().Relu().Conv(20, kernel: 1, bias: false).BatchNorm().Relu().Conv(17, kernel: 3, padding: 1, bias: false));
            x = x.BatchNorm().Relu().Conv(24, kernel: 1).MaxPool(2).Relu();
            var one = x.Conv(16, kernel: 1).Relu();
            var three = x.Conv(19, kernel: 3, padding: 1).Relu();
            var joined = one.Concat(three, one, x).Relu();
            return joined.Concat(three.MaxPool(3, stride: 1, padding: Padding.Same)).BatchNorm().Conv(20, kernel: 1);
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_that_go_along_have_the_bits_of_layers_that_run_alone(string name)
    {
        var network = Network.Build(Shape.Image(3, 9, 11), x => Networks[name](x).GlobalAveragePool().Linear(4));
        var weights = Weights.Initialize(network, 3);
        var random = new RandomSequence(7, RandomPurpose.Testing);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Name.Contains(".running_", StringComparison.Ordinal)))
            foreach (ref var value in parameter.Values)
                value = random.NextSingle(0.5f, 1.5f);
        using var one = new ThreadTeam(1);
        using var three = new ThreadTeam(3);
        foreach (var (images, batch) in ((int, int)[])[(19, 19), (7, 8), (3, 4)])
        {
            var alone = Evaluate(batch, images, one, LaneWidth.Scalar, keepsOutputs: true, ShardCut.None, out var kernels);
            Assert.DoesNotContain(alone, float.IsNaN);
            foreach (var width in (LaneWidth[])[LaneWidth.Bits512, LaneWidth.Bits256, LaneWidth.Bits128, LaneWidth.Scalar])
            {
                Assert.Equal(alone, Evaluate(batch, images, one, width, keepsOutputs: false, ShardCut.None, out var fused));
                Assert.True(fused < kernels, $"{fused} kernels instead of {kernels}");
                Assert.Equal(alone, Evaluate(batch, images, three, width, keepsOutputs: false, new ShardCut(7, LeastWork: 1), out _));
            }
        }

        float[] Evaluate(int batch, int images, ThreadTeam team, LaneWidth width, bool keepsOutputs, ShardCut cut, out int kernels)
        {
            var (feed, results) = (new ArrayFeed(network, batch), new ArrayReader(network.Layers[^1], batch));
            var numbers = new RandomSequence(11, RandomPurpose.Testing);
            for (var i = 0; i < images * network.Input.Count; i++)
                feed.Of(0)[i] = numbers.NextSingle(-1, 1);
            using var plan = new Plan(
                new EngineRequest
                {
                    Weights = weights,
                    Batch = batch,
                    Mode = ExecutionMode.Evaluation,
                    HasGradients = false,
                    Feed = feed,
                    Reader = results,
                    KeepsOutputs = keepsOutputs,
                    Cut = cut,
                },
                team, width);
            plan.Prepare();
            for (var repeat = 0; repeat < 2; repeat++)
                plan.Forward(images);
            kernels = plan.Describe().Layers.Count(
                layer => layer.Runs is "kernel" || layer.Runs.StartsWith("in place", StringComparison.Ordinal));
            return results.Values[..(4 * images)];
        }
    }

    // Maps of more than 32 MB, 12 of whose 16 lanes are idle, are stored past the caches.
    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits128)]
    public void Large_maps_of_few_images_have_the_bits_of_any_others(LaneWidth width)
    {
        var network = Network.Build(Shape.Image(1, 191, 193), x => x
            .Conv(16, kernel: 3, padding: 1).Relu().Conv(20, kernel: 3, padding: 1).BatchNorm().Relu()
            .Conv(16, kernel: 3, padding: 1).GlobalAveragePool());
        var weights = Weights.Initialize(network, 3);
        using var team = new ThreadTeam(2);
        Assert.Equal(Evaluate(LaneLayout.Lanes), Evaluate(4));

        float[] Evaluate(int batch)
        {
            var (feed, results) = (new ArrayFeed(network, batch), new ArrayReader(network.Layers[^1], batch));
            var numbers = new RandomSequence(11, RandomPurpose.Testing);
            for (var i = 0; i < 3 * network.Input.Count; i++)
                feed.Of(0)[i] = numbers.NextSingle(-1, 1);
            using var plan = new Plan(
                new EngineRequest
                {
                    Weights = weights,
                    Batch = batch,
                    Mode = ExecutionMode.Evaluation,
                    HasGradients = false,
                    Feed = feed,
                    Reader = results,
                },
                team, width);
            plan.Prepare();
            plan.Forward(3);
            Assert.Contains(results.Values[..48], value => value != 0);
            return results.Values[..48];
        }
    }

    [Fact]
    public void A_block_of_convolutions_with_normalisations_and_a_skip_path_is_two_kernels()
    {
        var network = Network.Build(Shape.Image(16, 8, 8), x =>
            x.Conv(16, kernel: 3, padding: 1).BatchNorm().Relu().Conv(16, kernel: 3, padding: 1).BatchNorm().Add(x).Relu());
        using var team = new ThreadTeam(1);
        using var plan = new Plan(
            new EngineRequest
            {
                Weights = Weights.Initialize(network, 3),
                Batch = 16,
                Mode = ExecutionMode.Evaluation,
                HasGradients = false,
                Feed = new ArrayFeed(network, 16),
            },
            team);
        Assert.Equal(2, plan.Describe().Layers.Count(layer => layer.Runs == "kernel"));
        Assert.Equal(5, plan.Describe().Layers.Count(layer => layer.Runs.StartsWith("in the kernel of", StringComparison.Ordinal)));
    }
}
