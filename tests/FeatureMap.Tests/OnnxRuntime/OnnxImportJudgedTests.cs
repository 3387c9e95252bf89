using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.OnnxRuntime;

/// <summary>Files as other tools write them, each read and run here and by ONNX Runtime.</summary>
public sealed class OnnxImportJudgedTests
{
    private static readonly OnnxTensor Weight = Reals("w", [2, 3, 3, 3]);

    [Theory]
    [InlineData("two_outputs")]
    [InlineData("reshape_1_m1")]
    [InlineData("reshape_1_m1_4")]
    [InlineData("reshape_mix_batch1")]
    [InlineData("gather_batch0")]
    [InlineData("slice_batch_noop")]
    [InlineData("nhwc")]
    [InlineData("w_transpose")]
    [InlineData("gemm_transposed_const")]
    [InlineData("w_mul")]
    [InlineData("const_add_const")]
    [InlineData("pt_pad_chain")]
    [InlineData("keras_flatten")]
    [InlineData("unsorted")]
    [InlineData("opset6")]
    [InlineData("double_input")]
    [InlineData("opset_twice")]
    [InlineData("expand_batch")]
    public void Faults(string name) => OnnxJudge.Agrees(Fault(name));

    [Fact]
    public void Open_sizes() => OnnxJudge.Agrees(Fault("open_hw_noshape"), new Shape(3, 9, 12));

    /// <summary>What holds for one image where the file states one.</summary>
    public static TheoryData<string> SingleImages => [.. Singles.Keys];

