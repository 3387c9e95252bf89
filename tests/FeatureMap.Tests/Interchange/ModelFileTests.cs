using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Tests.Data;
using FeatureMap.Tests.Networks;
using Xunit;

namespace FeatureMap.Tests.Interchange;

public sealed class ModelFileTests
{
    private static Model Sample() => new(Weights.Initialize(TinyTask.Network(), 7), new Normalization([0.1307], [1 / 3.0]), ["ein", "zwei", "größer \"3\""]);

    [Fact]
    public void What_is_saved_is_loaded()
    {
        using var folder = new TemporaryFolder();
        var model = Sample();
        ModelFile.Save(model, folder.Location);
        Assert.Equal(["model.safetensors", "network.json"], folder.Files);
        foreach (var path in new[] { folder.Location, folder["model.safetensors"] })
        {
            var back = ModelFile.Load(path);
            Assert.Equal(model.Weights.Sha256(), back.Weights.Sha256());
            Assert.Equal(model.Normalization, back.Normalization);
            Assert.Equal(model.ClassNames, back.ClassNames);
            Assert.Equal(NetworkFile.Sha256(model.Network), NetworkFile.Sha256(back.Network));
            var image = TinyTask.Data().Validation.Pixels(3);
            Assert.Equal(model.Predict(image).Probabilities, back.Predict(image).Probabilities);
        }
    }

