using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary><c>train --from</c>: pretrained weights fitted to a folder of pictures.</summary>
public sealed class FineTuneCommandTests : IDisposable
{
    // Features are kept by the bits of the body, and all tests have one cache: each test has a body of its own.
    private static int bodies;
    private readonly TemporaryFolder folder = new();
    private readonly string pets, start;

    public FineTuneCommandTests()
    {
        pets = ClassFolder.Write(folder, "pets", [.. Part("train", 24), .. Part("test", 8)]);
        var network = FeatureMap.Networks.Network.Build(Shape.Image(3, 16, 16), x => x
            .Conv(8, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().MaxPool(2)
            .Conv(12, kernel: 3, padding: 1, bias: false).BatchNorm().Relu().GlobalAveragePool(name: "body").Linear(3));
        start = folder["start"];
        Directory.CreateDirectory(start);
        ModelFile.Save(new Model(FeatureMap.Networks.Weights.Initialize(network, (ulong)Interlocked.Increment(ref bodies)), new([0.5, 0.5,
            0.5], [0.25, 0.25, 0.25]), ["x", "y", "z"]), start);
    }

    public void Dispose() => folder.Dispose();

    private string[] Train(params string[] more) =>
        ["train", pets, "--from", start, "--out", folder["runs"], "--threads", "1", "--set", "learning-rate=0.02", .. more];

    [Fact]
    public void The_head_is_fitted_in_a_run_like_any_other()
    {
        var result = Tool.Run(Train("--head-only", "--epochs", "30"));
        Assert.Equal(0, result.Code);
        foreach (var line in (string[])["Recipe    fine-tuning: pretrained weights, fitted to the classes of the data",
            "Classes   cat, dog",
            "12 features at 'body'", "Pictures  16x16, prepared as the file of the weights says",
            "Learns    the head of 26 numbers; the body, 1,120, stays as it is, weights and statistics"])
            Assert.Contains(line, result.Output, StringComparison.Ordinal);
        Assert.Contains("The body looks at all images once", result.Error, StringComparison.Ordinal);
        var run = Directory.GetDirectories(folder["runs"]).Single();
        Assert.StartsWith("pets-", Path.GetFileName(run), StringComparison.Ordinal);
        var model = ModelFile.Load(run);
        Assert.Equal((ImageFit.Crop(), "cat"), (model.Fit, model.ClassNames[0]));
        var body = ModelFile.Load(start);
        foreach (var before in body.CutAt("body").Weights.Parameters)
            Assert.True(before.Values.SequenceEqual(model.Weights[before.Name].Values), before.Name);

        var again = Tool.Run(Train("--head-only", "--epochs", "30", "--no-report", "--json"));
        Assert.Contains("kept from before", again.Error, StringComparison.Ordinal);
        Assert.Equal(model.Weights.Sha256(), again.Text("weightsSha256"));

        var judged = Tool.Run("evaluate", run, "--json").Json;
        Assert.Equal(1, judged.GetProperty("accuracy").GetDouble());
        // Pictures of other sizes are made to fit without being asked: the model knows how.
        var picture = folder.Write("wide.png", ClassFolder.Picture(220, 60, 30));
        Assert.Equal("dog", Tool.Run("predict", run, picture,
            "--json").Json.GetProperty("predictions")[0].GetProperty("class").GetString());
        Assert.Equal(0, Tool.Run("export", run, "--onnx", folder["m.onnx"]).Code);
        Assert.Equal("dog", Tool.Run("predict", folder["m.onnx"], picture,
            "--json").Json.GetProperty("predictions")[0].GetProperty("class").GetString());
        Assert.Equal(0, Tool.Run("inspect", run, "--json").Code);
        Assert.Equal(0, Tool.Run("report", run).Code);
        // A run is where the next one may begin.
        Assert.Equal(0, Tool.Run("train", pets, "--from", run, "--head-only", "--epochs", "1", "--no-report", "--out",
            folder["next"]).Code);
    }

    [Theory]
    [InlineData("1/2 ")]
    [InlineData("2/3 ")]
    public void A_run_that_was_stopped_in_either_part_goes_on_to_the_same_weights(string stopAt)
    {
        string[] all = ["--epochs", "3", "--set", "head-epochs=2", "--set", "batch-size=16", "--no-report"];
        var whole = Tool.Run(Train([.. all, "--json"]));
        Assert.Equal(0, whole.Code);
        var model = ModelFile.Load(whole.Text("run"));
        Assert.NotEqual(ModelFile.Load(start).Weights["conv1.weight"].Values.ToArray(), model.Weights["conv1.weight"].Values.ToArray());
        var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, stopAt, Train(all));
        Assert.Equal(1, stopped.Code);
        var run = Directory.GetDirectories(folder["runs"]).Single(one => one != whole.Text("run"));
        Assert.Equal(0, Tool.Run("summary", run).Code);
        Assert.Equal(whole.Text("weightsSha256"), Tool.Run("train", "--resume", run, "--no-report", "--json").Text("weightsSha256"));
    }

    [Fact]
    public void Other_weights_under_the_same_name_do_not_go_on()
    {
        var stop = new CancellationTokenSource();
        Assert.Equal(1, Tool.Run(stop, "2/9 ", Train("--head-only", "--epochs", "9", "--no-report")).Code);
        var run = Directory.GetDirectories(folder["runs"]).Single();
        var model = ModelFile.Load(start);
        model.Weights["conv1.weight"].Values[0] += 1;
        ModelFile.Save(model, start);
        var refused = Tool.Run("train", "--resume", run);
        Assert.Equal(1, refused.Code);
        Assert.Contains("began with other weights than", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_meant_is_asked_for()
    {
        Says(2, "There is no recipe 'mnist-20'. Did you mean 'mnist-20k'? And there is no folder, archive or table ", "train", "mnist-20");
        Says(2, "There is no recipe 'nowhere/pets'.", "train", "nowhere/pets", "--from", start);
        Says(2, "The recipe mnist-20k builds a network of its own", "train", "mnist-20k", "--from", start);
        Says(2, "Which pictures?", "train", "--from", start);
        Says(2, "The data are named twice", "train", pets, "--data", pets);
        Says(2, "The setting head-only has no effect here: it needs from=WEIGHTS.", "train", pets, "--head-only");
        Says(2, "The setting head-epochs has no effect here: it needs from=WEIGHTS without head-only.", Train("--head-only", "--set",
            "head-epochs=2"));
        Says(2, "The setting from brings the network and its weights", Train("--set", "network=resnet-18"));
        Says(2, "The setting preparation is file, or imagenet, unit, signed, rgb or bgr", Train("--preparation", "caffe"));
        Says(1, "The weights of resnet-18 are not here, and nothing is downloaded by itself.", "train", pets, "--from", "resnet-18");
        Says(1, "The weights of house are not here", "train", pets, "--from", "house");
        Assert.False(Directory.Exists(folder["runs"]));
    }

    private static void Says(int code, string message, params string[] args)
    {
        var result = Tool.Run(args);
        Assert.Contains($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Equal(code, result.Code);
    }

    // Cats are dark, dogs are light.
    private static IEnumerable<(string, byte[])> Part(string part, int count) => Enumerable.Range(0, count)
        .SelectMany(k => new[] { ($"{part}/cat/{k}.png", ClassFolder.Picture((byte)k, 20, 24)), ($"{part}/dog/{k}.png",
            ClassFolder.Picture((byte)(200 + k), 24, 20)) });
}
