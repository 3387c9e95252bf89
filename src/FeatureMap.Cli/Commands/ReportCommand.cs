using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Reports;

namespace FeatureMap.Cli;

/// <summary><c>report</c>: writes report.html of a finished run anew.</summary>
internal sealed class ReportCommand : ToolCommand
{
    private readonly Argument<string> run = new("run") { Description = "The folder of a finished run" };
    private readonly Option<string[]> data = DataOption();

    public ReportCommand(Terminal terminal)
        : base(terminal, "report", "Write report.html of a finished run (again)", "featuremap report runs/mnist-20k-20260131-120000")
    {
        Arguments.Add(run);
        Options.Add(data);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var (folder, configuration, model) = RunInput.Finished(parse.GetValue(run)!);
        using var held = folder.Hold();
        var split = DataAccess.Load(configuration, parse.GetValue(data)!, Terminal, model.Network.Input);
        DataAccess.CheckClasses($"The run {folder.Name}", model, split);
        var path = ReportBuilder.Write(folder, model, split, TrainResult.Facts(configuration, model),
            configuration.Settings.Training.Threads);
        if (Terminal.IsJson) Terminal.Write(new JsonObject { ["run"] = folder.Location, ["report"] = path });
        else Terminal.Output.WriteLine($"Written: {Terminal.Shown(path)}");
        return 0;
    }
}
