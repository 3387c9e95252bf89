using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary><c>train --estimate</c>, and <c>lr-find</c> into a file of numbers.</summary>
public sealed class EstimateTests : IDisposable
{
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void An_estimate_tells_time_and_memory_and_trains_nothing()
    {
        var result = Tool.Run(Train("--epochs", "7", "--estimate", "--json"));
        Assert.Equal(0, result.Code);
        var json = result.Json;
        Assert.Equal(7, json.GetProperty("epochs").GetInt32());
        Assert.Equal(7 * json.GetProperty("epochSeconds").GetDouble(), json.GetProperty("totalSeconds").GetDouble(), 1e-9);
        Assert.True(json.GetProperty("peakBytes").GetInt64() > 1_000_000);
        var part = Assert.Single(json.GetProperty("parts").EnumerateArray());
        Assert.Equal((10, 1, 16), (part.GetProperty("steps").GetInt32(), part.GetProperty("threads").GetInt32(), part.GetProperty("batch")
            .GetInt32()));
        Assert.Equal(6, part.GetProperty("stepsPerEpoch").GetInt32());
        Assert.False(Directory.Exists(world.Runs));

        var text = Tool.Run(Train("--epochs", "7", "--estimate"));
        Assert.Equal(0, text.Code);
        Assert.Contains("mnist-1k: 10 steps of 16 images, 1 thread; 96 training + 40 validation images", text.Output,
            StringComparison.Ordinal);
        Assert.Matches("An epoch     [0-9.]+ s", text.Output);
        Assert.Matches("7 epochs     [0-9.]+ s", text.Output);
        Assert.Matches("Peak memory  [0-9,]+ MB", text.Output);
    }

    [Theory]
    [InlineData("--overfit and --estimate are two works: leave one of them out.", "--overfit")]
    [InlineData("The setting momentum has no effect here", "--set", "momentum=0.5", "--set", "optimizer=adam")]
    public void What_cannot_be_estimated_is_explained(string message, params string[] more)
    {
        var result = Tool.Run(Train(["--estimate", .. more]));
        Assert.Equal(2, result.Code);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_goes_on_and_pretrained_weights_are_refused()
    {
        Assert.Equal(0, Tool.Run(Train("--epochs", "1", "--no-report")).Code);
        var run = Directory.GetDirectories(world.Runs).Single();
        var resumed = Tool.Run("train", "--resume", run, "--estimate");
        Assert.Equal(2, resumed.Code);
        Assert.Contains("leave --resume out", resumed.Error, StringComparison.Ordinal);
        var tuned = Tool.Run("train", "--set", "data=digits", "--from", run, "--estimate");
        Assert.Equal(2, tuned.Code);
        Assert.Contains("begins with pretrained weights", tuned.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_test_writes_numbers_where_the_file_is_called_so()
    {
        var path = world["new/rates.json"];
        var result = Tool.Run("lr-find", "mnist-1k", "--data", world.Data, "--set", "batch-size=16", "--set", "threads=1", "--from",
            "1e-4", "--to", "1",
            "--steps", "30", "--out", path, "--json");
        Assert.Equal(0, result.Code);
        Assert.Equal((path, System.Text.Json.JsonValueKind.Null), (result.Text("numbers"), result.Json.GetProperty("picture").ValueKind));
        var file = RangeTestFile.Read(path)!;
        Assert.True(file.IsComplete);
        Assert.Equal(result.Json.GetProperty("points").EnumerateArray().Select(point => point.GetProperty("learningRate").GetDouble()),
            file.Range.Points.Select(point => point.LearningRate));
        Assert.Contains(("batch-size", "16"), file.Assignments);
        Assert.Contains((RangeTest.DataKey, world.Data), file.Assignments);
        File.WriteAllText(world["taken"], "");
        var blocked = Tool.Run("lr-find", "mnist-1k", "--data", world.Data, "--set", "batch-size=16", "--out",
            Path.Combine(world["taken"], "x.json"));
        Assert.Equal(1, blocked.Code);
        Assert.Contains("Choose one that is writable", blocked.Error, StringComparison.Ordinal);
    }

    private string[] Train(params string[] more) =>
        ["train", "mnist-1k", "--data", world.Data, "--out", world.Runs, "--set", "batch-size=16", "--threads", "1", .. more];
}
