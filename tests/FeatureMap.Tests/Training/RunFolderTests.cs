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
}
