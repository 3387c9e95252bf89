using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.OnnxRuntime;
using FeatureMap.Ops;
using FeatureMap.Randomness;
using FeatureMap.Tests.Interchange;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>Graphs as other tools write them: the imported network computes what ONNX Runtime computes of the file.</summary>
public sealed class ImportAgreesTests
{
    /// <summary>Ways from 4 x 4 pixels to one, from x to p.</summary>
    private static readonly Dictionary<string, OnnxNode[]> ToPixel = new()
    {
        ["Slice"] = [Node("Slice", "x two three axes23", "p")],
        ["Slice of all axes"] = [Node("Slice", "x from to axes123", "p")],
        ["two Slices"] = [Node("Slice", "x one two1 axis2", "s"), Node("Slice", "s one two1 axis3", "p")],
        ["Split"] = [Node("Split", "x", "a b c d", new OnnxAttribute("axis", 2)), Node("Split", "b", "p e f g", new OnnxAttribute("axis", 3))],
        ["Gather"] = [Node("Gather", "x one", "s", new OnnxAttribute("axis", 2)), Node("Gather", "s one", "p", new OnnxAttribute("axis", 3))],
        ["MaxPool"] = [Node("MaxPool", "x", "p", new OnnxAttribute("kernel_shape", [4, 4]))],
        ["AveragePool"] = [Node("AveragePool", "x", "p", new OnnxAttribute("kernel_shape", [4, 4]))],
        ["GlobalAveragePool"] = [Node("GlobalAveragePool", "x", "p")],
        ["GlobalMaxPool"] = [Node("GlobalMaxPool", "x", "p")],
        ["ReduceMean"] = [Node("ReduceMean", "x", "p", new OnnxAttribute("axes", [2, 3]))],
        ["Conv"] = [Node("Conv", "x w44", "p")],
        ["ConvTranspose"] = [Node("ConvTranspose", "x w11", "p", new OnnxAttribute("pads", [1, 1, 2, 2]))],
        ["SpaceToDepth"] = [Node("SpaceToDepth", "x", "p", new OnnxAttribute("blocksize", 4))],
        ["Resize"] = [Node("Resize", "x  quarter", "p", new OnnxAttribute("mode", "linear"))],
        ["Pad"] = [Node("Pad", "x crop", "p")],
        ["Reshape"] = [Node("Reshape", "x pixel", "p")],
    };

    /// <summary>What works along rows or columns, from p to y.</summary>
    private static readonly Dictionary<string, OnnxNode[]> Behind = new()
    {
        ["Softmax"] = [Node("Softmax", "p", "y", new OnnxAttribute("axis", -1))],
        ["LogSoftmax"] = [Node("LogSoftmax", "p", "y", new OnnxAttribute("axis", 2))],
        ["GlobalMaxPool"] = [Node("GlobalMaxPool", "p", "y")],
        ["AveragePool"] = [Node("AveragePool", "p", "y", new OnnxAttribute("kernel_shape", [1, 1]))],
        ["Slice"] = [Node("Slice", "p nought one axis3", "y")],
        ["Concat"] = [Node("Concat", "p p", "y", new OnnxAttribute("axis", 2))],
        ["Transpose"] = [Node("Transpose", "p", "y", new OnnxAttribute("perm", [0, 2, 3, 1]))],
        ["ReduceSum"] = [Node("ReduceSum", "p axis3", "y", new OnnxAttribute("keepdims", false))],
        ["Flatten"] = [Node("Flatten", "p", "y")],
        ["Tile"] = [Node("Tile", "p twoThree", "y")],
        ["Expand"] = [Node("Expand", "p threeFour", "y")],
        ["Resize"] = [Node("Resize", "p  double", "y")],
        ["Pad"] = [Node("Pad", "p around", "y")],
        ["ArgMax"] = [Node("ArgMax", "p", "i", new OnnxAttribute("axis", 3)), Node("Cast", "i", "y", new OnnxAttribute("to", 1))],
        ["DepthToSpace"] = [Node("DepthToSpace", "p", "y", new OnnxAttribute("blocksize", 2))],
        ["Add"] = [Node("Add", "p plane", "y")],
        ["InstanceNormalization"] = [Node("Tile", "p twoThree", "t"), Node("InstanceNormalization", "t scale shift", "y", new OnnxAttribute("epsilon", 0.5f))],
    };

