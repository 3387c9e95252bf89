using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Training;
using FeatureMap.Training;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>What is written can be read back, computes the same, and can be trained on.</summary>
public sealed class OnnxRoundTripTests
{
    public static TheoryData<string> OpNames => [.. OpCatalogue.Entries.Where(entry => !entry.Type.IsSubclassOf(typeof(TargetOp))).Select(entry => entry.Type.Name)];

    [Theory]
    [MemberData(nameof(OpNames))]
    public void Each_case_of_each_op_comes_back(string op)
    {
        var wrong = new List<string>();
        foreach (var given in OpCatalogue.Entries.Single(entry => entry.Type.Name == op).Cases)
            if (OnnxSamples.NetworkOf(given) is { } network)
                foreach (var opset in (int[])[13, 17, 21])
                    wrong.AddRange(Differences(OnnxSamples.Model(network), opset, given.ToString()));
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [InlineData("Relu6", "Clip")]
    [InlineData("Gelu", "Gelu")]
    [InlineData("PixelShuffle", "PixelShuffle")]
    [InlineData("GroupNorm", "GroupNorm")]
    [InlineData("LayerNorm", "LayerNorm")]
    [InlineData("InstanceNorm", "InstanceNorm")]
    [InlineData("LocalResponseNorm", "LocalResponseNorm")]
    [InlineData("Softmax", "Softmax")]
    [InlineData("PRelu", "PRelu")]
    [InlineData("Pad2d", "Pad2d")]
    [InlineData("Slice", "Slice")]
    [InlineData("Reshape", "Reshape")]
    [InlineData("GlobalMaxPool", "GlobalMaxPool")]
    public void Ops_with_an_operator_come_back_as_themselves(string op, string expected)
    {
        var given = OpCatalogue.Entries.Single(entry => entry.Type.Name == op).Cases[0];
        var back = OnnxFile.FromBytes(OnnxFile.ToBytes(OnnxSamples.Model(OnnxSamples.NetworkOf(given)!), new OnnxExportOptions { Opset = 21, Input = OnnxInput.Normalized }), "f");
        Assert.Contains(expected, back.Network.Layers.Skip(1).Select(layer => layer.Op!.Name));
    }

    [Fact]
    public void A_trained_network_is_exported_imported_and_trained_on()
    {
        var data = DigitsTask.Data(training: 400, validation: 200);
        var options = new TrainingOptions { Epochs = 4, BatchSize = 40, Optimizer = new Sgd(momentum: 0.9), Threads = 2 };
        var first = Trainer.Fit(DigitsTask.Network(), data, options);
        var trained = first.Model;
        var before = trained.Evaluate(data.Validation).Accuracy;

        var imported = OnnxFile.FromBytes(OnnxFile.ToBytes(trained, new OnnxExportOptions { KeepsBatchNorm = true }), "digits.onnx");
        for (var image = 0; image < 20; image++)
            Assert.Equal(trained.Compute(data.Validation.Pixels(image)), imported.Compute(data.Validation.Pixels(image)));

        var start = imported.Weights.Sha256();
        var tuned = Trainer.Fit(imported.Network, data, options with { InitialWeights = imported.Weights, Normalization = imported.Normalization, Epochs = 3 });
        Assert.Equal(start, imported.Weights.Sha256());
        Assert.NotEqual(start, tuned.Model.Weights.Sha256());
        // It goes on from what it knew: the first epoch of a fresh network is near guessing.
        Assert.True(tuned.Epochs[0].TrainAccuracy > first.Epochs[0].TrainAccuracy + 0.1, $"{tuned.Epochs[0].TrainAccuracy}, fresh {first.Epochs[0].TrainAccuracy}");
        Assert.InRange(tuned.Model.Evaluate(data.Validation).Accuracy, before - 0.05, 1);
    }

    internal static IEnumerable<string> Differences(Model model, int opset, string what)
    {
        var back = OnnxFile.FromBytes(OnnxFile.ToBytes(model, new OnnxExportOptions { Opset = opset, Input = OnnxInput.Normalized }), "f");
        var random = new RandomSequence(8, RandomPurpose.Testing);
        var sample = new float[model.Network.Input.Count];
        foreach (ref var number in sample.AsSpan())
            number = random.NextSingle(-2, 2);
        var (expected, received) = (Run(model, sample), Run(back, sample));
        if (!expected.Zip(received, (a, b) => Math.Abs(a - b) <= 3e-5 * Math.Max(1, Math.Abs(a))).All(fits => fits) || expected.Length != received.Length)
            yield return $"{what}, opset {opset}: {string.Join(" ", expected.Take(8))} and {string.Join(" ", received.Take(8))}";
    }
}
