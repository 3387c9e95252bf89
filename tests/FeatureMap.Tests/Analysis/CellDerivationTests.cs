using FeatureMap.Analysis;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Analysis;

/// <summary>How a cell came about, against the naive reference of every op, and against the engine on whole networks.</summary>
public sealed class CellDerivationTests
{
    public static TheoryData<string> Ops => [.. OpCatalogue.Entries.Select(entry => entry.Type.Name)];

    /// <summary>What reads a target beside its input is no layer that answers, and a place of the largest is no sum: they are shown
    /// whole.</summary>
    private static readonly string[] Whole =
    [
        "ArcFaceMargin", "ArgMax", "CenterLoss", "CosFaceMargin", "SoftmaxCrossEntropy", "SphereFaceMargin", "TripletLoss",
    ];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Every_op_has_a_rule_that_gives_what_the_reference_gives(string name)
    {
        var entry = OpCatalogue.Entries.Single(one => one.Type.Name == name);
        foreach (var (number, test) in entry.Cases.Index())
        {
            var random = new Random(number);
            ReferenceTensor Tensor(Shape shape)
            {
                var tensor = new ReferenceTensor(1, shape);
                for (var i = 0; i < tensor.Values.Length; i++)
                    tensor.Values[i] = (float)(0.1 + (random.NextDouble() * 1.9));
                return tensor;
            }
            var inputs = test.Inputs.Select(Tensor).ToArray();
            float[][] parameters = [.. test.Op.Parameters(test.Inputs).Select(parameter =>
                Enumerable.Range(0, parameter.Count).Select(_ => (float)(0.5 + random.NextDouble())).ToArray())];
            var output = test.Op.OutputShape(test.Inputs);
            CellDerivation Derive(int cell) => CellDerivation.Of(test.Op, test.Inputs,
                [.. inputs.Select(input => Array.ConvertAll(input.Values, value => (float)value))], i => parameters[i], output, cell);
            Assert.NotEmpty(Derive(0).Formula);
            if (Derive(0).Rule == CellRule.Whole)
            {
                Assert.Contains(name, Whole);
                Assert.NotEmpty(Derive(0).Remark);
                return;
            }
            Assert.DoesNotContain(name, Whole);
            var pass = ReferencePass.Create(test.Op, inputs, [.. parameters.Select(own => Array.ConvertAll(own, value => (double)value))],
                ExecutionMode.Evaluation, batch: 1);
            test.Op.ReferenceForward(pass);
            for (var cell = 0; cell < output.Count; cell += 1 + (output.Count / 60))
            {
                var derivation = Derive(cell);
                var expected = pass.Output.Values[cell];
                Assert.True(Math.Abs(expected - derivation.Computed!.Value) <= 1e-5 * (1 + Math.Abs(expected)),
                    $"{test.Op}, {test.Name}, cell {cell}: {derivation.Computed} for {expected}");
                foreach (var term in derivation.Terms.Where(term => term.Cell >= 0))
                    Assert.Equal((float)inputs[term.Source].Values[term.Cell], (float)term.Number);
            }
        }
    }

    /// <summary>Layer by layer the bits that a trace of all layers has, and for each cell the arithmetic behind it.</summary>
    [Fact]
    public void On_the_digits_each_layer_has_the_bits_of_the_trace_and_each_cell_its_arithmetic()
    {
        var model = BundledModels.Digits;
        var pixels = Datasets.Digits().Training.Pixels(3);
        var trace = ForwardTrace.Of(model, pixels);
        var whole = LayerTrace.Of(model.Weights, [.. trace.Input], options: new TraceOptions { IsTraining = false });
        foreach (var layer in model.Network.Layers)
        {
            Assert.Equal(whole.Output(layer.Name), trace.Output(layer.Name, TestContext.Current.CancellationToken));
            Judge(trace, layer, 40);
        }
        var input = trace.Output("input", TestContext.Current.CancellationToken);
        Assert.Same(input, trace.Output("input", TestContext.Current.CancellationToken));
        Assert.Equal(model.Compute(pixels), trace.Output(model.Network.Layers[^1].Name, TestContext.Current.CancellationToken));
    }

    /// <summary>Branches, joins, upsampling, gates, groups: whole architectures on a small image with random weights.</summary>
    [Theory]
    [InlineData("u-net", 1, 32)]
    [InlineData("mobilenet-v3-small", 3, 32)]
    [InlineData("shufflenet-v2-0.5", 3, 32)]
    [InlineData("googlenet", 3, 64)]
    [InlineData("densenet-121", 3, 32)]
    public void On_architectures_the_arithmetic_gives_what_the_engine_gives(string name, int channels, int side)
    {
        var network = Architectures.Find(name)!.Build(Shape.Image(channels, side, side), 4);
        var random = new Random(1);
        var pixels = new byte[network.Input.Count];
        random.NextBytes(pixels);
        var model = new Model(Weights.Initialize(network, 1), Normalization.None(channels), ["a", "b", "c", "d"]);
        var trace = ForwardTrace.Of(model, pixels);
        // Of each op the first and the last: a layer is a run of its own.
        foreach (var layers in network.Layers.GroupBy(layer => layer.Op?.Name ?? ""))
            foreach (var layer in ((Layer[])[layers.First(), layers.Last()]).Distinct())
                Judge(trace, layer, 5);
    }

    [Fact]
    public void What_is_asked_for_must_be_there()
    {
        var trace = ForwardTrace.Of(BundledModels.Digits, new byte[784]);
        var outside = Assert.Throws<UsageException>(() =>
            CellDerivation.Of(trace, "input", 0, 28, 0, TestContext.Current.CancellationToken));
        Assert.Contains("no cell in channel 0, row 28, column 0", outside.Message, StringComparison.Ordinal);
        Assert.Throws<UsageException>(() => trace.Output("no-such-layer", TestContext.Current.CancellationToken));
        Assert.Throws<ShapeException>(() => ForwardTrace.Of(BundledModels.Digits, new byte[783]));
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => trace.Output(BundledModels.Digits.Network.Layers[3].Name, stopped.Token));
    }

    private static void Judge(ForwardTrace trace, Layer layer, int cells)
    {
        var shape = layer.Output;
        for (var cell = 0; cell < shape.Count; cell += 1 + (shape.Count / cells))
        {
            var derivation = CellDerivation.Of(trace, layer.Name, cell / shape.Area, cell % shape.Area / shape.Width, cell % shape.Width);
            Assert.Equal(cell, derivation.Cell);
            Assert.Equal(trace.Output(layer.Name)[cell], derivation.Value);
            var size = 1 + Math.Abs(derivation.Value) + derivation.Terms.Sum(term => Math.Abs(term.Product)) / 10;
            Assert.True(Math.Abs(derivation.Computed!.Value - derivation.Value) <= 2e-5 * size, $"{layer}, cell {cell}: {derivation}");
        }
    }
}
