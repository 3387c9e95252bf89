using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Whole networks in a plan (shared memory, views, in-place ops, joined gradients, fused activations) against the references, layer by layer.</summary>
public sealed unsafe class PlanTests
{
    public static TheoryData<string> Names => [.. Networks.Keys];

    private static Dictionary<string, Func<Feature, Feature>> Networks { get; } = new()
    {
        ["plain"] = x => x.Conv(6, kernel: 3).BatchNorm().Relu().MaxPool(2).Conv(5, kernel: 1).Relu().Dropout(0.25f).GlobalAveragePool().Linear(4),
        ["flatten"] = x => x.Conv(3, kernel: 3, stride: 2).LeakyRelu(0.1f).Dropout(0.5f).Flatten().Dropout(0.1f).Linear(7).Relu().Linear(4),
        ["views of the input"] = x => x.Flatten().Dropout(0.2f).Linear(4),
        ["residual"] = x =>
        {
            x = x.Conv(4, kernel: 3, padding: 1).Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu().ChannelDropout(0.3f).Conv(4, kernel: 3, padding: 1).Add(x).Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Add(x, x).MaxPool(3, stride: 2, padding: 1);
            return x.GlobalAveragePool().Linear(4);
        },
        ["dense"] = x =>
        {
            x = x.Concat(x.Conv(3, kernel: 3, padding: 1).BatchNorm().Relu());
            x = x.Concat(x.MaxPool(3, stride: 1, padding: Padding.Same), x.AveragePool(3, stride: 1, padding: 1, countsPadding: false));
            return x.Dropout(0.1f).Relu().AveragePool(2).Flatten().Linear(4);
        },
        ["image norms"] = x =>
        {
            x = x.Conv(4, kernel: 3).LayerNorm().Relu().Conv(4, kernel: 1).GroupNorm(2).LeakyRelu(0.1f);
            x = x.LayerNorm(perPixel: true).Conv(4, kernel: 3, padding: 1).InstanceNorm().Relu().LocalResponseNorm(3, alpha: 0.5f);
            return x.Conv(4, kernel: 3, padding: 1).BatchNorm(affine: false).StochasticDepth(0.3f).Add(x).InstanceNorm(affine: true).GlobalAveragePool().Linear(4);
        },
        ["norm of the images"] = x => x.InstanceNorm().BatchNorm(affine: false).GroupNorm(1).Flatten().LayerNorm().Linear(4),
        ["pools of fixed output"] = x =>
        {
            x = x.Conv(4, kernel: 3).Relu();
            var coarse = x.AdaptiveMaxPool(4, 5).Concat(x.AdaptiveAveragePool(4, 5)).GlobalMaxPool();
            return x.SpatialPyramidPool([1, 2, 4]).AlphaDropout(0.2f).Linear(8).Add(coarse).Concat(x.SpatialPyramidPool([3], average: true)).Linear(4);
        },
        ["activations"] = x =>
        {
            x = x.Conv(4, kernel: 3).BatchNorm().HardSwish().Conv(4, kernel: 1).BatchNorm().Silu().Dropout(0.1f); // taken along, and not
            x = x.Conv(4, kernel: 3).BatchNorm().Tanh().PRelu().Sigmoid().HardTanh(-0.5f, 0.6f);
            var gate = x.Conv(4, kernel: 1).Gelu().Mish().BatchNorm().Elu().Softmax();
            return x.Add(gate, gate.LogSoftmax().PRelu(isShared: true)).Softplus().Flatten().Linear(4).Softsign().Linear(4);
        },
        ["one output, many readers"] = x =>
        {
            var y = x.Conv(4, kernel: 3).Relu();
            var vector = y.Flatten().Dropout(0.5f).Linear(4);
            return y.Relu().Add(y.Dropout(0.5f), y.LeakyRelu(0.5f), y).GlobalAveragePool().Linear(4).Add(vector, y.Flatten().Linear(4));
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_training_step_agrees_with_the_references(string name) => AssertStep(name, ExecutionMode.Training, everyOther: false);

    [Theory]
    [MemberData(nameof(Names))]
    public void With_every_other_layer_frozen_the_rest_agrees_with_the_references(string name) =>
        AssertStep(name, ExecutionMode.Training, everyOther: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_in_evaluation_agree_with_the_references(string name) =>
        AssertStep(name, ExecutionMode.Evaluation, everyOther: false);

    private static void AssertStep(string name, ExecutionMode mode, bool everyOther)
    {
        const int Batch = 21;
        var random = new RandomSequence(11, RandomPurpose.Testing);
        var network = Network.Build(Shape.Image(2, 8, 8), Networks[name]);
        var graph = TrainingGraph.Of(network, new SoftmaxCrossEntropy(0.1f), 4);
        var weights = Weights.Initialize(graph.Graph, 3);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Name.Contains(".running_", StringComparison.Ordinal)))
            foreach (ref var value in parameter.Values)
                value = random.NextSingle(0.5f, 1.5f);
        string[] frozen = [.. network.Layers.Where(layer => everyOther && layer.Index % 2 == 0).Select(layer => layer.Name)];
        var images = new ReferenceTensor(Batch, network.Input);
        foreach (ref var value in images.Values.AsSpan())
            value = random.NextSingle(-1, 1);
        var targets = new ReferenceTensor(Batch, Shape.Vector(4));
        for (var image = 0; image < Batch; image++)
            targets[image, random.NextInt(4)] = 1;
        var losses = new double[Batch];
        using var team = new ThreadTeam(2);
        var request = new PlanRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = Batch,
            Mode = mode,
            HasGradients = true,
            FrozenLayers = frozen,
            Team = team,
            Load = made => (in item) =>
            {
                Write(made.Input, item, images);
                Write(made.OutputOf(graph.Target!.Value), item, targets);
            },
            Consume = made => (in item) => Read(made.LossOutput, item, losses),
            WantsImageGradient = true,
            Cut = ShardCut.None,
        };
        using var plan = new Plan(request);
        plan.Step.Seed = 77;
        plan.Step.Step = 5;
        var chain = new ReferenceNetwork(graph.Graph, weights, [images, targets], mode, plan.Step, frozen);
        chain.Forward();
        chain.Backward();
        var statistics = weights.Clone();
        plan.Run(Batch);

        AssertNear("loss", chain.Output(graph.Graph.Layers.Count - 1).Values, losses);
        var at = 0;
        foreach (var layer in graph.Graph.Layers)
            for (var i = 0; i < layer.Parameters.Count; i++, at++)
            {
                var parameter = weights.Parameters[at];
                var stays = mode == ExecutionMode.Evaluation || frozen.Contains(layer.Name);
                Assert.Equal(parameter.Trainable && !frozen.Contains(layer.Name), plan.Gradients[at] is not null);
                if (stays) Assert.Equal(statistics.Parameters[at].Values.ToArray(), parameter.Values.ToArray());
                if (plan.Gradients[at] is { } gradient)
                    AssertNear(weights.Parameters[at].Name, chain.ParameterGradient(layer.Index, i), Array.ConvertAll(gradient.Span.ToArray(), value => (double)value));
            }
        var imageGradient = new ReferenceTensor(Batch, network.Input);
        for (var image = 0; image < Batch; image++)
            for (var i = 0; i < network.Input.Count; i++)
                imageGradient[image, i] = plan.ImageGradient!.At(image / LaneLayout.Lanes)[(i * LaneLayout.Lanes) + (image % LaneLayout.Lanes)];
        AssertNear("images", chain.Gradient(0).Values, imageGradient.Values);

        // However shards are cut, and whoever takes the pieces: the same bits, in memory that was placed for it.
        foreach (var (parts, threads) in ((int, int)[])[(3, 1), (7, 3), (64, 4)])
        {
            using var otherTeam = new ThreadTeam(threads);
            var whole = losses.ToArray();
            using var cut = new Plan(request with { Cut = new ShardCut(parts, LeastWork: 1), Team = otherTeam });
            (cut.Step.Seed, cut.Step.Step) = (77, 5);
            for (var repeat = 0; repeat < 3; repeat++)
                cut.Run(Batch);
            Assert.True(cut.Executor.Stages.Any(stage => stage.Items(2) > stage.Groups.Count * 2));
            Assert.Equal(whole, losses);
            for (var i = 0; i < cut.Gradients.Count; i++)
                Assert.True(
                    cut.Gradients[i] is not { } gradient || gradient.Span.SequenceEqual(plan.Gradients[i]!.Span),
                    weights.Parameters[i].Name);
            for (var shard = 0; shard < 2; shard++)
                Assert.True(new ReadOnlySpan<float>(cut.ImageGradient!.At(shard), (int)cut.ImageGradient.Floats)
                    .SequenceEqual(new(plan.ImageGradient!.At(shard), (int)plan.ImageGradient!.Floats)));
        }
    }

