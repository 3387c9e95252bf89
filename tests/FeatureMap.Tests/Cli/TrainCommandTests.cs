using System.Globalization;
using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class TrainCommandTests : IDisposable
{
    private static readonly Network Trained = Recipes.Get("mnist-20k").Build(Shape.Image(1, 28, 28), 10);
    private static readonly string Parameters = Trained.TrainableCount.ToString("N0", CultureInfo.InvariantCulture);
    private static readonly string Rate = RecipeSettings.Get("learning-rate").Format(Recipes.Get("mnist-20k").Settings);
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_training_writes_its_run_folder_and_one_document()
    {
        var result = Tool.Run(world.Train("--epochs", "2", "--seed", "7", "--json"));
        Assert.Equal(0, result.Code);
        var json = result.Json;
        Assert.Equal(("mnist-20k", "mnist", true), (result.Text("recipe"), result.Text("dataset"), json.GetProperty("complete").GetBoolean()));
        Assert.Equal((2, 7, 2, (int)Trained.TrainableCount), (Number("epochs"), Number("seed"), Number("threads"), Number("parameters")));
        foreach (var name in (string[])["validationAccuracy", "trainAccuracy", "seconds", "imagesPerSecond", "residentBytes", "networkMultiplyAdds"])
            Assert.True(json.GetProperty(name).GetDouble() >= 0, name);
        Assert.True(json.TryGetProperty("secondsToAccuracy99", out _));
        Assert.Equal(64, result.Text("weightsSha256").Length);
        Assert.Contains("not the official MNIST", result.Error, StringComparison.Ordinal);

        var folder = RunFolder.Open(result.Text("run"));
        foreach (var path in (string[])[folder.ConfigPath, folder.LogPath, folder.CsvPath, folder.ModelPath, folder.NetworkPath, folder.ReportPath])
            Assert.True(File.Exists(path), path);
        Assert.Equal(2, RunLog.Read(folder.Location).Epochs.Count);

        var other = Tool.Run(world.Train("--epochs", "2", "--seed", "7", "--json", "--lanes", "256", "--no-report"));
        Assert.Equal(result.Text("weightsSha256"), other.Text("weightsSha256"));
        Assert.False(File.Exists(RunFolder.Open(other.Text("run")).ReportPath));

        int Number(string name) => json.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Whitening_sets_the_first_convolution_and_keeps_it()
    {
        var trained = Tool.Run(world.Train("--epochs", "1", "--set", "whitening=true", "--no-report", "--json"));
        Assert.Equal(0, trained.Code);
        var kernels = ModelFile.Load(trained.Text("run")).Weights["conv1.weight"].Values.ToArray().Chunk(9).ToArray();
        for (var k = 0; k < kernels.Length; k += 2)
            Assert.Equal(kernels[k].Select(value => -value), kernels[k + 1]);
        var data = Datasets.Get("mnist", new DataOptions { Folders = [world.Data] });
        Assert.Equal(PatchWhitening.Start(Trained, data.Training)["conv1.weight"].Values.ToArray(), kernels.SelectMany(kernel => kernel));

        var refused = Tool.Run(world.Train("--set", "whitening=true", "--set", $"network={trained.Text("run")}"));
        Assert.Equal(2, refused.Code);
        Assert.Contains($"whitening sets the first convolution of fresh weights, and these come with the network (network={trained.Text("run")}): leave one of them out.", refused.Error, StringComparison.Ordinal);
    }

    /// <summary>Two epochs of 6 steps on small images, then one on large ones: stopped in the first part, in the second, and not at all.</summary>
    [Theory]
    [InlineData("    1/2")]
    [InlineData("    2/2")]
    public void A_progressive_training_goes_on_in_either_part(string stopAt)
    {
        string[] progressive = ["--set", "progressive=18", "--epochs", "3", "--no-report"];
        var whole = Tool.Run(world.Train([.. progressive, "--json"]));
        Assert.Equal(0, whole.Code);
        Assert.Contains("Sizes     2 epochs with images of 18x18, then 1 of 28x28", whole.Error, StringComparison.Ordinal);
        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, stopAt, world.Train([.. progressive, "--json"]));
        Assert.Equal(1, stopped.Code);
        var run = stopped.Text("run");
        Assert.Contains($"  featuremap train --resume {run}", stopped.Error, StringComparison.Ordinal);
        var resumed = Tool.Run("train", "--resume", run, "--no-report", "--json");
        Assert.Equal(0, resumed.Code);
        Assert.Equal(whole.Text("weightsSha256"), resumed.Text("weightsSha256"));
        Assert.Equal(2, RunLog.Read(Path.Combine(run, ProgressiveTraining.FolderName)).Epochs.Count);
        Assert.Single(RunLog.Read(run).Epochs);
    }

    [Fact]
    public void People_get_a_header_a_line_per_epoch_and_what_to_do_next()
    {
        var result = Tool.Run(world.Train("--epochs", "2", "--no-report"));
        Assert.Equal(0, result.Code);
        var lines = result.Output.Split('\n').Select(line => line.TrimEnd()).ToList();
        Assert.StartsWith("Recipe    mnist-20k: ", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("Data      mnist, 96 training + 40 validation images, from ", StringComparison.Ordinal));
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"Network   1x28x28 -> 10, {Trained.Layers.Count - 1} layers, {Parameters} parameters, {Trained.MultiplyAdds:N0} MACs per image"), lines);
        Assert.Matches(@"^    1/2   \d\.\d{4}  +\d+\.\d\d %   \d\.\d{4}  +\d+\.\d\d %    0\.\d{5}  +\d+\.\d$", lines.Single(line => line.StartsWith("    1/2", StringComparison.Ordinal)));
        var run = Assert.Single(Directory.GetDirectories(world.Runs));
        Assert.Contains($"  featuremap evaluate {run}", lines);
        Assert.Contains($"  featuremap predict {run} IMAGE.png", lines);
    }

    [Fact]
    public void A_stopped_training_goes_on_as_if_it_had_not_been()
    {
        var whole = Tool.Run(world.Train("--epochs", "3", "--json", "--no-report")).Text("weightsSha256");

        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, "    1/3", world.Train("--epochs", "3", "--json"));
        Assert.Equal(1, stopped.Code);
        Assert.False(stopped.Json.GetProperty("complete").GetBoolean());
        var run = stopped.Text("run");
        Assert.Contains($"Stopped after step 6 of 18; everything is saved. Go on with:{Environment.NewLine}  featuremap train --resume {run}{Environment.NewLine}", stopped.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(RunFolder.Open(run).ModelPath));
        Assert.Contains("is not finished", Tool.Run("evaluate", run).Error, StringComparison.Ordinal);

        foreach (var (args, message) in new (string[], string)[]
        {
            (["--epochs", "4"], "was made with epochs=3 and cannot go on with epochs=4"),
            (["--set", "learning-rate=0.75"], $"was made with learning-rate={Rate} and cannot go on with learning-rate=0.75"),
            (["mnist-session1"], "is of the recipe mnist-20k, not mnist-session1"),
            (["--out", "elsewhere"], "--out cannot be given with it"),
        })
        {
            var refused = Tool.Run(["train", "--resume", run, .. args]);
            Assert.Equal(2, refused.Code);
            Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        }

        // What the result does not depend on may change.
        var resumed = Tool.Run("train", "--resume", run, "--epochs", "3", "--threads", "1", "--lanes", "1", "--json");
        Assert.Equal(0, resumed.Code);
        Assert.Equal(whole, resumed.Text("weightsSha256"));
        Assert.Equal(3, resumed.Json.GetProperty("epochsDone").GetInt32());
        Assert.Contains("goes on after step 6 of 18", resumed.Error, StringComparison.Ordinal);

        var again = Tool.Run("train", "--resume", run, "--json");
        Assert.Equal((0, whole), (again.Code, again.Text("weightsSha256")));
        Assert.Contains("is already complete", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_does_not_go_on_with_other_data()
    {
        using var stop = new CancellationTokenSource();
        var run = Tool.Run(stop, "    1/3", world.Train("--epochs", "3", "--json")).Text("run");
        using var other = new SmallWorld(training: 64);
        var result = Tool.Run("train", "--resume", run, "--data", other.Data);
        Assert.Equal(1, result.Code);
        Assert.Contains(" goes on only with the images that it was made with. The run was made with 96 training + 40 validation images "
            + "of mnist from ", result.Error, StringComparison.Ordinal);
        Assert.Contains(", and these are 64 + 40 of mnist from ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_with_a_damaged_configuration_is_refused()
    {
        using var stop = new CancellationTokenSource();
        var run = RunFolder.Open(Tool.Run(stop, "    1/3", world.Train("--epochs", "3", "--json")).Text("run"));
        File.WriteAllText(run.ConfigPath, File.ReadAllText(run.ConfigPath).Replace("\"epochs\": 3", "\"epochs\": 3e9", StringComparison.Ordinal));
        var result = Tool.Run("train", "--resume", run.Location);
        Assert.Equal(1, result.Code);
        Assert.Contains("settings.epochs is 3e9; expected a whole number from 1 to 1,000,000.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_an_error_with_the_fix()
    {
        File.WriteAllText(world.Runs, "not a folder");
        var result = Tool.Run(world.Train("--epochs", "1"));
        Assert.Equal((1, ""), (result.Code, result.Output));
        Assert.Contains("cannot be made", result.Error, StringComparison.Ordinal);
        Assert.Contains("--out", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_optimiser_with_the_old_rate_is_worth_a_word()
    {
        var result = Tool.Run(world.Train("--epochs", "1", "--set", "optimizer=adam", "--no-report"));
        Assert.Equal(0, result.Code);
        Assert.Contains($"note: The learning rate {Rate} of this recipe was chosen for sgd.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_is_judged_used_and_reported()
    {
        var run = Tool.Run(world.Train("--epochs", "1", "--json", "--no-report")).Text("run");
        var evaluation = Tool.Run("evaluate", run, "--json");
        Assert.Equal((0, 40), (evaluation.Code, evaluation.Json.GetProperty("images").GetInt32()));
        Assert.Equal(RunLog.Read(run).Epochs[^1].ValidationAccuracy, evaluation.Json.GetProperty("accuracy").GetDouble());
        Assert.Contains("most often taken for", Tool.Run("evaluate", run).Output, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("report", run).Code);
        Assert.True(File.Exists(RunFolder.Open(run).ReportPath));
        Assert.Contains($"{Parameters} trainable", Tool.Run("summary", run).Output, StringComparison.Ordinal);

        var right = Image("right.png", 28, 20);
        var prediction = Tool.Run("predict", run, right, "--top", "2", "--json").Json.GetProperty("predictions")[0];
        Assert.Equal((right, 2), (prediction.GetProperty("image").GetString(), prediction.GetProperty("top").GetArrayLength()));
        Assert.InRange(prediction.GetProperty("probability").GetDouble(), 0.1, 1);
        Assert.Equal(2, Tool.Run("predict", RunFolder.Open(run).ModelPath, right, right).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        var large = Image("large.png", 56, 20);
        var refused = Tool.Run("predict", run, right, large);
        Assert.Equal((1, 1), (refused.Code, refused.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length)); // the other one is answered
        Assert.Contains("56 x 56 pixels (width x height), the network expects 28 x 28", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("predict", run, large, "--resize").Code);

        File.WriteAllText(world["text.png"], "this is no image");
        Assert.Equal(1, Tool.Run("predict", run, world["text.png"]).Code);
        Assert.Contains("there is no such file", Tool.Run("predict", run, world["missing.png"]).Error, StringComparison.Ordinal);
    }

    private string Image(string name, int side, byte gray)
    {
        var path = world[name];
        File.WriteAllBytes(path, Data.SampleImages.Png(side, side, 8, 0, [.. Enumerable.Range(0, side * (side + 1)).Select(i => i % (side + 1) == 0 ? (byte)0 : gray)]));
        return path;
    }
}
