using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>What the commands make of networks that end in a softmax or sigmoid, and of networks that cannot learn.</summary>
public sealed class OutputEndTests : IDisposable
{
    private const string Changed = "It is trained without it, from the scores before: the loss has a softmax of its own, and so "
        + "has predict.";
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    private string Saved(string name, Func<Feature, Feature> end, bool asOnnx = false)
    {
        var network = Network.Build(Shape.Image(1, 28, 28), x => end(x.Conv(4, kernel: 5, stride: 3, name: "conv").Relu().Flatten().Linear(10, name: "scores")));
        var weights = Weights.Initialize(network, 3);
        var model = new Model(weights, new Normalization([0.1f], [0.3f]), [.. Enumerable.Range(0, 10).Select(label => $"{label}")]);
        Directory.CreateDirectory(world[name]);
        ModelFile.Save(model, world[name]);
        if (!asOnnx) return Path.Combine(world[name], ModelFile.WeightsName);
        OnnxFile.Save(model, world[$"{name}.onnx"]);
        return world[$"{name}.onnx"];
    }

    private string Picture()
    {
        var path = world["picture.png"];
        File.WriteAllBytes(path, PngWriter.Encode(FeatureMap.Tests.Data.Idx.Noise(784, 4), 28, 28, 1));
        return path;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_ends_in_a_softmax_is_used_and_trained_like_one_that_does_not(bool asOnnx)
    {
        string scores = Saved("scores", x => x, asOnnx), softmax = Saved("softmax", x => x.Softmax(), asOnnx), picture = Picture();
        Assert.Equal(Probabilities(scores), Probabilities(softmax), (one, other) => Math.Abs(one - other) < 1e-6);
        var (judged, again) = (Tool.Run("evaluate", scores, "--dataset", "mnist", "--data", world.Data, "--json"), Tool.Run("evaluate", softmax, "--dataset", "mnist", "--data", world.Data, "--json"));
        Assert.Equal(0, judged.Code);
        Assert.Equal(judged.Json.GetProperty("loss").GetDouble(), again.Json.GetProperty("loss").GetDouble());
        Assert.Equal(judged.Json.GetProperty("accuracy").GetDouble(), again.Json.GetProperty("accuracy").GetDouble());

        var (trained, from) = (Tool.Run(world.Train("--epochs", "2", "--no-report", "--json", "--set", $"network={softmax}")), Tool.Run(world.Train("--epochs", "2", "--no-report", "--json", "--set", $"network={scores}")));
        Assert.Equal(0, trained.Code);
        Assert.Contains($"note: The network ends in a softmax. {Changed}", trained.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("The network ends", from.Error, StringComparison.Ordinal);
        Assert.Equal(from.Text("weightsSha256"), trained.Text("weightsSha256"));
        Assert.Equal(OutputValues.Scores, ModelFile.Load(trained.Text("run")).Network.OutputValues);

        var heart = Tool.Run(world.Train("--overfit", "--set", $"network={softmax}", "--set", "learning-rate=0.02"));
        Assert.Contains(Changed, heart.Error, StringComparison.Ordinal);
        Assert.Equal(0, heart.Code);

        double[] Probabilities(string file) => [.. Tool.Run("predict", file, picture, "--top", "10", "--json").Json.GetProperty("predictions")[0].GetProperty("top").EnumerateArray().Select(one => one.GetProperty("probability").GetDouble())];
    }

    [Fact]
    public void A_file_that_ends_in_a_sigmoid_gives_independent_probabilities_and_says_so()
    {
        string sigmoid = Saved("sigmoid", x => x.Sigmoid()), picture = Picture();
        var shown = Tool.Run("predict", sigmoid, picture, "--top", "10");
        Assert.Equal("note: The network ends in a sigmoid: each value is the probability of its own label, and they need not add "
            + "up to 100 %.", shown.Error.TrimEnd());
        var json = Tool.Run("predict", sigmoid, picture, "--top", "10", "--json").Json;
        Assert.True(json.GetProperty("independent").GetBoolean());
        var model = ModelFile.Load(world["sigmoid"]);
        var expected = model.Compute(ImageFile.Load(picture, model.Network.Input, false));
        foreach (var one in json.GetProperty("predictions")[0].GetProperty("top").EnumerateArray())
            Assert.Equal(expected[one.GetProperty("label").GetInt32()], one.GetProperty("probability").GetDouble(), 1e-6);
        var judged = Tool.Run("evaluate", sigmoid, "--dataset", "mnist", "--data", world.Data);
        Assert.Contains("note: The network ends in a sigmoid: the loss is the binary cross-entropy, which takes each label for a "
            + "question of its own.", judged.Error, StringComparison.Ordinal);
        var trained = Tool.Run(world.Train("--epochs", "1", "--no-report", "--set", $"network={sigmoid}"));
        Assert.Equal(0, trained.Code);
        Assert.Contains($"note: The network ends in a sigmoid. {Changed}", trained.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_answer_is_not_shown_as_one()
    {
        var picture = Picture();
        var one = Tool.Run("predict", Saved("one", x => x.Linear(1)), picture);
        Assert.Equal((1, "error: The network gives one number per image, which is no choice between classes: a softmax over it is always "
            + "100 %. A network that ends in a sigmoid gives a probability."), (one.Code, one.Error.TrimEnd()));
        var broken = Saved("broken", x => x);
        var model = ModelFile.Load(world["broken"]);
        model.Weights["scores.bias"].Values[3] = float.NaN;
        ModelFile.Save(model, world["broken"]);
        var shown = Tool.Run("predict", broken, picture, "--json");
        Assert.Equal((0, $"note: {picture}: what the network gives is not a number, so nothing can be told. Its weights or its "
            + "normalisation are broken."), (shown.Code, shown.Error.TrimEnd()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, shown.Json.GetProperty("predictions")[0].GetProperty("probability").ValueKind);
    }

    [Fact]
    public void A_network_that_cannot_learn_is_refused_before_a_folder_is_made()
    {
        var lonely = Saved("lonely", x => x.BatchNorm(name: "norm").Relu().Linear(10));
        string[] line = ["train", "mnist-20k", "--data", world.Data, "--out", world.Runs, "--set", "batch-size=1", "--set", $"network={lonely}"];
        var refused = Tool.Run(line);
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            $"error: The network of {lonely} cannot learn like this. bn-batch1, layer 'norm' (BatchNorm, layer 5): a batch of 1 x height "
                + "1 x width 1 = 1 number per channel: minus its mean it is 0, so the output is beta whatever the image is. "
            + "Use larger batches (accumulating gradients does not help here), or GroupNorm or LayerNorm, which look at one image. To "
            + "train it all the same: --no-lint.",
            refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.Runs));

        var dead = Saved("dead", x => x.Sign(name: "step"));
        line = world.Train("--epochs", "1", "--no-report", "--set", $"network={dead}");
        Assert.Contains("no-gradient, layer 'conv'", Tool.Run(line).Error, StringComparison.Ordinal);
        var trained = Tool.Run([.. line, "--no-lint"]);
        Assert.Equal(0, trained.Code);
        Assert.Contains("note: The training never got better than a guess: ", trained.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_are_one_line()
    {
        var warned = Saved("warned", x => x.Dropout(0.5f));
        var trained = Tool.Run(world.Train("--epochs", "1", "--no-report", "--set", $"network={warned}"));
        Assert.Equal(0, trained.Code);
        Assert.Contains("note: The linter has 2 warnings about the network (logit-dropout, unread): featuremap "
            + $"lint {warned}", trained.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }
}
