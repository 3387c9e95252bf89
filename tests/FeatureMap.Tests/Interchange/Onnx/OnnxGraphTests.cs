using System.Diagnostics;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>What concerns a graph as a whole: outputs, sizes left open, batches, old operator sets, and what is too large.</summary>
public sealed class OnnxGraphTests
{
    [Fact]
    public void One_of_several_outputs_is_chosen()
    {
        var model = TwoOutputs();
        var file = OnnxWriter.Model(model).ToArray();
        Assert.Equal("f.onnx has 2 outputs, and a network has one: 'a' (N x 2 x 4 x 4), 'b' (N x 32). Choose one of them "
            + "by its name.", Refusal(model));
        Assert.Equal("f.onnx has no output 'c'; it has 'a', 'b'. Did "
            + "you mean 'a'?", Assert.Throws<DataException>(() => OnnxFile.FromBytes(file, "f.onnx", output: "c")).Message);
        Assert.Equal(["input", "the_Relu"], OnnxFile.FromBytes(file, "f.onnx", output: "a").Network.Layers.Select(layer => layer.Name));
        Assert.Equal(Shape.Vector(32), OnnxFile.FromBytes(file, "f.onnx", output: "b").Network.Output);
    }

    /// <summary>A node that the chosen output does not need may be whatever it wants.</summary>
    [Fact]
    public void What_is_not_needed_stops_nothing()
    {
        var model = TwoOutputs();
        var nodes = model.Graph.Nodes.Append(Node("Unheard", "x", "z")).Append(Node("Custom", "x", "v") with { Domain = "com.example" });
        model = model with { Graph = model.Graph with { Nodes = [.. nodes], Outputs = [.. model.Graph.Outputs, Port("z", [1])] } };
        Assert.Equal(2, OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx", output: "a").Network.Layers.Count);
        Assert.Contains("'b' (N x 32), 'z' (1)", Refusal(model), StringComparison.Ordinal);
    }

    [Fact]
    public void All_outputs_are_networks_of_their_own()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.onnx", OnnxWriter.Model(TwoOutputs()).ToArray());
        var models = OnnxFile.LoadOutputs(path);
        Assert.Equal(["a", "b"], models.Select(model => model.Key));
        float[] sample = [.. Enumerable.Range(0, 32).Select(i => i - 16f)];
        Assert.Equal(sample.Select(value => Math.Max(0, value)), Run(models[0].Value, sample));
        Assert.Equal(sample, Run(models[1].Value, sample));
        var about = OnnxFile.Describe(path);
        Assert.Equal([new OnnxPortInfo("x", "N x 2 x 4 x 4", false) { Channels = 2 }], about.Inputs);
        Assert.Equal([new OnnxPortInfo("a", "open", true), new OnnxPortInfo("b", "open", true)], about.Outputs);
    }

    [Theory]
    [InlineData(new long[] { -1, 3, -1, -1 }, "f.onnx leaves the size of its input 'x' open: N x 3 x N x N. Say it when loading, such as 3 x 224 x 224.")]
    [InlineData(new long[] { -1, 1, 28, -1 }, "f.onnx leaves the size of its input 'x' open: N x 1 x 28 x N. Say it when loading, such as 1 x 28 x 224.")]
    [InlineData(new long[] { -1, -1 }, "f.onnx leaves the size of its input 'x' open: N x N. Say it when loading, such as 784 x 1 x 1.")]
    [InlineData(new long[] { -1, 2, -1 }, "f.onnx leaves the size of its input 'x' open: N x 2 x N. Say it when loading, such as 2 x 1 x 1000.")]
    public void Open_sizes_are_asked_for(long[] sizes, string message) => Assert.Equal(message, Refusal(Model([Node("Relu", "x", "y")], input: sizes)));

