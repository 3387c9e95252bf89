using FeatureMap.Tests.Networks;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

/// <summary>What happens to a training whose folder is used twice, moved or emptied while it runs.</summary>
public sealed class RunSafetyTests
{
    private static readonly TrainingOptions Tiny = new() { Epochs = 3, BatchSize = 40, Threads = 1, Seed = 5, Schedule = new OneCycle(0.1) };

    [Fact]
    public void A_folder_that_is_moved_while_it_trains_stops_the_training_and_is_not_made_again()
    {
        if (OperatingSystem.IsWindows()) return; // where an open file keeps its folder in place
        using var place = new TemporaryFolder();
        var whole = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny);
        var folder = RunFolder.Create(place.Location, "moved");
        var options = Tiny with { Folder = folder, EpochEnded = epoch => Directory.Move(folder.Location, place["elsewhere"]) };
        Assert.Equal(
            $"{folder.Location} was moved or deleted while it was in use, so nothing more is written. Where it was moved, it can go on "
                + "from what was saved there last.",
            Assert.Throws<DataException>(() => (object)Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options)).Message);
        Assert.False(Directory.Exists(folder.Location));
        var resumed = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = RunFolder.Open(place["elsewhere"]), Resume = true });
        Assert.Equal((whole.Model.Weights.Sha256(), 3), (resumed.Model.Weights.Sha256(), resumed.Epochs.Count));
    }

    [Fact]
    public void A_log_that_is_removed_while_it_trains_stops_the_training_and_a_resumed_one_says_what_is_lost()
    {
        if (OperatingSystem.IsWindows()) return;
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "log");
        var options = Tiny with { Folder = folder, EpochEnded = _ => File.Delete(folder.LogPath) };
        Assert.Equal(
            $"{folder.LogPath} was moved or deleted while it was in use, so the training stopped. Put it back before you go on: without "
                + "it the rows of the epochs so far are lost.",
            Assert.Throws<DataException>(() => (object)Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options)).Message);
        var notices = new List<string>();
        var run = Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = folder, Resume = true, Notice = notices.Add });
        Assert.True(run.IsComplete);
        Assert.Equal("The log has rows of 0 of the 1 epochs so far: log.jsonl was removed or changed. The training goes on all the same; "
            + "curves and times lack what is missing.", Assert.Single(notices));
    }

    [Fact]
    public void Two_trainings_in_one_folder_are_one_too_many()
    {
        using var place = new TemporaryFolder();
        var folder = RunFolder.Create(place.Location, "twice");
        DataException? second = null;
        var options = Tiny with
        {
            Folder = folder,
            EpochEnded = _ => second ??= Assert.Throws<DataException>(() => (object)Trainer.Fit(TinyTask.Network(), TinyTask.Data(), Tiny with { Folder = RunFolder.Open(folder.Location), Resume = true })),
        };
        Assert.True(Trainer.Fit(TinyTask.Network(), TinyTask.Data(), options).IsComplete);
        Assert.Contains($"{folder.Location} is in use by process {Environment.ProcessId} on ", second!.Message, StringComparison.Ordinal);
    }
}
