using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;
using FeatureMap.Cli;
using FeatureMap.Tests.Data;

namespace FeatureMap.Tests.Cli;

/// <summary>What a command line gave.</summary>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    public string Text(string name) => Json.GetProperty(name).GetString()!;
}

/// <summary>Runs the tool, in this process or as one of its own.</summary>
internal static class Tool
{
    private static readonly string Folder = typeof(Tool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "ToolFolder").Value!;

    public static string Executable => Path.Combine(Folder, OperatingSystem.IsWindows() ? "FeatureMap.Cli.exe" : "featuremap");

    public static ToolResult Run(params string[] args) => Run(new CancellationTokenSource(), null, args);

    /// <summary>Stops the command as soon as a line of its output or error has a text in it.</summary>
    public static ToolResult Run(CancellationTokenSource stop, string? stopAt, params string[] args)
    {
        using var output = new Watch(stop, stopAt);
        using var error = new Watch(stop, stopAt);
        var code = Program.Run(args, output, error, cancellation: stop.Token);
        return new ToolResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Starts the built tool. On Linux with the default handling of Ctrl-C, which a test that runs in the background does not pass on by itself.</summary>
    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (OperatingSystem.IsLinux())
        {
            start.FileName = "/usr/bin/env";
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(Executable);
        }
        else
        {
            start.FileName = Executable;
        }
        foreach (var arg in args)
            start.ArgumentList.Add(arg);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<ToolResult> Finish(Process process)
    {
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolResult(process.ExitCode, await output, await error);
    }

    private sealed class Watch(CancellationTokenSource stop, string? stopAt) : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (stopAt is not null && value?.Contains(stopAt, StringComparison.Ordinal) == true) stop.Cancel();
        }
    }
}

/// <summary>A small MNIST of noise and a place for runs.</summary>
internal sealed class SmallWorld : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SmallWorld(int training = 96, int validation = 40, int threads = 2)
    {
        Threads = threads;
        Idx.Write(folder, "data/mnist", [Idx.Images(training, 28, 28), Idx.Labels(training), Idx.Images(validation, 28, 28, seed: 2), Idx.Labels(validation)]);
    }

    public int Threads { get; }

    public string Location => folder.Location;

    public string Data => folder["data"];

    public string Runs => folder["runs"];

    public string this[string name] => folder[name];

    /// <summary>A short training of 3 epochs with 6 steps each.</summary>
    public string[] Train(params string[] more) =>
        ["train", "mnist-20k", "--data", Data, "--out", Runs, "--set", "batch-size=16", "--set", "log-every-steps=1", "--threads", $"{Threads}", .. more];

    public void Dispose() => folder.Dispose();
}