    private static readonly Dictionary<string, (OnnxNode[] Nodes, OnnxTensor[] Known, long[] Input)> Singles = new()
    {
        ["flatten everything"] = ([Node("Flatten", "x", "y", new OnnxAttribute("axis", 0))], [], [1, 3, 4, 4]),
        ["mean of everything"] = ([Node("ReduceMean", "x", "y")], [], [1, 3, 4, 4]),
        ["mean over the batch"] = ([Node("ReduceMean", "x", "m", new OnnxAttribute("axes", [0])), Node("Conv", "m w", "y")], [Weight], [1, 3, 4, 4]),
        ["squeezed without names"] = ([Node("GlobalAveragePool", "x", "g"), Node("Squeeze", "g", "s"), Node("MatMul", "s k", "y")], [Reals("k", [3, 5])], [1, 3, 4, 4]),
        ["squeezed and back"] = ([Node("Squeeze", "x zero", "s"), Node("Mul", "s c", "m"), Node("Unsqueeze", "m zero", "u"), Node("Conv", "u w", "y")], [Wholes("zero", 0), Reals("c", [3, 1, 1]), Weight], [1, 3, 4, 4]),
        ["batch moved and back"] = ([Node("Transpose", "x", "t", new OnnxAttribute("perm", [1, 0, 2, 3])), Node("Transpose", "t", "u", new OnnxAttribute("perm", [1, 0, 3, 2])), Node("Conv", "u w", "y")], [Weight], [1, 3, 4, 4]),
        ["a list"] = ([Node("Reshape", "x s", "y")], [Wholes("s", -1)], [1, 3, 4, 4]),
        ["a list with the batch behind"] = ([Node("Reshape", "x s", "r"), Node("Relu", "r", "y")], [Wholes("s", 48, 1)], [1, 3, 4, 4]),
        ["joined along the batch, cut again"] = ([Node("Sigmoid", "x", "a"), Node("Concat", "x a", "c", new OnnxAttribute("axis", 0)), Node("Split", "c", "p q", new OnnxAttribute("axis", 0)), Node("Sub", "p q", "y")], [], [1, 3, 4, 4]),
        ["first of the batch"] = ([Node("Slice", "x s e a", "y")], [Wholes("s", 0), Wholes("e", 1), Wholes("a", 0)], [1, 3, 4, 4]),
        ["last of the batch"] = ([Node("Gather", "x i", "g", new OnnxAttribute("axis", 0)), Node("Unsqueeze", "g zero", "u"), Node("MaxPool", "u", "y", new OnnxAttribute("kernel_shape", [2, 2]))], [new OnnxTensor("i", [], new long[] { -1 }), Wholes("zero", 0)], [1, 3, 4, 4]),
        ["rows of boxes"] = ([Node("Transpose", "x", "t", new OnnxAttribute("perm", [0, 2, 3, 1])), Node("Reshape", "t s", "r"), Node("Softmax", "r", "y", new OnnxAttribute("axis", 1))], [Wholes("s", -1, 3)], [1, 6, 4, 4]),
        ["rows of boxes and the batch back"] = ([Node("Transpose", "x", "t", new OnnxAttribute("perm", [0, 2, 3, 1])), Node("Reshape", "t s", "r"), Node("Softmax", "r", "m", new OnnxAttribute("axis", -1)), Node("Reshape", "m b", "y")], [Wholes("s", -1, 3), Wholes("b", 1, -1, 3)], [1, 6, 4, 4]),
        ["channels shuffled through the batch"] = ([Node("Reshape", "x s", "r"), Node("Transpose", "r", "t", new OnnxAttribute("perm", [0, 2, 1, 3, 4])), Node("Reshape", "t b", "y")], [Wholes("s", 1, 2, 3, 4, 4), Wholes("b", 1, 6, 4, 4)], [1, 6, 4, 4]),
        ["channels shuffled without the batch"] = ([Node("Reshape", "x s", "r"), Node("Transpose", "r", "t", new OnnxAttribute("perm", [1, 0, 2])), Node("Reshape", "t b", "y")], [Wholes("s", 2, 3, 16), Wholes("b", 1, -1, 4, 4)], [1, 6, 4, 4]),
        ["sizes of the batch in a product"] = ([Node("Shape", "x", "h"), Node("Gather", "h zero", "n"), Node("Mul", "n six", "m"), Node("Concat", "m minus", "s", new OnnxAttribute("axis", 0)), Node("Reshape", "x s", "y")], [Wholes("zero", 0), Wholes("six", 6), Wholes("minus", -1)], [1, 6, 4, 4]),
        ["expanded by the batch"] = ([Node("Shape", "x", "h"), Node("Expand", "c h", "e"), Node("Add", "x e", "y")], [Reals("c", [1, 6, 1, 1])], [1, 6, 4, 4]),
        ["softmax over the batch"] = ([Node("Softmax", "x", "s", new OnnxAttribute("axis", 0)), Node("Mul", "s x", "y")], [], [1, 6, 4, 4]),
        ["attention of two heads"] =
        (
            [
                Node("Reshape", "x s", "h"), Node("Transpose", "h", "q", new OnnxAttribute("perm", [1, 0, 2])), Node("Transpose", "h", "k", new OnnxAttribute("perm", [1, 2, 0])),
                Node("MatMul", "q k", "d"), Node("Softmax", "d", "p", new OnnxAttribute("axis", -1)), Node("MatMul", "p q", "o"), Node("Transpose", "o", "r", new OnnxAttribute("perm", [1, 0, 2])), Node("Reshape", "r b", "y"),
            ], [Wholes("s", 5, 2, 4), Wholes("b", 1, 5, 8)], [1, 5, 8]),
        ["a batch of two as it is stated"] = ([Node("Reshape", "x s", "r"), Node("Gemm", "r k", "y")], [Wholes("s", 2, -1), Reals("k", [48, 3])], [2, 3, 4, 4]),
        ["a batch of two, its size asked for"] = ([Node("Shape", "x", "h"), Node("Gather", "h zero", "n"), Node("Concat", "n minus", "s", new OnnxAttribute("axis", 0)), Node("Reshape", "x s", "y")], [Wholes("zero", 0), Wholes("minus", -1)], [2, 3, 4, 4]),
        ["an open batch in shapes of one"] = ([Node("Reshape", "x s", "r"), Node("Gemm", "r k", "y")], [Wholes("s", 1, -1), Reals("k", [48, 3])], [-1, 3, 4, 4]),
        ["an open batch in a product"] = ([Node("Shape", "x", "h"), Node("Gather", "h zero", "n"), Node("Mul", "n six", "m"), Node("Concat", "m minus", "s", new OnnxAttribute("axis", 0)), Node("Reshape", "x s", "y")], [Wholes("zero", 0), Wholes("six", 6), Wholes("minus", -1)], [-1, 6, 4, 4]),
        ["an open batch folded into rows"] = ([Node("Reshape", "x s", "r"), Node("Softmax", "r", "y", new OnnxAttribute("axis", 1))], [Wholes("s", -1, 4)], [-1, 6, 4, 4]),
        ["an open batch squeezed without names"] = ([Node("GlobalAveragePool", "x", "g"), Node("Squeeze", "g", "y")], [], [-1, 6, 4, 4]),
        ["an open batch with a mask of its sizes"] = ([Node("Shape", "x", "h"), Node("ConstantOfShape", "h", "z"), Node("Add", "x z", "y")], [], [-1, 6, 4, 4]),
        ["an open batch where minus one means keep"] = ([Node("Shape", "x", "h"), Node("Equal", "h keep", "q"), Node("Where", "q one h", "e"), Node("Expand", "x e", "y")], [Wholes("keep", -1, -1, -1, -1), Wholes("one", 1, 1, 1, 1)], [-1, 6, 4, 4]),
    };

