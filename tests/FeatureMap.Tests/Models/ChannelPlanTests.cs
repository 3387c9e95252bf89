using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Models;

/// <summary>
/// A single image with channels in the lanes gives the bits of a batch, which the judges of the ops hold to the text book.
/// </summary>
public sealed class ChannelPlanTests
{
    public static TheoryData<LaneWidth> Widths => [LaneWidth.Bits512, LaneWidth.Bits256, LaneWidth.Bits128, LaneWidth.Scalar];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Kernels_of_this_layout_give_the_bits_of_a_batch(LaneWidth width)
    {
        foreach (var (input, body) in Networks)
            AssertSame(Network.Build(input, body), width, threads: 1);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        foreach (var (input, body) in Networks)
            AssertSame(Network.Build(input, body), LaneWidth.Automatic, threads);
    }

    [Fact]
    public void Random_convolutions_give_the_bits_of_a_batch()
    {
        var random = new RandomSequence(7, RandomPurpose.Testing, 0, 0);
        for (var i = 0; i < 150; i++)
        {
            int channels = 1 + random.NextInt(40), outputs = 1 + random.NextInt(70), kernel = 1 + random.NextInt(5);
            var input = new Shape(channels, kernel + random.NextInt(14), kernel + random.NextInt(14));
            var isDepthwise = random.NextInt(3) == 0;
            var op = new Conv2d(isDepthwise ? channels : outputs, (kernel, 1 + random.NextInt(kernel)))
            {
                Stride = (1 + random.NextInt(3), 1 + random.NextInt(3)),
                Padding = new Padding(random.NextInt(3), random.NextInt(3), random.NextInt(3), random.NextInt(3)),
                Dilation = (1, 1),
                Groups = isDepthwise ? channels : 1,
                HasBias = random.NextInt(2) == 0,
            };
            AssertSame(Network.Build(input, x => x.Then(op)), LaneWidth.Automatic, threads: 1 + random.NextInt(2));
        }
    }

    [Theory]
    [InlineData("squeezenet-1.1", 64)]
    [InlineData("resnet-18", 64)]
    [InlineData("mobilenet-v1", 64)]
    [InlineData("densenet-bc-100", 32)]
    [InlineData("unet", 64)]
    public void Architectures_give_the_bits_of_a_batch(string name, int side)
    {
        var architecture = Architectures.Get(name);
        var network = architecture.Build();
        AssertSame(network.WithInput(Shape.Image(network.Input.Channels, side, side)), LaneWidth.Automatic, threads: 2);
    }