    [Fact]
    public void Class_names_of_another_unicode_form_are_the_same_classes()
    {
        // As a run has them that was trained on folders of macOS before names were normalised.
        using var folder = new TemporaryFolder();
        ModelFile.Save(new Model(Weights.Initialize(TinyTask.Network(), 7), new Normalization([0.1307], [1 / 3.0]), ["bar", "cafe\u0301", "u\u0308"]), folder.Location);
        Assert.Equal(["bar", "caf\u00E9", "\u00FC"], ModelFile.Load(folder.Location).ClassNames);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes()
    {
        using TemporaryFolder first = new(), second = new();
        ModelFile.Save(Sample(), first.Location);
        ModelFile.Save(Sample(), second.Location);
        foreach (var name in first.Files)
            Assert.Equal(File.ReadAllBytes(first[name]), File.ReadAllBytes(second[name]));
    }

    [Fact]
    public void A_reformatted_network_still_belongs_to_its_weights()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Sample(), folder.Location);
        File.WriteAllText(folder["network.json"], File.ReadAllText(folder["network.json"]).Replace("\n", "\r\n  ", StringComparison.Ordinal));
        Assert.Equal(Sample().Weights.Sha256(), ModelFile.Load(folder.Location).Weights.Sha256());
    }

    [Fact]
    public void Missing_files_are_told()
    {
        using var folder = new TemporaryFolder();
        Assert.EndsWith("has no model.safetensors: the run was stopped before its end, or it is no run folder. Go on with a stopped run "
            + "by TrainingOptions.Resume.", Message(folder.Location), StringComparison.Ordinal);
        Assert.StartsWith("There is neither a run folder nor a model file ", Message(folder["gone"]), StringComparison.Ordinal);
        ModelFile.Save(Sample(), folder.Location);
        File.Delete(folder["network.json"]);
        Assert.StartsWith("model.safetensors has no network.json beside it (looked for ", Message(folder.Location), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_network_is_told_by_the_names_that_do_not_fit()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Sample(), folder.Location);
        NetworkFile.Save(folder["network.json"], Network.Build(Shape.Image(1, 9, 9), x => x
            .Conv(6, kernel: 5, bias: false).BatchNorm().Relu().MaxPool(2).Conv(8, kernel: 2).Relu().Flatten().Linear(3, name: "head")));
        Assert.Equal(
            "model.safetensors does not fit the network in network.json. Missing (2): head.weight, head.bias. Not in the network (2): linear1.weight, linear1.bias. "
            + "Wrong (2): conv1.weight is 6 x 1 x 3 x 3 and should be 6 x 1 x 5 x 5, conv2.weight is 8 x 6 x 3 x 3 and should be 8 x 6 x 2 x 2. The two files must be of one model.",
            Message(folder.Location));

        // The same parameters, another function: only the SHA-256 shows it.
        NetworkFile.Save(folder["network.json"], Network.Build(Shape.Image(1, 9, 9), x => x
            .Conv(6, kernel: 3, bias: false).BatchNorm().Relu().AveragePool(2).Dropout(0.1f).Conv(8, kernel: 3).Relu().Flatten().Linear(3)));
        Assert.StartsWith("model.safetensors was written for another network than the network.json beside it", Message(folder.Location), StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_that_is_missing_or_wrong_is_told()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Sample(), folder.Location);
        var file = SafetensorsFile.Read(folder["model.safetensors"]);
        void Rewrite(string key, string? value)
        {
            var metadata = file.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value);
            if (value is null) metadata.Remove(key);
            else metadata[key] = value;
            SafetensorsFile.Write(folder["model.safetensors"], file.Tensors, metadata);
        }
        Rewrite("format", null);
        Assert.StartsWith("model.safetensors has no 'format' in its metadata", Message(folder.Location), StringComparison.Ordinal);
        Rewrite("format", "other");
        Assert.Equal("model.safetensors has the format 'other'; 'featuremap-model-1' was expected.", Message(folder.Location));
        Rewrite("classNames", "[1, 2]");
        Assert.Equal("'classNames' in the metadata of model.safetensors is not a list of names.", Message(folder.Location));
        Rewrite("classNames", "[null]");
        Assert.Equal("'classNames' in the metadata of model.safetensors is not a list of names.", Message(folder.Location));
        Rewrite("normalization.mean", "\"[0.1\"");
        Assert.Equal("'normalization.mean' in the metadata of model.safetensors is not a list of numbers.", Message(folder.Location));
        Rewrite("normalization.deviation", "[0]");
        Assert.StartsWith("The normalization of channel 0 has mean", Message(folder.Location), StringComparison.Ordinal);
        Rewrite("normalization.deviation", "[1, 1]");
        Assert.StartsWith("A normalization needs one mean and one deviation per channel", Message(folder.Location), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_of_another_type_are_told()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Sample(), folder.Location);
        var file = SafetensorsFile.Read(folder["model.safetensors"]);
        SafetensorsFile.Write(folder["model.safetensors"], file.Tensors.Select(tensor => tensor.Name == "conv1.weight" ? new SafetensorsEntry(tensor.Name, Array.ConvertAll(tensor.ToSingles(), value => (double)value), tensor.Dimensions.AsSpan()) : tensor), file.Metadata);
        Assert.Contains("Wrong (1): conv1.weight holds Float64 numbers and should hold Float32.", Message(folder.Location), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_weights_files_give_a_model_or_a_data_error()
    {
        using var folder = new TemporaryFolder();
        ModelFile.Save(Sample(), folder.Location);
        var original = File.ReadAllBytes(folder["model.safetensors"]);
        for (uint round = 0; round < 400; round++)
        {
            File.WriteAllBytes(folder["model.safetensors"], Mutations.Of(original, round, 1_200));
            try
            {
                ModelFile.Load(folder.Location);
            }
            catch (DataException)
            {
                // Expected of most.
            }
        }
    }

    /// <summary>
    /// Another version may write the same network in other bytes, as those before the words of initialisers did: what stands beside the
    /// weights as it was written with them belongs to them.
    /// </summary>
    [Fact]
    public void A_network_file_of_another_version_belongs_to_its_weights()
    {
        using var folder = new TemporaryFolder();
        var network = Network.Build(Shape.Image(1, 4, 4), x => x.Conv(2, kernel: 3, initializer: Initializer.Normal(0.02f)).Flatten());
        var model = new Model(Weights.Initialize(network, 3), Normalization.None(1), []);
        ModelFile.Save(model, folder.Location);
        var (path, weights) = (folder["network.json"], folder["model.safetensors"]);
        var former = File.ReadAllText(path).Replace("normal 0.02", "normal(0.02)", StringComparison.Ordinal);
        var sum = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(former)));
        var bytes = File.ReadAllBytes(weights);
        var place = bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(NetworkFile.Sha256(network)));
        System.Text.Encoding.ASCII.GetBytes(sum).CopyTo(bytes.AsSpan(place));
        File.WriteAllBytes(weights, bytes);
        Assert.StartsWith("model.safetensors was written for another network", Message(folder.Location), StringComparison.Ordinal);
        File.WriteAllText(path, former);
        Assert.Equal(model.Weights.Sha256(), ModelFile.Load(folder.Location).Weights.Sha256());
    }

    private static string Message(string path) => Assert.Throws<DataException>(() => ModelFile.Load(path)).Message;
}
