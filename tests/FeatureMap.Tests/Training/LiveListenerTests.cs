using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What a training tells other processes, and how they stop it.</summary>
public sealed class LiveListenerTests
{
    // 8 steps per epoch.
    private static readonly TrainingOptions Tiny =
        new() { Epochs = 3, BatchSize = 40, Threads = 1, Seed = 5, Schedule = new OneCycle(0.1), TensorBoard = false };

    private static TrainingJob Job(TrainingOptions options, params IEnumerable<TrainingListener> listeners) =>
        new(TinyTask.Network(), TinyTask.Data(), options, listeners);

    [Fact]
    public void It_says_where_the_training_is_and_changes_no_bit()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "live");
        var seen = new List<LiveState>();
        var looks = new Looks(() =>
        {
            // A quarter of a second between two is awaited by doing the step again slowly.
            Thread.Sleep(260);
            if (LiveState.Read(folder.Location) is { } state) seen.Add(state);
        });
        var options = Tiny with { Folder = folder };
        using (var job = Job(options, [.. TrainingListener.Usual(options), looks])) Assert.True(job.Run().IsComplete);
        Assert.Equal(24, seen.Count);
        Assert.InRange(seen[0].Step, 0, 1); // it is written before the first step, and again after it where that was slow
        Assert.Equal(seen[0].Step == 0, double.IsNaN(seen[0].Loss));
        for (var i = 1; i < seen.Count; i++)
        {
            var one = seen[i];
            Assert.Equal((i + 1, 24, ((i / 8) + 1), 3), ((int)one.Step, (int)one.TotalSteps, one.Epoch, one.Epochs));
            Assert.Equal(Environment.ProcessId, one.Process);
            Assert.True(one.Loss > 0 && one.LearningRate > 0 && one.ImagesPerSecond > 0 && one.RemainingSeconds >= 0);
            Assert.True(one.Time <= DateTime.UtcNow && one.Time.Kind == DateTimeKind.Utc);
        }
        Assert.DoesNotContain(TemporaryFolder.FilesIn(folder.Location), name => name is "live.json" or "live.json.new" or "stop");
        Assert.Equal(Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny).Model.Weights.Sha256(),
            ModelFileOf(folder).Weights.Sha256());
    }

    [Fact]
    public void A_file_stop_ends_it_after_the_step_and_it_goes_on_to_the_same_bits()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "stopped");
        var options = Tiny with { Folder = folder };
        File.WriteAllText(folder.StopPath, "left by an earlier one");
        var asks = new Looks(() =>
        {
            if (!File.Exists(folder.StopPath)) RunFolder.Open(folder.Location).AskToStop();
            Thread.Sleep(260);
        });
        using (var job = Job(options, [.. TrainingListener.Usual(options), asks]))
        {
            var run = job.Run();
            Assert.Equal((false, 2L, TrainingJobState.Stopped), (run.IsComplete, job.StepsDone, job.State));
        }
        Assert.False(File.Exists(folder.StopPath));
        Assert.False(FolderLock.IsHeld(folder.Location));
        Assert.Null(FolderLock.HolderOf(folder.Location));
        var error = Assert.Throws<DataException>(folder.AskToStop);
        Assert.Contains("can be resumed", error.Message, StringComparison.Ordinal);
        options = options with { Resume = true };
        using (var job = Job(options, TrainingListener.Usual(options))) Assert.True(job.Run().IsComplete);
        Assert.Equal(Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny).Model.Weights.Sha256(), ModelFileOf(folder).Weights.Sha256());
        Assert.Contains("complete", Assert.Throws<DataException>(folder.AskToStop).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stop_that_is_asked_while_the_process_gets_ready_is_heard()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "early");
        using var held = folder.Hold();
        Thread.Sleep(20); // longer than a tick of the clock of files
        folder.AskToStop();
        var options = Tiny with { Folder = folder };
        using var job = Job(options, [.. TrainingListener.Usual(options), new Looks(() => Thread.Sleep(260))]);
        Assert.False(job.Run().IsComplete);
        Assert.Equal(TrainingJobState.Stopped, job.State);
    }

    [Fact]
    public void Between_two_writes_a_step_allocates_nothing()
    {
        using var place = new TemporaryFolder();
        var listener = new LiveListener(RunFolder.Create(place.Location, "live"));
        using var job = Job(Tiny, listener);
        job.Step();
        long before = 0;
        for (var i = 0; i < 100; i++)
        {
            if (i == 20) before = GC.GetAllocatedBytesForCurrentThread();
            listener.StepDone(job);
        }
        // A hundred calls take far less than a quarter of a second, so at most one of them writes: a few kilobytes, not one a step.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"step": 1""")]
    [InlineData("""{"step": -1, "steps": 2, "epoch": 1, "epochs": 1, "process": 1, "time": "2026-01-31T12:00:00Z"}""")]
    [InlineData("""{"step": 1, "steps": 2, "epoch": 1, "epochs": 1, "process": 1, "time": "yesterday"}""")]
    [InlineData("""{"step": 1, "steps": 2, "epoch": 1, "epochs": 1, "process": 1, "time": 7}""")]
    public void What_is_no_state_is_none(string text)
    {
        using var folder = new TemporaryFolder();
        Assert.Null(LiveState.Read(folder.Location));
        File.WriteAllText(folder["live.json"], text);
        Assert.Null(LiveState.Read(folder.Location));
    }

    private static FeatureMap.Models.Model ModelFileOf(RunFolder folder) => FeatureMap.Interchange.ModelFile.Load(folder.Location);

    private sealed class Looks(Action look) : TrainingListener
    {
        public override void StepDone(TrainingJob job) => look();
    }
}
