using System.Text.Json;
using FeatureMap.Tests.Data;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Cli;

public sealed class LabCommandTests : IDisposable
{
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void Without_a_name_the_labs_are_listed()
    {
        var result = Tool.Run("lab");
        Assert.Equal(0, result.Code);
        Assert.All(Labs.All, lab => Assert.Contains(lab.Name, result.Output, StringComparison.Ordinal));
        Assert.Equal(Labs.All.Count, Tool.Run("lab", "--json").Json.GetProperty("labs").GetArrayLength());
    }

    [Fact]
    public void The_settings_of_a_lab_are_shown()
    {
        var result = Tool.Run("lab", "metric-learning", "--settings");
        Assert.Equal(0, result.Code);
        Assert.Contains("held-out", result.Output, StringComparison.Ordinal);
        Assert.Contains("Change one or more: featuremap lab metric-learning --set epochs=VALUE", result.Output, StringComparison.Ordinal);
        var keys = Tool.Run("lab", "metric-learning", "--settings", "--json").Json.GetProperty("settings").EnumerateArray().Select(setting => setting.GetProperty("key").GetString());
        Assert.Contains("seed", keys);
    }

    [Theory]
    [InlineData("error: There is no lab 'metric-lerning'. Did you mean 'metric-learning'?", "lab", "metric-lerning")]
    [InlineData("error: The lab metric-learning has no setting 'epoch'. Did you mean 'epochs'?", "lab", "metric-learning", "--set", "epoch=3")]
    [InlineData("error: epochs is set more than once: to 3 and to 4. Keep one.", "lab", "metric-learning", "--set", "epochs=3", "--epochs", "4")]
    [InlineData("error: The lab progressive-resizing has no setting 'epochs'.", "lab", "progressive-resizing", "--epochs", "4")]
    public void Wrong_usage_teaches(string message, params string[] args)
    {
        var result = Tool.Run([.. args]);
        Assert.Equal(2, result.Code);
        Assert.StartsWith(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_lab_says_how_to_go_on_and_its_trainings_are_ordinary_runs()
    {
        using var stop = new CancellationTokenSource();
        var stopped = Tool.Run(stop, "2 of 7", Lab("--json"));
        Assert.Equal(1, stopped.Code);
        Assert.False(stopped.Json.GetProperty("complete").GetBoolean());
        var folder = stopped.Text("folder");
        Assert.Contains($"  featuremap lab --resume {folder}", stopped.Error, StringComparison.Ordinal);

        Assert.Equal(
            "error: The lab was begun with seed=0 and cannot go on with seed=1. Leave it out, or start a new lab without --resume.", Tool.Run("lab", "--resume", folder, "--seed", "1").Error.Trim());
        Assert.StartsWith("error: The lab in ", Tool.Run("lab", "compare-schedules", "--resume", folder).Error, StringComparison.Ordinal);

        var resumed = Tool.Run("lab", "--resume", folder, "--threads", "1", "--json");
        Assert.Equal(0, resumed.Code);
        Assert.Contains("done before", resumed.Error, StringComparison.Ordinal);
        var whole = Tool.Run(Lab("--json"));
        Assert.Equal(Weights(whole.Json), Weights(resumed.Json));

        var run = Path.Combine(folder, "batch--seed-0");
        var evaluated = Tool.Run("evaluate", run, "--json");
        Assert.Equal((0, "mnist"), (evaluated.Code, evaluated.Text("dataset")));
        Assert.Equal(0, Tool.Run("report", run).Code);
        var report = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.Contains("<dt>Lab</dt><dd>compare-normalizations</dd>", report, StringComparison.Ordinal);
        Assert.Contains("<dt>Training</dt><dd>batch, seed 0</dd>", report, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("summary", run).Code);
        Assert.Equal(
            $"error: batch--seed-0 is a training of the lab compare-normalizations, which goes on with it: featuremap lab --resume {folder}", Tool.Run("train", "--resume", run).Error.Trim());
    }

    [Fact]
    public void Data_named_twice_are_refused()
    {
        var archive = world["photos.zip"];
        File.WriteAllText(archive, "");
        var result = Tool.Run("lab", "compare-optimizers", "--data", archive, "--set", "data=./other.zip");
        Assert.Equal((2, true), (result.Code, result.Error.StartsWith("error: The data are named twice: ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_lab_on_a_folder_called_like_a_known_set_finds_the_folder_again()
    {
        using var folder = new TemporaryFolder();
        var place = ClassFolder.Write(folder, "digits", Enumerable.Range(0, 20).SelectMany(k => new[] { ($"cat/{k:00}.png", ClassFolder.Picture((byte)k, 28, 28, 1)), ($"dog/{k:00}.png", ClassFolder.Picture((byte)(200 + k), 28, 28, 1)) }));
        string[] line = ["lab", "compare-normalizations", "--data", place, "--out", folder["runs"], "--epochs", "1", "--seeds", "1", "--set", "rates=1", "--set", "training-images=24", "--set", "batch-size=16", "--threads", "2"];
        Assert.Equal(0, Tool.Run(line).Code);
        var lab = Directory.GetDirectories(folder["runs"]).Single();
        var run = Path.Combine(lab, "batch--seed-0");
        var evaluated = Tool.Run("evaluate", run, "--json");
        Assert.Equal((place, 8), (evaluated.Text("dataSource"), evaluated.Json.GetProperty("images").GetInt32()));

        // Moved, the data are found by their new place; changed, they are told, and the lab does not go on.
        Directory.Move(place, folder["moved"]);
        Assert.Contains($"{place}: the data of the run are not "
            + "there any more.", Tool.Run("lab", "--resume", lab).Error, StringComparison.Ordinal);
        Assert.Equal(0, Tool.Run("lab", "--resume", lab, "--data", folder["moved"]).Code);
        folder.Write("moved/cat/00.png", ClassFolder.Picture(99, 28, 28, 1));
        Assert.Contains("note: The training images are not those that the run was made with: as many, but with other pixels, classes or "
            + $"order. It was made with {place}; these are from {folder["moved"]}.",
            Tool.Run("evaluate", run, "--data", folder["moved"]).Error, StringComparison.Ordinal);
        var resumed = Tool.Run("lab", "--resume", lab, "--data", folder["moved"]);
        Assert.Equal(1, resumed.Code);
        Assert.Contains($"error: The lab in {Path.GetFileName(lab)} goes on only with the data that it was begun with. The training "
            + "images are not those", resumed.Error, StringComparison.Ordinal);
    }

    private string[] Lab(params string[] more) =>
        ["lab", "compare-normalizations", "--data", world.Data, "--out", world.Runs, "--epochs", "2", "--seeds", "1", "--set", "rates=1", "--set", "training-images=96", "--set", "batch-size=16", "--threads", "2", .. more];

    private static IEnumerable<string> Weights(JsonElement document) =>
        document.GetProperty("results").GetProperty("trainings").EnumerateArray().Select(training => training.GetProperty("weightsSha256").GetString()!);
}
