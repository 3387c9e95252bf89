using FeatureMap.Analysis;
using FeatureMap.Interchange;
using FeatureMap.Models;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Opens detectors.</summary>
public static class DetectorInput
{
    /// <summary>The detector of a finished run or a model file; null where it is something else, or not there.</summary>
    /// <param name="source">The folder of a run, or a model file.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    /// <exception cref="DataException">The run was stopped before its end, or a file is broken.</exception>
    public static Detector? Find(string source, Registry? registry = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        if (RunInput.IsOnnx(source) || !Path.Exists(source)) return null;
        if (RunInput.IsRun(source))
        {
            var recipe = RunConfiguration.Read(Training.RunFolder.Open(source), registry).Recipe;
            // A run of a program has no recipe, and its model says what it is.
            if (recipe != Recipes.Detector.Name && recipe.Length > 0) return null;
            return Of(RunInput.Finished(source, registry).Model);
        }
        return Directory.Exists(source) || !source.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? null
            : Of(ModelFile.Load(source));
    }

    private static Detector? Of(Model model) => Detector.Is(model) ? Detector.Of(model) : null;
}
