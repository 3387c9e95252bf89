using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Networks;

/// <summary>
/// Batches that are only judged may run image by image: the bits of shards of 16, and the choice is made by geometry and registers.
/// </summary>
public sealed class SinglesPlanTests
{
    [Theory]
    [InlineData(LaneWidth.Bits512)]
    [InlineData(LaneWidth.Bits256)]
    [InlineData(LaneWidth.Bits128)]
    [InlineData(LaneWidth.Scalar)]
    public void Image_by_image_gives_the_bits_of_shards(LaneWidth width)
    {
        foreach (var images in (int[])[1, 5, 19])
            foreach (var threads in (int[])[1, 3])
            {
                var network = Residual(12);
                var weights = Weights.Initialize(network, 3);
                using var team = new ThreadTeam(threads);
                var (request, values) = Request(weights, images);
                var (same, singles) = Request(weights, images);
                using var shards = new Plan(request, team, width);
                using var plan = SinglesPlan.Make(same, team, width);
                for (var repetition = 0; repetition < 2; repetition++)
                {
                    Run(shards, images);
                    Run(plan, images);
                    Assert.Equal(values(), singles());
                }
            }
    }

    [Fact]
    public void A_judgement_is_the_same_number_for_number()
    {
        var network = Light();
        var images = Pictures(21, network.Input);
        var results = new List<EvaluationResult>();
        foreach (var engine in (IEngine[])[new LaneEngine(1), new LaneEngine(2), new ShardEngine()])
        {
            using (engine)
            {
                var graph = TrainingGraph.Of(network, new SoftmaxCrossEntropy(), 3, null);
                using var evaluator = new Evaluator(
                    Weights.Initialize(graph.Graph, 1), graph, images, Normalization.None(3), Augmentation.None, Metric.Accuracy, engine);
                var outputs = new float[images.Count][];
                results.Add(evaluator.Run(outputs));
                Assert.All(outputs, scores => Assert.Equal(3, scores.Length));
            }
        }
        Assert.All(results, result =>
        {
            Assert.Equal(results[0].Loss, result.Loss);
            Assert.Equal(results[0].Accuracy, result.Accuracy);
            Assert.Equal(results[0].Predicted, result.Predicted);
            Assert.Equal(results[0].Values, result.Values);
        });
    }

    // What a loss and a measure make of an image, whatever it is compared with.
    [Theory]
    [InlineData("cross-entropy smoothing=0.1")]
    [InlineData("arcface")]
    [InlineData("sphereface")]
    [InlineData("focal 2")]
    [InlineData("hinge 1")]
    [InlineData("masks")]
    [InlineData("maps: cross-entropy")]
    [InlineData("maps: focal 2, tversky")]
    [InlineData("pictures: mse")]
    [InlineData("pictures: huber 1, l1")]
    [InlineData("boxes")]
    public void A_judgement_by_any_loss_is_the_same(string text)
    {
        var (network, set, loss) = Task(text);
        var results = new List<EvaluationResult>();
        foreach (var engine in (IEngine[])[new ShardEngine(), new SinglesEngine(1), new SinglesEngine(3)])
        {
            using (engine)
            {
                var shape = set.Targets is { } targets
                    ? targets.ShapeOf(Augmentation.None.TargetShape(set.ImageShape, targets)) : (Shape?)null;
                var graph = TrainingGraph.Of(network, loss, set.ClassCount, shape, set.Targets is { IgnoreValue: not null });
                using var evaluator = new Evaluator(Weights.Initialize(graph.Graph, 1), graph, set,
                    Normalization.None(set.ImageShape.Channels), Augmentation.None, Metric.Default(graph, set), engine);
                results.Add(evaluator.Run());
                results.Add(evaluator.Run());
            }
        }
        Assert.True(double.IsFinite(results[0].Loss) && double.IsFinite(results[0].Value));
        Assert.All(results, result =>
        {
            Assert.Equal((results[0].Loss, results[0].Value), (result.Loss, result.Value));
            Assert.Equal(results[0].Predicted, result.Predicted);
            Assert.Equal(results[0].Values, result.Values);
        });
    }

    [Theory]
    [InlineData("mobilenet-v1", 16, LaneWidth.Bits512, true)] // plain products, large maps
    [InlineData("mobilenet-v1", 16, LaneWidth.Bits256, false)] // with 16 registers the weights must be few
    [InlineData("densenet-bc-100", 16, LaneWidth.Bits256, true)]
    [InlineData("mobilenet-v1", 8, LaneWidth.Bits256, true)]
    [InlineData("resnet-18", 16, LaneWidth.Bits512, false)] // Winograd, and weights that are read once for 16 images
    [InlineData("unet", 2, LaneWidth.Bits512, true)] // few lanes are taken
    [InlineData("unet", 2, LaneWidth.Bits256, true)]
    public void Geometry_and_registers_decide(string architecture, int batch, LaneWidth width, bool expected)
    {
        var network = Architectures.Find(architecture)!.Build();
        using var engine = new LaneEngine(1, width);
        using var plan = engine.Prepare(Request(Weights.Initialize(network, 1), batch).Request);
        Assert.Equal(expected, plan is SinglesPlan);
    }

