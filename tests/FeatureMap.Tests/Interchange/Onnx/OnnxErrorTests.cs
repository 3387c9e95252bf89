using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Ops;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

/// <summary>What is wrong with a file is said with the node, what was expected and what to do.</summary>
public sealed class OnnxErrorTests
{
    private static readonly Dictionary<string, OnnxNode> WrongNodes = new()
    {
        ["f.onnx, node 'the Convv' (Convv): no layer stands for the operator 'Convv'. Did you mean 'Conv'?"] = Node("Convv", "x w", "y"),
        ["f.onnx, node 'the Relu' (Relu): its input (input 1) is missing."] = Node("Relu", "", "y"),
        ["f.onnx, node 'the Relu' (Relu): it reads 'z', which nobody makes; the file is damaged, export it again."] = Node("Relu", "z", "y"),
        ["f.onnx: the node 'the Relu' (Relu) reads what it makes itself, and cannot be computed. The file is damaged; export it again."] = Node("Relu", "y", "y"),
        ["f.onnx, node 'the Elu' (Elu): its input 'w' (2 x 2 x 3 x 3) is a constant, and the output of a layer was expected."] = Node("Elu", "w", "y"),
        ["f.onnx, node 'the Conv' (Conv): its weight 'x' is computed by the network, and a constant (a weight in the file) was expected."] = Node("Conv", "x x", "y"),
        ["f.onnx, node 'the Conv' (Conv): its weight 'w' (2 x 2 x 3 x 3) is for 2 x 2 input channels, and its input has 2."] = Node("Conv", "x w", "y", new OnnxAttribute("group", 2)),
        ["f.onnx, node 'the Conv' (Conv): the attribute 'kernel_shape' says 5 x 5, its weight 3 x 3."] = Node("Conv", "x w", "y", new OnnxAttribute("kernel_shape", [5, 5])),
        ["f.onnx, node 'the Conv' (Conv): the attribute 'pads' is [1, -1, 1, 1]; 4 numbers from 0 to 1,000,000 were expected, the begins of the spatial axes and then their ends."] = Node("Conv", "x w", "y", new OnnxAttribute("pads", [1, -1, 1, 1])),
        ["f.onnx, node 'the Conv' (Conv): the attribute 'strides' should be a list of whole numbers and is a real number."] = Node("Conv", "x w", "y", new OnnxAttribute("strides", 1.5f)),
        ["f.onnx, node 'the Conv' (Conv): its bias 'w' (2 x 2 x 3 x 3) should have 2 numbers."] = Node("Conv", "x w w", "y"),
        ["f.onnx, node 'the MaxPool' (MaxPool): the attribute 'kernel_shape' is missing."] = Node("MaxPool", "x", "y"),
        ["f.onnx, node 'the MaxPool' (MaxPool): the attribute 'auto_pad' is 'SOME'; NOTSET, VALID, SAME_UPPER and SAME_LOWER are known."] = Node("MaxPool", "x", "y", new OnnxAttribute("kernel_shape", [2, 2]), new OnnxAttribute("auto_pad", "SOME")),
        ["f.onnx, node 'the Gather' (Gather): its indices 'w' (2 x 2 x 3 x 3) should be whole numbers."] = Node("Gather", "x w", "y", new OnnxAttribute("axis", 1)),
        ["f.onnx, node 'the Split' (Split): it cuts 2 positions into pieces of 1, 1 for 1 outputs."] = Node("Split", "x", "y", new OnnxAttribute("axis", 1), new OnnxAttribute("split", [1, 1])),
        ["f.onnx, node 'the Transpose' (Transpose): the attribute 'perm' is [0, 2, 2, 1]; each of the 4 axes of its input was expected once."] = Node("Transpose", "x", "y", new OnnxAttribute("perm", [0, 2, 2, 1])),
        ["f.onnx, node 'the Transpose' (Transpose): it moves axis 0, the batch."] = Node("Transpose", "x", "y"),
        ["f.onnx, node 'the DepthToSpace' (DepthToSpace): the attribute 'blocksize' is 0; 1 to 1,000 was expected."] = Node("DepthToSpace", "x", "y"),
        ["f.onnx, node 'the Resize' (Resize): the attribute 'mode' is 'best'; nearest, linear and cubic are known."] = Node("Resize", "x", "y", new OnnxAttribute("mode", "best")),
        ["f.onnx, node 'the Pad' (Pad): its pads [1, 1] should be 8 numbers of at most 1,000,000 in size, the begins of the axes and then their ends."] = Node("Pad", "x two", "y"),
        ["f.onnx, node 'the Custom' (Custom): the operator belongs to 'com.example', and only ONNX's own operators are read; export the model without vendor operators."] = Node("Custom", "x", "y") with { Domain = "com.example" },
        ["f.onnx, node 'the Concat' (Concat): it works along axis 0, which is the batch: images of a batch do not meet in a network."] = Node("Concat", "x x", "y", new OnnxAttribute("axis", 0)),
        ["f.onnx, node 'the Gemm' (Gemm): it multiplies matrices; its first input was expected as batch x numbers, and has 4 axes."] = Node("Gemm", "x w", "y"),
    };

    public static TheoryData<string> Messages => [.. WrongNodes.Keys];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Nodes(string message) => Assert.Equal(message, Refusal(Model([WrongNodes[message]], [Reals("w", [2, 2, 3, 3]), Wholes("two", 1, 1)])));

