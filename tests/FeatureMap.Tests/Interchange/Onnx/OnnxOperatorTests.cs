using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.House;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>
/// What single operators refuse, and what becomes of settings at their ends. That numbers are right, ONNX Runtime judges elsewhere.
/// </summary>
public sealed class OnnxOperatorTests
{
    private static readonly Dictionary<string, OnnxModel> Refused = new()
    {
        ["f.onnx, node 'the BatchNormalization' (BatchNormalization): it gives 5 outputs, which below operator set 14 means that it normalises by the statistics of the batch (training), and evaluation uses the running ones; export the model in evaluation mode."] =
            Model([Node("BatchNormalization", "x two two two two", "y a b c d")], [Reals("two", [2], 1, 1)], opset: 9),
        ["f.onnx, node 'the BatchNormalization' (BatchNormalization): it normalises every pixel by itself (spatial = 0); only channels can be normalised."] =
            Model([Node("BatchNormalization", "x two two two two", "y", new OnnxAttribute("spatial", 0))], [Reals("two", [2], 1, 1)], opset: 8),
        ["f.onnx, node 'the BatchNormalization' (BatchNormalization): the attribute 'epsilon' is -1; a number from 0 to 1,000,000 was expected."] =
            Model([Node("BatchNormalization", "x two two two two", "y", new OnnxAttribute("epsilon", -1f))], [Reals("two", [2], 1, 1)]),
        ["f.onnx, node 'the Expand' (Expand): it repeats the images of a batch (axis 0), and a network computes each of them once."] =
            Model([Node("Expand", "x s", "y")], [Wholes("s", 3, 2, 4, 4)]),
        ["f.onnx, node 'the Expand' (Expand): it makes 5 of 2 along axis 1; only a size of 1 stretches."] = Model([Node("Expand", "x s", "y")], [Wholes("s", 1, 5, 4, 4)]),
        ["f.onnx, node 'the Tile' (Tile): it repeats the images of a batch (axis 0), and a network computes each of them once."] = Model([Node("Tile", "x r", "y")], [Wholes("r", 2, 1, 1, 1)]),
        ["f.onnx, node 'the Tile' (Tile): its repeats are [1, 2]; 4 numbers from 1 on were expected, one per axis."] = Model([Node("Tile", "x r", "y")], [Wholes("r", 1, 2)]),
        ["f.onnx, node 'the Tile' (Tile): it repeats an axis 65,537 times; at most 65,536 times are possible."] = Model([Node("Tile", "x r", "y")], [Wholes("r", 1, 1, 1, 65_537)]),
        ["f.onnx, node 'the Concat' (Concat): its constant 'c' (2 x 4 x 4) has 3 axes, and 4 were expected."] = Model([Node("Concat", "x c", "y", new OnnxAttribute("axis", 1))], [Reals("c", [2, 4, 4])]),
        ["f.onnx, node 'the Concat' (Concat): its constant 'c' (3 x 2 x 4 x 4) has other numbers for each image of the batch."] =
            Model([Node("Concat", "x c", "y", new OnnxAttribute("axis", 1))], [Reals("c", [3, 2, 4, 4])]),
        ["f.onnx, node 'the Clip' (Clip): it keeps numbers between -Infinity and -Infinity, which leaves none."] =
            Model([Node("Clip", "x low low", "y")], [Reals("low", [], float.NegativeInfinity)]),
        ["f.onnx, node 'the Celu' (Celu): its alpha is 0, by which it divides."] = Model([Node("Celu", "x", "y", new OnnxAttribute("alpha", 0f))]),
        ["f.onnx, node 'the Sub' (Sub): it has 3 inputs; 2 were expected."] = Model([Node("Sub", "x x x", "y")]),
        ["f.onnx, node 'the Div' (Div): it has 1 inputs; 2 were expected."] = Model([Node("Div", "x", "y")]),
        ["f.onnx, node 'the Slice' (Slice): it cuts axis 1 twice."] = Model([Node("Slice", "x a b axes", "y")], [Wholes("a", 0, 1), Wholes("b", 2, 2), Wholes("axes", 1, 1)]),
        ["f.onnx, node 'the MatMul' (MatMul): it multiplies 2 x 4 x 4 by 4 x 4 x 2, where the axes before the last two should be equal, or 1 on one side."] =
            Model([Node("Reshape", "x s", "r"), Node("MatMul", "x r", "y")], [Wholes("s", 0, 4, 4, 2)]),
        ["f.onnx, node 'the CastLike' (CastLike): it turns numbers into whole ones, like 'c' (1); layers compute in float32."] = Model([Node("CastLike", "x c", "y")], [Wholes("c", 1)]),
    };

    public static TheoryData<string> Messages => [.. Refused.Keys];

    [Theory]
    [MemberData(nameof(Messages))]
    public void It_is_refused(string message) => Assert.Equal(message, Refusal(Refused[message]));

    [Fact]
    public void Pieces_of_vectors_that_we_wrote_are_read_back()
    {
        var network = Network.Build(Shape.Image(5, 4, 4), x =>
        {
            x = x.GlobalAveragePool();
            return x.Slice(1..).Slice(..3);
        });
        foreach (var opset in (int[])[13, 17, 21])
            Guard.None(OnnxRoundTripTests.Differences(OnnxSamples.Model(network), opset, "two slices of a vector"));
    }

    [Fact]
    public void Dropping_everything_means_nothing_in_evaluation() => Assert.Equal(
        [-1, 2],
        Run(Load(Model([Node("Dropout", "x r", "d"), Node("Neg", "d", "y")], [Reals("r", [], 1)], [-1, 2])), 1, -2));

    [Fact]
    public void An_error_function_alone_is_a_layer_and_within_a_gelu_is_none()
    {
        Assert.Equal(["Erf"], Names(Model([Node("Erf", "x", "y")])));
        Assert.Equal(
            ["Gelu"],
            Names(Model(
                [Node("Div", "x root", "d"), Node("Erf", "d", "e"), Node("Add", "e one", "a"), Node("Mul", "x a", "m"), Node("Mul", "m half", "y")],
                [Reals("root", [], MathF.Sqrt(2)), Reals("one", [], 1), Reals("half", [], 0.5f)])));

        static IEnumerable<string> Names(OnnxModel model) => Load(model).Network.Layers.Skip(1).Select(layer => layer.Op!.Name);
    }
}
