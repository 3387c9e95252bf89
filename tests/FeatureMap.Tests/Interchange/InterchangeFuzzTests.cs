using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Networks;
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

    [Fact]
    public void Safetensors_files()
    {
        using var stream = new MemoryStream();
        SafetensorsFile.Write(stream, Tensors(), new Dictionary<string, string> { ["format"] = "test" });
        var original = stream.ToArray();
        Judge(FuzzCampaign.Run(original, 300, file => Assert.All(SafetensorsFile.Read(file, "f").Tensors, tensor => tensor.ToSingles()), 4 * Million), 0.3);
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