    [Theory]
    [MemberData(nameof(SingleImages))]
    public void Batches(string name) => OnnxJudge.Agrees(Model(Singles[name].Nodes, Singles[name].Known, Singles[name].Input));

    [Fact]
    public void A_network_of_a_file_for_one_image_takes_many()
    {
        var model = Load(Model(Singles["rows of boxes and the batch back"].Nodes, Singles["rows of boxes and the batch back"].Known, [1, 6, 4, 4]));
        float[] first = [.. Enumerable.Range(0, 96).Select(i => i / 10f)], second = [.. first.Reverse()];
        using var runner = new FeatureMap.Networks.NetworkRunner(model.Weights, 2);
        Assert.Equal([.. Run(model, first), .. Run(model, second)], runner.Run([.. first, .. second]).ToArray());
    }

    /// <summary>Expressions over constants; the result has these sizes and is added to the input, which has a batch before them.</summary>
    public static TheoryData<string> Expressions => [.. Known.Keys];

    private static readonly OnnxTensor A = Reals("a", [2, 3], 1, -2, 3, 0.5f, 5, -6), B = Reals("b", [1, 3], 2, 4, -0.5f), C = Wholes("c", 7, -8, 9), Two = Wholes("two", 2), One = Wholes("one", 1), Zero = Wholes("zero", 0), MinusOne = Wholes("m", -1);

