using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>
/// Few images are cut into strips that ride in lanes of their own: a training step is that of whole images, and its bits hang on nobody who
/// computes it.
/// </summary>
public sealed class StripTests
{
    public static TheoryData<string> Names => [.. Networks.Keys];

    private static Dictionary<string, Func<Feature, Feature>> Networks { get; } = new()
    {
        ["same"] = x => x.Conv(5, kernel: 3, padding: 1).BatchNorm().Relu().Conv(14, kernel: 3, padding: 1).Relu()
            .Conv(13, kernel: 3, padding: 1).LeakyRelu(0.1f).GlobalAveragePool().Linear(4),
        ["strides and dilation"] = x => x.Conv(6, kernel: 7, stride: 2, padding: 3, bias: false).BatchNorm().Relu()
            .MaxPool(3, stride: 2, padding: 1).Conv(8, kernel: 3, padding: 2, dilation: 2).Relu().Conv(6, kernel: 1, stride: 2)
            .GlobalAveragePool().Linear(4),
        ["residual"] = x =>
        {
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu();
            x = x.Conv(4, kernel: 3, padding: 1).BatchNorm().Relu().Conv(4, kernel: 3, padding: 1).BatchNorm().Add(x).Relu();
            x = x.Conv(8, kernel: 3, stride: 2, padding: 1).BatchNorm().Add(x.Conv(8, kernel: 1, stride: 2).BatchNorm()).Relu();
            return x.GlobalAveragePool().Linear(4);
        },
        ["u-net"] = x =>
        {
            var skip = x.Conv(4, kernel: 3, padding: 1).Relu();
            var deep = skip.MaxPool(2).Conv(8, kernel: 3, padding: 1).Relu().MaxPool(2).Conv(12, kernel: 3, padding: 1).Relu();
            x = deep.ConvTranspose(8, kernel: 2, stride: 2).ConvTranspose(4, kernel: 2, stride: 2);
            return skip.Concat(x).Conv(6, kernel: 3, padding: 1).Relu().Conv(3, kernel: 1).GlobalAveragePool().Linear(4);
        },
        ["depthwise, and layers of whole images between"] = x => x.Conv(6, kernel: 3, padding: 1, groups: 2).BatchNorm().HardSwish()
            .Conv(6, kernel: 3, padding: 1, groups: 6).Dropout(0.2f).InstanceNorm().Conv(6, kernel: (5, 3), padding: Padding.Same).Relu()
            .AveragePool(2).Conv(6, kernel: 3, padding: Padding.Same).Relu().GlobalMaxPool().Linear(4),
        ["one map, several readers"] = x =>
        {
            var y = x.Conv(6, kernel: 3, padding: 1).Relu();
            return y.Conv(6, kernel: 3, padding: 1).Add(y.Conv(6, kernel: 5, padding: 2), y).Relu().Add(y.Sigmoid()).Silu().Concat(x)
                .GlobalAveragePool().Linear(4).Add(y.GlobalMaxPool().Linear(4));
        },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_agrees_with_the_references(string name)
    {
        foreach (var (batch, images) in ((int, int)[])[(1, 1), (2, 2), (3, 2), (4, 4), (7, 7), (8, 5)])
        {
            var run = new Run(name, batch, images, isInteger: false);
            PlanTests.AssertNear(
                "loss", run.Reference.Output(run.Graph.Graph.Layers.Count - 1).Values, PlanTests.Doubles(run.Losses));
            var at = 0;
            foreach (var layer in run.Graph.Graph.Layers)
                for (var i = 0; i < layer.Parameters.Count; i++, at++)
                    if (layer.Parameters[i].Trainable)
                        PlanTests.AssertNear(
                            $"{run.Weights.Parameters[at].Name} of {batch}", run.Reference.ParameterGradient(layer.Index, i),
                            PlanTests.Doubles(run.Gradients[at]));
        }
    }

    // Whole numbers have no order of sums: whole images and strips give the same bits.
    [Fact]
    public void On_whole_numbers_strips_are_whole_images()
    {
        foreach (var batch in (int[])[1, 2, 4, 8])
        {
            var strips = new Run("u-net", batch, batch, isInteger: true);
            var whole = new Run("u-net", batch, batch, isInteger: true, inStrips: false);
            Assert.Equal(whole.Losses, strips.Losses);
            Assert.Equal(whole.Gradients, strips.Gradients);
            Assert.Contains(strips.Gradients, gradient => Array.Exists(gradient, value => value != 0));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Registers_threads_and_cuts_change_no_bit(string name)
    {
        foreach (var batch in (int[])[3, 8])
        {
            var expected = new Run(name, batch, batch, isInteger: false);
            foreach (var (width, threads, parts) in ((LaneWidth, int, int)[])
                [(LaneWidth.Bits512, 3, 7), (LaneWidth.Bits256, 1, 1), (LaneWidth.Bits128, 2, 64), (LaneWidth.Scalar, 1, 3)])
            {
                var other = new Run(name, batch, batch, isInteger: false, width: width, threads: threads, parts: parts);
                Assert.Equal(expected.Losses, other.Losses);
                Assert.Equal(expected.Gradients, other.Gradients);
                Assert.Equal(expected.After, other.After);
            }
        }
    }

    [Fact]
    public void Light_networks_many_images_and_what_is_looked_into_stay_whole()
    {
        Assert.NotNull(StripLayout.Of(Request(64, 4)));
        Assert.Null(StripLayout.Of(Request(8, 4))); // light
        Assert.Null(StripLayout.Of(Request(64, 9)));
        Assert.Null(StripLayout.Of(Request(64, 4) with { TotalBatch = 16 })); // a rank's part of a batch
        Assert.Null(StripLayout.Of(Request(64, 4) with { KeepsOutputs = true }));
        Assert.Null(StripLayout.Of(Request(64, 4) with { WantsImageGradient = true }));
        Assert.Null(StripLayout.Of(Request(64, 4) with { HasGradients = false }));
        using var engine = new LaneEngine(1);
        using var plan = engine.Prepare(Request(64, 4));
        Assert.Contains(plan.Describe().Layers, layer => layer.Op == "SplitRows(4 strips)");

        static EngineRequest Request(int channels, int batch)
        {
            var network = Network.Build(Shape.Image(3, 64, 64), x => x.Conv(channels, kernel: 3, padding: 1).Relu()
                .Conv(channels, kernel: 3, padding: 1).Relu().GlobalAveragePool().Linear(4));
            var graph = TrainingGraph.Of(network, new SoftmaxCrossEntropy(), 4);
            return new EngineRequest
            {
                Weights = Weights.Initialize(graph.Graph, 1),
                Result = graph.Result,
                Batch = batch,
                Mode = ExecutionMode.Training,
                HasGradients = true,
                Feed = new ArrayFeed(graph.Graph, batch),
            };
        }
    }

    /// <summary>Two steps of training, the second on what the first left in memory.</summary>
    private sealed class Run
    {
        public Run(
            string name, int batch, int images, bool isInteger, bool inStrips = true, LaneWidth width = LaneWidth.Automatic,
            int threads = 2, int parts = 2)
        {
            var random = new RandomSequence(11, RandomPurpose.Testing);
            var network = Network.Build(Shape.Image(2, 32, 32), Networks[name]);
            Loss loss = isInteger
                ? Loss.Custom("product", (output, target) => output.Multiply(target).Sum()) : new SoftmaxCrossEntropy(0.1f);
            Graph = TrainingGraph.Of(network, loss, 4);
            Weights = Weights.Initialize(Graph.Graph, 3);
            if (isInteger)
                foreach (var parameter in Weights.Parameters)
                    foreach (ref var value in parameter.Values)
                        value = random.NextInt(3) - 1;
            var (pictures, targets) = (new ReferenceTensor(images, network.Input), new ReferenceTensor(images, Shape.Vector(4)));
            foreach (ref var value in pictures.Values.AsSpan())
                value = isInteger ? random.NextInt(3) - 1 : random.NextSingle(-1, 1);
            for (var image = 0; image < images; image++)
                targets[image, random.NextInt(4)] = 1;
            var (feed, losses) = (new ArrayFeed(Graph.Graph, batch), new ArrayReader(Graph.Graph.Layers[^1], batch));
            var request = new EngineRequest
            {
                Weights = Weights,
                Result = Graph.Result,
                Batch = batch,
                Mode = ExecutionMode.Training,
                HasGradients = true,
                Feed = feed,
                Reader = losses,
                Cut = new ShardCut(parts, LeastWork: 1),
            };
            var striped = StripLayout.Of(request, leastWork: 0);
            Assert.NotNull(striped);
            using var team = new ThreadTeam(threads);
            using var plan = new Plan(inStrips ? striped : request, team, width);
            (plan.Step.Seed, plan.Step.Step) = (77, 5);
            feed.Of(0).AsSpan().Fill(3);
            plan.Run(batch);
            Array.ConvertAll(pictures.Values, value => (float)value).CopyTo(feed.Of(0), 0);
            Array.ConvertAll(targets.Values, value => (float)value).CopyTo(feed.Of(1), 0);
            var stepState = new StepState { Seed = 77, Step = 5, Count = images };
            Reference = new ReferenceNetwork(Graph.Graph, Weights, [pictures, targets], ExecutionMode.Training, stepState);
            Reference.Forward();
            if (!isInteger) Reference.Backward();
            plan.Run(images);
            Losses = losses.Values[..images];
            Gradients = [.. Enumerable.Range(0, plan.Gradients.Count).Select(i => plan.Gradient(i).ToArray())];
            After = [.. Weights.Parameters.Select(parameter => parameter.Values.ToArray())];
        }

        public TrainingGraph Graph { get; }

        public Weights Weights { get; }

        public ReferenceNetwork Reference { get; }

        public float[] Losses { get; }

        public float[][] Gradients { get; }

        public float[][] After { get; }
    }
}
