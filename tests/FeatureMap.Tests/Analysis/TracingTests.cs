using FeatureMap.Analysis;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Lessons;
using Xunit;

namespace FeatureMap.Tests.Analysis;

public sealed class TracingTests
{
    public static TheoryData<string> Linked => ["conv", "grouped", "padded", "transposed", "maximum", "mean", "ceil", "bins",
        "pyramid", "nearest", "bilinear", "pad", "shuffle", "channels"];

    // Sums over links, with the weight and the factor of each, are what the layer computes; for a maximum the largest of the linked inputs.
    [Theory]
    [MemberData(nameof(Linked))]
    public void Links_say_what_makes_each_cell(string kind)
    {
        var (shape, op) = Layer(kind);
        var network = Network.Build(shape, x => x.Then(op, "layer"));
        var random = new RandomSequence(3, RandomPurpose.Testing, 1);
        var input = Numbers(shape.Count, ref random);
        var weights = network.Layers[1].Parameters.Select(parameter =>
            ($"layer.{parameter.Name}", Numbers(parameter.Count, ref random))).ToArray();
        var trace = LayerTrace.Of(network, input, weights);
        var isMaximum = op is MaxPool2d or AdaptiveMaxPool2d or SpatialPyramidPool;
        var made = new double[network.Output.Count];
        if (isMaximum) Array.Fill(made, double.NegativeInfinity);
        foreach (var link in CellLinks.Of(op, shape).Where(link => link.Input >= 0))
        {
            var part = input[link.Input] * link.Factor * (link.Weight < 0 ? 1 : weights[0].Item2[link.Weight]);
            made[link.Output] = isMaximum ? Math.Max(made[link.Output], part) : made[link.Output] + part;
        }
        for (var cell = 0; cell < made.Length; cell++)
            Assert.Equal(made[cell], trace.Result[cell], 1e-4);
        TraceJudge.Check(trace);
    }

    [Fact]
    public void Links_come_in_the_order_of_the_outputs() => Assert.All(Linked, row =>
    {
        var (shape, op) = Layer(row.Data);
        var outputs = CellLinks.Of(op, shape).Select(link => link.Output).ToList();
        Assert.Equal(outputs.Order(), outputs);
    });

    [Theory]
    [MemberData(nameof(Linked))]
    public void The_links_of_one_cell_are_those_of_the_layer(string kind)
    {
        var (shape, op) = Layer(kind);
        foreach (var cell in CellLinks.Of(op, shape).GroupBy(link => link.Output))
            Assert.Equal(cell, CellLinks.Of(op, shape, cell.Key));
        Assert.Throws<UsageException>(() => CellLinks.Of(op, shape, -1));
        Assert.Throws<UsageException>(() => CellLinks.Of(op, shape, op.OutputShape([shape]).Count));
    }

    [Fact]
    public void An_op_without_links_is_refused() => Assert.StartsWith(
        "Softmax has no links", Assert.Throws<UsageException>(() => CellLinks.Of(new Softmax(), Shape.Vector(3))).Message,
            StringComparison.Ordinal);

    // Every kind of layer that fuses, overwrites, shares or meets the batch.
    [Fact]
    public void A_trace_is_what_the_references_compute()
    {
        var network = Network.Build(Shape.Image(2, 6, 6), x =>
        {
            var y = x.Conv(4, 3, padding: 1, bias: false, name: "conv").BatchNorm(name: "norm").Relu("relu");
            return y.Add(y.Conv(4, 1, name: "inner").Dropout(0.5f, "drop"), "sum").MaxPool(2, name: "pool").Flatten("flat")
                .Linear(3, name: "head");
        });
        var random = new RandomSequence(5, RandomPurpose.Testing, 1);
        var trace = LayerTrace.Of(Weights.Initialize(network, 7), Numbers(3 * 72, ref random), Numbers(9, ref random),
            new TraceOptions { Images = 3, Seed = 4, Step = 9 });
        TraceJudge.Check(trace);
        Assert.Equal(trace.InputGradient, trace.Gradient("input"));
        TraceJudge.Check(LayerTrace.Of(trace.Weights, Numbers(72, ref random), options: new TraceOptions { IsTraining = false }));
    }

    [Fact]
    public void Wrong_numbers_are_refused()
    {
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.Conv(1, 3, bias: false, name: "conv"));
        Assert.Equal("The input needs 9 numbers: received 4.", Assert.Throws<ShapeException>(() =>
            LayerTrace.Of(network, new float[4])).Message);
        Assert.Equal("The conv.weight needs 9 numbers: received 1.",
            Assert.Throws<ShapeException>(() => LayerTrace.Of(network, new float[9], [("conv.weight", new float[1])])).Message);
        Assert.Equal("The output gradient needs 1 numbers: received 2.",
            Assert.Throws<ShapeException>(() => LayerTrace.Of(network, new float[9], outputGradient: new float[2])).Message);
        Assert.StartsWith("There is no trained parameter 'conv.bias'.",
            Assert.Throws<UsageException>(() => LayerTrace.Of(network, new float[9]).WeightGradient("conv.bias")).Message,
            StringComparison.Ordinal);
    }

    private static (Shape Shape, Op Op) Layer(string kind) => kind switch
    {
        "conv" => (Shape.Image(2, 5, 6), new Conv2d(3, (3, 2)) { HasBias = false }),
        "grouped" => (Shape.Image(4, 5, 5), new Conv2d(2, 3) { Groups = 2, Stride = 2, Dilation = 2, HasBias = false }),
        "padded" => (Shape.Image(1, 4, 4), new Conv2d(1, 3) { Padding = new Padding(2, 0, 1, 1), HasBias = false }),
        "transposed" => (Shape.Image(2, 3, 4), new ConvTranspose2d(4, 3)
        {
            Stride = 2,
            Groups = 2,
            Padding = 1,
            OutputPadding = 1,
            HasBias = false
        }),
        "maximum" => (Shape.Image(2, 6, 5), new MaxPool2d(3) { Stride = 2, Padding = 1 }),
        "mean" => (Shape.Image(2, 6, 5), new AveragePool2d(3) { Stride = 2, Padding = 1 }),
        "ceil" => (Shape.Image(1, 6, 6), new AveragePool2d(3) { Stride = 2, CeilMode = true, CountsPadding = false }),
        "bins" => (Shape.Image(2, 7, 5), new AdaptiveAveragePool2d(3, 4)),
        "pyramid" => (Shape.Image(2, 7, 5), new SpatialPyramidPool(1, 3)),
        "nearest" => (Shape.Image(2, 3, 4), new Resize2d(ResizeTarget.Scale(2), ResizeMode.Nearest)),
        "bilinear" => (Shape.Image(1, 4, 5), new Resize2d(ResizeTarget.Size(7, 3))),
        "pad" => (Shape.Image(1, 4, 5), new Pad2d(1, 2, 0, 3) { Mode = PadMode.Reflect }),
        "shuffle" => (Shape.Image(8, 2, 3), new PixelShuffle(2)),
        _ => (Shape.Image(6, 2, 2), new ChannelShuffle(3)),
    };

    private static float[] Numbers(int count, ref RandomSequence random)
    {
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
            numbers[i] = random.NextSingle(-1, 1);
        return numbers;
    }
}
