using FeatureMap.Data;
using FeatureMap.Interchange;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Opens what commands are given: a finished run, a model file, a network.</summary>
internal static class RunInput
{
    /// <summary>A finished run: its folder, what it was made with, and its model.</summary>
    /// <exception cref="DataException">There is no such run, or it was stopped before its end.</exception>
    public static (RunFolder Folder, RunConfiguration Configuration, Model Model) Finished(string path)
    {
        var folder = RunFolder.Open(path);
        var configuration = RunConfiguration.Read(folder);
        if (!File.Exists(folder.ModelPath))
            throw new DataException($"The run {folder.Name} is not finished, so it has no model yet. Go on with it: featuremap train --resume {Terminal.Shown(folder.Location)}");
        return (folder, configuration, ModelFile.Load(folder.Location));
    }

    /// <summary>The model of a run folder, of a model file or of an ONNX file.</summary>
    public static Model Model(string path) => IsOnnx(path) ? OnnxFile.Load(path) : Directory.Exists(path) && File.Exists(Path.Combine(path, "config.json")) ? Finished(path).Model : ModelFile.Load(path);

    /// <summary>A network by the name of a recipe, from a file, or from a run; with the name that it goes by.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static (string Name, Network Network) Network(string text)
    {
        if (Directory.Exists(text))
        {
            var folder = RunFolder.Open(text);
            return (folder.Name, File.Exists(folder.NetworkPath) ? NetworkFile.Load(folder.NetworkPath) : Build(RunConfiguration.Read(folder)));
        }
        if (IsOnnx(text)) return (text, OnnxFile.Load(text).Network);
        if (File.Exists(text))
        {
            var path = text.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(text))!, ModelFile.NetworkName) : text;
            return (text, NetworkFile.Load(path));
        }
        if (text.Contains('/', StringComparison.Ordinal) || text.Contains('\\', StringComparison.Ordinal) || text.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new DataException($"There is no file or run folder {text}.");
        var recipe = Recipes.Get(text);
        return (recipe.Name, Build(recipe));
    }

    /// <summary>The settings that belong to a recipe or run; null for anything else.</summary>
    public static RecipeSettings? Settings(string text) =>
        Directory.Exists(text) ? RunConfiguration.Read(RunFolder.Open(text)).Settings : Recipes.All.FirstOrDefault(recipe => string.Equals(recipe.Name, text, StringComparison.OrdinalIgnoreCase))?.Settings;

    private static bool IsOnnx(string path) => path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    // A run that was stopped has no network.json yet; what its network looks like depends on its data.
    private static Network Build(RunConfiguration configuration)
    {
        var (recipe, settings) = (Recipes.Get(configuration.Recipe), configuration.Settings);
        if (settings.Network.Length > 0) return Network(settings.Network).Network;
        if (settings.Data.Length == 0) return Build(recipe);
        if (!Datasets.IsPath(settings.Data)) return Build(recipe, Datasets.Info(settings.Data));
        var data = Datasets.Open(settings.Data, new DataOptions { Images = settings.ToClassFolderOptions() });
        return recipe.Build(data.ImageShape, data.ClassCount);
    }

    private static Network Build(Recipe recipe) => Build(recipe, Datasets.Info(recipe.Dataset));

    private static Network Build(Recipe recipe, DatasetInfo info) => recipe.Build(info.ImageShape, info.ClassNames.Count);
}
