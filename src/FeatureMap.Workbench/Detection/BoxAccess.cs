using FeatureMap.Analysis;
using FeatureMap.Annotations;
using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Loads pictures with boxes.</summary>
internal static class BoxAccess
{
    /// <summary>Whether what lies at a path has boxes that are read; masks and classes do not.</summary>
    public static bool IsAt(string path) => Path.Exists(path) && AnnotatedSet.FormatOf(path) is not null;

    /// <summary>Whether a run was made with boxes.</summary>
    public static bool IsOf(RunConfiguration configuration) => configuration.Recipe == Recipes.Detector.Name;

    /// <summary>Loads and tells what was recognised.</summary>
    /// <exception cref="DataException">There is nothing to learn from; the message says why.</exception>
    public static DetectionData Load(string path, ClassFolderOptions images, WorkContext context)
    {
        var data = DetectionData.Open(path, images, new() { Cancellation = context.Cancellation }, context.Decoding?.Invoke());
        foreach (var notice in data.Notices)
            context.Tell(notice);
        return data;
    }

    /// <summary>The data of a run, from where they were unless another place is given. Of the run's own nothing is told again.</summary>
    /// <exception cref="DataException">They are not there any more.</exception>
    public static DetectionData LoadAgain(RunConfiguration configuration, IReadOnlyList<string> places, WorkContext context)
    {
        if (places.Count > 1) throw new UsageException($"The data of a detector are one place: received {string.Join(" and ", places)}.");
        var path = places.Count == 1 ? places[0] : configuration.Settings.Data.Name;
        if (path.Length == 0 || !Path.Exists(path))
            throw new DataException($"{path}: the data of the run are not there any more. Give their new place by TrainArguments.Data.");
        if (places.Count == 1) return Load(path, configuration.Settings.Data.Images, context);
        return DetectionData.Open(path, configuration.Settings.Data.Images, new() { Cancellation = context.Cancellation },
            context.Decoding?.Invoke());
    }

    /// <summary>Pictures with boxes as a model file takes them.</summary>
    public static DetectionData LoadFor(Model model, IReadOnlyList<string> places, WorkContext context)
    {
        if (places is not [var path])
            throw new UsageException("Which pictures with boxes? Give their folder, archive or file by TrainArguments.Data.");
        var input = model.Network.Input;
        return Load(path, new()
        {
            Size = new ImageSize(input.Height, input.Width),
            Fit = Detector.Of(model).Fit,
            Colours = input.Channels == 1 ? ImageColours.Gray : ImageColours.Colour,
        }, context);
    }
}
