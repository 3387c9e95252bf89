using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>
/// What was trained can be saved, opened and exported, whatever its settings, names, sizes and numbers are; and what could not is refused
/// before the training.
/// </summary>
public sealed class SavedModelTests
{
    [Theory]
    [InlineData(float.NegativeInfinity, "\"-Infinity\"")]
    [InlineData(float.PositiveInfinity, "\"Infinity\"")]
    [InlineData(float.NaN, "\"NaN\"")]
    [InlineData(-0f, "-0.0")]
    [InlineData(float.MaxValue, "3.4028235E+38")]
    [InlineData(float.Epsilon, "1E-45")]
    [InlineData(3e9f, "3000000000")]
    public void Settings_are_any_numbers_of_32_bits(float value, string written)
    {
        var network = Network.Build(Shape.Image(1, 3, 3), x => x.Then(new Pad2d(1) { Value = value }).Then(new Resize2d(ResizeTarget.Size(4, 4), ResizeMode.Nearest) { Outside = value }));
        var json = NetworkFile.ToJson(network);
        Assert.Contains($"\"value\": {written} ", json, StringComparison.Ordinal);
        Assert.Contains($"\"outside\": {written} ", json, StringComparison.Ordinal);
        var back = NetworkFile.Parse(json);
        Assert.Equal(BitConverter.SingleToInt32Bits(value), BitConverter.SingleToInt32Bits(((Pad2d)back.Layers[1].Op!).Value));
        Assert.Equal(json, NetworkFile.ToJson(back));
    }

    [Theory]
    [InlineData("\"-Infinity\"", "x, layer 1 'clip1': Clip takes as 'minimum' a number that 32 bits hold, or \"none\": received -Infinity.")]
    [InlineData("\"infinity\"", "x, layer 1 'clip1': Clip takes as 'minimum' a number that 32 bits hold, or \"none\": received \"infinity\".")]
    [InlineData("Infinity", "x is not a network description: 'I' is an invalid start of a value. LineNumber: 5 | BytePositionInLine: 83.")]
    public void Numbers_that_an_op_does_not_take_are_refused(string written, string message)
    {
        var json = NetworkFile.ToJson(Network.Build(Shape.Image(1, 3, 3), x => x.Then(new Clip(-1, 1)))).Replace("\"minimum\": -1", $"\"minimum\": {written}", StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<DataException>(() => NetworkFile.Parse(json, "x")).Message);
    }

    /// <summary>As Keras' MobileNet comes out of a converter: minus infinity around the input of a max pooling.</summary>
    [Fact]
    public void A_network_padded_by_minus_infinity_is_trained_opened_resumed_and_exported()
    {
        using var folder = new TemporaryFolder();
        var network = Network.Build(Shape.Image(1, 28, 28), x => x
            .Conv(4, kernel: 3).Relu().Then(new Pad2d(0, 0, 1, 1) { Value = float.NegativeInfinity }).MaxPool(3, stride: 2).GlobalAveragePool().Linear(10));
        var options = new TrainingOptions { Epochs = 1, BatchSize = 30, Folder = RunFolder.At(folder.Location), Threads = 1 };
        var trained = Trainer.Fit(network, DigitsTask.Data(), options).Model;
        var opened = ModelFile.Load(folder.Location);
        AssertSame(trained, opened);
        Assert.Equal(trained.Weights.Sha256(), Trainer.Fit(NetworkFile.Load(folder["network.json"]), DigitsTask.Data(), options with { Resume = true }).Model.Weights.Sha256());
        AssertExports(opened);
    }

    [Fact]
    public void A_network_without_layers_hands_the_image_on()
    {
        var model = new Model(Weights.Initialize(Network.Build(Shape.Image(2, 2, 3), x => x), 1), new Normalization([0.5, 0.25], [0.5, 0.125]), []);
        AssertSame(model, Saved(model));
        AssertExports(model);
    }