    private static readonly Dictionary<string, (OnnxNode[] Nodes, long[] Sizes)> Known = new()
    {
        ["add"] = ([Node("Add", "a b", "r")], [2, 3]),
        ["sub"] = ([Node("Sub", "a b", "r")], [2, 3]),
        ["mul"] = ([Node("Mul", "b a", "r")], [2, 3]),
        ["div"] = ([Node("Div", "a b", "r")], [2, 3]),
        ["pow"] = ([Node("Abs", "a", "p"), Node("Pow", "p b", "r")], [2, 3]),
        ["max and min"] = ([Node("Max", "a b", "p"), Node("Min", "p b a", "q"), Node("Sum", "p q a", "r")], [2, 3]),
        ["whole division"] = ([Node("Div", "c two", "p"), Node("Cast", "p", "r", new OnnxAttribute("to", 1))], [3]),
        ["whole remainder"] = ([Node("Mod", "c m3", "p"), Node("Mod", "c m3", "q", new OnnxAttribute("fmod", 1)), Node("Mul", "p q", "t"), Node("Cast", "t", "r", new OnnxAttribute("to", 1))], [3]),
        ["unary"] = ([Node("Exp", "b", "p"), Node("Sqrt", "p", "q"), Node("Log", "q", "s"), Node("Floor", "s", "t"), Node("Ceil", "b", "u"), Node("Neg", "u", "v"), Node("Add", "t v", "w2"), Node("Reciprocal", "p", "z"), Node("Add", "w2 z", "r")], [1, 3]),
        ["more unary"] = ([Node("Sin", "a", "p"), Node("Cos", "p", "q"), Node("Tanh", "q", "s"), Node("Sigmoid", "s", "t"), Node("Round", "a", "u"), Node("Sign", "a", "v"), Node("Sum", "t u v", "r")], [2, 3]),
        ["comparisons"] = ([Node("Greater", "a b", "p"), Node("Less", "a b", "q"), Node("Or", "p q", "s"), Node("Not", "s", "n"), Node("And", "p s", "t"), Node("Where", "t a b", "r")], [2, 3]),
        ["more comparisons"] = ([Node("Equal", "c c", "p"), Node("GreaterOrEqual", "c two", "q"), Node("LessOrEqual", "c two", "s"), Node("Xor", "q s", "t"), Node("And", "t p", "u"), Node("Cast", "u", "r", new OnnxAttribute("to", 1))], [3]),
        ["transpose"] = ([Node("Transpose", "a", "r")], [3, 2]),
        ["transpose of four"] = ([Node("Reshape", "f s4", "p"), Node("Transpose", "p", "q", new OnnxAttribute("perm", [3, 0, 2, 1])), Node("Reshape", "q s2", "r")], [4, 6]),
        ["slices with steps"] = ([Node("Slice", "a st en ax sp", "r")], [2, 2]),
        ["a slice backwards"] = ([Node("Slice", "f m far zero m", "r")], [24]),
        ["a slice beyond the end"] = ([Node("Slice", "f two big zero five", "r")], [5]),
        ["gather rows"] = ([Node("Gather", "a gi", "r", new OnnxAttribute("axis", 1))], [2, 2]),
        ["gather a table"] = ([Node("Gather", "b gt", "p", new OnnxAttribute("axis", 1)), Node("Squeeze", "p zero", "r")], [2, 2]),
        ["concat"] = ([Node("Concat", "a b", "p", new OnnxAttribute("axis", 0)), Node("Concat", "p p", "r", new OnnxAttribute("axis", -1))], [3, 6]),
        ["expand"] = ([Node("Expand", "b s23", "r")], [2, 3]),
        ["tile"] = ([Node("Tile", "a rep", "r")], [4, 9]),
        ["split"] = ([Node("Split", "f sizes", "p q", new OnnxAttribute("axis", 0)), Node("Concat", "q p", "r", new OnnxAttribute("axis", 0))], [24]),
        ["constant of shape"] = ([Node("ConstantOfShape", "s23", "p"), Node("ConstantOfShape", "s23", "q", new OnnxAttribute("value", new OnnxTensor("", [1], new float[] { 2.5f }))), Node("Add", "p q", "r")], [2, 3]),
        ["range"] = ([Node("Range", "rs rl rd", "p"), Node("Cast", "p", "r", new OnnxAttribute("to", 1))], [4]),
        ["range of reals"] = ([Node("Range", "qs ql qd", "r")], [4]),
        ["shape and size"] = ([Node("Shape", "a", "p"), Node("Size", "a", "q"), Node("Mul", "p q", "s"), Node("Cast", "s", "r", new OnnxAttribute("to", 1))], [2]),
        ["a span of a shape"] = ([Node("Shape", "a", "p", new OnnxAttribute("start", -1)), Node("Cast", "p", "r", new OnnxAttribute("to", 1))], [1]),
        ["reductions"] = ([Node("ReduceSum", "a one", "p"), Node("ReduceProd", "a", "q", new OnnxAttribute("axes", [0]), new OnnxAttribute("keepdims", 0)), Node("ReduceMax", "a", "s", new OnnxAttribute("axes", [1])), Node("ReduceMin", "a", "t"), Node("ReduceMean", "a", "u", new OnnxAttribute("axes", [-2])), Node("Add", "p q", "v"), Node("Add", "v s", "w2"), Node("Add", "w2 t", "z"), Node("Add", "z u", "r")], [2, 3]),
        ["norm of a weight"] = ([Node("ReduceL2", "a", "p", new OnnxAttribute("axes", [1])), Node("Div", "a p", "r")], [2, 3]),
        ["matrices"] = ([Node("Transpose", "b", "p"), Node("MatMul", "a p", "r")], [2, 1]),
        ["weights of 8 bits"] = ([Node("Cast", "q8", "k", new OnnxAttribute("to", 3)), Node("Cast", "z8", "z", new OnnxAttribute("to", 3)), Node("DequantizeLinear", "k sc z", "r", new OnnxAttribute("axis", 0))], [2, 3]),
        ["weights of 8 bits, one scale"] = ([Node("Cast", "q8", "k", new OnnxAttribute("to", 2)), Node("DequantizeLinear", "k sc1", "r")], [2, 3]),
        ["half precision"] = ([Node("Div", "a third", "p"), Node("Cast", "p", "h", new OnnxAttribute("to", 10)), Node("Cast", "h", "r", new OnnxAttribute("to", 1))], [2, 3]),
        ["narrow numbers wrap"] = ([Node("Mul", "c c", "p"), Node("Mul", "p c", "q"), Node("Cast", "q", "s", new OnnxAttribute("to", 6)), Node("Cast", "s", "r", new OnnxAttribute("to", 1))], [3]),
        ["clip"] = ([Node("Clip", "a lo hi", "r")], [2, 3]),
        ["flatten and unsqueeze"] = ([Node("Flatten", "f", "p", new OnnxAttribute("axis", 0)), Node("Squeeze", "p", "q"), Node("Unsqueeze", "q zero", "r")], [1, 24]),
        ["identity and dropout"] = ([Node("Identity", "a", "p"), Node("Dropout", "p", "r")], [2, 3]),
    };

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Constants(string name)
    {
        OnnxTensor[] known =
        [
            A, B, C, Two, One, Zero, MinusOne, Wholes("m3", -3), Wholes("five", 5), Wholes("far", -1000), Wholes("big", 1000), Reals("f", [24], [.. Enumerable.Range(0, 24).Select(i => i * 0.5f)]),
            Wholes("s4", 2, 3, 2, 2), Wholes("s2", 4, 6), Wholes("s23", 2, 3), Wholes("st", 0, 2), Wholes("en", 2, -10), Wholes("ax", 0, 1), Wholes("sp", 1, -2), Wholes("gi", 2, -3),
            new OnnxTensor("gt", [2, 2], new long[] { 0, 1, 2, 0 }), Wholes("rep", 2, 3), Wholes("sizes", 10, 14), new OnnxTensor("rs", [], new long[] { 9 }), new OnnxTensor("rl", [], new long[] { -2 }), new OnnxTensor("rd", [], new long[] { -3 }),
            new OnnxTensor("qs", [], new[] { 0.5f }), new OnnxTensor("ql", [], new[] { 2.5f }), new OnnxTensor("qd", [], new[] { 0.5f }), new OnnxTensor("q8", [2, 3], new long[] { -5, 100, 127, 0, -128, 3 }),
            Wholes("z8", 1, -2), Reals("sc", [2], 0.5f, 0.25f), new OnnxTensor("sc1", [], new[] { 0.1f }), new OnnxTensor("third", [], new[] { 3f }), new OnnxTensor("lo", [], new[] { -1f }), new OnnxTensor("hi", [], new[] { 2f }),
        ];
        var (nodes, sizes) = Known[name];
        var used = nodes.SelectMany(node => node.Inputs).ToHashSet();
        OnnxJudge.Agrees(Model([.. nodes, Node("Add", "x r", "y")], [.. known.Where(tensor => used.Contains(tensor.Name))], [-1, .. sizes], opset: name is "reductions" or "norm of a weight" ? 13 : 17));
    }

