using System.Diagnostics;
using FeatureMap.Workbench;
using FeatureMap.Zoo;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>A lab in a process of its own: stopped by another process, killed in the middle, and gone on with.</summary>
public sealed class LabStopTests : IDisposable
{
    private readonly SmallWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task A_lab_is_stopped_by_another_process_and_killed_and_ends_with_the_weights_of_one_that_was_not()
    {
        using var first = Tool.Start(new Dictionary<string, string>(), Lab("runs"));
        var ended = Tool.Finish(first);
        var folder = await Folder("runs", first);
        var stop = Tool.Run("stop", folder, "--json");
        Assert.Equal((0, true), (stop.Code, stop.Json.GetProperty("stopped").GetBoolean()));
        var result = await ended;
        Assert.Equal(1, result.Code);
        Assert.Contains($"lab --resume {folder}", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "stop")) || File.Exists(Path.Combine(folder, LabLive.FileName)));
        Assert.StartsWith($"error: Nothing runs in {folder}: the lab was stopped or killed before", Tool.Run("stop", folder).Error,
            StringComparison.Ordinal);

        // Killed where nothing can be saved: what it said last stays, and says how far it came.
        using var second = Tool.Start(new Dictionary<string, string>(), "lab", "--resume", folder);
        var killed = Tool.Finish(second);
        await Until(() => LabLive.Read(folder) is { Trainings: > 0 } || second.HasExited);
        second.Kill();
        await killed;
        var lab = Assert.Single(new LabCatalogue(world.Runs).Labs);
        if (lab.State != RunState.Complete) // on a fast machine it may have been done before
        {
            Assert.Equal((RunState.Killed, true), (lab.State, lab.CanResume));
            Assert.True(lab.Progress!.Lab.Trainings > 0);
        }
        Assert.Equal(0, Tool.Run("lab", "--resume", folder).Code);
        Assert.Equal(0, Tool.Run(Lab("whole")).Code);
        Assert.Equal(Weights(Directory.GetDirectories(world["whole"]).Single()), Weights(folder));
    }

    [Fact]
    public void A_small_version_says_that_it_decides_nothing()
    {
        var result = Tool.Run("lab", "compare-normalizations", "--quick", "--data", world.Data, "--out", world.Runs, "--epochs", "1",
            "--seeds", "1",
            "--set", "training-images=32", "--set", "batch-size=16", "--threads", "1");
        Assert.Equal(0, result.Code);
        Assert.Contains("its figures decide nothing", result.Error, StringComparison.Ordinal);
        var lab = Assert.Single(new LabCatalogue(world.Runs).Labs);
        Assert.True(lab.IsQuick);
        Assert.Contains("Its figures decide nothing", new LabCatalogue(world.Runs).Page(lab.Id), StringComparison.Ordinal);
        Assert.StartsWith("featuremap lab compare-normalizations --quick --data DIR --set epochs=1", lab.Figures!.Command,
            StringComparison.Ordinal);
    }

    private string[] Lab(string root) =>
    [
        "lab", "compare-normalizations", "--data", world.Data, "--out", world[root], "--epochs", "40", "--seeds", "1", "--set", "rates=1",
        "--set", "training-images=96", "--set", "batch-size=8", "--threads", "1",
    ];

    private async Task<string> Folder(string root, Process process)
    {
        string? folder = null;
        await Until(() => process.HasExited || (Directory.Exists(world[root])
            && (folder = Directory.GetDirectories(world[root]).FirstOrDefault(one =>
                LabLive.Read(one) is { Run.Length: > 0 })) is not null));
        return folder ?? throw new InvalidOperationException("the lab ended before it trained");
    }

    private static async Task Until(Func<bool> isSo)
    {
        var limit = DateTime.UtcNow.AddMinutes(2);
        while (!isSo() && DateTime.UtcNow < limit) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(isSo());
    }

    private static IEnumerable<string> Weights(string lab) => Directory.GetDirectories(lab).Order(StringComparer.Ordinal)
        .Select(run => FeatureMap.Interchange.ModelFile.Load(run).Weights.Sha256());
}