    [Fact]
    public void Sizes_are_given_where_they_are_open()
    {
        Assert.Equal(new Shape(3, 5, 6), Given([-1, 3, -1, -1], new Shape(3, 5, 6)).Network.Input);
        Assert.Equal(new Shape(4, 1, 6), Given([-1, 4, -1], new Shape(4, 1, 6)).Network.Input);
        Assert.Equal(Shape.Vector(7), Given([-1, -1], Shape.Vector(7)).Network.Input);
        Assert.Equal(new Shape(3, 5, 6), Given(null, new Shape(3, 5, 6)).Network.Input);
        Assert.Equal("f.onnx does not say which size its input 'x' has. Say it when loading, such as 3 "
            + "x 224 x 224.", Assert.Throws<DataException>(() => Given(null, null)).Message);
        Assert.Equal(
            "f.onnx takes N x 3 x N x 7 in its input 'x', and images of 3x5x6 (channels x height x width) were asked for. Only sizes that "
                + "it leaves open can be chosen.",
            Assert.Throws<DataException>(() => Given([-1, 3, -1, 7], new Shape(3, 5, 6))).Message);
        Assert.Equal(
            "f.onnx takes N x N in its input 'x', and images of 3x5x6 (channels x height x width) were asked for. Only sizes that it "
                + "leaves open can be chosen.",
            Assert.Throws<DataException>(() => Given([-1, -1], new Shape(3, 5, 6))).Message);

        static Model Given(long[]? sizes, Shape? shape)
        {
            var model = Model([Node("Relu", "x", "y")], input: sizes);
            if (sizes is null) model = model with { Graph = model.Graph with { Inputs = [new OnnxPort("x", OnnxType.Float32, null)] } };
            return OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx", shape);
        }
    }

    /// <summary>With an open batch, copies of its images and numbers across them have no counterpart.</summary>
    [Theory]
    [InlineData("Expand", "it repeats the images of a batch (axis 0), and a network computes each of them once")]
    [InlineData("Softmax", "it works along axis 0, which is the batch: images of a batch do not meet in a network")]
    [InlineData("Transpose", "it moves axis 0, the batch")]
    public void An_open_batch_stays_one(string operatorName, string reason)
    {
        OnnxNode node = operatorName switch
        {
            "Expand" => Node("Expand", "x s", "y"),
            "Softmax" => Node("Softmax", "x", "y", new OnnxAttribute("axis", 0)),
            _ => Node("Transpose", "x", "y"),
        };
        Assert.Equal($"f.onnx, node 'the {operatorName}' ({operatorName}): {reason}.", Refusal(Model([node], [Wholes("s", 2, 2, 4, 4)])));
    }

    [Fact]
    public void A_stated_batch_of_two_is_not_folded() => Assert.Equal(
        "f.onnx, node 'the Reshape' (Reshape): it mixes axis 0, the batch, "
            + "with the others.", Refusal(Model([Node("Reshape", "x s", "y")], [Wholes("s", 1, -1)], [2, 2, 4, 4])));

    [Fact]
    public void Nodes_stand_in_any_order()
    {
        OnnxNode[] nodes = [Node("Relu", "x", "a"), Node("Sigmoid", "a", "b"), Node("Add", "a b", "c"), Node("Tanh", "c", "y")];
        var ordered = Load(Model(nodes));
        foreach (var order in (int[][])[[3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]])
        {
            var model = Load(Model([.. order.Select(i => nodes[i])]));
            Assert.Equal(Run(ordered, Numbers(32)), Run(model, Numbers(32)));
        }
    }

    /// <summary>The old way to write a node, and the one since operator set 7.</summary>
    public static TheoryData<string> OldNodes => [.. Old.Keys];

    private static readonly OnnxAttribute Consumed = new("consumed_inputs", [0, 0]), Stretches = new("broadcast", 1);

