using System.Text.Json.Nodes;
using FeatureMap.Data;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>What the command line of <c>lab</c> says, as it was written.</summary>
internal sealed record LabArguments
{
    public string? Lab { get; init; }

    public string? Resume { get; init; }

    public string? Out { get; init; }

    public string? Lanes { get; init; }

    public bool IsQuick { get; init; }

    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Settings in the order given: those of --set, then those with an option of their own.</summary>
    public IReadOnlyList<(string Key, string Value)> Assignments { get; init; } = [];
}

/// <summary>Runs a lab, or goes on with one.</summary>
internal sealed class LabWork(LabArguments arguments, Terminal terminal)
{
    public int Run()
    {
        AssignmentList.CheckTwice(arguments.Assignments);
        var run = arguments.Resume is { } folder ? Resumed(folder) : Begun(Labs.Get(arguments.Lab!));
        terminal.Prose.WriteLine($"{run.Lab.Title}: {run.Lab.Question}");
        terminal.Prose.WriteLine($"Folder  {Terminal.Shown(run.Folder)}");
        terminal.Prose.WriteLine();
        terminal.Prose.Flush();
        try
        {
            run.Execute();
        }
        catch (OperationCanceledException) when (terminal.Cancellation.IsCancellationRequested)
        {
            if (terminal.IsJson) terminal.Write(Document(run, isComplete: false));
            terminal.Error.WriteLine();
            terminal.Error.WriteLine("Stopped; everything is saved. Go on with:");
            terminal.Error.WriteLine($"  featuremap lab --resume {Terminal.Shown(run.Folder)}");
            return Failure.Failed;
        }
        if (terminal.IsJson) terminal.Write(Document(run, isComplete: true));
        terminal.Prose.WriteLine();
        terminal.Prose.WriteLine($"Page     {Terminal.Shown(run.PagePath)}");
        terminal.Prose.WriteLine($"Figures  {Terminal.Shown(run.ResultsPath)}");
        return 0;
    }

    private LabRun Begun(Lab lab)
    {
        var settings = LabSettings.Of(lab);
        if (arguments.IsQuick)
            foreach (var (key, value) in lab.Quick)
                settings = settings.With(key, value);
        foreach (var (key, value) in arguments.Assignments)
            settings = settings.With(key, value);
        var folders = arguments.Data;
        foreach (var place in folders)
            Datasets.CheckPlace(place);
        if (lab.Dataset.Length > 0)
        {
            var named = settings.Format(settings.Find("data"));
            var source = DataSource.Of(named, lab.Dataset, arguments.Data);
            if (source.Notice is { } notice) terminal.Notice(notice);
            if (named.Length > 0 || source.IsPath) settings = settings.With("data", source.Dataset);
            folders = source.Folders;
        }
        return LabRun.Begin(lab, settings, Options(folders) with { Root = arguments.Out ?? "runs" });
    }

    private LabRun Resumed(string folder)
    {
        if (arguments.Out is not null)
            throw new UsageException("--resume goes on in the folder of the lab, so --out cannot be given with it.");
        var configuration = LabConfiguration.Read(folder);
        if (arguments.Lab is { } name && Labs.Get(name) != configuration.Lab)
            throw new UsageException($"The lab in {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))} is {configuration.Lab.Name}, not {name}. Leave the name out, or start a new lab without --resume.");
        int? threads = null;
        foreach (var (key, value) in arguments.Assignments)
        {
            var setting = configuration.Settings.Find(key);
            var changed = configuration.Settings.With(key, value);
            if (setting.Name == "threads") threads = int.Parse(changed.Format(setting), System.Globalization.CultureInfo.InvariantCulture);
            else if (changed.Format(setting) != configuration.Settings.Format(setting))
                throw new UsageException($"The lab was begun with {setting.Name}={configuration.Settings.Format(setting)} and cannot go on with {setting.Name}={changed.Format(setting)}. Leave it out, or start a new lab without --resume.");
        }
        return LabRun.Resume(folder, Options(arguments.Data), threads);
    }

    private LabOptions Options(IReadOnlyList<string> folders) => new()
    {
        Data = DataAccess.Options(folders, terminal),
        LaneWidth = LaneOption.Parse(arguments.Lanes, terminal),
        Say = line =>
        {
            terminal.Prose.WriteLine(line);
            terminal.Prose.Flush();
        },
        Notice = terminal.Notice,
        Cancellation = terminal.Cancellation,
    };

    private static JsonObject Document(LabRun run, bool isComplete) => new()
    {
        ["lab"] = run.Lab.Name,
        ["folder"] = run.Folder,
        ["complete"] = isComplete,
        ["page"] = isComplete ? run.PagePath : null,
        ["results"] = isComplete ? JsonNode.Parse(File.ReadAllText(run.ResultsPath)) : null,
    };
}
