using Xunit;

namespace FeatureMap.Tests.Storage;

public sealed class FolderLockTests
{
    [Fact]
    public void A_second_holder_is_refused_and_told_who_the_first_is()
    {
        using var folder = new TemporaryFolder();
        using (FolderLock.Take(folder.Location))
        {
            Assert.Null(FolderLock.TryTake(folder.Location));
            Assert.Matches(
                @"^.+ is in use by process \d+ on .+, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, and two at once would write over each other\. Wait until that one has ended, or end it; then repeat the command\.$",
                Assert.Throws<DataException>(() => FolderLock.Take(folder.Location)).Message);
            Assert.Contains($"process {Environment.ProcessId} on "
                + $"{Environment.MachineName}", File.ReadAllText(folder[".locked-by"]), StringComparison.Ordinal);
        }
        FolderLock.Take(folder.Location).Dispose();
        Assert.Equal([".lock"], folder.Files);
    }

    [Fact]
    public void What_a_kill_leaves_behind_does_not_block()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[".lock"], "");
        File.WriteAllText(folder[".locked-by"], $"process {Environment.ProcessId} on this machine, which is alive and holds nothing");
        using var held = FolderLock.Take(folder.Location);
        Assert.True(FolderLock.IsOwn(".lock") && FolderLock.IsOwn(".locked-by") && !FolderLock.IsOwn("config.json"));
    }

    [Fact]
    public void A_folder_that_was_moved_or_deleted_is_noticed()
    {
        if (OperatingSystem.IsWindows()) return; // where an open file keeps its folder in place
        using var folder = new TemporaryFolder();
        var place = Directory.CreateDirectory(folder["run"]).FullName;
        using var held = FolderLock.Take(place);
        held.Check();
        Directory.Move(place, folder["moved"]);
        Assert.Equal(
            $"{place} was moved or deleted while it was in use, so nothing more is written. Where it was moved, it can go on from what "
                + "was saved there last.",
            Assert.Throws<DataException>(held.Check).Message);
    }

    [Fact]
    public void The_holder_sweeps_its_own_half_written_files_and_no_others()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in (string[])["a.json.2000000001.0011aaff.tmp", $"a.json.{Environment.ProcessId}.0011aaff.tmp", "mine.tmp",
            "a.json", "b.tmp.txt"])
            File.WriteAllText(folder[name], "");
        using (var held = FolderLock.Take(folder.Location))
            held.Sweep(name => name == "a.json");
        Assert.Equal([".lock", "a.json", "b.tmp.txt", "mine.tmp"], folder.Files);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_told() =>
        Assert.Contains("does not exist. Create it", Assert.Throws<DataException>(() =>
            FolderLock.Take(Path.Combine(Path.GetTempPath(), "featuremap-none", "none"))).Message, StringComparison.Ordinal);
}
