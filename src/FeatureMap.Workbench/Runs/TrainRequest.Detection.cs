using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

// Requests for pictures with boxes: a detector is trained on them.
public sealed partial record TrainRequest
{
    /// <summary>Whether a detector is trained.</summary>
    public bool IsDetection => Recipe.Name == Recipes.Detector.Name;

    /// <summary>What the training begins with.</summary>
    internal TrainStart Start(SplitData data) =>
        IsDetection ? DetectorStart.Of(Recipe, Settings, data) : TrainStart.Of(Recipe, Settings, data);

    /// <summary>Null where there are no boxes at the place of the data, or something else is asked of them.</summary>
    /// <exception cref="UsageException">A setting does not go with boxes.</exception>
    private static TrainRequest? Boxes(TrainArguments arguments)
    {
        var recipe = Recipes.Detector;
        var isNamed = string.Equals(arguments.Recipe, recipe.Name, StringComparison.OrdinalIgnoreCase);
        if (arguments.Recipe is not null && !isNamed) return null;
        string? Asked(string setting) => arguments.Assignments.Where(one => one.Key.Equals(setting, StringComparison.OrdinalIgnoreCase))
            .Select(one => one.Value).FirstOrDefault();
        var place = arguments.Data is [var only] ? only : Asked("data");
        if (isNamed && place is null)
            throw new UsageException("Which pictures? Give the folder, archive or file of the boxes in place of the recipe.");
        if (place is null || Asked("task") is not (null or "auto") || (!isNamed && !BoxAccess.IsAt(place))) return null;
        var own = Asked("from") is { Length: > 0 } ? recipe.Settings with { Training = Detection.UsualForPretrained } : recipe.Settings;
        var settings = Setting<RecipeSettings>.Apply(own, RecipeSettings.All, arguments.Assignments);
        foreach (var (setting, why) in ((string, string)[])[("whitening", "measures the first convolution for classes"),
            ("progressive", "begins with small images, whose boxes would be others"), ("head-epochs", "is for classes; head-only=yes "
                + "keeps the body"),
            ("mix", "lays images over each other, and boxes cannot follow"), ("loss", "is that of boxes by itself"), ("metric", "is mAP "
                + "by itself"),
            ("class-weights", "weighs the classes of whole images"),
            ("image-folder", "belongs to a table of classes"), ("file-column", "belongs to a table of classes"),
            ("label-column", "belongs to a table of classes"),
            ("label-separator", "belongs to a table of labels"), ("label-names", "belongs to a table of labels"),
            ("number-column", "belongs to a table of numbers"),
            ("body-end", "is where one head is put on, and a detector stands on three maps"),
            ("patch", "belongs to masks"), ("mask-classes", "belongs to masks"), ("mask-ignore", "belongs to masks"),
            ("mask-colours", "belongs to masks")])
            if (Asked(setting) is not null)
                throw new UsageException($"The setting {setting} {why}: leave it out where a detector is trained.");
        DetectorStart.CheckBackbone(settings);
        var source = DataSource.Of(Asked("data") ?? "", recipe.Dataset, arguments.Data);
        settings = settings with { Data = settings.Data with { Name = source.Dataset } };
        if (settings.From.Length > 0 && Path.Exists(settings.From)) settings = settings with { From = Path.GetFullPath(settings.From) };
        CheckEffects(arguments.Assignments, settings);
        return Begun(arguments, recipe, settings, source);
    }
}
