using System.Globalization;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Randomness;
using FeatureMap.Tests.House;
using FeatureMap.Tests.Interchange;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Zoo;

/// <summary>
/// The tensors of published state dicts, name by name and size by size: the lists in <c>state-dicts</c> are written from the way the
/// modules of torchvision and timm are nested, not from the rules
/// of the zoo. A line is <c>name kind sizes</c>: <c>conv</c> has a weight, <c>biased</c> a weight and a bias, <c>affine</c> two rows,
/// <c>norm</c> four and a counter, <c>value</c> is a tensor itself.
///</summary>
public sealed class StateDictShapesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/FeatureMap.Tests/Zoo/Architectures/state-dicts");

    public static TheoryData<string> Names => [.. Directory.EnumerateFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_family_with_names_of_its_own_has_a_list()
    {
        // Those of the first families stand in StateDictKeys; sisters have the names of another size.
        string[] keys = ["vgg", "googlenet", "resnet-18", "resnet-34", "resnet-50", "densenet", "squeezenet"];
        var lists = Names.Select(row => Family(row.Data)).ToHashSet();
        Guard.None(Architectures.All.Where(one => one.TorchvisionNames is not null && !keys.Any(key => one.Name == key || one.Name.StartsWith(key, StringComparison.Ordinal) && !one.Name.EndsWith('d')))
            .Where(one => !lists.Contains(Family(one.Name))).Select(one => $"{one.Name} has no list in {Folder}."));

        static string Family(string name) => name.Split('-')[0] is var first && first is "resnet" or "eca" && name.EndsWith('d') ? "resnet-d" : first == "wide" ? "resnext" : first; // both are ResNet-50 with other widths
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_network_has_these_tensors_of_these_sizes(string name)
    {
        var one = Architectures.Get(name);
        var network = one.Build();
        var expected = Listed(name).Where(tensor => tensor.Dimensions.Length > 0).ToDictionary(tensor => tensor.Name, tensor => Sizes(tensor.Dimensions));
        var ours = network.Layers.SelectMany(layer => layer.Parameters.Select(parameter =>
            (Name: layer.Op is FeatureMap.Ops.LearnedParameter ? one.TorchvisionNames!.Module(network, layer) : $"{one.TorchvisionNames!.Module(network, layer)}.{parameter.Name}", Sizes: Sizes(parameter.Dimensions))))
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Sizes);
        Assert.Equal(expected.OrderBy(tensor => tensor.Key, StringComparer.Ordinal), ours.OrderBy(tensor => tensor.Key, StringComparer.Ordinal));
    }

    /// <summary>A file with such tensors of drawn numbers gives the network that has the same numbers, from either format.</summary>
    [Theory]
    [InlineData("mobilenet-v3-small")]
    [InlineData("convnext-atto")]
    [InlineData("convnextv2-atto")]
    [InlineData("regnet-y-400mf")]
    [InlineData("resnet-18d")]
    [InlineData("ghostnet-1.0")]
    [InlineData("cifar-resnet-20")]
    [InlineData("shufflenet-v2-1.0")]
    public void A_file_of_these_tensors_is_loaded(string name)
    {
        using var folder = new TemporaryFolder();
        var one = Architectures.Get(name);
        var random = new RandomSequence(3, RandomPurpose.Testing);
        List<SafetensorsEntry> tensors = [];
        foreach (var (tensor, dimensions) in Listed(name))
        {
            var values = new float[dimensions.Aggregate(1, (product, size) => product * size)];
            var limit = 1 / MathF.Sqrt(values.Length / (float)(dimensions.Length > 0 ? dimensions[0] : 1));
            foreach (ref var value in values.AsSpan()) value = tensor.EndsWith("var", StringComparison.Ordinal) ? random.NextSingle(0.5f, 2) : random.NextSingle(-limit, limit);
            tensors.Add(dimensions.Length == 0 ? new SafetensorsEntry(tensor, (long[])[7]) : new SafetensorsEntry(tensor, values, dimensions));
        }
        SafetensorsFile.Write(folder["w.safetensors"], tensors);
        folder.Write("w.pth", TorchWriter.Zip(TorchWriter.StateDict(SafetensorsFile.Read(folder["w.safetensors"]).Tensors)));

        var image = Shape.Image(3, 32, 32);
        var model = one.LoadModel(folder["w.pth"], image);
        Assert.Equal(one.LoadModel(folder["w.safetensors"], image).Weights.Sha256(), model.Weights.Sha256());
        // The same numbers put in by hand, by name.
        var network = one.Build(image);
        var known = Weights.Initialize(network, 1);
        var byName = tensors.ToDictionary(tensor => tensor.Name);
        foreach (var parameter in known.Parameters)
        {
            var layer = network.Layers[parameter.Layer];
            var module = one.TorchvisionNames!.Module(network, layer);
            byName[layer.Op is FeatureMap.Ops.LearnedParameter ? module : $"{module}.{parameter.Definition.Name}"].ToSingles().CopyTo(parameter.Values);
        }
        var pixels = Enumerable.Range(0, image.Count).Select(i => (byte)(i * 7)).ToArray();
        var answer = model.Predict(pixels).Probabilities;
        Assert.Equal(new Model(known, one.TrainedNormalization, model.ClassNames).Predict(pixels).Probabilities, answer);
        Assert.All(answer, probability => Assert.True(double.IsFinite(probability)));
    }

    private static string Sizes(IReadOnlyList<int> dimensions) => string.Join("x", dimensions.Reverse().SkipWhile(size => size == 1).Reverse());

    private static IEnumerable<(string Name, int[] Dimensions)> Listed(string name)
    {
        foreach (var line in File.ReadLines(Path.Combine(Folder, name + ".txt")))
        {
            var words = line.Split(' ');
            int[] sizes = [.. words[2].Split('x').Select(size => int.Parse(size, CultureInfo.InvariantCulture))];
            switch (words[1])
            {
                case "value":
                    yield return (words[0], sizes);
                    break;
                case "conv":
                    yield return ($"{words[0]}.weight", sizes);
                    break;
                case "biased":
                    yield return ($"{words[0]}.weight", sizes);
                    yield return ($"{words[0]}.bias", [sizes[0]]);
                    break;
                case "affine":
                    yield return ($"{words[0]}.weight", sizes);
                    yield return ($"{words[0]}.bias", sizes);
                    break;
                default:
                    foreach (var part in (string[])["weight", "bias", "running_mean", "running_var"]) yield return ($"{words[0]}.{part}", sizes);
                    yield return ($"{words[0]}.num_batches_tracked", []);
                    break;
            }
        }
    }
}
