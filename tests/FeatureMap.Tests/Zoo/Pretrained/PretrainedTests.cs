using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Interchange;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>Weights of every kind of file, with where their body ends and how pictures were prepared.</summary>
public sealed class PretrainedTests : IDisposable
{
    private static readonly Network Classifier = Network.Build(Shape.Image(3, 12, 12), x => x
        .Conv(6, kernel: 3, stride: 2, padding: 1).BatchNorm().Relu().AveragePool(6, name: "pool").Flatten().Dropout(0.1f).Linear(4,
            name: "scores").Softmax());

    private static readonly byte[] Pixels = Data.Idx.Noise(3 * 144, 5);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true, "dropout1")]
    [InlineData(false, "relu1")]
    public void A_classifier_is_replaced_and_a_body_without_one_is_taken_whole(bool hasClassifier, string end)
    {
        var model = OnnxSamples.Model(hasClassifier ? Classifier : Classifier.CutAt("relu1"));
        OnnxFile.Save(model, folder["w.onnx"]);
        var opened = Pretrained.Open(folder["w.onnx"]);
        Assert.Equal(hasClassifier, opened.HasClassifier);
        if (!hasClassifier) Assert.Equal(opened.Model.Network.Layers[^1].Name, opened.BodyEnd);
        var start = opened.WithHead(["cat", "dog"]);
        Assert.Equal((Shape.Vector(2), "cat"), (start.Network.Output, start.ClassNames[0]));
        Near(model.CutAt(end).Compute(Pixels), start.CutAt(opened.BodyEnd).Compute(Pixels));
        Assert.Equal((6 * 2) + 2, start.Network.Layers.Where(layer => opened.Model.Network.Layers.All(old =>
            old.Name != layer.Name)).Sum(layer => layer.TrainableCount));
    }

    [Fact]
    public void A_file_that_does_not_say_how_pictures_were_prepared_is_not_guessed_at()
    {
        Unstated(Classifier, "w.onnx");
        var refused = Assert.Throws<UsageException>(() => Pretrained.Open(folder["w.onnx"])).Message;
        Assert.StartsWith("w.onnx does not say how pictures were prepared for it, and the wrong order of colours or scale costs much accuracy "
            + "without a word. Say it by a preparation: imagenet", refused, StringComparison.Ordinal);
        var rgb = Pretrained.Open(folder["w.onnx"], Preparation.ImageNet);
        var bgr = Pretrained.Open(folder["w.onnx"], Preparation.ImageNet with { Order = ColourOrder.Bgr });
        Assert.NotEqual(rgb.Model.Compute(Pixels), bgr.Model.Compute(Pixels));
        Assert.Equal(Preparation.ImageNet, rgb.Preparation);
    }

    [Fact]
    public void Another_size_goes_through_windows_that_cover_the_whole_map()
    {
        var model = Unstated(Classifier, "w.onnx");
        var large = Pretrained.Open(folder["w.onnx"], Preparation.Unit, size: new ImageSize(20, 24)).Model;
        Assert.Equal(Shape.Image(3, 20, 24), large.Network.Input);
        var same = Pretrained.Open(folder["w.onnx"], Preparation.Unit with { Size = new ImageSize(12, 12) }).Model;
        Near(new Model(model.Weights, Normalization.None(3), []).Compute(Pixels), same.Compute(Pixels));
    }

    /// <summary>Where the package lies in the NuGet cache: a real body whose file says nothing of pixels.</summary>
    [Fact]
    public void A_known_body_brings_its_order_of_colours_and_another_one_is_warned_of()
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var file = Path.Combine(packages, "microsoft.ml.dnnimagefeaturizer.resnet18", "0.23.1", "tools", "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx");
        Assert.SkipUnless(File.Exists(file), "Microsoft.ML.DnnImageFeaturizer.ResNet18 is not in the NuGet cache.");
        var opened = Pretrained.Open(file, size: new ImageSize(64, 64));
        Assert.Equal((Preparation.Bgr(103.06, 115.90, 123.15), false), (opened.Preparation, opened.HasClassifier));
        Assert.StartsWith("ResNet18.onnx is ML.NET's body of a ResNet-18", Assert.Single(opened.Notices), StringComparison.Ordinal);
        Assert.Equal(Shape.Vector(512), opened.Model.Network.Output);
        Assert.StartsWith("These weights were made for pictures of 224x224 and do not go with 112x112. Sides that are multiples of 32",
            Assert.Throws<ShapeException>(() => Pretrained.Open(file, size: new ImageSize(112, 112))).Message, StringComparison.Ordinal);
        Assert.Contains("will cost accuracy", Assert.Single(Pretrained.Open(file, Preparation.ImageNet).Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_and_a_model_file_bring_their_own_preparation()
    {
        var model = OnnxSamples.Model(Classifier, "a", "b", "c", "d");
        Directory.CreateDirectory(folder["run"]);
        ModelFile.Save(model, folder["run"]);
        foreach (var path in (string[])[folder["run"], Path.Combine(folder["run"], ModelFile.WeightsName)])
        {
            var opened = Pretrained.Open(path);
            Assert.Equal(("dropout1", true, null), (opened.BodyEnd, opened.HasClassifier, opened.Preparation));
            Assert.Equal(model.Compute(Pixels), opened.Model.Compute(Pixels));
            Assert.Empty(opened.Notices);
        }
        Assert.Contains("takes its place, as you ask for it", Assert.Single(Pretrained.Open(folder["run"], Preparation.Unit).Notices),
            StringComparison.Ordinal);
        Assert.Equal("relu1", Pretrained.Open(folder["run"], bodyEnd: "relu1").BodyEnd);
        Assert.Throws<UsageException>(() => Pretrained.Open(folder["run"], output: "y"));
    }

    [Fact]
    public void Weights_of_torchvision_tell_their_architecture_by_their_names()
    {
        var one = Architectures.Get("squeezenet-1.1");
        var weights = Weights.Initialize(one.Build(Shape.Image(3, 32, 32), 5), 9);
        var tensors = weights.Parameters.Zip(StateDictKeys.Of(one.Name)).Select(pair => new SafetensorsEntry(pair.Second,
            pair.First.Values.ToArray(), [.. pair.First.Dimensions])).ToList();
        SafetensorsFile.Write(folder["squeezenet1_1-b8a52dc0.safetensors"], tensors, new Dictionary<string, string>());
        folder.Write("w.pth", TorchWriter.Zip(TorchWriter.StateDict(SafetensorsFile.Read(folder["squeezenet1_1-b8a52dc0.safetensors"]).Tensors)));
        foreach (var file in (string[])["squeezenet1_1-b8a52dc0.safetensors", "w.pth"])
        {
            var opened = Pretrained.Open(folder[file], size: new ImageSize(40, 40));
            var tag = file == "w.pth" ? "" : ":imagenet1k-v1"; // by its name, the file is one of the table
            Assert.Equal($"{file} has the weights of squeezenet-1.1{tag}.", Assert.Single(opened.Notices));
            Assert.Equal((Shape.Image(3, 40, 40), Preparation.ImageNet), (opened.Model.Network.Input, opened.Preparation));
            Assert.Equal(Shape.Vector(3), opened.WithHead(["a", "b", "c"]).Network.Output);
        }
        Assert.Equal(folder["squeezenet1_1-b8a52dc0.safetensors"], WeightPlaces.Find(one.Name, [folder["nowhere"], folder.Location]));

        SafetensorsFile.Write(folder["other.safetensors"], tensors.Take(3), new Dictionary<string, string>());
        Assert.StartsWith("other.safetensors has 3 tensors, and their names are those of no architecture that is known: ",
            Assert.Throws<DataException>(() => Pretrained.Open(folder["other.safetensors"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cifar-resnet-20", "resnet20-12fca82f.safetensors", 32, 1)]
    [InlineData("cifar-resnet-20", "own.safetensors", 32, 0.875)]
    [InlineData("mobilenet-v2", "mobilenet_v2-7ebf99e0.safetensors", 224, 224.0 / 232)]
    [InlineData("shufflenet-v2-0.5", "of-mine-f707e7126e.safetensors", 224, 0.875)]
    public void A_file_of_the_table_is_prepared_as_the_table_says(string network, string file, int side, double crop)
    {
        var one = Architectures.Get(network);
        var built = one.Build();
        var weights = Weights.Initialize(built, 3);
        SafetensorsFile.Write(folder[file], built.Layers.SelectMany(layer => layer.Parameters.Select(parameter => new SafetensorsEntry(
            $"{one.TorchvisionNames!.Module(built, layer)}.{parameter.Name}", weights[$"{layer.Name}.{parameter.Name}"].Values.ToArray(),
            [.. weights[$"{layer.Name}.{parameter.Name}"].Dimensions]))), new Dictionary<string, string>());
        var opened = Pretrained.Open(folder[file]);
        Assert.Equal((Shape.Image(3, side, side), crop), (opened.Model.Network.Input, opened.Preparation!.CropShare));
        Assert.Equal(built.Layers.Count, opened.Model.Network.Layers.Count);
    }

    [Fact]
    public void Every_published_file_is_found_by_the_name_of_its_network()
    {
        foreach (var one in PretrainedWeights.All)
        {
            using var alone = new TemporaryFolder();
            var path = alone.Write(one.File, [1]);
            Assert.Equal((path, path, path), (WeightPlaces.Find(one.Network, [alone.Location]), WeightPlaces.Find(one.Name, [alone.Location]),
                one.Locate([alone.Location])));
        }
        folder.Write("resnet50-11ad3fa6.pth", [1]);
        var first = folder.Write("resnet50-0676ba61.pth", [1]);
        Assert.Equal(first, WeightPlaces.Find("resnet-50:imagenet1k-v1", [folder.Location]));
        Assert.Contains("has 2 files of resnet-50: ", Assert.Throws<DataException>(
            () => WeightPlaces.Find("resnet-50", [folder.Location])).Message, StringComparison.Ordinal);
        Assert.Contains("bring resnet18-f37072fd.pth and put", Assert.Throws<DataException>(
            () => WeightPlaces.Find("resnet-18:imagenet1k-v1", [folder.Location])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_weights_are_told_with_the_file_to_bring()
    {
        Assert.Equal($"The weights of resnet-18 are not here, and nothing is downloaded by itself. Looked in {folder.Location}. "
            + "PretrainedWeights.Fetch of resnet-18 gets them. Or bring resnet18-f37072fd.pth (or resnet-18.onnx, resnet-18.safetensors) and "
            + $"put it into {folder.Location}, or into a folder that the environment variable FEATUREMAP_WEIGHTS names.",
            Assert.Throws<DataException>(() => WeightPlaces.Find("resnet-18", [folder.Location])).Message);
        folder.Write("resnet18-f37072fd.pth", [1]);
        folder.Write("resnet34-f37072fd.pth", [1]);
        Assert.Equal(folder["resnet18-f37072fd.pth"], WeightPlaces.Find("resnet-18", [folder.Location]));
        folder.Write("resnet-18.onnx", [1]);
        Assert.Contains("has 2 files of resnet-18: resnet-18.onnx, resnet18-f37072fd.pth", Assert.Throws<DataException>(
            () => WeightPlaces.Find("resnet-18", [folder.Location])).Message, StringComparison.Ordinal);
        Assert.Contains("The weights of house are not here", Assert.Throws<DataException>(() => Pretrained.Get("house")).Message,
            StringComparison.Ordinal);
        Assert.EndsWith("there is no such file or folder.", Assert.Throws<DataException>(() =>
            Pretrained.Open(folder["no.onnx"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_refused_whatever_they_are_called()
    {
        foreach (var (name, content) in new (string, byte[])[] { ("a.onnx", [1, 2, 3]), ("a.pth", [.. "<html>"u8]), ("a.safetensors", []),
            ("a.bin", [0x80, 2, 0x63]) })
            Assert.ThrowsAny<FeatureMapException>(() => Pretrained.Open(folder.Write(name, content), Preparation.Unit));
    }

    /// <summary>A file as others write it, which says nothing of pixels.</summary>
    private Model Unstated(Network network, string name)
    {
        var model = OnnxSamples.Model(network);
        var graph = GraphExport.Graph(new Model(model.Weights, Normalization.None(3), []),
            new OnnxExportOptions { Input = OnnxInput.Normalized });
        folder.Write(name, OnnxWriter.Model(new OnnxModel(graph)
        {
            IrVersion = 8,
            Producer = "others",
            Opsets = new Dictionary<string,
            long>
            { [""] = 17 }
        }).ToArray());
        return model;
    }

    private static void Near(IReadOnlyList<float> expected, IReadOnlyList<float> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }
}
