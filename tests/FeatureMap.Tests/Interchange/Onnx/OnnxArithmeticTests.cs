using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>Elementwise ops, reductions, constants and learned parameters: written and read back, and read as other tools write them.</summary>
public sealed class OnnxArithmeticTests
{
    public static TheoryData<string> OpNames => [.. OpCatalogue.Entries.Where(entry => Kinds.Any(kind => entry.Type.IsSubclassOf(kind) || entry.Type == kind)).Select(entry => entry.Type.Name)];

    private static Type[] Kinds => [typeof(UnaryOp), typeof(BroadcastOp), typeof(Reduction), typeof(Constant), typeof(LearnedParameter)];

    [Theory]
    [MemberData(nameof(OpNames))]
    public void What_is_written_is_read_back_and_computes_the_same(string op)
    {
        var random = new RandomSequence(8, RandomPurpose.Testing);
        foreach (var given in OpCatalogue.Entries.Single(entry => entry.Type.Name == op).Cases)
            foreach (var opset in (int[])[OnnxExportOptions.LowestOpset, OnnxExportOptions.HighestOpset])
            {
                var model = OnnxSamples.Model(OnnxSamples.NetworkOf(given)!);
                var back = OnnxFile.FromBytes(OnnxFile.ToBytes(model, new OnnxExportOptions { Opset = opset, Input = OnnxInput.Normalized }), "f");
                var sample = new float[model.Network.Input.Count];
                foreach (ref var number in sample.AsSpan())
                    number = random.NextSingle(-2, 2);
                var (expected, received) = (Run(model, sample), Run(back, sample));
                Assert.Equal(expected.Length, received.Length);
                for (var i = 0; i < expected.Length; i++)
                    Assert.True(Math.Abs(expected[i] - received[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[i])), $"{given}, opset {opset}: {expected[i]:R} and {received[i]:R}");
            }
    }

    [Theory]
    [InlineData("Add", false, "ScaleShift(1 x + 3)")]
    [InlineData("Sub", false, "ScaleShift(1 x - 3)")]
    [InlineData("Sub", true, "ScaleShift(-1 x + 3)")]
    [InlineData("Mul", true, "ScaleShift(3 x + 0)")]
    [InlineData("Div", false, "ScaleShift(0.33333334 x + 0)")]
    [InlineData("Pow", false, "RaiseTo(exponent 3)")]
    [InlineData("Max", false, "Clip(at least 3)")]
    [InlineData("Min", true, "Clip(at most 3)")]
    public void A_known_number_becomes_a_setting(string operatorName, bool isFirst, string expected)
    {
        var model = Load(Model([Node(operatorName, isFirst ? "three x" : "x three", "y")], [Reals("three", [], 3)]));
        Assert.Equal(expected, Assert.Single(model.Network.Layers.Skip(1)).Op!.ToString());
    }

    [Fact]
    public void Known_numbers_that_stretch_become_weights()
    {
        var model = Load(Model([Node("Mul", "x scale", "y")], [Reals("scale", [2, 1, 1], 10, -1)], [-1, 2, 1, 2]));
        Assert.Equal(["LearnedParameter", "Multiply"], model.Network.Layers.Skip(1).Select(layer => layer.Op!.Name));
        Assert.Equal([10, 20, -3, -4], Run(model, 1, 2, 3, 4));
        // Sizes are aligned at the last axis: three numbers meet the columns.
        Assert.Equal([1, 4, 9, 4, 10, 18], Run(Load(Model([Node("Mul", "x ramp", "y")], [Reals("ramp", [3], 1, 2, 3)], [-1, 1, 2, 3])), 1, 2, 3, 4, 5, 6));
    }

    [Fact]
    public void More_than_two_inputs_are_taken_two_at_a_time()
    {
        var model = Load(Model([Node("Neg", "x", "n"), Node("Abs", "x", "a"), Node("Max", "x n a", "y")], input: [-1, 3]));
        Assert.Equal([1, 2, 3], Run(model, -1, 2, -3));
        Assert.Equal([-1f / 3, 2f / 3, -1], Run(Load(Model([Node("Neg", "x", "n"), Node("Mean", "x n x", "y")], input: [-1, 3])), -1, 2, -3));
        Assert.Equal([1, 1, 0], Run(Load(Model([Node("Less", "x zero", "l"), Node("Where", "l one x", "y")], [Reals("zero", [], 0), Reals("one", [], 1)], [-1, 3])), -1, -2, 0));
    }

    [Fact]
    public void Reductions_keep_or_lose_their_axes()
    {
        var kept = Load(Model([Node("ReduceSum", "x axes", "y")], [Wholes("axes", -1)], [-1, 2, 1, 2]));
        Assert.Equal((Shape.Image(2, 1, 1), "ReduceSum(columns)"), (kept.Network.Output, kept.Network.Layers[^1].Op!.ToString()));
        var lost = Load(Model([Node("ReduceMean", "x", "y", new OnnxAttribute("axes", [2, 3]), new OnnxAttribute("keepdims", false))], input: [-1, 2, 2, 2]));
        Assert.Equal([2.5f, 6.5f], Run(lost, 1, 2, 3, 4, 5, 6, 7, 8));
    }

    [Fact]
    public void What_would_mix_images_is_refused()
    {
        Assert.Contains("it reduces all axes, the batch among them: images of a batch do not meet in a network", Refusal(Model([Node("ReduceSum", "x", "y")])), StringComparison.Ordinal);
        Assert.Contains("its constant 'c' (2 x 2 x 1 x 1) has other numbers for each image of the batch", Refusal(Model([Node("Add", "x c", "y")], [Reals("c", [2, 2, 1, 1])])), StringComparison.Ordinal);
        Assert.Contains("ONNX then lays the batch of one beside another axis", Refusal(Model([Node("Flatten", "x", "f"), Node("Add", "x f", "y")])), StringComparison.Ordinal);
        Assert.Contains("it makes 8 of 4 along axis 3; only a size "
            + "of 1 stretches", Refusal(Model([Node("Expand", "x s", "y")], [Wholes("s", 1, 2, 4, 8)])), StringComparison.Ordinal);
    }
}