    private static readonly Dictionary<string, (int Opset, OnnxNode Before, OnnxNode Now)> Old = new()
    {
        ["Relu"] = (1, Node("Relu", "x", "y", Consumed), Node("Relu", "x", "y")),
        ["Add along the channels"] = (6, Node("Add", "x two", "y", Stretches, new OnnxAttribute("axis", 1)), Node("Add", "x column", "y")),
        ["Mul along the rows"] = (1, Node("Mul", "x four", "y", Stretches, new OnnxAttribute("axis", -2), Consumed), Node("Mul", "x rows", "y")),
        ["Sub at the end"] = (6, Node("Sub", "x four", "y", Stretches), Node("Sub", "x four", "y")),
        ["Div of an image"] = (6, Node("Div", "x image", "y", Stretches, new OnnxAttribute("axis", 1)), Node("Div", "x image", "y")),
        ["PRelu"] = (6, Node("PRelu", "x two", "y"), Node("PRelu", "x column", "y")),
        ["Reshape"] = (1, Node("Reshape", "x", "y", new OnnxAttribute("shape", [0, 32])), Node("Flatten", "x", "y")),
        ["Concat"] = (3, Node("Concat", "x x", "y"), Node("Concat", "x x", "y", new OnnxAttribute("axis", 1))),
        ["Pad"] = (1, Node("Pad", "x", "y", new OnnxAttribute("paddings", [0, 0, 1, 0, 0, 0, 0, 2]), new OnnxAttribute("value", 3f)), Node("Pad", "x pads three", "y")),
        ["Upsample"] = (1, Node("Upsample", "x", "y", new OnnxAttribute("height_scale", 2f), new OnnxAttribute("width_scale", 3f)), Node("Resize", "x _ scales", "y", new OnnxAttribute("coordinate_transformation_mode", "asymmetric"), new OnnxAttribute("nearest_mode", "floor"))),
        ["BatchNormalization"] = (6, Node("BatchNormalization", "x two two two positive", "y", new OnnxAttribute("is_test", 1), new OnnxAttribute("spatial", 1), Consumed), Node("BatchNormalization", "x two two two positive", "y")),
        ["Dropout"] = (6, Node("Dropout", "x", "y", new OnnxAttribute("is_test", 1), new OnnxAttribute("ratio", 0.5f)), Node("Identity", "x", "y")),
        ["Cast"] = (5, Node("Cast", "x", "y", new OnnxAttribute("to", "FLOAT")), Node("Identity", "x", "y")),
        ["Selu"] = (1, Node("Selu", "x", "y"), Node("Selu", "x", "y", new OnnxAttribute("alpha", 1.6732f), new OnnxAttribute("gamma", 1.0507f))),
    };

    [Theory]
    [MemberData(nameof(OldNodes))]
    public void Old_operators_mean_what_they_meant(string name)
    {
        OnnxTensor[] known =
        [
            Reals("two", [2], 0.5f, -2), Reals("column", [2, 1, 1], 0.5f, -2), Reals("four", [4], 1, 2, 3, 4), Reals("rows", [4, 1], 1, 2, 3, 4), Reals("image", [2, 4, 4]) with { Values = Numbers(32, 1) },
            Wholes("pads", 0, 0, 1, 0, 0, 0, 0, 2), new OnnxTensor("three", [], new[] { 3f }), Reals("scales", [4], 1, 1, 2, 3), Reals("positive", [2], 1, 4),
        ];
        var (opset, before, now) = Old[name];
        if (now.Inputs.Contains("_")) now = now with { Inputs = [.. now.Inputs.Select(input => input == "_" ? "" : input)] };
        Assert.Equal(Run(Load(Model([now], known)), Numbers(32)), Run(Load(Model([before], known, opset: opset)), Numbers(32)));
    }

    [Theory]
    [InlineData("BatchNormalization", "it is in training mode (is_test is not 1); export the model in evaluation mode")]
    [InlineData("Tile", "what the operator 'Tile' means in version 5 of ONNX's operators is not known here; export the model again with opset 17")]
    public void Old_operators_that_are_not_known_are_named(string operatorName, string reason) =>
        Assert.Equal($"f.onnx, node 'the {operatorName}' "
            + $"({operatorName}): {reason}.", Refusal(Model([Node(operatorName, "x", "y")], opset: 5)));

    [Fact]
    public void Both_names_of_ONNX_are_one()
    {
        var model = Model([Node("Relu", "x", "y") with { Domain = "ai.onnx" }]);
        Assert.Equal(2, Load(model with { Opsets = new Dictionary<string, long> { [""] = 17, ["ai.onnx"] = 17 } }).Network.Layers.Count);
        Assert.Equal(2, Load(model with { Opsets = new Dictionary<string, long> { ["ai.onnx"] = 17 } }).Network.Layers.Count);
        Assert.Contains("an operator set is stated twice, in different versions", Refusal(model with { Opsets = new Dictionary<string, long> { [""] = 17, ["ai.onnx"] = 13 } }), StringComparison.Ordinal);
    }

    /// <summary>A tensor of texts, such as the names of classes, stops nobody who does not read it.</summary>
    [Fact]
    public void Texts_are_left_alone()
    {
        var names = new OnnxTensor("names", [2], new float[2]);
        byte[] Texts(OnnxModel model)
        {
            // The kind of the tensor stands behind its two dimensions: 1 for float32, 8 for texts.
            var file = OnnxWriter.Model(model).ToArray();
            file[file.AsSpan().LastIndexOf("names"u8) is var name ? file.AsSpan(0, name).LastIndexOf((byte)0x10) + 1 : 0] = 8;
            return file;
        }
        Assert.Equal(2, OnnxFile.FromBytes(Texts(Model([Node("Relu", "x", "y")], [names])), "f.onnx").Network.Layers.Count);
        Assert.Equal("f.onnx, node 'the Add' (Add): the tensor 'names' holds texts, which "
            + "are not read.", Refusal(Texts(Model([Node("Relu", "x", "z"), Node("Add", "z names", "y")], [names]))));
    }

