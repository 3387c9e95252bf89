using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What somebody chose on a form for a lab: words, as they were typed.</summary>
/// <param name="Lab">The name of the lab.</param>
/// <param name="IsQuick">Whether the small version is run.</param>
public sealed record LabChoice(string Lab, bool IsQuick)
{
    /// <summary>The id of data, from <see cref="TrainDesk.Places"/>; empty for those of the lab.</summary>
    public string Data { get; init; } = "";

    /// <summary>Settings that were changed, in any order.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];
}

/// <summary>A form for a lab, checked: what every setting is, what is wrong, and what is to be begun.</summary>
/// <param name="Choice">What was chosen.</param>
/// <param name="Lab">The lab.</param>
/// <param name="Fields">Its settings, in the order of display; what is usual is that of the version that was chosen.</param>
public sealed record LabForm(LabChoice Choice, Lab Lab, IReadOnlyList<TrainField> Fields)
{
    /// <summary>Why it cannot be begun like this; empty where it can.</summary>
    public string Fault { get; init; } = "";

    /// <summary>What the arguments of the lab are.</summary>
    public LabArguments Arguments { get; init; } = new();

    /// <summary>How much it is going to do; null where the lab does not say it.</summary>
    public LabPlan? Plan { get; init; }

    /// <summary>How long it may take, from a lab of the same kind; null where there was none.</summary>
    public LabEstimate? Estimate { get; init; }
}

/// <summary>Fills the form of a lab and says what is wrong before anything is begun. Nothing is loaded, and no text becomes a path: data
/// are chosen from a list.</summary>
/// <param name="training">What data there are, and the folder of runs.</param>
/// <param name="catalogue">Earlier labs, for how long it takes.</param>
/// <param name="registry">Which labs there are; those of the library where null.</param>
public sealed class LabDesk(TrainDesk training, LabCatalogue catalogue, Registry? registry = null)
{
    private readonly Registry registry = registry ?? Registry.Default;

    /// <summary>Every lab.</summary>
    public IReadOnlyList<Lab> Labs => registry.Labs;

    /// <summary>Whether there is a lab of this name.</summary>
    public bool Has(string name) => Labs.Any(lab => lab.Name == name);

    /// <summary>Data that may be chosen for a lab: published sets only where it takes sets of classes.</summary>
    public IReadOnlyList<TrainPlace> PlacesOf(Lab lab)
    {
        ArgumentNullException.ThrowIfNull(lab);
        return [.. training.Places.Where(place => lab.Dataset.Length > 0 || place.Id.StartsWith(TrainDesk.PlacePrefix,
            StringComparison.Ordinal))];
    }

    /// <summary>Checks a choice and fills the form.</summary>
    /// <exception cref="UsageException">There is no such lab, setting or data, or a setting is given twice.</exception>
    public LabForm Fill(LabChoice choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        var lab = registry.Lab(choice.Lab);
        var usual = choice.IsQuick ? LabSettings.QuickOf(lab) : LabSettings.Of(lab);
        var typed = new Dictionary<string, string>();
        foreach (var (name, value) in choice.Settings)
        {
            var setting = usual.Find(name);
            if (setting.Name == "data") throw new UsageException("The data of a lab are chosen by data, from the list.");
            if (!typed.TryAdd(setting.Name, value.Trim())) throw new UsageException($"{setting.Name} is given twice. Leave one out.");
        }
        var (settings, faults) = (usual, new Dictionary<string, string>());
        foreach (var (name, value) in typed)
            try
            {
                settings = settings.With(name, value);
            }
            catch (UsageException error)
            {
                faults[name] = error.Message;
            }
        var changed = typed.Where(one => one.Value != usual.Format(usual.Find(one.Key))).Select(one => (one.Key, one.Value)).ToList();
        var (path, set) = DataOf(lab, choice.Data);
        if (set.Length > 0) changed.Insert(0, ("data", set));
        return new LabForm(choice, lab, [.. usual.All.Where(setting => setting.Name != "data").Select(setting =>
            new TrainField(setting.Name,
            setting.Description, setting.Range, usual.Format(setting), typed.GetValueOrDefault(setting.Name) ?? usual.Format(setting))
        {
            Words = setting.Choices,
            Fault = faults.GetValueOrDefault(setting.Name) ?? "",
        })])
        {
            Fault = faults.Values.FirstOrDefault() ?? "",
            Arguments = new LabArguments
            {
                Lab = lab.Name,
                IsQuick = choice.IsQuick,
                Out = training.Runs,
                Data = path is null ? [] : [path],
                Assignments = changed,
            },
            Plan = lab.Plan(settings),
            Estimate = faults.Count > 0 ? null : catalogue.Estimate(lab, settings),
        };
    }

    private (string? Path, string Set) DataOf(Lab lab, string id)
    {
        if (id.Length == 0) return (null, "");
        var path = training.PathOf(id);
        if (path is null && lab.Dataset.Length == 0)
            throw new UsageException($"The lab {lab.Name} needs {lab.Needs}, and {ValueKind.Shortened(id)} is a published set: choose a "
                + "folder or an archive.");
        return path is null ? (null, id) : (path, "");
    }
}
