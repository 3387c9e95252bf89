using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// Fills the form of a training: recipes, data, networks and every setting with its meaning, range and value, and says what is wrong before
/// anything is begun. What is chosen is looked up in lists; settings that name files are left to programs and the command line, so that no
/// text of a form becomes a path.
/// </summary>
/// <param name="project">The folder of data and model files; none where null.</param>
/// <param name="runs">The folder of runs, in which new ones are made.</param>
/// <param name="shelf">Models that a training may begin with.</param>
/// <param name="catalogue">Earlier runs, for how long it takes.</param>
/// <param name="data">Folders, archives and tables that are data too, wherever they are; those of a <see cref="DataShelf"/>.</param>
public sealed class TrainDesk(string? project, string? runs, ModelShelf shelf, RunCatalogue catalogue, IReadOnlyList<string>? data = null)
{
    /// <summary>Settings that a form has in its plain view, beside recipe, data and network.</summary>
    public static IReadOnlyList<string> Plain { get; } = ["epochs", "learning-rate", "batch-size", "augmentation", "seed"];

    /// <summary>What ids of folders and archives begin with; others are names of published sets.</summary>
    public const string PlacePrefix = TrainPlaces.Prefix;

    // Their values are paths, or go with one.
    private static readonly string[] Left =
    [
        "network", "output", "weights", "fresh-head", "from", "preparation", "body-end", "head-only", "head-epochs", "initial-weights",
            "data",
        "image-folder", "file-column", "label-column", "task",
    ];

    private readonly TrainPlaces places = new(project, data);
    private readonly NetworkFolder networks = new(project);

    /// <summary>The recipes: name, what it is, and its data.</summary>
    public static IReadOnlyList<(string Name, string Description, string Data)> Recipes { get; } =
        [.. Zoo.Recipes.All.Select(recipe => (recipe.Name, recipe.Description, recipe.Dataset))];

    /// <summary>The architectures: name, and what it is.</summary>
    public static IReadOnlyList<(string Name, string Description)> Architectures { get; } =
        [.. Zoo.Architectures.All.Select(one => (one.Name, one.Description))];

    /// <summary>The folder of runs.</summary>
    public string Runs { get; } = FolderWalk.Root(runs) ?? Path.GetFullPath("runs");

    /// <summary>Data to choose from.</summary>
    public IReadOnlyList<TrainPlace> Places => places.All;

    /// <summary>The path of a folder or archive of <see cref="Places"/>; null for a published set.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="UsageException">There are no such data.</exception>
    internal string? PathOf(string id) => places.PathOf(id);

    /// <summary>Networks that were designed in the project, each as the choice that names it.</summary>
    public IReadOnlyList<string> Designed => [.. networks.Names.Select(DesignedId)];

    /// <summary>Models that a training may begin with: runs and files.</summary>
    public IReadOnlyList<ShelfModel> Models => [.. shelf.Models.Where(model => model.Kind != ShelfKind.Bundled)];

    /// <summary>The choice of a network of the project; an architecture may have the same name.</summary>
    /// <param name="name">Its name in the folder of networks.</param>
    public static string DesignedId(string name) => $"{NetworkFolder.FolderName}/{name}";

