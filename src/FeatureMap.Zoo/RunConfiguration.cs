using System.Text.Json;
using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Reports;
using FeatureMap.Training;

namespace FeatureMap.Zoo;

/// <summary>
/// What <c>config.json</c> of a run folder holds: everything needed to repeat the run. The file may come from anywhere, so it is read as a closed
/// list: what is unknown, missing, twice there, of another type or out of range is an error that names the place.
/// </summary>
public sealed record RunConfiguration
{
    private const string LabPrefix = "lab:", Fit = "fit";

    /// <summary>
    /// The recipe's name; for a training of a lab, <c>lab:</c> and the lab's name; empty for a training that a program began.
    /// </summary>
    public string Recipe { get; init; } = "";

    /// <summary>
    /// What only the program that began the training can describe, such as a loss of its own: the settings, and what stands there.
    /// </summary>
    public IReadOnlyList<(string Setting, string What)> OnlyInCode { get; init; } = [];

    /// <summary>The name of the lab that the training belongs to; null for a run of a recipe.</summary>
    public string? Lab => Recipe.StartsWith(LabPrefix, StringComparison.Ordinal) ? Recipe[LabPrefix.Length..] : null;

    /// <summary>The settings, the recipe's own included.</summary>
    public required RecipeSettings Settings { get; init; }

    /// <summary>The data.</summary>
    public required RunData Data { get; init; }

    /// <summary>What a report tells first of a training that the settings cannot describe, as those of labs; empty where they do.</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>What <see cref="Recipe"/> is for the trainings of a lab.</summary>
    internal static string NameOf(Lab lab) => LabPrefix + lab.Name;

    /// <summary>Reads <c>config.json</c> of a run folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="DataException">The file is missing or not as this program writes it.</exception>
    public static RunConfiguration Read(RunFolder folder, Registry? registry = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return ConfigurationJson.ReadFile(folder.ConfigPath,
            "it is not known how this run was made. Runs of 'featuremap train' and of Trainer.Fit have it.",
            json => Parse(json, folder.ConfigPath, registry));
    }

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="json">The whole content.</param>
    /// <param name="place">The name of the file, for messages.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="DataException">It is not as this program writes it.</exception>
    public static RunConfiguration Parse(string json, string place, Registry? registry = null) =>
        ConfigurationJson.Parse(json, place, root => Read(root, place, registry ?? Registry.Default));

    /// <summary>The text of <c>config.json</c>.</summary>
    public string ToJson() => RunRecord.ToJson(Recipe, Data, json => RunRecord.Write(json, RecipeSettings.All, Settings),
        [.. Facts.Select(fact => KeyValuePair.Create(fact.Name, fact.Value))]);

    private static IEnumerable<Setting<RecipeSettings>> Kept => RecipeSettings.All.Where(setting => !setting.IsPart);

    private static RunConfiguration Read(JsonElement root, string place, Registry registry)
    {
        ConfigurationJson.CheckNames(root, "", ["version", "recipe", "data", "settings", "facts"], place, ["recipe", "facts"]);
        ConfigurationJson.CheckVersion(root, RunRecord.Version, place);
        var settings = root.GetProperty("settings");
        var hasRecipe = root.TryGetProperty("recipe", out _);
        string[] names = [.. Kept.Select(setting => setting.Name)];
        // A program has no recipe, so nothing that a recipe has besides training and data.
        string[] programs = [.. TrainingOptions.Settings.Select(setting => setting.Name),
            .. DataChoice.Settings.Select(setting => setting.Name)];
        ConfigurationJson.CheckNames(
            settings, "settings.", names, place, [Fit, "task", "decode", "box-format", "first-pixel", .. RecipeSettings.AddedLater,
                .. hasRecipe ? [] : names.Except(programs)]);
        var read = new RecipeSettings { Training = new() { Words = registry.Words } };
        var custom = new List<(string, string)>();
        foreach (var setting in Kept)
        {
            if (!settings.TryGetProperty(setting.Name, out var value)) continue;
            if (Setting<RecipeSettings>.CustomIn(value) is { } what)
            {
                if (setting.ReadOwn(read, what) is { } described) read = described;
                else custom.Add((setting.Name, what));
                continue;
            }
            read = setting.Read(read, value) ?? throw new DataException($"{place}: settings.{setting.Name} is {ConfigurationJson.Shown(value)}; expected {setting.Range}.");
        }
        return new RunConfiguration
        {
            Recipe = hasRecipe ? ReadRecipe(root, place, registry) : "",
            Settings = settings.TryGetProperty(Fit, out _) ? read : Squashed(read),
            OnlyInCode = custom,
            Data = RunDataFile.Read(root, read.Data.Name, place),
            Facts = root.TryGetProperty("facts", out var facts) ? ReadFacts(facts, place) : [],
        };
    }

    // Before there was a fit, images that got another size were squashed.
    private static RecipeSettings Squashed(RecipeSettings read) =>
        read.Data.Images.Size is null ? read : read with { Data = read.Data with { Images = read.Data.Images with { Fit = ImageFit.Squash } } };

    // Labs may be of the user's own; what their trainings need stands in the settings.
    private static string ReadRecipe(JsonElement root, string place, Registry registry)
    {
        var text = ConfigurationJson.Text(root, "", "recipe", place);
        string[] known = [.. registry.Known.Select(recipe => recipe.Name)];
        return text.StartsWith(LabPrefix, StringComparison.Ordinal) || known.Contains(text) ? text
            : throw new DataException($"{place}: recipe is '{ConfigurationJson.Cut(text)}', which this program does not "
                + $"know.{NearestName.Suggest(text, known)} A recipe of another program is opened by that program, with its Registry.");
    }

    private static IReadOnlyList<ReportFact> ReadFacts(JsonElement facts, string place)
    {
        if (facts.ValueKind != JsonValueKind.Object)
            throw new DataException($"{place}: facts is {ConfigurationJson.Shown(facts)}; expected an object.");
        return [.. facts.EnumerateObject().Select(fact => new ReportFact(fact.Name, ConfigurationJson.Text(facts, "facts.", fact.Name, place)))];
    }
}
