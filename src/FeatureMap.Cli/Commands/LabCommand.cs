using System.CommandLine;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary><c>lab</c>: runs an experiment that trains several networks and writes a page, goes on with one, or lists them.</summary>
internal sealed class LabCommand : ToolCommand
{
    private readonly Argument<string?> lab = new("lab") { Description = "Which experiment; without it they are listed", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string[]> data = DataOption();
    private readonly Option<string?> root = new("--out") { Description = "Folder of all runs; 'runs' where it is left out", HelpName = "DIR" };
    private readonly Option<string?> seed = new("--seed") { Description = "Decides weights, order and whatever else is drawn: same seed, same bits", HelpName = "S" };
    private readonly Option<string?> seeds = new("--seeds") { Description = "Trainings of each kind, each with a seed of its own; where the lab has this setting", HelpName = "N" };
    private readonly Option<string?> epochs = new("--epochs") { Description = "Passes over the training images; where the lab has this setting", HelpName = "N" };
    private readonly Option<string?> imageSize = new("--image-size") { Description = "Scale image files to this size: 32, or HEIGHTxWIDTH", HelpName = "SIZE" };
    private readonly Option<string?> threads = ThreadsOption();
    private readonly Option<string[]> set = new("--set")
    {
        Description = "Change a setting; may be given several times. See 'featuremap lab LAB --settings' for the keys",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };
    private readonly Option<bool> quick = new("--quick") { Description = "A small version of the lab, for a first look" };
    private readonly Option<bool> settings = new("--settings") { Description = "Show the settings of the lab and do nothing" };
    private readonly Option<string?> resume = new("--resume") { Description = "Go on with a lab that was stopped, as if it had not been", HelpName = "FOLDER" };
    private readonly DeviceOptions device;
    private readonly Option<string?> lanes = LanesOption(), patience = RankProgram.PatienceOption();

    public LabCommand(Terminal terminal)
        : base(
            terminal, "lab", "Run an experiment that writes a page, go on with one, or list them",
            "featuremap lab",
            "featuremap lab compare-optimizers --quick",
            "featuremap lab compare-activations --epochs 3 --seeds 2 --set training-images=5000",
            "featuremap lab --resume runs/compare-optimizers-20260131-120000",
            "mpirun -n 4 featuremap lab passthrough-ablation --threads 2")
    {
        Arguments.Add(lab);
        foreach (var option in (Option[])[data, imageSize, root, seed, seeds, epochs, threads, set, quick, settings, resume, lanes,
            patience])
            Options.Add(option);
        device = new DeviceOptions(terminal.Tool);
        device.AddTo(this);
        Finish();
    }

    protected override int Run(ParseResult parse)
    {
        var asked = new LabArguments { Resume = parse.GetValue(resume), Out = parse.GetValue(root) };
        // Before anything in which ranks could differ.
        var shared = Terminal.Ranks?.Share(asked) ?? asked;
        _ = Whole(parse, patience);
        var assignments = parse.GetValue(set)!.Select(Assignment).ToList();
        foreach (var option in (Option<string?>[])[imageSize, seed, seeds, epochs, threads])
            if (parse.GetValue(option) is { } value)
                assignments.Add((option.Name[2..], value));
        var arguments = new LabArguments
        {
            Lab = parse.GetValue(lab),
            Resume = shared.Resume,
            Out = shared.Out,
            Lanes = LaneOption.Parse(parse.GetValue(lanes), Terminal),
            IsQuick = parse.GetValue(quick),
            Data = parse.GetValue(data)!,
            Assignments = assignments,
        };
        if (arguments.Resume is null && arguments.Lab is null) return List();
        if (parse.GetValue(settings)) return ShowSettings(Labs.Get(arguments.Lab ?? LabConfiguration.Read(arguments.Resume!).Lab.Name));
        return Run(arguments, device.Context(parse, Terminal));
    }

    private int Run(LabArguments arguments, WorkContext context)
    {
        void Say(string line)
        {
            Terminal.Prose.WriteLine(line);
            Terminal.Prose.Flush();
        }

        var run = LabWork.Open(arguments, context, Say);
        Terminal.Prose.WriteLine($"{run.Lab.Title}: {run.Lab.Question}");
        if (Terminal.RankNotice is { } notice) Terminal.Notice(notice);
        Terminal.Prose.WriteLine($"Folder  {Terminal.Shown(run.Folder)}");
        if (Terminal.Ranks is { } ranks)
            Terminal.Prose.WriteLine($"Ranks   {ranks.Names}: the batches of each training are cut over them");
        Terminal.Prose.WriteLine();
        Terminal.Prose.Flush();
        try
        {
            run.Execute();
        }
        catch (OperationCanceledException) when (run.WasStopped)
        {
            if (Terminal.Ranks is { IsFirst: false }) return Failure.Failed;
            if (Terminal.IsJson) Terminal.Write(Document(run, isComplete: false));
            Terminal.Error.WriteLine();
            Terminal.Error.WriteLine("Stopped; everything is saved. Go on with:");
            Terminal.Error.WriteLine(
                $"  {Terminal.Tool.Name} lab --resume {Terminal.Shown(run.Folder)}{Terminal.Tool.Typed(context.Device)}");
            return Failure.Failed;
        }
        if (Terminal.Ranks is { IsFirst: false }) return 0;
        if (Terminal.IsJson) Terminal.Write(Document(run, isComplete: true));
        Terminal.Prose.WriteLine();
        if (run.IsQuick) Terminal.Notice("this was the small version of the lab, to see what it does: its figures decide nothing.");
        Terminal.Prose.WriteLine($"Page     {Terminal.Shown(run.PagePath)}");
        Terminal.Prose.WriteLine($"Figures  {Terminal.Shown(run.ResultsPath)}");
        return 0;
    }

    private static JsonObject Document(LabRun run, bool isComplete) => new()
    {
        ["lab"] = run.Lab.Name,
        ["folder"] = run.Folder,
        ["complete"] = isComplete,
        ["quick"] = run.IsQuick,
        ["page"] = isComplete ? run.PagePath : null,
        ["results"] = isComplete ? JsonNode.Parse(File.ReadAllText(run.ResultsPath)) : null,
    };

    private int List()
    {
        if (Terminal.IsJson)
        {
            Terminal.Write(new JsonObject { ["labs"] = new JsonArray([.. Labs.All.Select(Describe)]) });
            return 0;
        }
        var table = new TextTable("lab", "needs", "what it asks");
        foreach (var one in Labs.All)
            table.Add(one.Name, one.Needs, one.Question);
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"Run one:            featuremap lab {Labs.All[0].Name}");
        Terminal.Output.WriteLine($"A small version:    featuremap lab {Labs.All[0].Name} --quick");
        Terminal.Output.WriteLine($"See its settings:   featuremap lab {Labs.All[0].Name} --settings");
        return 0;
    }