    [Fact]
    public void A_kernel_that_does_not_fit_says_where() => Assert.Equal(
        "f.onnx, node 'the MaxPool' (MaxPool): The window does not fit: it spans 9 pixels of height, the input has 4. Pool less often before, or use a smaller window.",
        Refusal(Model([Node("MaxPool", "x", "y", new OnnxAttribute("kernel_shape", [9, 9]))])));

    [Fact]
    public void Circles_are_found()
    {
        var message = Refusal(Model([Node("Relu", "b", "a"), Node("LeakyRelu", "a", "b"), Node("Add", "a x", "y")]));
        Assert.Equal("f.onnx: the nodes 'the LeakyRelu' (LeakyRelu), 'the Relu' (Relu) form a circle, each reads what another of them "
            + "makes, and cannot be computed. The file is damaged; export it again.", message);
    }

    [Fact]
    public void Files_that_are_none_say_so()
    {
        Assert.Equal("f.onnx is empty. Expected an ONNX model.", Refusal([]));
        Assert.Equal("f.onnx cannot be read as ONNX: at byte 1, the kind 7 of field 9 is not possible. The file is damaged or cut, or it is another kind of file. Export or copy it again.", Refusal([.. "OOPS"u8]));
        Assert.Equal("f.onnx cannot be read as ONNX: at byte 2, the file ends without a graph. The file is damaged or cut, or it is another kind of file. Export or copy it again.", Refusal([8, 8]));
        Assert.Equal("f.onnx cannot be read as ONNX: at byte 6, field 7 says it has 4,294,967,295 bytes, and 0 are left. The file is damaged or cut, or it is another kind of file. Export or copy it again.", Refusal([0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F]));
        var missing = Assert.Throws<DataException>(() => OnnxFile.Load("nowhere.onnx")).Message;
        Assert.StartsWith("nowhere.onnx does not exist (looked for ", missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Versions_out_of_range_are_refused()
    {
        Assert.Equal("f.onnx uses version 99 of ONNX's operators, and versions 1 to 25 are read. Export it again "
            + "with opset 17.", Refusal(Model([Node("Relu", "x", "y")], opset: 99)));
        Assert.Equal("f.onnx does not say which version of ONNX's operators it uses, so nobody can know what they mean. Export it again.", Refusal(Model([Node("Relu", "x", "y")]) with { Opsets = new Dictionary<string, long>() }));
    }

    [Fact]
    public void Numbers_in_other_files_are_refused()
    {
        // A tensor 'w' of one number with data_location = EXTERNAL, in a graph with nothing else.
        byte[] tensor = [0x08, 1, 0x10, 1, 0x42, 1, (byte)'w', 0x70, 1];
        byte[] graph = [0x2A, (byte)tensor.Length, .. tensor];
        Assert.Equal(
            "f.onnx keeps the numbers of a tensor ('w') in another file (external data), which is not read: a model file should not make programs open other files. Store the model with its weights inside, in Python: onnx.save(onnx.load(\"model.onnx\"), \"one-file.onnx\", save_as_external_data=False).",
            Refusal([0x3A, (byte)graph.Length, .. graph]));
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, 5, "is 2 x 3 = 6 numbers of 4 bytes and holds 20 bytes")]
    [InlineData(new[] { int.MaxValue, int.MaxValue, int.MaxValue }, 1, "claims 2147483647 x 2147483647 x 2147483647 numbers; at most 2,147,483,647 are read")]
    [InlineData(new[] { 2_000_000_000 }, 1, "is 2000000000 = 2,000,000,000 numbers of 4 bytes and holds 4 bytes")]
    public void Sizes_that_are_not_there_are_refused_before_memory_is_taken(int[] dimensions, int count, string what)
    {
        var tensor = new OnnxTensor("w", dimensions, new float[count]);
        Assert.Equal($"f.onnx: the tensor 'w' {what}. The file is damaged; export or copy it again.", Refusal(Model([Node("Conv", "x w", "y")], [tensor])));
    }

    [Fact]
    public void Weights_that_many_nodes_share_do_not_fill_the_memory()
    {
        var nodes = Enumerable.Range(0, 3000).Select(i => Node("Gemm", i == 0 ? "x w" : $"v{i} w", i == 2999 ? "y" : $"v{i + 1}")).ToArray();
        Assert.StartsWith("f.onnx makes more than ", Refusal(Model(nodes, [Reals("w", [200, 200])], [-1, 200])), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_outputs_and_inputs_are_named()
    {
        var model = Model([Node("Relu", "x", "y")]);
        Assert.Equal("f.onnx has 2 outputs, and a network has one: 'y' (1), 'z' (1). Choose one of them "
            + "by its name.", Refusal(model with { Graph = model.Graph with { Outputs = [Port("y", [1]), Port("z", [1])] } }));
        Assert.Equal(
            "f.onnx computes from 2 inputs ('x', 'z'), and a network reads one.",
            Refusal(model with { Graph = model.Graph with { Nodes = [Node("Add", "x z", "y")], Inputs = [Port("x", [-1, 3]), Port("z", [-1, 3])] } }));
    }

    [Fact]
    public void Every_shorter_file_is_refused()
    {
        var original = OnnxFile.ToBytes(OnnxSamples.Model(SampleNetworks.Plain()), new OnnxExportOptions());
        // The opset and the metadata stand behind the graph: what is cut off there may leave a whole model.
        var graphEnd = original.AsSpan().IndexOf("featuremap.input"u8) - 8;
        for (var length = 0; length < graphEnd; length += 7)
            Refusal(original[..length]);
    }
}