    public static TheoryData<string> Kinds => ["one number", "deep", "wide", "signal", "joined", "long names", "names as of weights", "infinite weights"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Networks_of_all_kinds_are_opened_and_exported(string kind)
    {
        var model = OnnxSamples.Model(kind switch
        {
            "one number" => Network.Build(new Shape(1, 1, 1), x => x.Conv(1, kernel: 1).Sigmoid()),
            "deep" => Network.Build(new Shape(1, 2, 2), x => Enumerable.Range(0, 700).Aggregate(x, (x, _) => x.Tanh())),
            "wide" => Network.Build(new Shape(1, 1, 1), x => x.Linear(20_000).Linear(2)),
            "signal" => Network.Build(new Shape(1, 1, 100_000), x => x.AveragePool((1, 50_000))),
            "joined" => Network.Build(new Shape(1, 1, 2), x => x.Concat([.. Enumerable.Repeat(x, 1_200)])),
            "long names" => Network.Build(new Shape(2, 3, 3), x => x.Scope(new string('a', 300), x => x.Conv(2, kernel: 3, name: new string('b', 300)).Relu())),
            // The name of a layer's value and that of a weight would be the same in ONNX.
            "names as of weights" => Network.Build(new Shape(2, 3, 3), x => x.Then(new Relu(), "conv1.weight").Conv(2, kernel: 3, name: "conv1").Then(new Relu(), "output").Conv(1, kernel: 1, name: "a/Conv").Conv(1, kernel: 1, name: "a")),
            _ => Network.Build(new Shape(1, 2, 2), x => x.Flatten().Linear(6)),
        });
        if (kind == "infinite weights")
            new[] { float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.Epsilon, -0f, float.MaxValue }.CopyTo(model.Weights.Parameters[0].Values);
        AssertSame(model, Saved(model));
        if (kind != "wide") AssertExports(model);
    }

    [Fact]
    public void Names_of_classes_are_any_text()
    {
        using var folder = new TemporaryFolder();
        string[] names = ["", " ", "a\"b\\c", "größer", "犬", "\u202Ereversed", "line\nbreak", "\u0000", "\u001B[31m", "😀", new string('x', 10_000)];
        var model = OnnxSamples.Model(Network.Build(Shape.Image(1, 2, 2), x => x.Flatten().Linear(names.Length)), names);
        Assert.Equal(names, Saved(model).ClassNames);
        OnnxFile.Save(model, folder["model.onnx"]);
        Assert.Equal(names, OnnxFile.Load(folder["model.onnx"]).ClassNames);
        AssertExports(model);
    }

    [Fact]
    public void What_could_not_be_opened_again_is_refused_before_the_training()
    {
        using var folder = new TemporaryFolder();
        var network = Network.Build(Shape.Image(1, 28, 28), x => x.Conv(2, kernel: 3).BatchNorm(epsilon: float.PositiveInfinity).GlobalAveragePool().Linear(10));
        var error = Assert.Throws<UsageException>(() => Trainer.Fit(network, DigitsTask.Data(), new TrainingOptions { Epochs = 1, Folder = RunFolder.At(folder.Location) }));
        Assert.StartsWith("What is trained could not be opened again: the network description, layer 2 'batchNorm1': BatchNorm takes "
            + "as 'epsilon' ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Use a setting that a file can hold.", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            "The name of a layer has 1,001 characters, and at most 1,000 are possible: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...'. "
                + "Give shorter names to layers and scopes.",
            Assert.Throws<UsageException>(() => Network.Build(new Shape(1, 1, 1), x => x.Then(new Relu(), new string('a', 1_001)))).Message);
        Assert.Equal(
            "The network has 10,001 layers, and a description of at most 10,000 is read again. Build it of fewer layers.",
            Assert.Throws<UsageException>(() => NetworkFile.ToJson(Network.Build(new Shape(1, 1, 1), x => Enumerable.Range(0, 10_001).Aggregate(x, (x, _) => x.Relu())))).Message);
    }

    /// <summary>Networks of all ops: the same description and the same bits of output after they were saved and opened.</summary>
    [Fact]
    public void Random_networks_come_back_to_the_bit()
    {
        for (uint index = 0; index < 60; index++)
        {
            var model = FuzzGraph.Draw(9, index).Model();
            AssertSame(model, Saved(model));
        }
    }

    /// <summary>A file that keeps its normalisation as nodes must not be normalised once more when it is read.</summary>
    [Fact]
    public void Pixels_are_normalised_once_even_where_the_nodes_cannot_be_taken_off()
    {
        var model = OnnxSamples.Model(Network.Build(Shape.Image(2, 4, 4), x => x.GlobalAveragePool().Concat(x.Builder.Add(new LearnedParameter(Shape.Vector(3)), "code"))));
        var file = OnnxFile.ToBytes(model, new OnnxExportOptions());
        AssertClose(model, OnnxFile.FromBytes(file, "f"));
        Assert.Equal(model.Normalization, OnnxFile.FromBytes(file, "f").Normalization);

        var graph = OnnxReader.Model(file, "f");
        var second = graph.Graph.Nodes[1] with { Operator = "Sub", Inputs = [graph.Graph.Nodes[1].Inputs[0], "shift"] };
        var offset = graph.Graph.Initializers.Single(tensor => tensor.Name == graph.Graph.Nodes[1].Inputs[1]);
        var changed = graph with
        {
            Graph = graph.Graph with
            {
                Nodes = [graph.Graph.Nodes[0], second, .. graph.Graph.Nodes.Skip(2)],
                Initializers = [.. graph.Graph.Initializers, offset with { Name = "shift", Values = Array.ConvertAll((float[])offset.Values, value => -value) }],
            },
        };
        AssertClose(model, OnnxFile.FromBytes(OnnxWriter.Model(changed), "f"));
    }

    private static Model Saved(Model model)
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(model, folder.Location);
        return ModelFile.Load(folder.Location);
    }

    private static void AssertSame(Model expected, Model actual)
    {
        Assert.Equal(NetworkFile.ToJson(expected.Network), NetworkFile.ToJson(actual.Network));
        Assert.Equal(expected.Weights.Sha256(), actual.Weights.Sha256());
        Assert.Equal(Bits(expected), Bits(actual));
    }

    private static void AssertExports(Model model)
    {
        using var folder = new TemporaryFolder();
        foreach (var input in Enum.GetValues<OnnxInput>())
        {
            OnnxFile.Save(model, folder["model.onnx"], new OnnxExportOptions { Input = input });
            var check = ExportCheck.Run(model, folder["model.onnx"], input, randomImages: 2);
            Assert.True(check.Passed, $"{model.Network}: {check}");
            AssertClose(model, OnnxFile.Load(folder["model.onnx"]));
        }
    }

    private static void AssertClose(Model expected, Model actual)
    {
        var pixels = Pixels(expected);
        var (right, left) = (expected.Compute(pixels), actual.Compute(pixels));
        Assert.Equal(right.Count, left.Count);
        for (var i = 0; i < right.Count; i++)
            Assert.True(Agreement.Fits(left[i], right[i], 1e-6 + (1e-4 * Math.Abs((double)right[i]))), $"number {i}: {left[i]} instead "
                + $"of {right[i]}");
    }

    private static int[] Bits(Model model) => [.. model.Compute(Pixels(model)).Select(BitConverter.SingleToInt32Bits)];

    private static byte[] Pixels(Model model) => [.. Enumerable.Range(0, model.Network.Input.Count).Select(i => (byte)(i * 37))];
}
