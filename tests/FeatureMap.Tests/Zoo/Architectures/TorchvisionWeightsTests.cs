using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Interchange;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>
/// State dicts of torchvision. The names are put together here in the order in which torchvision's modules register them, which is the order of our layers too; the zoo finds them
/// by rules on our names. So both ways must meet.
/// </summary>
public sealed class TorchvisionWeightsTests
{
    // Names as they are printed by list(model.state_dict()), and how many there are, the counters of batch normalisation included.
    [Theory]
    [InlineData("resnet-18", 122, "conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_mean", "layer4.1.bn2.num_batches_tracked", "fc.bias")]
    [InlineData("resnet-34", 218, "layer3.5.conv2.weight")]
    [InlineData("resnet-50", 320, "layer1.0.conv3.weight", "layer1.0.bn3.bias", "layer1.0.downsample.0.weight", "layer3.5.bn3.running_var")]
    [InlineData("vgg-16", 32, "features.0.weight", "features.28.bias", "classifier.0.weight", "classifier.3.bias", "classifier.6.weight")]
    [InlineData("vgg-16-bn", 97, "features.0.bias", "features.1.running_mean", "features.41.weight", "classifier.6.bias")]
    [InlineData("densenet-121", 727, "features.conv0.weight", "features.norm0.bias", "features.denseblock1.denselayer1.norm1.weight", "features.denseblock4.denselayer16.conv2.weight", "features.transition3.conv.weight", "features.norm5.running_var", "classifier.weight")]
    [InlineData("squeezenet-1.0", 52, "features.0.weight", "features.3.squeeze.bias", "features.12.expand3x3.weight", "classifier.1.weight")]
    [InlineData("squeezenet-1.1", 52, "features.4.expand1x1.weight", "features.6.squeeze.weight", "features.12.expand3x3.bias")]
    [InlineData("googlenet", 344, "conv1.conv.weight", "conv3.bn.running_var", "inception3a.branch1.conv.weight", "inception3a.branch2.0.conv.weight", "inception4e.branch3.1.bn.weight", "inception5b.branch4.1.conv.weight", "fc.weight")]
    public void Names_of_the_rules_are_those_of_torchvision(string name, int count, params string[] printed)
    {
        var one = Architectures.Get(name);
        var network = one.Build();
        var names = StateDictKeys.Of(name);
        Assert.Equal(count, names.Count);
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Subset(names.ToHashSet(), printed.ToHashSet());
        var ours = network.Layers.SelectMany(layer => layer.Parameters.Select(parameter => $"{one.TorchvisionNames!.Module(network, layer)}.{parameter.Name}"));
        Assert.Equal(names.Where(key => !key.EndsWith("num_batches_tracked", StringComparison.Ordinal)), ours);
    }

    [Theory]
    [InlineData("squeezenet-1.1")]
    [InlineData("googlenet")]
    public void A_file_gives_the_same_weights_and_the_same_answers(string name)
    {
        using var folder = new TemporaryFolder();
        var one = Architectures.Get(name);
        var network = one.Build(Shape.Image(3, 32, 32), 5);
        var known = Weights.Initialize(network, 9);
        foreach (var parameter in known.Parameters.Where(parameter => !parameter.Trainable))
            for (var i = 0; i < parameter.Values.Length; i++)
                parameter.Values[i] += 0.01f * (i % 5);
        Write(folder["w.safetensors"], known, StateDictKeys.Of(name, withHeads: true));

        var loaded = one.LoadWeights(folder["w.safetensors"], network);
        Assert.Equal(known.Sha256(), loaded.Sha256());
        var tensors = TorchWriter.StateDict(SafetensorsFile.Read(folder["w.safetensors"]).Tensors);
        folder.Write("w.pth", TorchWriter.Zip(tensors));
        folder.Write("legacy.pth", TorchWriter.Legacy(new WrittenDictionary { { "epoch", 90 }, { "state_dict", tensors } }));
        Assert.Equal(known.Sha256(), one.LoadWeights(folder["w.pth"], network).Sha256());
        Assert.Equal(known.Sha256(), one.LoadModel(folder["legacy.pth"], Shape.Image(3, 32, 32)).Weights.Sha256());
        var model = one.LoadModel(folder["w.safetensors"], Shape.Image(3, 32, 32));
        Assert.Equal((5, "4"), (model.ClassNames.Count, model.ClassNames[4]));
        Assert.Equal(name == "googlenet" ? 0.5 : 0.485, model.Normalization.Mean[0]);
        var image = Enumerable.Range(0, 3 * 32 * 32).Select(i => (byte)(i * 7)).ToArray();
        Assert.Equal(new Model(known, one.TrainedNormalization, model.ClassNames).Predict(image).Probabilities, model.Predict(image).Probabilities);
    }

    [Fact]
    public void Old_and_parallel_names_are_understood()
    {
        using var folder = new TemporaryFolder();
        var network = DenseNet.Build(Shape.Image(3, 32, 32), 4, growth: 4);
        var known = Weights.Initialize(network, 3);
        var keys = StateDictKeys.Of("densenet-121");
        var old = keys.Select(key => "module." + key.Replace("norm1.", "norm.1.", StringComparison.Ordinal).Replace("norm2.", "norm.2.", StringComparison.Ordinal)
            .Replace("conv1.", "conv.1.", StringComparison.Ordinal).Replace("conv2.", "conv.2.", StringComparison.Ordinal)).ToList();
        Assert.Contains("module.features.denseblock1.denselayer1.norm.1.weight", old);
        Write(folder["old.safetensors"], known, old);
        Assert.Equal(known.Sha256(), Architectures.Get("densenet-121").LoadWeights(folder["old.safetensors"], network).Sha256());
    }

