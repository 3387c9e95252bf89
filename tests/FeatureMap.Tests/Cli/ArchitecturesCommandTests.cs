using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Interchange;
using FeatureMap.Tests.Zoo;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class ArchitecturesCommandTests
{
    [Fact]
    public void Architectures_are_listed_and_shown()
    {
        var list = Tool.Run("architectures");
        Assert.Equal((0, ""), (list.Code, list.Error));
        Assert.Contains("resnet-50           3x224x224      25.6 M  4.09 G        427/32  Sixteen bottlenecks", list.Output, StringComparison.Ordinal);
        var one = Tool.Run("architectures", "ResNet50");
        Assert.Contains("25,557,032 (torchvision's table of models)", one.Output, StringComparison.Ordinal);
        Assert.Contains("427, stride 32", one.Output, StringComparison.Ordinal);
        Assert.Contains("--set fresh-head=true", one.Output, StringComparison.Ordinal);
        Assert.Contains("resnet-50:imagenet1k-v2, 80.858 %", one.Output, StringComparison.Ordinal);
        Assert.Contains("convnextv2-atto:fcmae-ft-in1k, 76.6 %, CC-BY-NC-4.0: NOT FOR COMMERCIAL USE", Tool.Run("architectures", "convnextv2-atto").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Train it", Tool.Run("architectures", "espcn-x3").Output, StringComparison.Ordinal);
        var json = Tool.Run("architectures", "passthrough-13", "--json").Json;
        Assert.Equal((50_537_514, 20_672), (json.GetProperty("parameters").GetInt64(), json.GetProperty("fixedParameters").GetInt64()));
        Assert.Equal(Architectures.All.Count, Tool.Run("architectures", "--json").Json.GetProperty("architectures").GetArrayLength());
    }

    [Fact]
    public void A_summary_takes_names_and_other_images()
    {
        var network = ResNet.Build(Shape.Image(3, 64, 96), 200);
        Assert.Equal(network.TrainableCount, Tool.Run("summary", "resnet-50", "--input", "3x64x96", "--classes", "200", "--json").Json.GetProperty("totals").GetProperty("trainable").GetInt64());
        Assert.StartsWith("mnist-20k", Tool.Run("summary", "mnist-20k", "--input", "3x32x32", "--classes", "5").Output, StringComparison.Ordinal);
        var small = Tool.Run("summary", "resnet-50", "--input", "3x16x16");
        Assert.Equal((1, ""), (small.Code, small.Output));
        Assert.Contains("so images have at least 32x32 pixels", small.Error, StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        var file = folder["network.json"];
        NetworkFile.Save(file, network);
        Assert.Equal(
            $"error: {file} is a file or a run, which has a shape and classes of its own: leave --input and --classes out. They are for the names of recipes and architectures.",
            Tool.Run("summary", file, "--classes", "3").Error.TrimEnd());
    }

    [Fact]
    public void An_architecture_takes_the_place_of_the_network_of_a_recipe()
    {
        using var world = new SmallWorld();
        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, "    1/2", world.Train("--epochs", "2", "--set", "network=LeNet5", "--json"));
        var run = stopped.Text("run");
        Assert.Equal(61_706, stopped.Json.GetProperty("parameters").GetInt64());
        Assert.Contains("61,706 trainable", Tool.Run("summary", run).Output, StringComparison.Ordinal); // built from the configuration, before there is a network.json
        Assert.Equal(0, Tool.Run("train", "--resume", run, "--data", world.Data, "--no-report").Code);
        Assert.Contains("\"network\": \"lenet-5\"", File.ReadAllText(Path.Combine(run, "config.json")), StringComparison.Ordinal);

        var small = Tool.Run(world.Train("--set", "network=resnet-18"));
        Assert.Equal((1, ""), (small.Code, small.Output));
        Assert.Contains("ResNet-18 cannot take images of 1x28x28 (channels x height x width): at layer 'stage4/0/conv1' only a map of 2x2 is left", small.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_torchvision_are_fine_tuned_and_exported()
    {
        using var folder = new TemporaryFolder();
        var one = Architectures.Get("squeezenet-1.1");
        var trained = Weights.Initialize(one.Build(null, 4), 5);
        var names = StateDictKeys.Of(one.Name);
        var file = folder["squeeze.safetensors"];
        SafetensorsFile.Write(file, trained.Parameters.Select((parameter, i) => new SafetensorsEntry(names[i], parameter.Values.ToArray(), [.. parameter.Dimensions])));

        var export = Tool.Run("export", one.Name, "--weights", file, "--onnx", folder["squeeze.onnx"], "--json");
        Assert.Equal((0, ""), (export.Code, export.Error));
        Assert.Equal(Shape.Vector(4), OnnxFile.Load(folder["squeeze.onnx"]).Network.Output);
        var picture = folder.Write("photo.png", PngWriter.Write(Idx.Noise(3 * 224 * 224, 3), Shape.Image(3, 224, 224)));
        Assert.Equal(4, Tool.Run("predict", one.Name, picture, "--weights", file, "--top", "9", "--json").Json.GetProperty("predictions")[0].GetProperty("top").GetArrayLength());

        var pets = folder.Write("pets.zip", Trees.Zip(ClassFolder.OnePart(10, "cat", "dog")));
        file = folder.Write("squeeze.pth", TorchWriter.Legacy(TorchWriter.StateDict(SafetensorsFile.Read(file).Tensors)));
        string[] train = ["train", "mnist-20k", "--data", pets, "--image-size", "26", "--out", folder["runs"], "--epochs", "1", "--no-report", "--set", $"network={one.Name}", "--set", $"weights={file}", "--json"];
        var refused = Tool.Run(train);
        Assert.Equal((1, ""), (refused.Code, refused.Output));
        Assert.Contains("classifier.1.weight is 4 x 512 x 1 x 1 and should be 2 x 512 x 1 x 1", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--set fresh-head=true", refused.Error, StringComparison.Ordinal);
        var tuned = Tool.Run([.. train, "--set", "fresh-head=true", "--set", "learning-rate=1e-9", "--set", "weight-decay=0"]);
        Assert.True(tuned.Code == 0, tuned.Error);
        var model = ModelFile.Load(tuned.Text("run"));
        Assert.Equal(0.485, model.Normalization.Mean[0]);
        Assert.Equal(trained["features/conv1.weight"].Values[0], model.Weights["features/conv1.weight"].Values[0], 1e-6f); // that rate leaves it where it was
    }
}
