using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Ops;
using FeatureMap.Tests.Data;
using FeatureMap.Zoo;
using Xunit;
using static FeatureMap.Tests.Interchange.OnnxGraphs;

namespace FeatureMap.Tests.Interchange;

public sealed class OnnxFileTests
{
    [Theory]
    [InlineData(OnnxInput.Pixels)]
    [InlineData(OnnxInput.Normalized)]
    public void A_model_comes_back_as_it_was_written(OnnxInput input)
    {
        var model = OnnxSamples.Model(Recipes.Get("mnist-20k").Build(Shape.Image(1, 28, 28), 10), "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "\"nine\"");
        using var folder = new TemporaryFolder();
        OnnxFile.Save(model, folder["a.onnx"], new OnnxExportOptions { Input = input, KeepsBatchNorm = true });
        var back = OnnxFile.Load(folder["a.onnx"]);
        Assert.Equal(NetworkFile.ToJson(model.Network), NetworkFile.ToJson(back.Network));
        Assert.Equal(model.Weights.Sha256(), back.Weights.Sha256());
        Assert.Equal(model.Normalization, back.Normalization);
        Assert.Equal(model.ClassNames, back.ClassNames);
        var image = Idx.Noise(784, 5);
        Assert.Equal(model.Compute(image), back.Compute(image));
    }

