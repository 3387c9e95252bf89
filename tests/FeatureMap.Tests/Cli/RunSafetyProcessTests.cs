using System.Diagnostics;
using FeatureMap.Training;
using Xunit;

namespace FeatureMap.Tests.Cli;

/// <summary>Trainings as processes: two in one folder, no room on the disk, no output, and what a kill leaves behind.</summary>
public sealed class RunSafetyProcessTests : IDisposable
{
    private static readonly Dictionary<string, string> Unchanged = [];
    private readonly SmallWorld world = new(training: 160, validation: 32, threads: 1);

    public void Dispose() => world.Dispose();

    [Fact]
    public async Task A_second_process_in_the_folder_of_a_run_is_refused_and_told_who_has_it()
    {
        using var first = Tool.Start(Unchanged, world.Train("--epochs", "2000", "--set", "checkpoint-seconds=0", "--no-report"));
        var finish = Tool.Finish(first);
        var run = await Begun();
        using var second = Tool.Start(Unchanged, "train", "--resume", run);
        var refused = await Tool.Finish(second);
        Assert.Equal(1, refused.Code);
        Assert.StartsWith($"error: {run} is in use by process {first.Id} on "
            + $"{Environment.MachineName}, since ", refused.Error, StringComparison.Ordinal);
        Assert.Empty(refused.Output);
        first.Kill();
        await finish;
        // The kill let go of the folder: what it left of the lock blocks nobody.
        Assert.True(File.Exists(Path.Combine(run, ".locked-by")));
        using var third = Tool.Start(Unchanged, "train", "--resume", run);
        var going = Tool.Finish(third);
        var held = $"process {third.Id} on";
        await Until(() => Holder(run).StartsWith(held, StringComparison.Ordinal) ? "" : null);
        third.Kill();
        await going;
        var epochs = RunLog.Read(run).Epochs.Select(epoch => epoch.Epoch).ToList();
        Assert.Equal(Enumerable.Range(1, epochs.Count), epochs);
    }

    [Fact]
    public void A_complete_run_without_a_report_gets_one_by_resuming_it_and_is_swept()
    {
        var whole = Tool.Run(world.Train("--epochs", "1", "--json"));
        var run = whole.Text("run");
        File.Delete(Path.Combine(run, "report.html"));
        File.WriteAllText(Path.Combine(run, "report.html.2000000001.0123abcd.tmp"), "half");
        var again = Tool.Run("train", "--resume", run);
        Assert.Equal(0, again.Code);
        Assert.Contains("Its report was missing and is written now: "
            + $"{Path.Combine(run, "report.html")}", again.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
        Assert.Empty(Directory.GetFiles(run, "*.tmp"));
        Assert.DoesNotContain("missing", Tool.Run("train", "--resume", run).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_killed_before_its_first_file_says_to_start_anew()
    {
        var place = Directory.CreateDirectory(Path.Combine(world.Runs, "mnist-20k-20260101-000000")).FullName;
        foreach (var left in (string[])["", ".lock", ".locked-by", "config.json.2000000001.0123abcd.tmp"])
        {
            if (left.Length > 0) File.WriteAllText(Path.Combine(place, left), "");
            var result = Tool.Run("train", "--resume", place);
            Assert.Equal(1, result.Code);
            Assert.Equal(
                $"error: Nothing was trained yet in {place}: the run was stopped before its first file was written, so there is nothing "
                    + $"to go on with. Start anew: featuremap train{Environment.NewLine}", result.Error);
        }
    }

    /// <summary>
    /// A limit on the size of files stands for a disk without room: it needs no right to mount one. The checkpoint has 119 KB, the events
    /// and the report more.
    /// </summary>
    [Fact]
    public async Task Without_room_the_optional_files_are_left_out_and_the_necessary_ones_stop_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ulimit -f and SIGXFSZ");
        var whole = Tool.Run(world.Train("--epochs", "2", "--no-report", "--json")).Text("weightsSha256");

        var some = await Limited(130, Train("some", "--epochs", "2"));
        Assert.Equal(0, some.Code);
        Assert.Contains("note: The events for TensorBoard are left out from here on, and the "
            + "training goes on: ", some.Error, StringComparison.Ordinal);
        Assert.Contains("note: The model is saved; only the report is missing: ", some.Error, StringComparison.Ordinal);
        var run = Assert.Single(Directory.GetDirectories(world["some"]));
        Assert.Contains($"Write it later: featuremap report {run}", some.Error, StringComparison.Ordinal);
        Assert.Contains(whole, some.Output, StringComparison.Ordinal);

        var none = await Limited(60, Train("none", "--epochs", "2"));
        Assert.Equal(1, none.Code);
        run = Assert.Single(Directory.GetDirectories(world["none"]));
        Assert.Contains($"error: {Path.Combine(run, "checkpoint-10.safetensors")} cannot be written: files may not become as large as "
            + "that here. Raise the limit (ulimit -f)", none.Error, StringComparison.Ordinal);
        Assert.EndsWith($"No checkpoint was written yet. When the cause is removed, begin again with:{Environment.NewLine}  featuremap "
            + $"train --resume {run}{Environment.NewLine}", none.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of featuremap", none.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(run, "*.tmp"));
        Assert.Equal(whole, Tool.Run("train", "--resume", run, "--json").Text("weightsSha256"));
    }

    [Fact]
    public async Task An_output_without_room_stops_no_training_and_is_told_at_the_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full");
        foreach (var where in (string[])[">/dev/full", ">&-"])
        {
            var result = await Shell($"exec \"$@\" {where}", Unchanged, Train(where, "--epochs", "1", "--no-report"));
            Assert.Equal(1, result.Code);
            Assert.Contains("error: The output was not written completely: ", result.Error, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(world[where])), "model.safetensors")));
        }
    }

    [Fact]
    public void An_empty_argument_is_told_as_one()
    {
        Assert.StartsWith("error: The value of 'run' is empty. Give it, or "
            + "leave it out.", Tool.Run("evaluate", "").Error, StringComparison.Ordinal);
        Assert.StartsWith("error: The value of --out is empty. Give it, or "
            + "leave it out.", Tool.Run("train", "--out", "").Error, StringComparison.Ordinal);
    }

    private string[] Train(string runs, params string[] more) => [.. world.Train(more).Select(arg => arg == world.Runs ? world[runs] : arg)];

    // The runtime keeps the code that it compiles in a file of its own, which is larger than any limit, unless it is told not to.
    private static Task<ToolResult> Limited(int kilobytes, string[] args) => Shell(
        "trap '' XFSZ; ulimit -f "
            + $"{kilobytes}; exec \"$@\"", new() { ["DOTNET_EnableWriteXorExecute"] = "0", ["DOTNET_EnableDiagnostics"] = "0" }, args);

    private static async Task<ToolResult> Shell(string script, Dictionary<string, string> environment, string[] args)
    {
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var arg in (string[])["-c", script, "bash", Tool.Executable, .. args])
            start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        return await Tool.Finish(process);
    }

    private Task<string> Begun() => Until(() => Directory.Exists(world.Runs) ? Directory.GetDirectories(world.Runs).FirstOrDefault(folder => new CheckpointStore(folder).Steps().Count > 0) : null);

    private static string Holder(string run)
    {
        try
        {
            return File.ReadAllText(Path.Combine(run, ".locked-by"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<string> Until(Func<string?> found)
    {
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < TimeSpan.FromSeconds(30))
        {
            if (found() is { } value) return value;
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("What was waited for did not happen within 30 seconds.");
    }
}
