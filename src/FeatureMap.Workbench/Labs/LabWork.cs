using FeatureMap.Data;
using FeatureMap.Lanes;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What is asked for when a lab is to be run, as it was written.</summary>
public sealed record LabArguments
{
    /// <summary>The name of a lab; may be null where one is gone on with.</summary>
    public string? Lab { get; init; }

    /// <summary>The folder of a lab to go on with; null for a new one.</summary>
    public string? Resume { get; init; }

    /// <summary>The folder of all runs, in which that of a new lab is made; <c>runs</c> where null.</summary>
    public string? Out { get; init; }

    /// <summary>SIMD register width; the result does not depend on it.</summary>
    public LaneWidth Lanes { get; init; } = LaneWidth.Automatic;

    /// <summary>Whether the small version of the lab is run, for a first look.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Where the data are, or the data themselves; empty for everywhere. See <see cref="DataSource"/>.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Settings by name, such as <c>("epochs", "3")</c>.</summary>
    public IReadOnlyList<(string Key, string Value)> Assignments { get; init; } = [];
}

/// <summary>Begins a lab, or goes on with one.</summary>
public static class LabWork
{
    /// <summary>Checks what is asked for and makes or opens the folder; <see cref="LabRun.Execute"/> then does the work.</summary>
    /// <param name="arguments">What is asked for.</param>
    /// <param name="context">Told progress and notices; stops the lab.</param>
    /// <param name="say">Told a line whenever something is done.</param>
    /// <exception cref="UsageException">A name, a value or a combination cannot be meant so.</exception>
    /// <exception cref="DataException">The folder cannot be made, or is not that of a lab.</exception>
    public static LabRun Open(LabArguments arguments, WorkContext context, Action<string>? say = null)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(context);
        AssignmentList.CheckTwice(arguments.Assignments);
        context.CheckRanks();
        LabOptions Options(IReadOnlyList<string> folders) => new()
        {
            Data = context.Data(folders),
            LaneWidth = arguments.Lanes,
            Device = context.Device,
            Collective = context.Ranks?.Collective,
            Beginning = () => context.Ranks?.Agree(null),
            Say = say,
            Notice = context.Tell,
            Cancellation = context.Cancellation,
        };
        return arguments.Resume is { } folder ? Resumed(arguments, folder, context.Registry, Options)
            : Begun(arguments, context.Registry.Lab(arguments.Lab ?? throw new UsageException("Which lab? Give its name, or the folder of one.")), context, Options);
    }

    private static LabRun Begun(
        LabArguments arguments, Lab lab, WorkContext context, Func<IReadOnlyList<string>, LabOptions> options)
    {
        var settings = arguments.IsQuick ? LabSettings.QuickOf(lab) : LabSettings.Of(lab);
        foreach (var (key, value) in arguments.Assignments)
            settings = settings.With(key, value);
        var folders = arguments.Data;
        foreach (var place in folders)
            Datasets.CheckPlace(place);
        if (lab.Dataset.Length > 0)
        {
            var named = settings.Format(settings.Find("data"));
            var source = DataSource.Of(named, lab.Dataset, arguments.Data);
            context.Tell(source.Notice);
            if (named.Length > 0 || source.IsPath) settings = settings.With("data", source.Dataset);
            folders = source.Folders;
        }
        return LabRun.Begin(lab, settings, options(folders) with { Root = arguments.Out ?? "runs", IsQuick = arguments.IsQuick });
    }

    private static LabRun Resumed(
        LabArguments arguments, string folder, Registry registry, Func<IReadOnlyList<string>, LabOptions> options)
    {
        if (arguments.Out is not null)
            throw new UsageException("LabArguments.Resume goes on in the folder of the lab, so LabArguments.Out cannot be given with it.");
        var configuration = LabConfiguration.Read(folder, registry);
        if (arguments.Lab is { } name && registry.Lab(name) != configuration.Lab)
            throw new UsageException($"The lab in {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))} is {configuration.Lab.Name}, not {name}. Leave the name out, or start a new lab without LabArguments.Resume.");
        int? threads = null;
        foreach (var (key, value) in arguments.Assignments)
        {
            var setting = configuration.Settings.Find(key);
            var changed = configuration.Settings.With(key, value);
            if (setting.Name == "threads") threads = int.Parse(changed.Format(setting), System.Globalization.CultureInfo.InvariantCulture);
            else if (changed.Format(setting) != configuration.Settings.Format(setting))
                throw new UsageException($"The lab was begun with {setting.Name}={configuration.Settings.Format(setting)} and cannot go on with {setting.Name}={changed.Format(setting)}. Leave it out, or start a new lab without LabArguments.Resume.");
        }
        return LabRun.Resume(folder, options(arguments.Data), threads, registry);
    }
}