    [Fact]
    public void Whole_numbers_are_not_divided() => Assert.Equal(
        "f.onnx, node 'the Div' (Div): it divides whole numbers, which drops what is left over; layers "
            + "compute in float32.", Refusal(Model([Node("Div", "x two", "y")], [Wholes("two", 2)])));

    /// <summary>Files of a few hundred bytes that ask for gigabytes or minutes: each is refused at once.</summary>
    public static TheoryData<string> Claims => [.. Large.Keys];

    private static readonly Dictionary<string, (OnnxNode[] Nodes, OnnxTensor[] Known, long[] Input)> Large = new()
    {
        ["takes images of 268435456 (channels x height x width); at most 1,000,000 channels and 1,000,000 rows and columns are read"] = ([Node("Softmax", "x", "y")], [], [1, 1 << 28]),
        ["It gives 1x16384x16384 numbers for an image; at most 134,217,728 are read"] = ([Node("Softmax", "x", "y")], [], [1, 1, 16384, 16384]),
        ["takes images of 1x2000000000x1 (channels"] = ([Node("MaxPool", "x", "y", new OnnxAttribute("kernel_shape", [2, 2]))], [], [1, 1, 2_000_000_000, 1]),
        ["4,294,967,296 elements per sample"] = ([Node("Relu", "x", "y")], [], [1, 1, 65536, 65536]),
        ["1,728,000,000,000,000 elements per sample"] = ([Node("Resize", "x  scales", "y")], [Reals("scales", [4], 1, 1, 60000, 60000)], [1, 3, 400, 400]),
        ["more than 1,049,"] = ([Node("ConstantOfShape", "s", "c"), Node("Add", "x c", "y")], [Wholes("s", 1, 1 << 14, 1 << 14, 4)], [1, 3, 4, 4]),
        ["(Range): with it the constants"] = ([Node("Range", "a b c", "r"), Node("Add", "x r", "y")], [new OnnxTensor("a", [], new long[] { 0 }), new OnnxTensor("b", [], new[] { 1L << 60 }), new OnnxTensor("c", [], new long[] { 1 })], [1, 3, 4, 4]),
        ["(Tile): with it the constants"] = ([.. Enumerable.Range(0, 40).Select(i => Node("Tile", i == 0 ? "one two" : $"t{i} two", $"t{i + 1}")), Node("Add", "x t40", "y")], [Reals("one", [1], 1), Wholes("two", 2)], [1, 3, 4, 4]),
        ["(MatMul): with it the constants"] = ([Node("ConstantOfShape", "s", "c"), .. Enumerable.Range(0, 4).Select(i => Node("MatMul", i == 0 ? "c c" : $"t{i} c", $"t{i + 1}")), Node("Add", "x t4", "y")], [Wholes("s", 400, 400)], [1, 3, 400, 400]),
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public void What_is_too_large_is_refused_before_it_is_made(string message)
    {
        var (nodes, known, input) = Large[message];
        var file = OnnxWriter.Model(Model(nodes, known, input)).ToArray();
        Refusal(file);
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        Assert.Contains(message, Refusal(file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32_000_000);
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2000);
    }

    /// <summary>Each gets a name of its own in a time that grows with their number, not with its square.</summary>
    [Fact]
    public void Many_nodes_of_one_name_are_read_quickly()
    {
        var nodes = Enumerable.Range(0, 9_000).Select(i => Node("Relu", i == 0 ? "x" : $"v{i}", i == 8_999 ? "y" : $"v{i + 1}")).ToArray();
        var clock = Stopwatch.StartNew();
        var network = Load(Model(nodes)).Network;
        Assert.Equal("the_Relu_9000", network.Layers[^1].Name);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
    }

    private static OnnxModel TwoOutputs()
    {
        var model = Model([Node("Relu", "x", "a"), Node("Flatten", "x", "b")]);
        return model with { Graph = model.Graph with { Outputs = [new OnnxPort("a", OnnxType.Float32, null), new OnnxPort("b", OnnxType.Float32, null)] } };
    }

    private static float[] Numbers(int count, float least = -3) => [.. Enumerable.Range(0, count).Select(i => least + (i % 7))];
}
