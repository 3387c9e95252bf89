using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Lanes;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>What is asked for when something is to be trained, as it was written.</summary>
public sealed record TrainArguments
{
    /// <summary>
    /// The name of a recipe; <see cref="Recipes.DefaultName"/> where null. A path of data in its place is the data.
    /// </summary>
    public string? Recipe { get; init; }

    /// <summary>The folder of a run to go on with; null for a new one.</summary>
    public string? Resume { get; init; }

    /// <summary>The folder of all runs, in which that of a new one is made; <c>runs</c> where null.</summary>
    public string? Out { get; init; }

    /// <summary>SIMD register width; the result does not depend on it.</summary>
    public LaneWidth Lanes { get; init; } = LaneWidth.Automatic;

    /// <summary>Whether no report is written at the end.</summary>
    public bool NoReport { get; init; }

    /// <summary>Whether the linter is not asked; otherwise its errors refuse the training.</summary>
    public bool NoLint { get; init; }

    /// <summary>Where the data are, or the data themselves; empty for everywhere. See <see cref="DataSource"/>.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Settings by name, such as <c>("epochs", "3")</c>; see <see cref="RecipeSettings.All"/>.</summary>
    public IReadOnlyList<(string Key, string Value)> Assignments { get; init; } = [];
}

/// <summary>What is to be trained, checked: a new run, or one to go on with.</summary>
public sealed partial record TrainRequest
{
    /// <summary>What is trained.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>The settings, the recipe's own included.</summary>
    public required RecipeSettings Settings { get; init; }

    /// <summary>SIMD register width.</summary>
    public required LaneWidth Lanes { get; init; }

    /// <summary>Whether a report is written at the end.</summary>
    public required bool WithReport { get; init; }

    /// <summary>Whether the linter looks at the network first.</summary>
    public bool WithLint { get; init; }

    /// <summary>The data of a new run; null for one to go on with, which knows its own.</summary>
    public DataSource? Source { get; init; }

    /// <summary>Where the data of a run to go on with are now; empty for where they were.</summary>
    public IReadOnlyList<string> DataPlaces { get; init; } = [];

    /// <summary>The folder of all runs.</summary>
    public required string Root { get; init; }

    /// <summary>What a new run is called, before its time: after the folder or archive of its data, otherwise after the recipe.</summary>
    public string RunName => Source is { IsPath: true } source ? Named(source.Dataset) : Recipe.Name;

    /// <summary>The run to go on with, and what it was made with; null for a new one.</summary>
    public (RunFolder Folder, RunConfiguration Configuration)? Resumed { get; init; }

    /// <summary>Checks what is asked for. Nothing is loaded or written for it.</summary>
    /// <param name="arguments">What is asked for.</param>
    /// <param name="context">Told what is odd about it.</param>
    /// <exception cref="UsageException">A name, a value or a combination cannot be meant so.</exception>
    /// <exception cref="DataException">The run to go on with cannot be read.</exception>
    public static TrainRequest From(TrainArguments arguments, WorkContext context)
    {
        AssignmentList.CheckTwice(arguments.Assignments);
        return arguments.Resume is null ? New(arguments, context) : Resume(arguments, arguments.Resume, context);
    }

    private static TrainRequest New(TrainArguments arguments, WorkContext context)
    {
        arguments = WithDataNamed(arguments, context.Registry);
        if (Boxes(arguments) is { } boxes) return boxes;
        Refuse(arguments, "is for pictures with boxes, and there are none that are read", "box-format", "first-pixel");
        if (arguments.Assignments.Any(one => one.Key.Equals("from", StringComparison.OrdinalIgnoreCase) && one.Value.Length > 0))
            return FineTuning(arguments, context);
        var recipe = context.Registry.Recipe(arguments.Recipe ?? Recipes.DefaultName);
        var settings = Setting<RecipeSettings>.Apply(recipe.Settings, RecipeSettings.All, arguments.Assignments);
        var source = DataSource.Of(settings.Data.Name, recipe.Dataset, arguments.Data);
        if (arguments.Recipe is null && source.IsPath)
        {
            recipe = Recipes.For(source, settings.Data.Images);
            settings = Setting<RecipeSettings>.Apply(recipe.Settings, RecipeSettings.All, arguments.Assignments);
        }
        if (source.IsPath && !ClassFolders.HaveMasks(source.Dataset, settings.Data.Images))
            Refuse(arguments, $"is for images with masks, and {ShownPath.Of(source.Dataset)} has none", "patch", "mask-classes",
                "mask-ignore", "mask-colours");
        var own = recipe.Settings;
        if (settings.Data.Name.Length > 0 || source.IsPath)
            settings = settings with { Data = settings.Data with { Name = source.Dataset } };
        CheckEffects(arguments.Assignments, settings);
        if (settings.Network.Length > 0 && settings.ChooseArchitecture() is null) Datasets.CheckPlace(settings.Network);
        if (settings.Weights.Length > 0) Datasets.CheckPlace(settings.Weights);
        var rate = RecipeSettings.Get("learning-rate");
        if (settings.Training.Optimizer.GetType() != own.Training.Optimizer.GetType() && rate.IsSame(settings, own))
            context.Tell($"The learning rate {rate.Format(own)} of this recipe was chosen for "
                + $"{own.Training.Optimizer.Name.ToLowerInvariant()}. Adam likes about 0.001, SGD about 0.1: RecipeSettings.LearningRate = ...");
        return Begun(arguments, recipe, settings, source);
    }