    [Fact]
    public void Weights_that_are_computed() => OnnxJudge.Agrees(Model(
        [Node("Transpose", "k", "t", new OnnxAttribute("perm", [3, 2, 0, 1])), Node("Mul", "t s", "w"), Node("Conv", "x w b2", "y"), Node("Mul", "b1 half", "b2")],
        [Reals("k", [3, 3, 3, 2]), Reals("s", [2, 1, 1, 1], 0.5f, 2), Reals("b1", [2], 1, -3), new OnnxTensor("half", [], new[] { 0.5f })], [-1, 3, 6, 6]));

    /// <summary>Files whose images have their channels last.</summary>
    public static TheoryData<string> LastChannels => [.. Last.Keys];

    private static readonly OnnxNode ToFirst = Node("Transpose", "n", "t", new OnnxAttribute("perm", [0, 3, 1, 2])), Convolution = Node("Conv", "t w", "y");

    private static readonly Dictionary<string, (OnnxNode[] Nodes, OnnxTensor[] Known, long[] Input, int Transposes)> Last = new()
    {
        ["normalised before"] = ([Node("Sub", "x mean", "s"), Node("Div", "s deviation", "n"), ToFirst, Convolution], [Reals("mean", [3], 1, 2, 3), Reals("deviation", [1, 1, 1, 3], 2, 3, 4), Weight], [-1, 6, 5, 3], 0),
        ["normalised by an image"] = ([Node("Sub", "x mean", "s"), Node("Clip", "s", "n"), ToFirst, Convolution], [Reals("mean", [6, 5, 3]), Weight], [-1, 6, 5, 3], 0),
        ["two ways from the input"] = ([Node("Mul", "x half", "n"), ToFirst, Node("Transpose", "x", "u", new OnnxAttribute("perm", [0, 3, 1, 2])), Node("Add", "t u", "v"), Node("Conv", "v w", "y")], [new OnnxTensor("half", [], new[] { 0.5f }), Weight], [-1, 6, 5, 3], 0),
        ["its batch asked for"] =
        (
            [Node("Shape", "x", "h"), Node("Identity", "x", "n"), ToFirst, Node("Conv", "t w", "c"), Node("Gather", "h first", "b"), Node("Concat", "b rest", "s", new OnnxAttribute("axis", 0)), Node("Reshape", "c s", "y")],
            [Weight, Wholes("first", 0), Wholes("rest", -1)], [-1, 6, 5, 3], 0),
        ["one image, folded"] =
        (
            [Node("Reshape", "x all", "a"), Node("Reshape", "a rows", "n"), ToFirst, Convolution],
            [Weight, Wholes("all", -1), Wholes("rows", 1, 6, 5, 3)], [1, 6, 5, 3], 2),
        ["padded before"] = ([Node("Pad", "x pads", "n"), ToFirst, Convolution], [Wholes("pads", 0, 1, 1, 0, 0, 2, 2, 0), Weight], [-1, 6, 5, 3], 2),
        ["blue first"] = ([Node("Slice", "x m far three m", "s"), Node("Sub", "s mean", "n"), ToFirst, Convolution], [Wholes("m", -1), Wholes("far", -9), Wholes("three", 3), Reals("mean", [3], 1, 2, 3), Weight], [-1, 6, 5, 3], 2),
        ["last again at the end"] = ([Node("Identity", "x", "n"), ToFirst, Node("Conv", "t w", "c"), Node("Transpose", "c", "y", new OnnxAttribute("perm", [0, 2, 3, 1]))], [Weight], [-1, 6, 5, 3], 1),
        ["one channel in another shape"] = ([Node("Reshape", "x s", "t"), Node("Conv", "t w1", "y")], [Wholes("s", -1, 1, 6, 5), Reals("w1", [2, 1, 3, 3])], [-1, 6, 5, 1], 0),
        ["one channel, normalised"] = ([Node("Div", "x big", "n"), Node("Reshape", "n s", "t"), Node("Conv", "t w1", "y")], [Wholes("s", -1, 1, 6, 5), new OnnxTensor("big", [], new[] { 255f }), Reals("w1", [2, 1, 3, 3])], [-1, 6, 5, 1], 0),
        ["colours, a dense network"] = ([Node("Flatten", "x", "f"), Node("Gemm", "f k", "y")], [Reals("k", [90, 4])], [-1, 6, 5, 3], 1),
        ["one channel, a dense network"] = ([Node("Flatten", "x", "f"), Node("Gemm", "f k", "y")], [Reals("k", [30, 4])], [-1, 6, 5, 1], 0),
    };

