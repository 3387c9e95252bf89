using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Training;

public sealed class RunFolderTests
{
    private static readonly DateTime Moment = new(2026, 3, 14, 15, 9, 26);

    [Fact]
    public void Names_are_unique_and_safe()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("mnist-8k-20260314-150926", RunFolder.Create(folder["runs"], "mnist-8k", Moment).Name);
        Assert.Equal("mnist-8k-20260314-150926-2", RunFolder.Create(folder["runs"], "mnist-8k", Moment).Name);
        var third = RunFolder.Create(folder["runs"], "mnist-8k", Moment);
        Assert.Equal("mnist-8k-20260314-150926-3", third.Name);
        Assert.Equal(folder["runs"], Path.GetDirectoryName(third.Location));
        Assert.Equal("etc-a-b-20260314-150926", RunFolder.Create(folder["runs"], "../etc/a b/", Moment).Name);
        Assert.Equal("run-20260314-150926", RunFolder.Create(folder["runs"], "..", Moment).Name);
    }

    [Fact]
    public async Task Many_at_once_each_get_their_own()
    {
        using var folder = new TemporaryFolder();
        var runs = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => RunFolder.Create(folder.Location, "r", Moment).Location)));
        Assert.Equal(20, runs.Distinct().Count());
    }

    [Fact]
    public void Its_files_have_the_names_of_the_house()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "r", Moment);
        string[] paths = [run.ConfigPath, run.LogPath, run.CsvPath, run.ModelPath, run.NetworkPath, run.ReportPath, run.Checkpoints.PathOf(5)];
        Assert.All(paths, path => Assert.Equal(run.Location, Path.GetDirectoryName(path)));
        Assert.Equal(["config.json", "log.jsonl", "log.csv", "model.safetensors", "network.json", "report.html", "checkpoint-5.safetensors"], paths.Select(Path.GetFileName));
        RunFolder.WriteText(run.ConfigPath, "{}");
        Assert.Equal("{}", File.ReadAllText(run.ConfigPath));
        Assert.Equal(run.Location, RunFolder.Open(run.Location + "/").Location);
    }

    [Fact]
    public void Wrong_places_are_told()
    {
        using var folder = new TemporaryFolder();
        RunFolder.Create(folder.Location, "r", Moment);
        Assert.EndsWith("The newest runs beside it: r-20260314-150926.", Assert.Throws<DataException>(() => RunFolder.Open(folder["gone"])).Message, StringComparison.Ordinal);
        Assert.Contains("is not a run folder", Assert.Throws<DataException>(() => RunFolder.Open(folder.Location)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["file"], "");
        Assert.Contains("cannot be made", Assert.Throws<DataException>(() => RunFolder.Create(folder["file"], "r")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_is_the_first_file_and_whole()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "r", Moment, "{}");
        Assert.Equal([".lock", "config.json"], Directory.GetFiles(run.Location).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("{}", File.ReadAllText(run.ConfigPath));
    }

    [Fact]
    public void Folders_that_a_kill_left_empty_are_used_or_cleared_away_and_others_stay()
    {
        using var folder = new TemporaryFolder();
        foreach (var empty in (string[])["r-20260314-150926", "r-20250101-000000", "r-mine", "other-20250101-000000"])
            Directory.CreateDirectory(folder[empty]);
        folder.Write("r-20250101-000001/config.json.2000000001.0000aaaa.tmp", [1]);
        folder.Write("r-20250101-000001/.lock", []);
        Directory.SetLastWriteTimeUtc(folder["r-20250101-000001"], DateTime.UtcNow.AddHours(-1));
        folder.Write("r-20250101-000002/log.jsonl", []);
        var run = RunFolder.Create(folder.Location, "r", Moment, "{}");
        Assert.Equal("r-20260314-150926", run.Name);
        Assert.Equal(["other-20250101-000000", "r-20250101-000002", "r-20260314-150926", "r-mine"], Directory.GetDirectories(folder.Location).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_in_which_nothing_was_begun_is_told()
    {
        using var folder = new TemporaryFolder();
        var place = Directory.CreateDirectory(folder["r"]).FullName;
        Assert.Equal(
            $"Nothing was trained yet in {place}: the run was stopped before it began, so there is nothing to go on with or to look at. "
                + "Begin a new one.",
            Assert.Throws<DataException>(() => RunFolder.Open(place)).Message);
        File.WriteAllText(Path.Combine(place, "log.jsonl"), "");
        Assert.True(RunFolder.IsUnbegun(place));
        File.WriteAllText(Path.Combine(place, "notes.txt"), "");
        Assert.False(RunFolder.IsUnbegun(place));
        Assert.False(RunFolder.IsUnbegun(folder["none"]));
    }

    [Fact]
    public void It_is_held_by_one_at_a_time_and_swept_then()
    {
        using var folder = new TemporaryFolder();
        var run = RunFolder.Create(folder.Location, "r", Moment, "{}");
        string[] left = ["report.html.2000000001.0000aaaa.tmp", "checkpoint-12.safetensors.2000000001.0000aaaa.tmp"];
        foreach (var name in left.Append("mine.tmp"))
            File.WriteAllText(Path.Combine(run.Location, name), "");
        var first = run.Hold();
        Assert.Equal(["mine.tmp"], Directory.GetFiles(run.Location, "*.tmp").Select(Path.GetFileName));
        run.Hold().Dispose();
        Assert.Contains(" is in use by process ", Assert.Throws<DataException>(() => RunFolder.Open(run.Location).Hold()).Message, StringComparison.Ordinal);
        first.Dispose();
        first.Dispose();
        RunFolder.Open(run.Location).Hold().Dispose();
    }
}