    [Fact]
    public void Weights_have_the_layout_of_pytorch()
    {
        var network = Architectures.Get("vgg-16").Build();
        Assert.Equal([64, 3, 3, 3], network["features/conv1"].Parameters[0].Dimensions); // outputs x inputs x height x width
        Assert.Equal([4096, 25_088], network["classifier/linear1"].Parameters[0].Dimensions); // outputs x inputs
        Assert.Equal([32, 1, 3, 3], Architectures.Get("mobilenet-v1").Build()["separable1/conv1"].Parameters[0].Dimensions); // inputs of a group
    }

    [Fact]
    public void A_head_for_other_classes_starts_anew_when_told_so()
    {
        using var folder = new TemporaryFolder();
        var one = Architectures.Get("squeezenet-1.1");
        var trained = Weights.Initialize(one.Build(Shape.Image(3, 32, 32), 7), 1);
        Write(folder["w.safetensors"], trained, StateDictKeys.Of(one.Name));
        var network = one.Build(Shape.Image(3, 32, 32), 2);
        Assert.Equal(
            "w.safetensors does not fit the network (3x32x32 -> 2, 65 layers, 723,522 trainable parameters, 2,991,808 multiply-adds). "
                + "Wrong (2): classifier.1.weight is 7 x 512 x 1 x 1 and should be 2 x 512 x 1 x 1, classifier.1.bias is 7 and should be "
                + "2. Nothing was loaded. Only the last layer differs, as it is for another number of classes. To train on from the rest, "
                + "have that layer start anew: withFreshHead: true.",
            Assert.Throws<DataException>(() => one.LoadWeights(folder["w.safetensors"], network)).Message);
        var weights = one.LoadWeights(folder["w.safetensors"], network, withFreshHead: true, seed: 4);
        Assert.Equal(trained["features/conv1.weight"].Values.ToArray(), weights["features/conv1.weight"].Values.ToArray());
        Assert.Equal(Weights.Initialize(network, 4)["classifier/conv1.weight"].Values.ToArray(), weights["classifier/conv1.weight"].Values.ToArray());
    }

    [Fact]
    public void A_file_of_another_network_is_named_and_nothing_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var squeezed = Architectures.Get("squeezenet-1.1");
        var known = Weights.Initialize(squeezed.Build(Shape.Image(3, 32, 32), 3), 1);
        var keys = StateDictKeys.Of("squeezenet-1.1");
        Write(folder["squeeze.safetensors"], known, keys);
        var residual = Architectures.Get("resnet-18");
        var message = Assert.Throws<DataException>(() => residual.LoadWeights(folder["squeeze.safetensors"], residual.Build(Shape.Image(3, 32, 32), 3))).Message;
        Assert.StartsWith("squeeze.safetensors does not fit the network (3x32x32 -> 3,", message, StringComparison.Ordinal);
        Assert.Contains(" Missing (102): conv1.weight, bn1.weight, bn1.bias, bn1.running_mean, ", message, StringComparison.Ordinal);
        Assert.Contains(" Not in the network (52): features.0.weight, features.0.bias, features.3.squeeze.weight, ", message, StringComparison.Ordinal);
        Assert.EndsWith(" Nothing was loaded. Its names are those of squeezenet-1.1: use that network.", message, StringComparison.Ordinal);

        // Images of one channel: the first convolution differs.
        message = Assert.Throws<DataException>(() => squeezed.LoadWeights(folder["squeeze.safetensors"], squeezed.Build(Shape.Image(1, 32, 32), 3))).Message;
        Assert.EndsWith("Wrong (1): features.0.weight is 64 x 3 x 3 x 3 and should be 64 x 1 x 3 x 3. Nothing was loaded. It reads images "
            + "of 3 channels, and this network is built for 1: give it such images (ImageColours.Colour makes "
            + "three of one).", message, StringComparison.Ordinal);

        Write(folder["short.safetensors"], known, keys, leaveOut: "features.12.expand3x3.bias");
        message = Assert.Throws<DataException>(() => squeezed.LoadWeights(folder["short.safetensors"], squeezed.Build(Shape.Image(3, 32, 32), 3))).Message;
        Assert.EndsWith(" Missing (1): features.12.expand3x3.bias. Nothing was loaded.", message, StringComparison.Ordinal);

        Assert.StartsWith(
            "torchvision has no darknet-19, so the names of its weights are not known. Known are those of vgg-16, vgg-16-bn, googlenet, resnet-18,",
            Assert.Throws<UsageException>(() => Architectures.Get("darknet-19").LoadModel(folder["short.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Equal(
            "squeeze.safetensors tells 3 classes apart: received 2 names.",
            Assert.Throws<DataException>(() => squeezed.LoadModel(folder["squeeze.safetensors"], Shape.Image(3, 32, 32), ["a", "b"])).Message);
    }

    /// <summary>Writes our parameters in their order under the names in theirs; counters and heads get numbers of their own.</summary>
    private static void Write(string path, Weights weights, IReadOnlyList<string> keys, string? leaveOut = null)
    {
        var next = 0;
        var tensors = new List<SafetensorsEntry>();
        foreach (var key in keys)
        {
            if (key.EndsWith("num_batches_tracked", StringComparison.Ordinal)) tensors.Add(new SafetensorsEntry(key, (long[])[12]));
            else if (key.StartsWith("aux", StringComparison.Ordinal)) tensors.Add(new SafetensorsEntry(key, (float[])[1, 2], 2));
            else if (weights.Parameters[next++] is var parameter && key != leaveOut) tensors.Add(new SafetensorsEntry(key, parameter.Values.ToArray(), [.. parameter.Dimensions]));
        }
        Assert.Equal(weights.Parameters.Count, next);
        SafetensorsFile.Write(path, tensors);
    }
}