    [Fact]
    public void Nothing_is_allocated_for_an_image()
    {
        var (network, weights) = Make(Network.Build(Networks[0].Input, Networks[0].Body));
        using var session = new ModelSession(new Model(weights, Normalization.None(network.Input.Channels), []), threads: 2);
        float[] input = new float[network.Input.Count], output = new float[network.Output.Count];
        for (var i = 0; i < 3; i++) session.Run(input, output);
        // A thread that parks for the first time makes something to wait on, whenever that is: what every call allocates shows in all
        // rounds.
        var least = long.MaxValue;
        for (var round = 0; round < 8; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 20; i++) session.Run(input, output);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public void Random_grouped_convolutions_give_the_bits_of_a_batch()
    {
        var random = new RandomSequence(8, RandomPurpose.Testing, 0, 0);
        for (var i = 0; i < 120; i++)
        {
            int groups = 2 + random.NextInt(12), kernel = 1 + random.NextInt(3), channels = groups * (1 + random.NextInt(20));
            var input = new Shape(channels, kernel + random.NextInt(10), kernel + random.NextInt(10));
            var op = new Conv2d(groups * (1 + random.NextInt(20)), (kernel, 1 + random.NextInt(kernel)))
            {
                Stride = (1 + random.NextInt(2), 1 + random.NextInt(2)),
                Padding = new Padding(random.NextInt(2), random.NextInt(2), random.NextInt(2), random.NextInt(2)),
                Groups = groups,
                HasBias = random.NextInt(2) == 0,
            };
            AssertSame(Network.Build(input, x => x.Then(op)), widths[i % widths.Length], threads: 1 + random.NextInt(2), InLanes);
        }
    }

    [Fact]
    public void Random_transposed_convolutions_give_the_bits_of_a_batch()
    {
        var random = new RandomSequence(9, RandomPurpose.Testing, 0, 0);
        for (var i = 0; i < 120; i++)
        {
            int kernel = 1 + random.NextInt(4), stride = 1 + random.NextInt(3);
            var input = new Shape(3 + random.NextInt(40), 2 + random.NextInt(8), 2 + random.NextInt(8));
            var op = new ConvTranspose2d(1 + random.NextInt(60), (kernel, 1 + random.NextInt(kernel)))
            {
                Stride = (stride, 1 + random.NextInt(3)),
                Padding = kernel < 3 ? default : new Padding(random.NextInt(2), 0, random.NextInt(2), 0),
                OutputPadding = (stride > 1 ? random.NextInt(2) : 0, 0),
                HasBias = random.NextInt(2) == 0,
            };
            AssertSame(Network.Build(input, x => x.Then(op).Relu()), widths[i % widths.Length], threads: 1 + random.NextInt(2), InLanes);
        }
    }

    [Fact]
    public void Every_case_of_the_ops_that_have_kernels_of_this_layout_gives_the_bits_of_a_batch()
    {
        Type[] ops =
        [
            typeof(PRelu), typeof(Softmax), typeof(LogSoftmax), typeof(PixelShuffle), typeof(PixelUnshuffle), typeof(ChannelShuffle),
            typeof(Slice), typeof(Transpose), typeof(Flatten), typeof(Reshape), typeof(GroupNorm), typeof(LayerNorm),
            typeof(InstanceNorm), typeof(Linear),
        ];
        var seen = new HashSet<Type>();
        foreach (var given in OpCatalogue.Entries.SelectMany(entry => entry.Cases).Where(given => given.Inputs.Length == 1))
        {
            var isView = given.Op.IsView(ExecutionMode.Evaluation) && given.Op.OutputShape(given.Inputs) == given.Inputs[0];
            var isOwn = ops.Contains(given.Op.GetType()) && !isView;
            if (isOwn) seen.Add(given.Op.GetType());
            foreach (var width in widths)
                AssertSame(Network.Build(given.Inputs[0], x => x.Then(given.Op)), width, threads: 1, isOwn ? InLanes : null);
        }
        Assert.Equal(ops.Length, seen.Count);
    }

    [Fact]
    public void Layers_say_how_they_run()
    {
        var network = Network.Build(Shape.Image(3, 12, 12), x =>
        {
            x = x.Conv(20, kernel: 3, padding: 1).BatchNorm().Relu().MaxPool(2);
            var inner = x.Conv(20, kernel: 3, padding: 1).BatchNorm();
            x = (x + inner).Relu().LocalResponseNorm(3);
            return x.Dropout(0.5f).Flatten().Linear(5);
        });
        using var engine = new LaneEngine(threads: 1);
        using var plan = engine.PrepareShared(Single(Make(network).Weights, new ArrayFeed(network, 1)));
        Assert.Equal(
            [
                "conv1: channels in lanes", "batchNorm1: with 'conv1'", "relu1: with 'conv1'",
                "maxPool1: channels in lanes, kernel of a batch",
                "conv2: channels in lanes", "batchNorm2: with 'conv2'", "add1: channels in lanes", "relu2: with 'add1'",
                "localResponseNorm1: through a shard with one image", "dropout1: view", "flatten1: channels in lanes",
                "linear1: channels in lanes",
            ],
            plan.Describe().Layers.Select(layer => $"{layer.Name}: {layer.Runs}"));
        AssertSame(network, LaneWidth.Automatic, threads: 2);
    }

    [Fact]
    public void A_prediction_takes_over_weights_that_have_changed()
    {
        var (network, weights) = Make(Network.Build(Networks[0].Input, Networks[0].Body));
        var model = new Model(weights, Normalization.None(network.Input.Channels), []);
        var pixels = new byte[network.Input.Count];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(7 * i);
        var before = model.Compute(pixels).ToArray();
        foreach (ref var value in weights.Parameters[0].Values) value += 0.25f;
        var after = model.Compute(pixels).ToArray();
        Assert.NotEqual(before, after);
        using var session = new ModelSession(model);
        var expected = new float[network.Output.Count];
        session.Run(pixels, expected);
        Assert.Equal(expected, after);
    }

    private const string InLanes = "channels in lanes";

    private static readonly LaneWidth[] widths = [LaneWidth.Bits512, LaneWidth.Bits256, LaneWidth.Bits128, LaneWidth.Scalar];

    private static (Shape Input, Func<Feature, Feature> Body)[] Networks { get; } =
    [
        (Shape.Image(3, 19, 17), x =>
        {
            x = x.Conv(20, kernel: 3, padding: 1).BatchNorm().Relu().Conv(37, kernel: 3, padding: 1).BatchNorm().Relu();
            var skip = x;
            x = x.Conv(37, kernel: 3, padding: 1, groups: 37).BatchNorm().Relu6().Conv(37, kernel: 1);
            x = (x + skip).Relu().MaxPool(3, stride: 2, padding: 1).Concat(skip.Conv(5, kernel: 3, stride: 2, padding: 1).Gelu());
            x = x.Conv(60, kernel: 5, stride: 2, padding: 2).PRelu();
            return x.Flatten().Linear(50).Relu().Linear(7).Softmax();
        }),
        (Shape.Image(1, 40, 33), x =>
        {
            x = x.Conv(200, kernel: 3, stride: 2).BatchNorm().Conv(64, kernel: 1).BatchNorm().Sigmoid();
            var gate = x.GlobalAveragePool().Linear(64).Sigmoid();
            x = (x * gate).Conv(180, kernel: 3, padding: 1).LeakyRelu().AveragePool(2).Conv(24, kernel: 3, groups: 12).BatchNorm();
            x = x.Upsample(2, ResizeMode.Bilinear).ConvTranspose(16, kernel: 2, stride: 2).Concat(x.Upsample(4)).ChannelShuffle(2);
            return x.GlobalMaxPool().Linear(300).Linear(5);
        }),
        (Shape.Vector(70), x => x.Linear(33).BatchNorm().Relu().Dropout(0.5f).Linear(130).LayerNorm().Linear(3)),
    ];

    private static (Network Network, Weights Weights) Make(Network network)
    {
        var weights = Weights.Initialize(network, 5);
        var random = new RandomSequence(5, RandomPurpose.Testing, 0, 1);
        foreach (var parameter in weights.Parameters.Where(parameter => parameter.Dimensions.Count == 1))
            foreach (ref var value in parameter.Values)
                value = random.NextSingle() + (parameter.Name.EndsWith("running_var", StringComparison.Ordinal) ? 0.5f : -0.5f);
        return (network, weights);
    }

    private static EngineRequest Single(Weights weights, IBatchFeed feed, IBatchReader? reader = null) => new()
    {
        Weights = weights,
        Batch = 1,
        Mode = ExecutionMode.Evaluation,
        HasGradients = false,
        Feed = feed,
        Reader = reader,
    };

    private static void AssertSame(Network network, LaneWidth width, int threads, string? runs = null)
    {
        var (_, weights) = Make(network);
        var random = new RandomSequence(9, RandomPurpose.Testing, 0, 2);
        var input = new float[network.Input.Count];
        foreach (ref var value in input.AsSpan())
            value = (2 * random.NextSingle()) - 1;

        // Nine images go through lanes of images, one through lanes of channels.
        const int Many = SharedPlan.MostSingles + 1;
        var expected = new float[Many * network.Output.Count];
        using var session = new ModelSession(new Model(weights, Normalization.None(network.Input.Channels), []));
        session.Run(Enumerable.Repeat(input, Many).SelectMany(numbers => numbers).ToArray(), expected);

        var (feed, reader) = (new ArrayFeed(network, 1), new ArrayReader(network.Layers[^1], 1));
        input.CopyTo(feed.Of(0), 0);
        using var engine = new LaneEngine(threads, width);
        using var plan = engine.PrepareShared(Single(weights, feed, reader));
        var layers = plan.Describe().Layers;
        if (runs is not null) Assert.Equal(runs, layers[0].Runs);
        plan.AddSlot();
        plan.Prepare();
        plan.Forward(0, 0, 1);
        var output = reader.Values;
        for (var i = 0; i < output.Length; i++)
            if (output[i] != expected[i] && !(float.IsNaN(output[i]) && float.IsNaN(expected[i])))
                Assert.Fail($"{network}, {width}, {threads} threads: number {i} is {output[i]:R}, expected {expected[i]:R}; "
                    + string.Join(", ", layers.Select(layer => $"{layer.Name} {layer.Runs}")));
    }
}