    [Fact]
    public void Evaluation_gives_the_same_bits_whether_the_normalisation_takes_the_activation_along_or_not()
    {
        foreach (var activation in OpCatalogue.Entries.SelectMany(entry => entry.Cases).Select(given => given.Op).OfType<Activation>().DistinctBy(op => op.Name))
        {
            var along = Evaluate(x => x.Conv(3, kernel: 3).BatchNorm().Then(activation));
            var alone = Evaluate(x =>
            {
                var normalized = x.Conv(3, kernel: 3).BatchNorm();
                return normalized.Then(activation).Concat(normalized); // a second reader: now it cannot go along
            });
            Assert.Equal(along, alone[..along.Length]);
            Assert.NotEqual(along, alone[along.Length..]);
        }
    }

    private static float[] Evaluate(Func<Feature, Feature> layers)
    {
        var network = Network.Build(Shape.Image(1, 5, 5), layers);
        var image = OpTrial.Tensor(network.Input, 1, [.. Enumerable.Range(0, network.Input.Count).Select(i => Math.Sin(i) * 5)]);
        var result = new float[network.Output.Count];
        using var team = new ThreadTeam(1);
        using var plan = new Plan(new PlanRequest
        {
            Weights = Weights.Initialize(network, 3),
            Batch = 1,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Team = team,
            Load = made => (in item) => Write(made.Input, item, image),
            Consume = made => (in item) =>
            {
                for (var i = 0; i < result.Length; i++)
                    result[i] = made.Output.At(item.Slot)[i * LaneLayout.Lanes];
            },
        });
        plan.Prepare();
        plan.Forward(1);
        return result;
    }

    private static void Write(LaneTensor target, in WorkItem item, ReferenceTensor images)
    {
        var place = target.At(item.Slot);
        for (var lane = 0; lane < LaneLayout.Lanes; lane++)
            for (var i = 0; i < target.Shape.Count; i++)
                place[(i * LaneLayout.Lanes) + lane] = lane < item.Images ? (float)images[(item.Index * LaneLayout.Lanes) + lane, i] : 0;
    }

    private static void Read(LaneTensor source, in WorkItem item, double[] target)
    {
        for (var lane = 0; lane < item.Images; lane++)
            target[(item.Index * LaneLayout.Lanes) + lane] = source.At(item.Slot)[lane];
    }

    private static void AssertNear(string what, double[] expected, double[] received)
    {
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-6 + (2e-5 * scale), $"{what}[{i}]: {received[i]:R}, the references say {expected[i]:R}");
    }
}