    // What nothing would read is no setting of this training.
    private static void Refuse(TrainArguments arguments, string why, params string[] settings)
    {
        foreach (var (key, value) in arguments.Assignments)
            if (settings.Contains(key, StringComparer.OrdinalIgnoreCase)
                && !RecipeSettings.Get(key).IsSame(new RecipeSettings().With(key, value), new RecipeSettings()))
                throw new UsageException($"The setting {key} {why}: leave it out.");
    }

    private static TrainRequest Begun(TrainArguments arguments, Recipe recipe, RecipeSettings settings, DataSource source) => new()
    {
        Recipe = recipe,
        Settings = settings,
        Lanes = arguments.Lanes,
        WithReport = !arguments.NoReport,
        WithLint = !arguments.NoLint,
        Source = source,
        Root = arguments.Out ?? "runs",
    };

    private static TrainRequest Resume(TrainArguments arguments, string path, WorkContext context)
    {
        if (arguments.Out is not null)
            throw new UsageException("TrainArguments.Resume goes on in the folder of the run, so TrainArguments.Out cannot be given with it.");
        if (RunFolder.IsUnbegun(path))
            throw new DataException($"Nothing was trained yet in {path}: the run was stopped before its first file was written, so there "
                + "is nothing to go on with. Start anew, without TrainArguments.Resume");
        var folder = RunFolder.Open(path);
        var configuration = RunConfiguration.Read(folder, context.Registry);
        if (configuration.Lab is not null)
            throw new UsageException($"{folder.Name} is a training of the lab {configuration.Lab}, which goes on with it: LabArguments.Resume = {ShownPath.Of(Path.GetDirectoryName(folder.Location)!)}");
        CheckDescribed(folder, configuration);
        if (arguments.Recipe is { } recipe && context.Registry.Recipe(recipe).Name != configuration.Recipe)
            throw new UsageException($"The run {folder.Name} is "
                + $"{(configuration.Recipe.Length == 0 ? "that of a program" : $"of the recipe {configuration.Recipe}")}, not {recipe}. "
                + "Leave the recipe out, or start a new run without TrainArguments.Resume.");
        var settings = configuration.Settings;
        foreach (var (key, value) in arguments.Assignments)
        {
            var setting = RecipeSettings.Get(key);
            var changed = setting.Apply(settings, value);
            if (setting.ChangesResult && !setting.IsSame(changed, settings))
                throw new UsageException($"The run {folder.Name} was made with {setting.Name}={setting.Format(settings)} and cannot go on with {setting.Name}={setting.Format(changed)}. Leave it out, or start a new run without TrainArguments.Resume.");
            settings = changed;
        }
        return new TrainRequest
        {
            Recipe = RunInput.RecipeOf(folder, configuration, context.Registry),
            Settings = settings,
            Lanes = arguments.Lanes,
            WithReport = !arguments.NoReport,
            DataPlaces = arguments.Data,
            Root = "",
            Resumed = (folder, configuration),
        };
    }

    /// <summary>Loads the data of a new run.</summary>
    /// <exception cref="DataException">There is no data set at the place; the message says what was found.</exception>
    public SplitData LoadData(WorkContext context) => IsDetection
        ? Settings.Choose(BoxAccess.Load(Settings.Data.Name, Settings.Data.Images, context).Split) :
        Settings.Choose(DataAccess.Load(Source ?? throw new InvalidOperationException("A run that goes on has "
            + "data of its own."), context, images: Settings.Data.Images));

    private static string Named(string path)
    {
        var name = Directory.Exists(path) ? Path.GetFileName(path) : Path.GetFileName(path).Split('.')[0];
        var plain = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-')).Trim('-');
        return plain.Length == 0 ? "photos" : plain.Length <= 40 ? plain : plain[..40];
    }

    // What the checkpoints hold, nobody need describe.
    private static void CheckDescribed(RunFolder folder, RunConfiguration configuration)
    {
        if (File.Exists(folder.ModelPath)) return;
        var hasCheckpoint = folder.Checkpoints.Steps().Count > 0;
        var missing = configuration.OnlyInCode.Where(custom => !(custom.Setting == "initial-weights" && hasCheckpoint)).Select(custom =>
            $"{custom.Setting} ({custom.What})").ToList();
        if (missing.Count > 0)
            throw new UsageException($"The run {folder.Name} was begun by a program with what no text describes: "
                + $"{string.Join(", ", missing)}. "
                + "Only that program can go on with it: by Trainer.Fit with the same options and Resume = true, or with its words in "
                + "WorkContext.Registry.");
    }

    private static void CheckEffects(IReadOnlyList<(string Key, string Value)> assignments, RecipeSettings settings)
    {
        foreach (var (key, _) in assignments)
            if (RecipeSettings.Get(key) is var setting && !setting.HasEffect(settings))
                throw new UsageException($"The setting {setting.Name} has no effect here: it needs {setting.Needs}. Set that too, or leave {setting.Name} out.");
    }
}
