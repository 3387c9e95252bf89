using FeatureMap.Tests.Data;
using FeatureMap.Training;
using FeatureMap.Workbench;
using Xunit;

namespace FeatureMap.Tests.Workbench;

/// <summary>A range test as a file that another process reads while it grows, and a trial of some steps.</summary>
public sealed class RangeTestFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_test_writes_its_points_as_they_come_and_says_when_it_is_done()
    {
        var path = folder["rates/one.json"];
        var assignments = new[] { ("data", "digits"), ("batch-size", "64"), ("threads", "1"), ("training-images", "640") };
        var request = TrainRequest.From(new TrainArguments { Recipe = "mnist-1k", Assignments = assignments }, new WorkContext());
        var (range, _) = RangeTest.Run(request, 1e-4, 1, 40, path, new WorkContext(), assignments);
        var file = RangeTestFile.Read(path)!;
        Assert.Equal((true, "mnist-1k", 40), (file.IsComplete, file.Recipe, file.Steps));
        Assert.Equal(range.Points, file.Range.Points);
        Assert.Equal((range.Exploded, range.Suggested), (file.Range.Exploded, file.Range.Suggested));
        Assert.Equal(assignments, file.Assignments);
        // One that is ended in between leaves what it had, and does not call it all.
        var stop = new CancellationTokenSource(); // the timer may still hold it when the test has ended
        var cut = folder["rates/two.json"];
        using var watcher = new Timer(_ => { if (File.Exists(cut)) stop.Cancel(); }, null, 0, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => RangeTest.Run(request, 1e-6, 1e-4, 100_000, cut,
            new WorkContext { Cancellation = stop.Token }, assignments));
        var part = RangeTestFile.Read(cut)!;
        Assert.False(part.IsComplete);
        Assert.InRange(part.Range.Points.Count, 1, 99_999);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"version\": 2}")]
    [InlineData("{\"version\": 1, \"points\": [[1]]}")]
    public void A_damaged_file_is_none(string text)
    {
        File.WriteAllText(folder["x.json"], text);
        Assert.Null(RangeTestFile.Read(folder["x.json"]));
        Assert.Null(RangeTestFile.Read(folder["missing.json"]));
    }

    [Fact]
    public void A_trial_tells_time_and_memory_and_makes_no_run()
    {
        var arguments = new TrainArguments
        {
            Recipe = "mnist-1k",
            Out = folder["runs"],
            Assignments = [("data", "digits"), ("batch-size", "64"), ("threads", "1"), ("epochs", "3")],
        };
        var trial = TimeTrial.Run(TrainRequest.From(arguments, new WorkContext()), new WorkContext());
        var (name, steps) = Assert.Single(trial.Parts);
        Assert.Equal(("", 64, 1, 3), (name, steps.BatchSize, steps.Threads, trial.Epochs));
        Assert.Equal(steps.TotalSeconds, trial.TotalSeconds);
        // Of the whole process, in which all tests run.
        Assert.InRange(trial.PeakBytes, 20_000_000, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Assert.True(!OperatingSystem.IsLinux() || double.IsNaN(trial.OtherProcessors) || trial.OtherProcessors >= 0);
        Assert.False(Directory.Exists(folder["runs"]));
        // Small images first: two kinds of steps, each with its own epochs.
        var both = TimeTrial.Run(TrainRequest.From(arguments with
        {
            Recipe = "mnist-20k",
            Assignments = [.. arguments.Assignments,
            ("progressive", "20"), ("training-images", "640")]
        },
            new WorkContext()), new WorkContext());
        Assert.Equal(["small images", "images of their own size"], both.Parts.Select(part => part.Name));
        Assert.Equal(3, both.Epochs);
    }
}
