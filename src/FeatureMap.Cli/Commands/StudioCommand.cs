using System.CommandLine;
using System.Diagnostics;
using FeatureMap.Data;
using FeatureMap.Studio;

namespace FeatureMap.Cli;

/// <summary>Opens the studio: the lessons in the browser, computed on this machine.</summary>
internal sealed class StudioCommand : ToolCommand
{
    private readonly Option<string?> port = new("--port")
    {
        Description = $"Port of 127.0.0.1, {StudioOptions.UsualPort} by default, 0 for any that is free. "
            + "What you have done is kept by the browser for each port",
        HelpName = "N",
    };

    private readonly Option<string?> project = new("--project")
    {
        Description = "Folder of the data, model files and ONNX files; this one by default",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> runs = new("--runs")
    {
        Description = "Folder of the training runs, new ones too; runs in the project by default",
        HelpName = "FOLDER",
    };

    private readonly Option<string[]> data = DataOption();
    private readonly Option<bool> noBrowser = new("--no-browser") { Description = "Only print the address" };

    public StudioCommand(Terminal terminal)
        : base(terminal, "studio", "Open the studio in the browser: lessons, trainings, networks on your own images", "featuremap studio",
            "featuremap studio --project my-models --runs my-models/runs", "featuremap studio --port 0 --no-browser")
    {
        Options.Add(port);
        Options.Add(project);
        Options.Add(runs);
        Options.Add(data);
        Options.Add(noBrowser);
        SetAction(Run);
    }

    protected override int Run(ParseResult parse)
    {
        var place = Folder(parse.GetValue(project), "--project") ?? Environment.CurrentDirectory;
        var places = parse.GetValue(data)!;
        foreach (var given in places) Datasets.CheckPlace(given);
        var options = new StudioOptions
        {
            Port = (int)(Whole(parse, port, 0, 65_535) ?? StudioOptions.UsualPort),
            Project = place,
            Runs = Folder(parse.GetValue(runs), "--runs") ?? Path.Combine(place, "runs"),
            Data = places,
            Tool = OwnTool(),
        };
        Serve(options, !parse.GetValue(noBrowser)).GetAwaiter().GetResult();
        return 0;
    }

    // A folder that was named and is not there is a slip; those that are taken by default may be missing.
    private static string? Folder(string? given, string name) => given is null || Directory.Exists(given) ? given
        : throw new UsageException($"{name}: there is no folder {given}.");

    private async Task Serve(StudioOptions options, bool opensBrowser)
    {
        await using var studio = await StudioHost.StartAsync(options, Terminal.Cancellation);
        Terminal.Output.WriteLine($"FeatureMap Studio: {studio.Address}");
        Terminal.Output.WriteLine("Only this machine can open it, and only with this address. Ctrl-C ends it.");
        Terminal.Output.Flush();
        if (opensBrowser) Open(studio.Address);
        await StudioHost.WaitAsync(Terminal.Cancellation);
        var going = studio.RunningRuns;
        Terminal.Output.WriteLine(going.Count == 0 ? "The studio has ended."
            : $"The studio has ended. Trainings go on: {string.Join(", ", going)}. End one with 'featuremap stop RUN'.");
    }

    /// <summary>This program, to be begun again: an executable of its own, or a library that dotnet runs.</summary>
    private static TrainingTool? OwnTool()
    {
        if (Environment.ProcessPath is not { } path) return null;
        return Path.GetFileNameWithoutExtension(path) != "dotnet" ? new TrainingTool(path, [])
            : Environment.GetCommandLineArgs() is [var library, ..] && File.Exists(library) ? new TrainingTool(path,
            [Path.GetFullPath(library)]) : null;
    }

    // Where there is no browser the address is printed all the same.
    private static void Open(Uri address)
    {
        var isThere = OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
            || Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 }
                || Environment.GetEnvironmentVariable("WAYLAND_DISPLAY") is { Length: > 0 };
        if (!isThere) return;
        try
        {
            var start = OperatingSystem.IsWindows() ? new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open",
                    [address.AbsoluteUri])
                { RedirectStandardError = true, RedirectStandardOutput = true };
            using var browser = Process.Start(start);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            // No program opens addresses here.
        }
    }
}
