using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Interchange;

/// <summary>Every reader of weights, networks and runs against damaged files; see <see cref="FuzzCampaign"/>.</summary>
public sealed class InterchangeFuzzTests
{
    private const long Million = 1_000_000;

    [Fact]
    public void Onnx_files()
    {
        var original = OnnxFile.ToBytes(OnnxSamples.Model(SampleNetworks.Branched(), "a", "b"), new OnnxExportOptions());
        Judge(FuzzCampaign.Run(original, 1200, file => Assert.NotEmpty(OnnxFile.FromBytes(file, "f.onnx").Network.Layers), 16 * Million), 0.3);
    }

    [Fact]
    public void Onnx_files_of_a_wide_range_of_ops()
    {
        var network = Network.Build(Shape.Image(3, 8, 8), x =>
        {
            x = x.ConvTranspose(4, kernel: 3, stride: 2).Upsample(2).GroupNorm(2).Pad(1, FeatureMap.Ops.PadMode.Reflect).Elu();
            return (x.PixelUnshuffle(2) * 0.5 + 1).Mean(Axes.Space).Flatten().Linear(3).Softmax();
        });
        var original = OnnxFile.ToBytes(OnnxSamples.Model(network), new OnnxExportOptions());
        Judge(FuzzCampaign.Run(original, 4000, file => Assert.NotEmpty(OnnxFile.FromBytes(file, "f.onnx").Network.Layers), 64 * Million), 0.2);
    }

    /// <summary>
    /// A graph as other tools write it: constants to compute, channels last, a batch of one that is folded, nodes in disorder, two outputs.
    /// </summary>
    [Fact]
    public void Onnx_files_of_other_tools()
    {
        var model = OnnxGraphs.Model(
            [
                OnnxGraphs.Node("Sub", "x mean", "s"), OnnxGraphs.Node("Transpose", "s", "t", new OnnxAttribute("perm", [0, 3, 1, 2])), OnnxGraphs.Node("Conv", "t w2", "c", new OnnxAttribute("pads", [1, 1, 1, 1])),
                OnnxGraphs.Node("Transpose", "w", "w1", new OnnxAttribute("perm", [3, 2, 0, 1])), OnnxGraphs.Node("Mul", "w1 scale", "w2"),
                OnnxGraphs.Node("Shape", "c", "h"), OnnxGraphs.Node("Slice", "h two four", "hw"), OnnxGraphs.Node("ReduceProd", "hw", "area", new OnnxAttribute("keepdims", 1)), OnnxGraphs.Node("Cast", "area", "area7", new OnnxAttribute("to", 7)),
                OnnxGraphs.Node("Concat", "two two area7", "shape", new OnnxAttribute("axis", 0)), OnnxGraphs.Node("Reshape", "c shape", "r"), OnnxGraphs.Node("Transpose", "r", "q", new OnnxAttribute("perm", [1, 0, 2])),
                OnnxGraphs.Node("ConstantOfShape", "hw", "z"), OnnxGraphs.Node("Tile", "z tiles", "z1"), OnnxGraphs.Node("Gather", "z1 two", "z2", new OnnxAttribute("axis", 0)), OnnxGraphs.Node("Expand", "z2 line", "z3"),
                OnnxGraphs.Node("Range", "zero four0 one", "n"), OnnxGraphs.Node("Cast", "n", "n1", new OnnxAttribute("to", 1)), OnnxGraphs.Node("Cast", "n", "b", new OnnxAttribute("to", 9)), OnnxGraphs.Node("Where", "b n1 n1", "n2"), OnnxGraphs.Node("Split", "n2", "n3 n4", new OnnxAttribute("axis", 0)),
                OnnxGraphs.Node("MatMul", "m m", "m2"), OnnxGraphs.Node("DequantizeLinear", "two scale1", "d"), OnnxGraphs.Node("Add", "q d", "q1"), OnnxGraphs.Node("Reshape", "q1 back", "y"), OnnxGraphs.Node("Squeeze", "m2 zero1", "v"),
                OnnxGraphs.Node("Concat", "n3 n4 n3", "n5", new OnnxAttribute("axis", 0)), OnnxGraphs.Node("Sum", "z3 n5", "o1"), OnnxGraphs.Node("Add", "c o1", "u1"), OnnxGraphs.Node("Add", "u1 v", "u"),
            ],
            [
                OnnxGraphs.Reals("mean", [3]), OnnxGraphs.Reals("w", [3, 3, 3, 4]), OnnxGraphs.Reals("scale", [4, 1, 1, 1]), OnnxGraphs.Wholes("two", 2), OnnxGraphs.Wholes("four", 4), OnnxGraphs.Wholes("tiles", 3, 1), OnnxGraphs.Wholes("line", 1, 6),
                new OnnxTensor("zero", [], new long[] { 0 }), new OnnxTensor("four0", [], new long[] { 4 }), new OnnxTensor("one", [], new long[] { 1 }), OnnxGraphs.Reals("m", [1, 1], 2), OnnxGraphs.Reals("scale1", [1], 0.5f), OnnxGraphs.Wholes("back", 1, 4, 6, 6), OnnxGraphs.Wholes("zero1", 0),
            ],
            [1, 6, 6, 3]);
        model = model with { Graph = model.Graph with { Outputs = [OnnxGraphs.Port("y", [1, 4, 6, 6]), OnnxGraphs.Port("u", [1, 4, 6, 6]), OnnxGraphs.Port("d", [1])] } };
        var original = OnnxWriter.Model(model).ToArray();
        Assert.NotEmpty(OnnxFile.FromBytes(original, "f.onnx", output: "y").Network.Layers);
        Judge(FuzzCampaign.Run(original, original.Length, file => Assert.NotEmpty(OnnxFile.FromBytes(file, "f.onnx", output: "y").Network.Layers), 64 * Million), 0.3);
        Judge(FuzzCampaign.Run(original, original.Length, file => Assert.NotEmpty(OnnxFile.FromBytes(file, "f.onnx", output: "u").Network.Layers), 64 * Million), 0.3);
    }

