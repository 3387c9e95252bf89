using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Opens what work is given: a finished run, a model file, a network.</summary>
public static class RunInput
{
    /// <summary>Opens a finished run.</summary>
    /// <param name="path">Its folder.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="DataException">There is no such run, or it was stopped before its end.</exception>
    public static FinishedRun Finished(string path, Registry? registry = null)
    {
        var folder = RunFolder.Open(path);
        var configuration = RunConfiguration.Read(folder, registry);
        if (!File.Exists(folder.ModelPath))
        {
            var next = configuration.Lab is null ? $"TrainArguments.Resume = {ShownPath.Of(folder.Location)}"
                : $"LabArguments.Resume = {ShownPath.Of(Path.GetDirectoryName(folder.Location)!)}";
            throw new DataException($"The run {folder.Name} is not finished, so it has no model yet. Go on with it: {next}");
        }
        return new(folder, configuration, ModelFile.Load(folder.Location));
    }

    /// <summary>How a run made its pictures fit; null where they had one size, or the path is no run.</summary>
    /// <param name="path">The folder of the run, or the path of something else.</param>
    /// <param name="resize">Whether they shall fit in any case, by the middle where nothing else is said.</param>
    public static ImageFit? FitOf(string path, bool resize = false)
    {
        var images = IsRun(path) ? RunConfiguration.Read(RunFolder.Open(path)).Settings.Data.Images : null;
        return resize || images?.Size is not null ? images?.Fit ?? ImageFit.Crop() : null;
    }

    /// <summary>The model of a run folder, of a model file or of an ONNX file; or an architecture with the weights of torchvision.</summary>
    /// <param name="path">The name or path.</param>
    /// <param name="weights">For an architecture: the file with its weights.</param>
    /// <param name="choice">For an ONNX file: what it leaves open.</param>
    /// <param name="shape">For an ONNX file: the shape of the images at hand; see <see cref="OnnxChoice.Load"/>.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="DataException">There is no such file, or it is broken.</exception>
    /// <exception cref="UsageException">A choice does not go with what is there.</exception>
    public static Model Model(
        string path, string? weights = null, OnnxChoice? choice = null, Func<int?, Shape?>? shape = null, Registry? registry = null)
    {
        if (weights is not null || !IsOnnx(path)) choice?.MustBeEmpty(path);
        if (weights is not null)
            return Architectures.Find(path)?.LoadModel(weights)
                ?? throw new UsageException($"The argument weights goes with the name of an architecture: received '{path}'.{NearestName.Suggest(path, Architectures.All.Select(one => one.Name))}");
        if (IsOnnx(path)) return (choice ?? new OnnxChoice()).Load(path, shape);
        if (!Path.Exists(path) && Architectures.Find(path) is { } known)
            throw new UsageException($"{known.Name} is an architecture, a network without weights. Give "
                + $"torchvision's as the argument weights, or train it with RecipeSettings.Network = {known.Name}");
        return IsRun(path) ? Finished(path, registry).Model : ModelFile.Load(path);
    }

    /// <summary>Whether a path is the folder of a run, finished or not.</summary>
    public static bool IsRun(string path) => Directory.Exists(path) && File.Exists(Path.Combine(path, "config.json"));

    /// <summary>What a model is called in sentences: the name of its file or folder.</summary>
    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    /// <summary>A network by the name of a recipe or an architecture, from a file, or from a run; with the name that it goes by.</summary>
    /// <param name="text">The name or path.</param>
    /// <param name="image">For a name: images of another shape than it was made for.</param>
    /// <param name="classes">For a name: another number of classes.</param>
    /// <param name="choice">For an ONNX file: what it leaves open.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="UsageException">It is none of them, or what is in a file shall be changed.</exception>
    public static (string Name, Network Network) Network(
        string text, Shape? image = null, int? classes = null, OnnxChoice? choice = null, Registry? registry = null)
    {
        if (IsOnnx(text) && classes is null) return (text, (choice ?? new OnnxChoice(image)).Load(text).Network);
        if (Path.Exists(text) || IsOnnx(text))
        {
            if (image is not null || classes is not null)
                throw new UsageException($"{text} is a file or a run, which has a shape and classes of its own: "
                    + "leave image and classes out. They are for the names of recipes and architectures.");
            choice?.MustBeEmpty(text);
            return Stored(text, registry);
        }
        choice?.MustBeEmpty(text);
        if (text.Contains('/', StringComparison.Ordinal) || text.Contains('\\', StringComparison.Ordinal) || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
            || text.EndsWith(NetworkText.Extension, StringComparison.OrdinalIgnoreCase))
            throw new DataException($"There is no file or run folder {text}.");
        return Named(text, image, classes, registry);
    }

