using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using FeatureMap.Tests.Data;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>The built tool as a process of its own: what a kill, Ctrl-C and a machine without data do to it.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int Interrupt = 2, Terminate = 15;
    private static readonly Dictionary<string, string> Unchanged = [];
    private readonly SmallWorld world = new(training: 320, validation: 32, threads: 1);

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task Killed_at_random_moments_it_goes_on_to_the_same_bits()
    {
        string[] often = ["--set", "checkpoint-seconds=0"];
        var line = world.Train("--epochs", "6", "--no-report", "--json");
        var whole = Tool.Run(line).Text("weightsSha256");

        var random = new Random(Environment.TickCount);
        var before = Directory.GetDirectories(world.Runs);
        string? run = null;
        for (var kill = 0; kill < 5; kill++)
        {
            using var process = Tool.Start(Unchanged, run is null ? [.. line, .. often] : ["train", "--resume", run, .. often]);
            run ??= await Until(() => Directory.GetDirectories(world.Runs).Except(before).FirstOrDefault(folder => new CheckpointStore(folder).Steps().Count > 0));
            var steps = new CheckpointStore(run).Steps()[0];
            await Until(() => process.HasExited || new CheckpointStore(run).Steps() is [var newest, ..] && newest > steps ? "" : null);
            Assert.False(process.HasExited, "the training was too short to be killed");
            await Task.Delay(random.Next(30), TestContext.Current.CancellationToken);
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.NotEqual(0, process.ExitCode);
        }
        using var last = Tool.Start(Unchanged, "train", "--resume", run!, "--set", "checkpoint-seconds=15", "--no-report", "--json");
        var result = await Tool.Finish(last);
        Assert.Equal((0, whole), (result.Code, result.Text("weightsSha256")));
        Assert.Equal(Enumerable.Range(1, 6), RunLog.Read(run!).Epochs.Select(epoch => epoch.Epoch));
        Assert.Equal(Enumerable.Range(1, 120), RunLog.Read(run!).Steps.Select(step => (int)step.Step));
    }

    [Theory]
    [InlineData(Interrupt)]
    [InlineData(Terminate)]
    public async Task A_signal_stops_it_at_a_step_and_it_says_how_to_go_on(int signal)
    {
        if (OperatingSystem.IsWindows()) return;
        using var process = Tool.Start(Unchanged, world.Train("--epochs", "1000", "--set", "checkpoint-seconds=0"));
        var finish = Tool.Finish(process);
        var run = await Until(() => Directory.Exists(world.Runs) ? Directory.GetDirectories(world.Runs).FirstOrDefault(folder => new CheckpointStore(folder).Steps().Count > 0) : null);
        if (kill(process.Id, signal) != 0) throw new Win32Exception();
        var result = await finish.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(1, result.Code);
        Assert.Contains("everything is saved", result.Error, StringComparison.Ordinal);
        Assert.Contains($"  featuremap train --resume {run}{Environment.NewLine}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_data_the_digits_inside_the_library_are_used()
    {
        // A proxy that is not there stands for a machine without internet.
        var environment = new Dictionary<string, string>
        {
            ["XDG_CACHE_HOME"] = world["cache"],
            ["HOME"] = world.Location,
            ["FEATUREMAP_DATA"] = "",
            ["HTTPS_PROXY"] = "http://127.0.0.1:1",
            ["https_proxy"] = "http://127.0.0.1:1",
        };
        using var process = Tool.Start(environment, "train", "--epochs", "1", "--set", "training-images=160", "--out", world.Runs, "--no-report");
        var result = await Tool.Finish(process);
        Assert.Equal(0, result.Code);
        Assert.Equal("note: MNIST was not found; the library's 5,000 digits stand in (results do not compare with "
            + "published ones).", result.Error.TrimEnd());
        Assert.Contains("Data      digits, 160 training + 1,000 validation images, embedded in the library", result.Output, StringComparison.Ordinal);

        // Where MNIST was asked for by its name, nothing stands in for it.
        using var asked = Tool.Start(environment, "train", "--set", "data=mnist", "--out", world["asked"]);
        result = await Tool.Finish(asked);
        Assert.Equal((1, false), (result.Code, Directory.Exists(world["asked"])));
        Assert.StartsWith("error: MNIST was not found. Looked in: ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_is_also_a_folder_here_is_the_name_and_the_folder_in_the_place_of_data_is_the_folder()
    {
        using var pets = new TemporaryFolder();
        ClassFolder.Write(pets, "digits", ClassFolder.OnePart(5, "cat", "dog"));
        var note = "note: digits is taken for the data set of this name, not for ./digits, which is here too: write ./digits for that.";
        foreach (var (args, isFolder) in new[] { (["info", "digits"], false), (["info", "./digits"], true), (new[] { "info", "--data", "digits" }, true) })
        {
            var start = new ProcessStartInfo(Tool.Executable, ["data", .. args, "--json"]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = pets.Location };
            using var process = Process.Start(start)!;
            var result = await Tool.Finish(process);
            Assert.Equal(isFolder ? 8 : 4000, result.Json.GetProperty("found").GetProperty("trainingImages").GetInt32());
            Assert.Equal(isFolder ? -1 : 0, result.Error.IndexOf(note, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task It_starts_at_once()
    {
        long fastest = long.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var watch = Stopwatch.StartNew();
            using var process = Tool.Start(Unchanged, "recipes");
            var result = await Tool.Finish(process);
            Assert.Equal(0, result.Code);
            fastest = Math.Min(fastest, watch.ElapsedMilliseconds);
        }
        Assert.InRange(fastest, 0, 1000); // generous, for debug builds on busy machines; a release build takes 0.05 s
    }

    private static async Task<string> Until(Func<string?> found)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(20))
        {
            if (found() is { } value) return value;
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("What was waited for did not happen within 20 seconds.");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);
}