    private static readonly OnnxTensor[] Numbers =
    [
        Wholes("nought", 0), Wholes("one", 1), Wholes("two1", 2), Wholes("two", 2, 2), Wholes("three", 3, 3), Wholes("axis2", 2), Wholes("axis3", 3), Wholes("axes23", 2, 3),
        Wholes("from", 0, 1, 3), Wholes("to", 4, 2, 4), Wholes("axes123", 1, 2, 3), Wholes("crop", 0, 0, -1, -2, 0, 0, -2, -1), Wholes("pixel", 0, -1, 1, 1),
        Wholes("twoThree", 1, 1, 2, 3), Wholes("threeFour", 3, 4), Wholes("around", 0, 0, 1, 1, 0, 0, 2, 0),
        Reals("w44", [4, 4, 4, 4]), Reals("w11", [4, 4, 1, 1]), Reals("quarter", [4], 1, 1, 0.25f, 0.25f), Reals("double", [4], 1, 1, 2, 3), Reals("plane", [1, 1, 3, 2]),
    ];

    public static TheoryData<string> Ways => [.. ToPixel.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_image_of_one_pixel_keeps_its_rows_and_columns(string way)
    {
        var channels = way is "SpaceToDepth" or "Reshape" ? 64 : 4;
        OnnxTensor[] numbers = [.. Numbers, Reals("scale", [channels]), Reals("shift", [channels])];
        AssertNone(Behind.SelectMany(behind => Differences($"{way}, {behind.Key}", Model([.. ToPixel[way], .. behind.Value], numbers, [-1, 4, 4, 4]))));
    }

    public static TheoryData<string> Names => [.. Graphs.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void It_agrees(string name) => AssertNone(Differences(name, Graphs[name]));

    private static Dictionary<string, OnnxModel> Graphs { get; } = new()
    {
        ["Concat with a constant"] = Model([Node("Concat", "x c", "y", new OnnxAttribute("axis", 1))], [Reals("c", [1, 2, 4, 4])], [1, 2, 4, 4]),
        ["Concat with two constants along the rows"] = Model([Node("Concat", "c x c", "y", new OnnxAttribute("axis", 2))], [Reals("c", [1, 2, 1, 4])], [1, 2, 4, 4]),
        ["Concat of vectors"] = Model([Node("Concat", "x c", "y", new OnnxAttribute("axis", -1))], [Reals("c", [1, 3])], [1, 5]),
        ["Concat with one number"] = Model([Node("Concat", "x c", "y", new OnnxAttribute("axis", -1))], [Reals("c", [1, 1])], [1, 5]),
        ["Expand behind squeeze and excitation"] = Model(
            [Node("GlobalAveragePool", "x", "g"), Node("Sigmoid", "g", "s"), Node("Shape", "x", "n"), Node("Expand", "s n", "e"), Node("Mul", "x e", "y")], input: [-1, 3, 4, 5]),
        ["Expand of channels, rows and columns"] = Model([Node("Expand", "x s", "y")], [Wholes("s", 1, 3, 4, 5)], [-1, 1, 1, 1]),
        ["Expand of a middle axis"] = Model([Node("Unsqueeze", "x two", "u"), Node("Expand", "u s", "y")], [Wholes("two", 2), Wholes("s", 1, 2, 3, 4, 4)], [-1, 2, 4, 4]),
        ["Expand with a shorter shape"] = Model([Node("Expand", "x s", "y")], [Wholes("s", 3, 1)], [-1, 2, 1, 4]),
        ["Expand that changes nothing"] = Model([Node("Expand", "x s", "e"), Node("Neg", "e", "y")], [Wholes("s", 1, 1, 4, 1)], [-1, 2, 4, 4]),
        ["Tile of a vector"] = Model([Node("Tile", "x r", "y")], [Wholes("r", 1, 3)], [-1, 4]),
        ["Tile of all axes"] = Model([Node("Tile", "x r", "y")], [Wholes("r", 1, 2, 3, 2)], [-1, 2, 3, 4]),
        ["Tile as upsampling"] = Model(
            [Node("Reshape", "x six", "u"), Node("Tile", "u r", "t"), Node("Reshape", "t four", "y")],
            [Wholes("six", 0, 2, 3, 1, 4, 1), Wholes("r", 1, 1, 1, 2, 1, 3), Wholes("four", 0, 2, 6, 12)], [-1, 2, 3, 4]),
        ["Ceil"] = Of("Ceil"),
        ["Erf"] = Of("Erf"),
        ["Floor"] = Of("Floor"),
        ["CastLike"] = Model([Node("CastLike", "x c", "f"), Node("Neg", "f", "y")], [Reals("c", [1])], [-1, 2, 4, 4]),
        ["ArgMax of channels"] = Places("ArgMax", new OnnxAttribute("axis", 1)),
        ["ArgMax without its axis"] = Places("ArgMax", new OnnxAttribute("axis", 1), new OnnxAttribute("keepdims", false)),
        ["ArgMax of columns"] = Places("ArgMax", new OnnxAttribute("axis", -1)),
        ["ArgMax, the last of equal ones"] = Places("ArgMax", new OnnxAttribute("axis", 2), new OnnxAttribute("select_last_index", true)),
        ["ArgMin of rows"] = Places("ArgMin", new OnnxAttribute("axis", 2)),
        ["ArgMin, the last of equal ones"] = Places("ArgMin", new OnnxAttribute("axis", 1), new OnnxAttribute("select_last_index", true)),
        ["Sum of three"] = Model([Node("Neg", "x", "n"), Node("Sum", "x n x", "y")], input: [-1, 3]),
        ["Mean of a feature and constants"] = Model([Node("Mean", "x c d", "y")], [Reals("c", [3]), Reals("d", [1, 1])], [-1, 3]),
        ["MatMul of two features"] = Model(
            [Node("Transpose", "x", "t", new OnnxAttribute("perm", [0, 1, 3, 2])), Node("MatMul", "x t", "s"), Node("Softmax", "s", "p"), Node("MatMul", "p x", "y")], input: [-1, 2, 3, 5]),
        ["MatMul of two features, one matrix each"] = Model([Node("Transpose", "x", "t", new OnnxAttribute("perm", [0, 2, 1])), Node("MatMul", "t x", "y")], input: [-1, 3, 5]),
        ["MatMul of two features, one that meets all"] = Model(
            [Node("ReduceMean", "x", "m", new OnnxAttribute("axes", [1])), Node("Transpose", "m", "t", new OnnxAttribute("perm", [0, 1, 3, 2])), Node("MatMul", "x t", "y")], input: [-1, 2, 3, 5]),
        ["MatMul of two features with two axes before"] = Model(
            [Node("Reshape", "x five", "r"), Node("Transpose", "r", "t", new OnnxAttribute("perm", [0, 1, 2, 4, 3])), Node("MatMul", "r t", "y")], [Wholes("five", 0, 2, 2, 3, 4)], [-1, 4, 3, 4]),
        ["And, Or and Not of masks"] = Model(
            [
                Node("Greater", "x one", "g"), Node("Less", "x two", "l"), Node("And", "g l", "a"), Node("Not", "a", "n"), Node("Greater", "x two", "t"), Node("Or", "t n", "o"),
                Node("Where", "o x one", "y"),
            ],
            [Reals("one", [1], -1), Reals("two", [1], 2)], [-1, 2, 3, 4]),
        ["MatMul by a vector"] = Model([Node("MatMul", "x w", "y")], [Reals("w", [4])], [-1, 2, 3, 4]),
        ["MatMul by a vector from the left"] = Model([Node("MatMul", "w x", "y")], [Reals("w", [3])], [-1, 2, 3, 4]),
        ["MatMul by a matrix with axes of 1 in front"] = Model([Node("MatMul", "x w", "y")], [Reals("w", [1, 1, 4, 2])], [-1, 2, 3, 4]),
        ["LeakyRelu below 0"] = Of("LeakyRelu", new OnnxAttribute("alpha", -0.2f)),
        ["LeakyRelu above 1"] = Of("LeakyRelu", new OnnxAttribute("alpha", 3f)),
        ["Elu below 0"] = Of("Elu", new OnnxAttribute("alpha", -1.5f)),
        ["Celu small"] = Of("Celu", new OnnxAttribute("alpha", 0.25f)),
        ["Selu of other numbers"] = Of("Selu", new OnnxAttribute("alpha", -0.5f), new OnnxAttribute("gamma", -2f)),
        ["ThresholdedRelu below 0"] = Of("ThresholdedRelu", new OnnxAttribute("alpha", -0.7f)),
        ["Shrink, hard"] = Of("Shrink", new OnnxAttribute("lambd", 0.4f)),
        ["Shrink, soft"] = Of("Shrink", new OnnxAttribute("lambd", 0.4f), new OnnxAttribute("bias", 0.4f)),
        ["HardSigmoid that falls"] = Of("HardSigmoid", new OnnxAttribute("alpha", -0.3f), new OnnxAttribute("beta", 0.25f)),
        ["HardSigmoid that lies"] = Of("HardSigmoid", new OnnxAttribute("alpha", 0f), new OnnxAttribute("beta", 0.25f)),
        ["Softmax over one class"] = Model([Node("Softmax", "x", "y", new OnnxAttribute("axis", 1))], input: [-1, 1, 4, 4]),
        ["LogSoftmax over one class"] = Model([Node("LogSoftmax", "x", "y", new OnnxAttribute("axis", 1))], input: [-1, 1, 4, 4]),
        ["Softmax over the rest, as of old"] = Model([Node("Softmax", "x", "y", new OnnxAttribute("axis", 3))], input: [-1, 2, 4, 1], opset: 11),
        ["Clip without an upper end"] = Model([Node("Clip", "x low high", "y")], [Reals("low", [], -0.5f), Reals("high", [], float.PositiveInfinity)], [-1, 4]),
        ["Clip without any end"] = Model([Node("Clip", "x low high", "c"), Node("Neg", "c", "y")], [Reals("low", [], float.NegativeInfinity), Reals("high", [], float.PositiveInfinity)], [-1, 4]),
        ["Clip without an end, as of old"] = Of(10, "Clip", new OnnxAttribute("min", float.NegativeInfinity), new OnnxAttribute("max", 0.5f)),
        ["Max with minus infinity"] = Model([Node("Max", "x c", "y")], [Reals("c", [], float.NegativeInfinity)], [-1, 4]),
        ["a mask of minus infinity"] = Model(
            [Node("Greater", "x nought", "m"), Node("Where", "m x c", "w"), Node("Softmax", "w", "y", new OnnxAttribute("axis", 1))],
            [Reals("nought", [], -5), Reals("c", [], float.NegativeInfinity)], [-1, 4]),
        ["BatchNormalization with epsilon 0"] = Model(
            [Node("BatchNormalization", "x s b m v", "y", new OnnxAttribute("epsilon", 0f), new OnnxAttribute("momentum", 1f))],
            [Reals("s", [2]), Reals("b", [2]), Reals("m", [2]), Reals("v", [2], 0.5f, 2)], [-1, 2, 4, 4]),
        ["InstanceNormalization with epsilon 0"] = Model([Node("InstanceNormalization", "x s b", "y", new OnnxAttribute("epsilon", 0f))], [Reals("s", [2]), Reals("b", [2])], [-1, 2, 4, 4]),
        ["LayerNormalization with epsilon 0"] = Model([Node("LayerNormalization", "x s b", "y", new OnnxAttribute("epsilon", 0f))], [Reals("s", [4]), Reals("b", [4])], [-1, 2, 4, 4]),
        ["LRN with bias 0"] = Of("LRN", new OnnxAttribute("size", 3), new OnnxAttribute("bias", 0f), new OnnxAttribute("alpha", 2f)),
        ["LRN with a high power"] = Of("LRN", new OnnxAttribute("size", 3), new OnnxAttribute("beta", 120f), new OnnxAttribute("alpha", 0.01f)),
        ["Dropout of everything"] = Model([Node("Dropout", "x r", "d"), Node("Neg", "d", "y")], [Reals("r", [], 0.999f)], [-1, 4]),
        ["LpNormalization along rows"] = Of("LpNormalization", new OnnxAttribute("axis", 2)),
        ["LpNormalization by sums"] = Of("LpNormalization", new OnnxAttribute("axis", 1), new OnnxAttribute("p", 1)),
        ["ReduceLogSum"] = Model([Node("Abs", "x", "a"), Node("ReduceLogSum", "a", "y", new OnnxAttribute("axes", [1]))], input: [-1, 3, 4]),
        ["ReduceSum of one of five axes"] = Model([Node("Reshape", "x five", "r"), Node("ReduceSum", "r axes", "y")], [Wholes("five", 0, 2, 2, 3, 4), Wholes("axes", 2)], [-1, 4, 3, 4]),
        ["ReduceMax of two of five axes"] = Model(
            [Node("Reshape", "x five", "r"), Node("ReduceMax", "r", "y", new OnnxAttribute("axes", [2, 4]), new OnnxAttribute("keepdims", false))], [Wholes("five", 0, 2, 2, 3, 4)], [-1, 4, 3, 4]),
        ["Resize by TensorFlow's half pixels, floor"] = TensorFlowResize("floor", 5, 7),
        ["Resize by TensorFlow's half pixels, ceil"] = TensorFlowResize("ceil", 9, 3),
        ["Resize by TensorFlow's half pixels, prefer floor"] = TensorFlowResize("round_prefer_floor", 6, 5),
        ["Resize by TensorFlow's half pixels, prefer ceil"] = TensorFlowResize("round_prefer_ceil", 2, 11),
        ["Resize to the nearest by 0.6"] = Nearest("half_pixel", "floor", 0.6f),
        ["Resize to the nearest by 0.6, PyTorch"] = Nearest("pytorch_half_pixel", "floor", 0.6f),
        ["Resize to the nearest by 0.6, TensorFlow"] = Nearest("tf_half_pixel_for_nn", "round_prefer_ceil", 0.6f),
        ["Resize to the nearest by 0.7, asymmetric"] = Nearest("asymmetric", "ceil", 0.7f),
        ["InstanceNormalization of one pixel"] = Model([Node("GlobalMaxPool", "x", "g"), Node("InstanceNormalization", "g s b", "y")], [Reals("s", [3]), Reals("b", [3])], [-1, 3, 4, 4]),
        ["LayerNormalization of one number"] = Model([Node("LayerNormalization", "x s b", "y")], [Reals("s", [1], 2), Reals("b", [1], 0.5f)], [-1, 3, 4, 1]),
        ["GroupNormalization of one number"] = Model(
            [Node("GlobalMaxPool", "x", "g"), Node("GroupNormalization", "g s b", "y", new OnnxAttribute("num_groups", 4))], [Reals("s", [4]), Reals("b", [4])], [-1, 4, 4, 4], 21),
        ["Pad of one number per image"] = Model([Node("ReduceSum", "x axes", "s", new OnnxAttribute("keepdims", false)), Node("Pad", "s pads", "p"), Node("Neg", "p", "y")], [Wholes("axes", 1), Wholes("pads", 0, 0)], [-1, 4]),
        ["PRelu with a slope per row"] = Model([Node("PRelu", "x s", "y")], [Reals("s", [4, 1])], [-1, 2, 4, 4]),
    };

    private static OnnxModel Of(string operatorName, params OnnxAttribute[] attributes) => Of(17, operatorName, attributes);

    private static OnnxModel Of(long opset, string operatorName, params OnnxAttribute[] attributes) => Model([Node(operatorName, "x", "y", attributes)], input: [-1, 3, 4, 4], opset: opset);

    private static OnnxModel Places(string operatorName, params OnnxAttribute[] attributes) => Model(
        [Node("Round", "x", "r"), Node(operatorName, "r", "i", attributes), Node("Cast", "i", "y", new OnnxAttribute("to", 1))], input: [-1, 5, 4, 6]);

    private static OnnxModel Nearest(string coordinates, string rounding, float scale) => Model(
        [Node("Resize", "x none scales", "y", new OnnxAttribute("coordinate_transformation_mode", coordinates), new OnnxAttribute("nearest_mode", rounding))],
        [Reals("none", [0]), Reals("scales", [4], 1, 1, scale, scale)], [1, 2, 5, 10], 11);

    private static OnnxModel TensorFlowResize(string rounding, long rows, long columns) => Model(
        [Node("Resize", "x none none sizes", "y", new OnnxAttribute("coordinate_transformation_mode", "tf_half_pixel_for_nn"), new OnnxAttribute("nearest_mode", rounding))],
        [Reals("none", [0]), Wholes("sizes", 1, 2, rows, columns)], [1, 2, 4, 4], 11);

    private static void AssertNone(IEnumerable<string> differences)
    {
        var all = differences.ToList();
        Assert.True(all.Count == 0, string.Join(Environment.NewLine, all));
    }

    private static IEnumerable<string> Differences(string name, OnnxModel model)
    {
        // The sizes of the output are left to both, and the runtime wants names of nodes to differ.
        model = model with
        {
            Graph = model.Graph with
            {
                Nodes = [.. model.Graph.Nodes.Select((node, i) => node with { Name = $"{node.Operator}{i}" })],
                Outputs = [new OnnxPort("y", OnnxType.Float32, null)],
            },
        };
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", OnnxWriter.Model(model).ToArray());
        long[] sizes = [1, .. model.Graph.Inputs[0].Dimensions!.Skip(1).Select(size => size.Size!.Value)];
        var random = new RandomSequence(7, RandomPurpose.Testing);
        var sample = new float[sizes.Aggregate(1L, (product, size) => product * size)];
        foreach (ref var number in sample.AsSpan()) number = random.NextSingle(-3, 3);
        float[] right, ours;
        try
        {
            using var judge = new OnnxRuntimeModel(path);
            (right, ours) = (judge.Run(sample, sizes), Run(OnnxFile.Load(path), sample));
        }
        catch (FeatureMapException error)
        {
            return [$"{name}: {error.Message}"];
        }
        if (right.Length != ours.Length) return [$"{name}: {ours.Length} numbers, and {right.Length} were expected"];
        var worst = Enumerable.Range(0, right.Length).MaxBy(i => Math.Abs(right[i] - ours[i]));
        return right.Zip(ours).All(pair => pair.First == pair.Second || Math.Abs(pair.First - pair.Second) <= 1e-5 + (1e-4 * Math.Abs(pair.First)))
            ? []
            : [$"{name}: number {worst} is {ours[worst]}, and {right[worst]} was expected"];
    }
}