    [Fact]
    public void Branches_come_back_and_compute_the_same_bits()
    {
        var model = OnnxSamples.Model(SampleNetworks.Branched());
        var back = OnnxFile.FromBytes(OnnxFile.ToBytes(model, new OnnxExportOptions { KeepsBatchNorm = true }), "f.onnx");
        Assert.Equal(model.Network.Layers.Select(layer => layer.Name), back.Network.Layers.Select(layer => layer.Name));
        var image = Idx.Noise(model.Network.Input.Count, 6);
        Assert.Equal(model.Compute(image), back.Compute(image));
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes_and_says_who_wrote_them()
    {
        var model = OnnxSamples.Model(SampleNetworks.Plain(), "a", "b");
        var bytes = OnnxFile.ToBytes(model, new OnnxExportOptions { Name = "plain", Opset = 13 });
        Assert.Equal(bytes, OnnxFile.ToBytes(model, new OnnxExportOptions { Name = "plain", Opset = 13 }));
        var file = OnnxReader.Model(bytes, "f");
        Assert.Equal((7, "FeatureMap", 13, "plain"), (file.IrVersion, file.Producer, file.Opsets[""], file.Graph.Name));
        Assert.Equal("N x 1 x 6 x 6", file.Graph.Inputs.Single().Sizes);
        Assert.Equal("N x 4", file.Graph.Outputs.Single().Sizes);
        Assert.Equal("[\"a\",\"b\"]", file.Metadata["featuremap.classNames"]);
        Assert.Equal(["Mul", "Add", "Conv", "Relu", "Conv", "Flatten"], file.Graph.Nodes.Select(node => node.Operator));
        Assert.Contains("BatchNormalization", OnnxReader.Model(OnnxFile.ToBytes(model, new OnnxExportOptions { KeepsBatchNorm = true }), "f").Graph.Nodes.Select(node => node.Operator));
        Assert.Contains("conv1.weight", file.Graph.Initializers.Select(tensor => tensor.Name));
    }

    [Fact]
    public void Weights_of_several_views_stand_in_the_file_once()
    {
        var model = OnnxSamples.Model(SampleNetworks.Branched());
        var views = TestTimeAugmentation.Apply(model, TestTimeViews.MirrorAndShift);
        var options = new OnnxExportOptions { KeepsBatchNorm = true };
        var bytes = OnnxFile.ToBytes(views, options);
        var tensors = OnnxReader.Model(bytes, "f").Graph.Initializers;
        foreach (var parameter in model.Weights.Parameters.Where(parameter => parameter.Values.ToArray().Distinct().Count() > 1))
            Assert.Single(tensors, tensor => tensor.Name.EndsWith(parameter.Name, StringComparison.Ordinal));

        // Each layer has its own weights again, as a network has them here.
        var back = OnnxFile.FromBytes(bytes, "f.onnx");
        Assert.Equal(views.Network.TrainableCount, back.Network.TrainableCount);
        var image = Idx.Noise(model.Network.Input.Count, 6);
        Assert.Equal(views.Compute(image), back.Compute(image));
    }

    [Fact]
    public void Weights_that_are_alike_by_chance_stay_apart()
    {
        var model = new Model(Weights.Initialize(Network.Build(Shape.Image(1, 6, 6), x => x.Conv(4, kernel: 3, bias: false).BatchNorm().Relu().Conv(4, kernel: 3, bias: false).BatchNorm()), 0), new Normalization([0.5], [0.5]), ["a", "b"]);
        var tensors = OnnxReader.Model(OnnxFile.ToBytes(model, new OnnxExportOptions { KeepsBatchNorm = true }), "f").Graph.Initializers.Select(tensor => tensor.Name).ToArray();
        foreach (var parameter in model.Weights.Parameters)
            Assert.Contains(parameter.Name, tensors);
    }

    [Fact]
    public void Operator_sets_out_of_range_and_layers_without_counterpart_are_refused()
    {
        var model = OnnxSamples.Model(SampleNetworks.Plain());
        Assert.Equal(
            "ONNX operator sets from 13 to 21 can be written: received 12. 17 is read by nearly every runtime in use.",
            Assert.Throws<UsageException>(() => OnnxFile.ToBytes(model, new OnnxExportOptions { Opset = 12 })).Message);
    }

    [Fact]
    public void A_network_that_does_nothing_can_be_written_and_read()
    {
        var model = OnnxSamples.Model(Network.Build(Shape.Image(1, 2, 2), x => x.Dropout(0.5f)));
        var back = OnnxFile.FromBytes(OnnxFile.ToBytes(model, new OnnxExportOptions { Input = OnnxInput.Normalized }), "f.onnx");
        Assert.Equal([1, 2, 3, 4], Run(back, 1, 2, 3, 4));
    }

    [Fact]
    public void Sizes_that_PyTorch_computes_in_the_graph_are_folded()
    {
        // x.view(x.size(0), -1) as its exporter writes it.
        var model = Load(Model(
            [
                Node("Shape", "x", "s"), Node("Constant", "", "zero", new OnnxAttribute("value", new OnnxTensor("", [], new long[] { 0 }))), Node("Gather", "s zero", "n"),
                Node("Unsqueeze", "n axes", "n1"), Node("Concat", "n1 rest", "target", new OnnxAttribute("axis", 0)), Node("Reshape", "x target", "flat"),
                Node("Gemm", "flat fc.weight", "y", new OnnxAttribute("transB", true)),
            ],
            [Wholes("axes", 0), Wholes("rest", -1), Reals("fc.weight", [1, 32], [.. Enumerable.Repeat(1f, 32)])]));
        Assert.Equal(["input", "the_Reshape", "fc"], model.Network.Layers.Select(layer => layer.Name));
        Assert.Equal([32], Run(model, [.. Enumerable.Repeat(1f, 32)]));
    }

    [Fact]
    public void Factors_of_a_matrix_product_go_into_its_weights()
    {
        var model = Load(Model(
            [Node("Gemm", "x w b", "y", new OnnxAttribute("alpha", 2f), new OnnxAttribute("beta", 10f))],
            [Reals("w", [2, 3], 1, 2, 3, 4, 5, 6), Reals("b", [3], 1, 2, 3)], [-1, 2]));
        Assert.Equal([(2 * (1 + 40)) + 10, (2 * (2 + 50)) + 20, (2 * (3 + 60)) + 30], Run(model, 1, 10));
    }

    [Fact]
    public void Unneeded_nodes_are_not_read()
    {
        var model = Load(Model([Node("Unheard", "x", "z"), Node("Relu", "x", "y")]));
        Assert.Equal(2, model.Network.Layers.Count);
    }

    [Fact]
    public void An_open_size_is_asked_for_and_can_be_given()
    {
        var model = Model([Node("Relu", "x", "y")], input: [-1, 3, -1, -1]);
        Assert.Equal("f.onnx leaves the size of its input 'x' open: N x 3 x N x N. Say it when loading, such as 3 x 224 x 224.", Refusal(model));
        Assert.Equal(new Shape(3, 8, 9), OnnxFile.FromBytes(OnnxWriter.Model(model), "f.onnx", new Shape(3, 8, 9)).Network.Input);
    }

    [Fact]
    public void A_normalisation_that_is_not_what_the_metadata_says_stays_in_the_graph()
    {
        var model = OnnxSamples.Model(SampleNetworks.Plain());
        var file = OnnxReader.Model(OnnxFile.ToBytes(model, new OnnxExportOptions()), "f");
        var changed = file.Graph.Initializers.Select(tensor => tensor.Name == "normalization.scale" ? tensor with { Values = new[] { 1f } } : tensor).ToList();
        var read = Load(file with { Graph = file.Graph with { Initializers = changed } });
        Assert.Equal(["ScaleShift", "ScaleShift", "Conv2d"], read.Network.Layers.Skip(1).Take(3).Select(layer => layer.Op!.Name));
    }
}
