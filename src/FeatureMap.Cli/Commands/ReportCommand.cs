using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Training;
using FeatureMap.Workbench;

namespace FeatureMap.Cli;

/// <summary><c>report</c>: writes report.html of a finished run anew, or a run as one file to be mailed.</summary>
internal sealed class ReportCommand : ToolCommand
{
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run" };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> html = new("--html")
    {
        Description = "Write the run to this file instead, below 1 MB, to be mailed: it opens offline and names no place of this machine; "
            + "also of a run that is not at its end",
        HelpName = "FILE.html",
    };

    public ReportCommand(Terminal terminal)
        : base(terminal, "report", "Write report.html of a finished run (again), or a run as one file",
            "featuremap report runs/mnist-20k-20260131-120000",
            "featuremap report runs/mnist-20k-20260131-120000 --html run.html")
    {
        Arguments.Add(run);
        foreach (var option in (Option[])[data, html])
            Options.Add(option);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        if (parse.GetValue(html) is { } file) return WriteFile(parse, Path.GetFullPath(file));
        var (path, folder) = RunReport.Write(parse.GetValue(run)!, parse.GetValue(data)!, Terminal.Context);
        if (Terminal.IsJson) Terminal.Write(new JsonObject { ["run"] = folder.Location, ["report"] = path });
        else Terminal.Output.WriteLine($"Written: {Terminal.Shown(path)}");
        return 0;
    }

    private int WriteFile(ParseResult parse, string file)
    {
        var (text, folder) = RunReport.AsFile(parse.GetValue(run)!, parse.GetValue(data)!, Terminal.Context);
        RunFolder.WriteText(file, text);
        var bytes = System.Text.Encoding.UTF8.GetByteCount(text);
        if (Terminal.IsJson) Terminal.Write(new JsonObject { ["run"] = folder.Location, ["report"] = file, ["bytes"] = bytes });
        else Terminal.Output.WriteLine($"Written: {Terminal.Shown(file)}, {bytes:N0} bytes; it needs nothing else");
        return 0;
    }
}