    /// <summary>Checks a choice and fills the form. Nothing is loaded or begun.</summary>
    /// <exception cref="UsageException">There is no such recipe, setting, network or data.</exception>
    public TrainForm Fill(TrainChoice choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        var path = choice.Data.Length > 0 ? places.PathOf(choice.Data) : null;
        var recipe = RecipeOf(choice, path);
        var assignments = new List<(string Key, string Value)>();
        if (choice.Network.Length > 0) assignments.Add(("network", NetworkOf(choice.Network)));
        if (choice.Data.Length > 0 && path is null) assignments.Add(("data", choice.Data));
        if (choice.Settings.GroupBy(one => SettingOf(one.Name).Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"{twice.Key} is given twice. Leave one out.");
        var typed = choice.Settings.ToDictionary(one => SettingOf(one.Name).Name, one => one.Value.Trim());
        var (settings, faults) = Applied(recipe.Settings, assignments, typed, path);
        var changed = typed.Where(one => one.Value != SettingOf(one.Key).Format(recipe.Settings)).Select(one => (one.Key, one.Value))
            .ToList();
        var arguments = new TrainArguments
        {
            // Data take the place of a recipe that nobody named.
            Recipe = choice.Recipe.Length > 0 || path is null ? recipe.Name : path,
            Data = choice.Recipe.Length > 0 && path is not null ? [path] : [],
            Out = Runs,
            Assignments = [.. assignments, .. changed],
        };
        var notices = new List<string>();
        var fault = faults.Values.FirstOrDefault(one => one.Length > 0) ?? "";
        try
        {
            if (fault.Length == 0) TrainRequest.From(arguments, new WorkContext { Notice = notices.Add });
        }
        catch (FeatureMapException error)
        {
            fault = error.Message;
        }
        return new TrainForm(choice, recipe.Name, recipe.Description, [.. Shown.Select(setting => new TrainField(setting.Name,
            setting.Meaning,
            setting.Range, setting.Format(recipe.Settings), typed.GetValueOrDefault(setting.Name) ?? setting.Format(settings))
        {
            Needs = setting.Needs ?? "",
            HasEffect = setting.HasEffect(settings),
            Words = setting.Words,
            Fault = faults.GetValueOrDefault(setting.Name) ?? "",
        })])
        {
            Fault = fault,
            Notices = notices,
            Arguments = arguments,
            Estimate = fault.Length > 0 ? null : EstimateOf(recipe.Name, choice, settings),
        };
    }

    /// <summary>What the recipe of a choice has for each setting of a form.</summary>
    /// <param name="choice">Recipe and data count.</param>
    /// <exception cref="UsageException">There is no such recipe or data.</exception>
    public IReadOnlyDictionary<string, string> Usual(TrainChoice choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        var recipe = RecipeOf(choice, choice.Data.Length > 0 ? places.PathOf(choice.Data) : null);
        return Shown.ToDictionary(setting => setting.Name, setting => setting.Format(recipe.Settings));
    }

    private static Recipe RecipeOf(TrainChoice choice, string? path) => choice.Recipe.Length > 0 ? Zoo.Recipes.Get(choice.Recipe)
        : path is null ? Zoo.Recipes.Get(Zoo.Recipes.DefaultName)
        : BoxAccess.IsAt(path) ? Zoo.Recipes.Detector : Zoo.Recipes.For(DataSource.Of(null, [path]));

    /// <summary>What was chosen for a run, so that it can be begun again with changes.</summary>
    /// <param name="id">The run.</param>
    /// <param name="fromItsWeights">Whether the new one begins with the weights of that one: it goes on longer.</param>
    /// <exception cref="UsageException">There is no such run, or a form cannot say what it was made with.</exception>
    public TrainChoice ChoiceOf(string id, bool fromItsWeights)
    {
        var entry = catalogue.Get(id);
        if (entry.Configuration is not { } made)
            throw new UsageException($"It is not known how {id} was made: its configuration cannot be read.");
        if (made.Recipe.Length == 0 || made.Lab is not null)
            throw new UsageException(made.Lab is null ? $"{id} was begun by a program, and no form says what that does."
                : $"{id} is a training of the lab {made.Lab}, and no form says what that does.");
        var recipe = Zoo.Recipes.Get(made.Recipe);
        var settings = made.Settings;
        if (settings.From.Length > 0)
            throw new UsageException($"{id} began with pretrained weights, and a form does not say them: give them on the command line.");
        var data = settings.Data.Name.Length == 0 ? "" : places.IdOf(settings.Data.Name);
        // Another set or network in their place would be a run of something else.
        if (data.Length == 0 && settings.Data.Name.Length > 0 && settings.Data.Name != recipe.Dataset)
            throw new UsageException($"{id} was trained on {ShownPath.Of(settings.Data.Name)}, and these data cannot be chosen here. Name "
                + "them when the studio is started, or train in a terminal.");
        var network = fromItsWeights ? id : settings.Network.Length == 0 ? "" : settings.ChooseArchitecture()?.Name
            ?? ChoiceOfFile(Path.GetFullPath(settings.Network))
            ?? throw new UsageException($"{id} was trained with the network {ShownPath.Of(settings.Network)}, which is none of the "
                + "project, so it cannot be chosen here. Train in a terminal.");
        return new TrainChoice
        {
            Recipe = recipe.Name,
            Data = data,
            Network = network,
            Settings = [.. Shown.Where(setting => !setting.IsPart && !setting.IsSame(settings, recipe.Settings)
                && setting.HasEffect(settings)
                && setting.OnlyInCode(settings) is null).Select(setting => (setting.Name, setting.Format(settings)))],
        };
    }

    private string? ChoiceOfFile(string path) =>
        networks.Names.Where(name => networks.PathOf(name) == path).Select(DesignedId).FirstOrDefault()
        ?? Models.FirstOrDefault(model => shelf.PathOf(model.Id) == path)?.Id;

    private static IEnumerable<Setting<RecipeSettings>> Shown => RecipeSettings.All.Where(setting => !Left.Contains(setting.Name));

    private static Setting<RecipeSettings> SettingOf(string name) => RecipeSettings.Get(name) is var setting && !Left.Contains(setting.Name)
        ? setting : throw new UsageException($"The setting {setting.Name} names a file or goes with one: give it on the command line.");

    private string NetworkOf(string text)
    {
        if (Zoo.Architectures.Find(text) is { } architecture) return architecture.Name;
        if (networks.Names.FirstOrDefault(name => DesignedId(name) == text) is { } designed) return networks.PathOf(designed);
        if (Models.Any(model => model.Id == text)) return shelf.PathOf(text);
        var all = Zoo.Architectures.All.Select(one => one.Name).Concat(Designed).Concat(Models.Select(model => model.Id));
        throw new UsageException($"There is no network '{ValueKind.Shortened(text)}'.{NearestName.Suggest(text, all)}");
    }

    /// <summary>The settings with everything that can be applied, and what is wrong with the rest.</summary>
    private static (RecipeSettings Settings, Dictionary<string, string> Faults) Applied(RecipeSettings settings,
        IEnumerable<(string Key, string Value)> assignments, Dictionary<string, string> typed, string? path)
    {
        var faults = new Dictionary<string, string>();
        if (path is not null) settings = settings with { Data = settings.Data with { Name = path } };
        foreach (var (key, value) in assignments) settings = RecipeSettings.Get(key).Apply(settings, value);
        foreach (var (name, value) in typed.OrderBy(one => RecipeSettings.Get(one.Key).IsPart))
        {
            try
            {
                settings = RecipeSettings.Get(name).Apply(settings, value);
            }
            catch (UsageException error)
            {
                faults[name] = error.Message;
            }
        }
        return (settings, faults);
    }

    // Epochs of a run of the same recipe, network and data take about as long.
    private TrainEstimate? EstimateOf(string recipe, TrainChoice choice, RecipeSettings settings)
    {
        var network = RecipeSettings.Get("network");
        var data = RecipeSettings.Get("data");
        foreach (var run in catalogue.Runs)
        {
            if (run.Recipe != recipe || run.Setting(network.Name) != network.Format(settings) || run.Setting(data.Name) !=
                data.Format(settings)
                || (choice.Data.Length == 0 && run.Setting("training-images") != RecipeSettings.Get("training-images").Format(settings)))
                continue;
            var times = run.Epochs.Select(epoch => epoch.Seconds).Where(double.IsFinite).ToList();
            if (times.Count > 0) return new TrainEstimate(times.Average() * settings.Training.Epochs, run.Name, times.Average());
        }
        return null;
    }
}
