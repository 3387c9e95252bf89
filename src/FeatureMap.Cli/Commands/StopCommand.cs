using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>stop</c>: asks a training or a lab of another process to stop, and waits until it has.</summary>
internal sealed class StopCommand : ToolCommand
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60), Look = TimeSpan.FromMilliseconds(100);
    private readonly Argument<string> run = new("run") { Description = "The folder of a run that trains now, or of a lab" };

    public StopCommand(Terminal terminal)
        : base(terminal, "stop", "Stop a training or a lab that runs, in a terminal or in the studio: everything is saved",
            "featuremap stop runs/mnist-20k-20260131-120000", "featuremap stop runs/compare-optimizers-20260131-120000")
    {
        Arguments.Add(run);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var place = parse.GetValue(run)!;
        if (LabRun.IsAt(place)) return StopLab(Path.TrimEndingDirectorySeparator(Path.GetFullPath(place)));
        var folder = RunFolder.Open(place);
        folder.AskToStop();
        var hasStopped = HasStopped(folder.Location);
        var step = folder.Checkpoints.Steps() is [var newest, ..] ? newest : 0;
        if (Terminal.IsJson)
            Terminal.Write(new JsonObject { ["run"] = folder.Location, ["stopped"] = hasStopped, ["step"] = step });
        var shown = Terminal.Shown(folder.Location);
        if (!hasStopped) Terminal.Prose.WriteLine($"Asked: {shown} stops after the step that it is doing.");
        else if (File.Exists(folder.ModelPath)) Terminal.Prose.WriteLine($"{shown} came to its end before it was stopped.");
        else
        {
            Terminal.Prose.WriteLine($"Stopped after step {step:N0}; everything is saved. Go on with:");
            Terminal.Prose.WriteLine($"  featuremap train --resume {shown}");
        }
        return 0;
    }

    private int StopLab(string folder)
    {
        LabRun.AskToStop(folder);
        var hasStopped = HasStopped(folder);
        if (Terminal.IsJson) Terminal.Write(new JsonObject { ["lab"] = folder, ["stopped"] = hasStopped });
        var shown = Terminal.Shown(folder);
        if (!hasStopped) Terminal.Prose.WriteLine($"Asked: {shown} stops after the step that it is doing.");
        else if (LabRun.IsComplete(folder)) Terminal.Prose.WriteLine($"{shown} came to its end before it was stopped.");
        else
        {
            Terminal.Prose.WriteLine("Stopped; everything is saved. Go on with:");
            Terminal.Prose.WriteLine($"  featuremap lab --resume {shown}");
        }
        return 0;
    }

    private bool HasStopped(string folder)
    {
        var watch = Stopwatch.StartNew();
        while (FolderLock.IsHeld(folder) && watch.Elapsed < Longest && !Terminal.Cancellation.IsCancellationRequested)
            Thread.Sleep(Look);
        return !FolderLock.IsHeld(folder);
    }
}