    /// <summary>The network of a recipe or architecture, whatever file of that name there is.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    internal static (string Name, Network Network) Named(string text, Shape? image = null, int? classes = null, Registry? registry = null)
    {
        var recipes = (registry ?? Registry.Default).Recipes;
        if (recipes.FirstOrDefault(recipe => string.Equals(recipe.Name, text, StringComparison.OrdinalIgnoreCase)) is { } found)
        {
            var info = Datasets.Info(found.Dataset);
            return (found.Name, found.Build(image ?? info.ImageShape, classes ?? info.ClassNames.Count));
        }
        return Architectures.Find(text) is { } known
            ? (known.Name, known.Build(image, classes))
            : throw new UsageException($"There is no recipe or architecture '{text}'.{NearestName.Suggest(text, recipes.Select(recipe => recipe.Name).Concat(Architectures.All.Select(one => one.Name)))}");
    }

    private static (string Name, Network Network) Stored(string path, Registry? registry)
    {
        if (Directory.Exists(path))
        {
            var folder = RunFolder.Open(path);
            return (folder.Name, File.Exists(folder.NetworkPath) ? NetworkFile.Load(folder.NetworkPath) : Build(RunConfiguration.Read(folder, registry), registry));
        }
        var network = path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, ModelFile.NetworkName) : path;
        return (path, NetworkFile.Load(network));
    }

    /// <summary>The settings that belong to a recipe or run; null for a file or an architecture.</summary>
    /// <param name="text">The name or path.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    public static RecipeSettings? Settings(string text, Registry? registry = null) => Directory.Exists(text)
        ? RunConfiguration.Read(RunFolder.Open(text), registry).Settings
        : (registry ?? Registry.Default).Recipes.FirstOrDefault(recipe => string.Equals(recipe.Name, text, StringComparison.OrdinalIgnoreCase))?.Settings;

    /// <summary>The weights that come with a file or a run; null for a name or a network without weights.</summary>
    public static Model? StoredModel(string text, OnnxChoice? choice = null) =>
        IsOnnx(text) ? Model(text, choice: choice)
        : text.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || (Directory.Exists(text) && File.Exists(Path.Combine(text, ModelFile.WeightsName))) ? Model(text) : null;

    /// <summary>Whether a path says that it is an ONNX file.</summary>
    public static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>The recipe of a run; for a training that a program began, its network and options as one.</summary>
    /// <param name="folder">The folder of the run.</param>
    /// <param name="configuration">What it was made with.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    public static Recipe RecipeOf(RunFolder folder, RunConfiguration configuration, Registry? registry = null) =>
        configuration.Recipe.Length > 0 ? (registry ?? Registry.Default).Recipe(configuration.Recipe)
            : Recipe.OfRun(folder.Name, NetworkFile.Load(folder.NetworkPath), configuration.Settings.Training);

    // A run that was stopped has no network.json yet; what its network looks like depends on its data.
    private static Network Build(RunConfiguration configuration, Registry? registry)
    {
        var (recipe, settings) = ((registry ?? Registry.Default).Recipe(configuration.Recipe), configuration.Settings);
        if (BoxAccess.IsOf(configuration))
            return DetectorStart.Of(recipe, settings, BoxAccess.LoadAgain(configuration, [], new()).Split).Network;
        if (settings.From.Length > 0)
        {
            var found = Datasets.Get(settings.Data.Name, new DataOptions { Images = settings.Data.Images });
            if (Masks.Are(found)) return TrainStart.Of(recipe, settings, found).Network;
            return settings.ChoosePretrained().WithHead(found, settings.Training.Seed).Network;
        }
        if (settings.Network.Length > 0 && settings.ChooseArchitecture() is null)
        {
            var output = settings.NetworkOutput.Length > 0 ? settings.NetworkOutput : null;
            return IsOnnx(settings.Network)
                ? new OnnxChoice(Output: output).Load(settings.Network,
                    _ => ShapeOf(settings.Data.Name.Length > 0 ? settings.Data.Name : recipe.Dataset, settings).Image).Network
                : Network(settings.Network).Network;
        }
        if (settings.Data.Name.Length > 0 && Datasets.IsPath(settings.Data.Name)
            && Datasets.Open(settings.Data.Name, new DataOptions { Images = settings.Data.Images }) is { Training.Targets.AreOfWholeImage: true } said)
            return TrainStart.Of(recipe, settings, said).Network;
        var (image, classes) = ShapeOf(settings.Data.Name.Length > 0 ? settings.Data.Name : recipe.Dataset, settings);
        return settings.ChooseArchitecture()?.Build(image, classes) ?? recipe.Build(image, classes);
    }

    private static (Shape Image, int Classes) ShapeOf(string dataset, RecipeSettings settings)
    {
        if (!Datasets.IsPath(dataset)) return (Datasets.Info(dataset).ImageShape, Datasets.Info(dataset).ClassNames.Count);
        var data = Datasets.Open(dataset, new DataOptions { Images = settings.Data.Images });
        return (Masks.InputOf(data, settings), Masks.OutputsOf(data));
    }
}

/// <summary>A run whose training is complete.</summary>
/// <param name="Folder">Its folder.</param>
/// <param name="Configuration">What it was made with.</param>
/// <param name="Model">What it made.</param>
public sealed record FinishedRun(RunFolder Folder, RunConfiguration Configuration, Model Model);
