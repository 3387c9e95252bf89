using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Ops;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>Whole networks in a plan (shared memory, views, in-place ops, joined gradients, fused activations) against the references, layer by layer.</summary>
public sealed class PlanTests
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
        ["sums behind normalisations"] = x =>
        {
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Add(x).Relu();
            x = x.Conv(4, kernel: 1).BatchNorm().Add(x.Conv(4, kernel: 3, padding: 1).BatchNorm(affine: false)).LeakyRelu(0.1f);
            x = x.Add(x.Conv(4, kernel: 1).BatchNorm()).Add(x);
            x = x.BatchNorm().Add(x).HardSwish(); // sees its input on the way back
            return x.BatchNorm().Add(x.Dropout(0.3f)).Relu6().Flatten().Linear(4);
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

    [Theory]
    [MemberData(nameof(Names))]
    public void Layers_that_run_as_one_kernel_have_the_bits_of_layers_that_run_alone(string name)
    {
        foreach (var mode in Enum.GetValues<ExecutionMode>())
            foreach (var frozen in (int[])[0, 2, 3])
                AssertAlone(name, mode, frozen);
    }

    // Batches that never have more than 4 or 8 images leave the other lanes out: products of Winograd tiles and of panels share registers,
    // weight gradients sum over fewer images.
    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits128)]
    [InlineData(LaneWidth.Scalar)]
    public void Few_images_have_the_bits_that_they_have_in_a_full_shard(LaneWidth width)
    {
        var network = Network.Build(Shape.Image(3, 9, 11), x =>
        {
            x = x.Conv(64, kernel: 3, padding: 1).BatchNorm().Relu();
            x = x.Conv(66, kernel: 3, padding: 1).Relu().Conv(17, kernel: 1).Relu().Conv(257, kernel: 1, bias: false).BatchNorm();
            x = x.Add(x.Conv(257, kernel: 1)).Relu().Conv(64, kernel: 3, stride: 2, padding: 1).Relu();
            x = x.ConvTranspose(64, kernel: 3, padding: 1).Relu().ConvTranspose(20, kernel: 1).Relu().Conv(36, kernel: 1, stride: 2);
            x = x.Conv(40, kernel: 3, padding: 2).Relu().ConvTranspose(24, kernel: 2, stride: 2).Relu();
            x = x.Conv(24, kernel: 3, dilation: 2, groups: 2).Relu().Conv(9, kernel: 5, stride: 3, padding: 2).BatchNorm().Relu();
            return x.ConvTranspose(16, kernel: 3, stride: 2, padding: 1).Relu().Conv(7, kernel: 1).GlobalAveragePool().Linear(4);
        });
        var graph = TrainingGraph.Of(network, new SoftmaxCrossEntropy(0.1f), 4);
        using var team = new ThreadTeam(2);
        foreach (var images in (int[])[3, 8])
        {
            var few = Step(images, images);
            Assert.Equal(Step(images, 16), few);
            Assert.DoesNotContain(few, float.IsNaN);
        }

        List<float> Step(int images, int batch)
        {
            var (weights, losses) = (Weights.Initialize(graph.Graph, 3), new ArrayReader(graph.Graph.Layers[^1], batch));
            var (feed, random) = (new ArrayFeed(graph.Graph, batch), new RandomSequence(7, RandomPurpose.Testing));
            for (var i = 0; i < images * network.Input.Count; i++)
                feed.Of(0)[i] = random.NextSingle(-1, 1);
            for (var image = 0; image < images; image++)
                feed.Of(1)[(4 * image) + random.NextInt(4)] = 1;
            using var plan = new Plan(
                new EngineRequest
                {
                    Weights = weights,
                    Result = graph.Result,
                    Batch = batch,
                    Mode = ExecutionMode.Training,
                    HasGradients = true,
                    Feed = feed,
                    Reader = losses,
                    WantsImageGradient = true,
                },
                team, width);
            plan.Run(images);
            plan.Run(images);
            List<float> numbers = [.. losses.Values[..images]];
            for (var i = 0; i < plan.Gradients.Count; i++)
                numbers.AddRange([.. plan.Gradient(i), .. weights.Parameters[i].Values]);
            var gradient = new float[network.Input.Count];
            for (var image = 0; image < images; image++)
            {
                plan.ReadGradient(0, image, gradient);
                numbers.AddRange(gradient);
            }
            return numbers;
        }
    }

    private static void AssertAlone(string name, ExecutionMode mode, int everyFrozen)
    {
        const int Batch = 37;
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var network = Network.Build(Shape.Image(2, 8, 8), Networks[name]);
        var graph = TrainingGraph.Of(network, new SoftmaxCrossEntropy(0.1f), 4);
        var start = Weights.Initialize(graph.Graph, 3);
        foreach (var parameter in start.Parameters.Where(parameter => parameter.Name.Contains(".running_", StringComparison.Ordinal)))
            foreach (ref var value in parameter.Values)
                value = random.NextSingle(0.5f, 1.5f);
        var feed = new ArrayFeed(graph.Graph, Batch);
        foreach (ref var value in feed.Of(0).AsSpan())
            value = random.NextSingle(-1, 1);
        for (var image = 0; image < Batch; image++)
            feed.Of(1)[(4 * image) + random.NextInt(4)] = 1;
        using var team = new ThreadTeam(2);
        // Where all outputs are kept nothing but an activation goes along, and nothing is overwritten.
        var (alone, layer) = (Step(keepsOutputs: true), network.Layers.Count);
        Assert.Equal(alone.Numbers, Step(keepsOutputs: false).Numbers);
        int[] whole = [.. network.Layers.Skip(1).Where(one => !one.Op!.IsView(mode)).Select(one => one.Index)];
        var together = mode == ExecutionMode.Training && everyFrozen == 0 ? Step(keepsOutputs: false, whole) : (alone.Numbers, []);
        Assert.Equal(alone.Numbers, together.Numbers);
        while (mode == ExecutionMode.Training && everyFrozen == 0 && --layer > 0)
        {
            var (expected, received) = (Step(keepsOutputs: true, layer), Step(keepsOutputs: false, layer));
            Assert.Equal(alone.Numbers, received.Numbers);
            Assert.Equal(expected.Kept, received.Kept);
            if (Array.IndexOf(whole, layer) is >= 0 and var place) Assert.Equal(expected.Kept[0], together.Kept[place]);
        }

        (List<float> Numbers, float[][] Kept) Step(bool keepsOutputs, params int[] kept)
        {
            var (weights, losses) = (start.Clone(), new ArrayReader(graph.Graph.Layers[^1], Batch));
            using var plan = new Plan(
                new EngineRequest
                {
                    Weights = weights,
                    Result = graph.Result,
                    Batch = Batch,
                    Mode = mode,
                    HasGradients = true,
                    FrozenLayers = [.. network.Layers.Where(other => everyFrozen > 0 && other.Index % everyFrozen == 0)
                        .Select(other => other.Name)],
                    Feed = feed,
                    Reader = losses,
                    WantsImageGradient = everyFrozen == 0,
                    KeepsOutputs = keepsOutputs,
                    KeptLayers = kept,
                },
                team);
            (plan.Step.Seed, plan.Step.Step) = (77, 5);
            plan.Run(Batch);
            plan.Run(Batch);
            List<float> numbers = [.. losses.Values];
            for (var i = 0; i < plan.Gradients.Count; i++)
                numbers.AddRange([.. plan.Gradient(i), .. weights.Parameters[i].Values]);
            var image = new float[network.Input.Count];
            for (var i = 0; i < Batch && everyFrozen == 0; i++)
            {
                plan.ReadGradient(0, i, image);
                numbers.AddRange(image);
            }
            return (numbers, [.. kept.Select(inner =>
            {
                var (output, gradient) = (new float[network.Layers[inner].Output.Count], new float[network.Layers[inner].Output.Count]);
                plan.ReadOutput(inner, Batch - 1, output);
                plan.ReadGradient(inner, Batch - 1, gradient);
                return (float[])[.. output, .. gradient];
            })]);
        }
    }

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
        var (feed, losses) = (new ArrayFeed(graph.Graph, Batch), new ArrayReader(graph.Graph.Layers[^1], Batch));
        Array.ConvertAll(images.Values, value => (float)value).CopyTo(feed.Of(0), 0);
        Array.ConvertAll(targets.Values, value => (float)value).CopyTo(feed.Of(1), 0);
        using var team = new ThreadTeam(2);
        var request = new EngineRequest
        {
            Weights = weights,
            Result = graph.Result,
            Batch = Batch,
            Mode = mode,
            HasGradients = true,
            FrozenLayers = frozen,
            Feed = feed,
            Reader = losses,
            WantsImageGradient = true,
            Cut = ShardCut.None,
        };
        using var plan = new Plan(request, team);
        plan.Step.Seed = 77;
        plan.Step.Step = 5;
        var chain = new ReferenceNetwork(graph.Graph, weights, [images, targets], mode, plan.Step, frozen);
        chain.Forward();
        chain.Backward();
        var statistics = weights.Clone();
        plan.Run(Batch);

        AssertNear("loss", chain.Output(graph.Graph.Layers.Count - 1).Values, Doubles(losses.Values));
        var at = 0;
        foreach (var layer in graph.Graph.Layers)
            for (var i = 0; i < layer.Parameters.Count; i++, at++)
            {
                var parameter = weights.Parameters[at];
                var stays = mode == ExecutionMode.Evaluation || frozen.Contains(layer.Name);
                Assert.Equal(parameter.Trainable && !frozen.Contains(layer.Name), !plan.Gradient(at).IsEmpty);
                if (stays) Assert.Equal(statistics.Parameters[at].Values.ToArray(), parameter.Values.ToArray());
                if (!plan.Gradient(at).IsEmpty)
                    AssertNear(weights.Parameters[at].Name, chain.ParameterGradient(layer.Index, i), Doubles(plan.Gradient(at).ToArray()));
            }
        var imageGradient = new float[Batch * network.Input.Count];
        for (var image = 0; image < Batch; image++)
            plan.ReadGradient(0, image, imageGradient.AsSpan(image * network.Input.Count, network.Input.Count));
        AssertNear("images", chain.Gradient(0).Values, Doubles(imageGradient));

        // However shards are cut, and whoever takes the pieces: the same bits, in memory that was placed for it.
        foreach (var (parts, threads) in ((int, int)[])[(3, 1), (7, 3), (64, 4)])
        {
            using var otherTeam = new ThreadTeam(threads);
            var whole = losses.Values.ToArray();
            using var cut = new Plan(request with { Cut = new ShardCut(parts, LeastWork: 1) }, otherTeam);
            (cut.Step.Seed, cut.Step.Step) = (77, 5);
            for (var repeat = 0; repeat < 3; repeat++)
                cut.Run(Batch);
            Assert.Contains(cut.Executor.Stages, stage => stage.Items(2) > stage.Groups.Count * 2);
            Assert.Equal(whole, losses.Values.ToArray());
            for (var i = 0; i < cut.Gradients.Count; i++)
                Assert.True(
                    cut.Gradients[i] is not { } gradient || gradient.Span.SequenceEqual(plan.Gradients[i]!.Span),
                    weights.Parameters[i].Name);
            var cutGradient = new float[imageGradient.Length];
            for (var image = 0; image < Batch; image++)
                cut.ReadGradient(0, image, cutGradient.AsSpan(image * network.Input.Count, network.Input.Count));
            Assert.Equal(imageGradient, cutGradient);
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
        using var runner = new NetworkRunner(Weights.Initialize(network, 3), batch: 1);
        return runner.Run([.. Enumerable.Range(0, network.Input.Count).Select(i => (float)Math.Sin(i) * 5)]);
    }

    internal static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);

    internal static void AssertNear(string what, double[] expected, double[] received)
    {
        var scale = expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-6 + (2e-5 * scale), $"{what}[{i}]: {received[i]:R}, the references say {expected[i]:R}");
    }
}