    private int ShowSettings(Lab one)
    {
        var values = LabSettings.Of(one);
        if (Terminal.IsJson)
        {
            var document = Describe(one);
            document["settings"] = new JsonArray([.. values.All.Select(setting => new JsonObject
            {
                ["key"] = setting.Name,
                ["value"] = setting.Default,
                ["quick"] = QuickValue(one, setting),
                ["range"] = setting.Range,
                ["description"] = setting.Description,
            })]);
            Terminal.Write(document);
            return 0;
        }
        Terminal.Output.WriteLine($"{one.Name}: {one.Question}");
        Terminal.Output.WriteLine($"Needs {one.Needs}.");
        Terminal.Output.WriteLine();
        var table = new TextTable("setting", "value", "--quick", "what it is");
        foreach (var setting in values.All)
        {
            table.Add(setting.Name, setting.Default, QuickValue(one, setting) ?? "", setting.Description);
            table.Add("", "", "", "  " + setting.Range);
        }
        table.Write(Terminal.Output);
        Terminal.Output.WriteLine();
        Terminal.Output.WriteLine($"Change one or more: featuremap lab {one.Name} --set {one.Settings.Append(values.All[0]).First().Name}=VALUE");
        return 0;
    }

    private static string? QuickValue(Lab one, LabSetting setting) => one.Quick.FirstOrDefault(assignment => assignment.Key == setting.Name).Value;

    private static JsonObject Describe(Lab one) => new()
    {
        ["name"] = one.Name,
        ["title"] = one.Title,
        ["question"] = one.Question,
        ["needs"] = one.Needs,
    };
}