    [Fact]
    public void Small_maps_stay_in_shards()
    {
        using var engine = new LaneEngine(1);
        using var plan = engine.Prepare(Request(Weights.Initialize(Residual(12), 1), 4).Request);
        Assert.IsType<Plan>(plan);
    }

    [Fact]
    public void What_compares_images_stays_in_shards()
    {
        var network = Network.Build(new Shape(3, 96, 96), x => x.Conv(32, 1).GlobalAveragePool().Linear(4));
        var graph = TrainingGraph.Of(network, new TripletLoss(), 3, null);
        using var engine = new LaneEngine(1);
        using var plan = engine.Prepare(Request(Weights.Initialize(graph.Graph, 1), 8).Request);
        Assert.IsType<Plan>(plan);
    }

    private static Network Residual(int size) => Network.Build(new Shape(3, size, size), x =>
    {
        x = x.Conv(20, 3, padding: 1).BatchNorm().Relu();
        var skip = x;
        x = x.Conv(20, 3, padding: 1).BatchNorm().Add(skip).Relu().MaxPool(2);
        return x.Conv(33, 1).Relu().GlobalAveragePool().Linear(7);
    });

    private static Network Light() => Network.Build(new Shape(3, 64, 64), x => x
        .Conv(32, 1).Relu().Conv(32, 3, padding: 1, groups: 32).BatchNorm().Relu().Conv(64, 1).Relu().GlobalAveragePool().Linear(3));

    private static (Network Network, ImageSet Set, Loss Loss) Task(string text)
    {
        if (text == "boxes")
        {
            var scenes = DetectorTests.Scenes(21, part: 2);
            return (DetectorTests.Network(), scenes, Loss.Usual(scenes, DetectorTests.Network()));
        }
        if (text == "masks")
            return (MapsTask.Network(), MapsTask.Squares(21, 16, 2), Loss.BinaryCrossEntropy() + Loss.Dice(MaskScores.Sigmoid));
        var shape = new Shape(3, 8, 8);
        if (text.Split(": ") is not [var kind, var words])
        {
            var loss = text == "arcface" ? AngularLoss.ArcFace() : text == "sphereface" ? AngularLoss.SphereFace() : Loss.Parse(text);
            return (Network.Build(shape, x =>
            {
                x = x.Conv(20, 3).Relu().GlobalAveragePool();
                return text == "arcface" ? x.CosineLinear(3) : text == "sphereface" ? x.AngularLinear(3) : x.Linear(3);
            }), Pictures(21, shape), loss);
        }
        var pixels = Enumerable.Range(0, 21).SelectMany(i => Pictures(21, shape).Pixels(i).ToArray()).ToArray();
        byte[] labels = [.. Enumerable.Range(0, 21 * 64).Select(i => (byte)(i % 17 == 0 ? 255 : (i * i % 7) % 3))];
        var targets = kind == "maps" ? TargetSet.LabelMaps(8, 8, labels, ["a", "b", "c"], ignoreValue: 255)
            : TargetSet.Images(shape, pixels);
        return (Network.Build(shape, x => x.Conv(20, 3, padding: 1).Relu().Conv(3, 1)), new ImageSet(kind, shape, pixels, targets),
            Loss.Parse(words));
    }

    private static ImageSet Pictures(int count, Shape shape)
    {
        var random = new RandomSequence(5, RandomPurpose.Testing, 0, 0);
        var pixels = new byte[count * shape.Count];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)random.NextInt(256);
        return new ImageSet("pictures", shape, pixels, [.. Enumerable.Range(0, count).Select(i => i % 3)], ["a", "b", "c"]);
    }

    private static (EngineRequest Request, Func<float[]> Values) Request(Weights weights, int images)
    {
        var network = weights.Network;
        var (feed, reader) = (new ArrayFeed(network, images), new ArrayReader(network.Layers[^1], images));
        var random = new RandomSequence(9, RandomPurpose.Testing, 0, 2);
        for (var number = 0; number < feed.Count; number++)
            foreach (ref var value in feed.Of(number).AsSpan())
                value = (2 * random.NextSingle()) - 1;
        return (new EngineRequest
        {
            Weights = weights,
            Batch = images,
            Mode = ExecutionMode.Evaluation,
            HasGradients = false,
            Feed = feed,
            Reader = reader,
        }, () => [.. reader.Values]);
    }

    private static void Run(IExecutable plan, int images)
    {
        plan.Prepare();
        plan.Forward(images);
    }

    /// <summary>The same, image by image.</summary>
    private sealed class SinglesEngine(int threads) : IEngine
    {
        private readonly ThreadTeam team = new(threads);

        public int Threads => team.Threads;

        public IExecutable Prepare(EngineRequest request) => SinglesPlan.Make(request, team, LaneWidth.Automatic);

        public ISharedExecutable PrepareShared(EngineRequest request) => throw new NotSupportedException();

        public void Dispose() => team.Dispose();
    }

    /// <summary>The lanes, without the choice.</summary>
    private sealed class ShardEngine : IEngine
    {
        private readonly ThreadTeam team = new(1);

        public int Threads => 1;

        public IExecutable Prepare(EngineRequest request) => new Plan(request, team);

        public ISharedExecutable PrepareShared(EngineRequest request) => throw new NotSupportedException();

        public void Dispose() => team.Dispose();
    }
}