    [Fact]
    public void Safetensors_files()
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, Tensors(), new Dictionary<string, string> { ["format"] = "test" });
        var original = stream.ToArray();
        Judge(FuzzCampaign.Run(original, 300, file => Assert.All(SafetensorsFile.Read(file, "f").Tensors, tensor => tensor.ToSingles()), 4 * Million), 0.3);
    }

    /// <summary>
    /// Half of the changes fall into the pickle. Without checksums, so that changed bytes reach what is behind them; with them all that
    /// changes a part that is read is refused.
    /// </summary>
    [Theory]
    [InlineData("zip", 0.3)]
    [InlineData("zip with checksums", 0.4)]
    [InlineData("legacy", 0.3)]
    public void Files_of_torch_save(string format, double leastRefused)
    {
        var storage = TorchWriter.Of("0", "FloatStorage", Enumerable.Range(0, 24).Select(i => (float)i).ToArray());
        var root = new WrittenDictionary { { "epoch", 3 }, { "rates", new List<object?> { 0.1, 1L << 40 } } };
        root.Add("optimizer", new WrittenDictionary { IsOrdered = false });
        root.Add("state_dict", new WrittenDictionary
        {
            { "conv1.weight", new WrittenTensor(storage, 2, [2, 3], [3, 1]) },
            { "conv1.bias", new WrittenTensor(storage, 0, [4, 3], [1, 4]) { IsOld = true } },
            { "fc.weight", new WrittenTensor(TorchWriter.Of("1", "HalfStorage", (Half)1, (Half)2), 0, [2], [1]) { IsParameter = true } },
            { "bn.num_batches_tracked", new WrittenTensor(TorchWriter.Of("2", "LongStorage", 5L), 0, [], []) },
        });
        var original = format == "legacy" ? TorchWriter.Legacy(root) : TorchWriter.Zip(root, hasChecksums: format != "zip");
        var result = FuzzCampaign.Run(
            original, 800, file => Assert.All(StateDict.Read(new MemoryStream(file), "f").Tensors, tensor => tensor.ToSingles()),
            2 * Million);
        Judge(result, leastRefused);
    }

    [Fact]
    public void Checkpoints()
    {
        using var folder = new TemporaryFolder();
        new CheckpointStore(folder.Location).Save(new Checkpoint { Step = 7, Tensors = Tensors(), State = new Dictionary<string, string> { ["epochLoss"] = "0000000000000000", ["validation"] = "" } });
        var original = File.ReadAllBytes(Directory.GetFiles(folder.Location, "checkpoint-*").Single());
        // All but what is left unchanged must be refused: the checksum covers everything.
        Judge(FuzzCampaign.Run(original, 500, file => CheckpointStore.Verify(SafetensorsFile.Read(file, "checkpoint-7"), 7), 4 * Million), 0.9);
    }

    [Fact]
    public void Network_descriptions()
    {
        var original = Encoding.UTF8.GetBytes(NetworkFile.ToJson(SampleNetworks.Branched()));
        Judge(FuzzCampaign.Run(original, original.Length, file => NetworkFile.Parse(file, "x"), 16 * Million), 0.5);
    }

    [Fact]
    public void Run_configurations()
    {
        var recipe = Recipes.Get("mnist-20k");
        var configuration = new RunConfiguration { Recipe = recipe.Name, Settings = recipe.Settings, Data = new RunData("mnist", "somewhere", 60_000, 10_000) };
        var original = Encoding.UTF8.GetBytes(configuration.ToJson());
        Judge(FuzzCampaign.Run(original, original.Length, file => RunConfiguration.Parse(Encoding.UTF8.GetString(file), "config.json"), 4 * Million), 0.5);
    }

    private static SafetensorsEntry[] Tensors() => [new("conv1.weight", [1f, -2, 3, 4, 5, 6], 2, 3), new("conv1.bias", [0.5f, 0.25f], 2), new("optimizer.momentum/conv1.bias", [0f, 1], 2)];

    // A campaign that hardly ever meets an error tests nothing.
    private static void Judge(FuzzResult result, double leastRefused) => Assert.InRange(result.Refused, leastRefused * FuzzCampaign.Mutations, FuzzCampaign.Mutations);
}