    [Theory]
    [MemberData(nameof(LastChannels))]
    public void Channels_last(string name)
    {
        var (nodes, known, input, transposes) = Last[name];
        var file = Model(nodes, known, input);
        OnnxJudge.Agrees(file);
        var notices = new List<string>();
        var network = OnnxFile.FromBytes(OnnxWriter.Model(file), "f.onnx", notice: notices.Add).Network;
        Assert.Equal(new Shape((int)input[3], 6, 5), network.Input);
        Assert.Equal(transposes, network.Layers.Count(layer => layer.Op is Transpose));
        Assert.Equal([$"f.onnx takes images with the channels last ({(input[0] < 0 ? "N" : "1")} x 6 x 5 x {input[3]}); the network takes them first, {network.Input}, as everywhere here."], notices);
    }

    [Fact]
    public void Channels_last_of_open_size() => OnnxJudge.Agrees(Model([Node("Identity", "x", "n"), ToFirst, Convolution], [Weight], [-1, -1, -1, 3]), new Shape(3, 7, 8));

    [Theory]
    [InlineData(OnnxType.Float64)]
    [InlineData(OnnxType.Float16)]
    [InlineData(OnnxType.UInt8)]
    [InlineData(OnnxType.Int32)]
    [InlineData(OnnxType.Int64)]
    internal void Kinds_of_inputs(OnnxType kind)
    {
        var model = Model([Node("Cast", "x", "c", new OnnxAttribute("to", 1)), Node("Conv", "c w", "y")], [Weight], [-1, 3, 5, 5]);
        model = model with { Graph = model.Graph with { Inputs = [Port("x", [-1, 3, 5, 5], kind)] } };
        OnnxJudge.Agrees(model);
        var notices = new List<string>();
        OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx", notice: notices.Add);
        Assert.Equal([$"f.onnx takes numbers of the kind {kind} in its input 'x'; here they are float32, as everywhere."], notices);
    }

    internal static byte[] Fault(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "OnnxRuntime", "Faults", name + ".onnx"));
}
