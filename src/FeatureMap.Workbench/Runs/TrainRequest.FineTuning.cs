using FeatureMap.Data;
using FeatureMap.Descriptions;
using FeatureMap.Networks;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

// Requests that begin with pretrained weights: what their file says decides how pictures are read.
public sealed partial record TrainRequest
{
    /// <summary>The pretrained weights of a new run; null where it begins with none.</summary>
    public Pretrained? Pretrained { get; init; }

    /// <summary>The name of a recipe wins; a path is the data; what is neither is told as both.</summary>
    /// <exception cref="UsageException">The word is neither the name of a recipe nor a path.</exception>
    private static TrainArguments WithDataNamed(TrainArguments arguments, Registry registry)
    {
        if (arguments.Recipe is not { } word || registry.HasRecipe(word)) return arguments;
        if (!Path.Exists(word))
        {
            var hint = NearestName.Suggest(word, registry.Recipes.Select(recipe => recipe.Name));
            throw new UsageException($"There is no recipe '{word}'.{hint} And there is no folder, archive or table {word}, whose "
                + "pictures could be the data.");
        }
        if (arguments.Data.Count > 0)
            throw new UsageException($"The data are named twice: {word} and {arguments.Data[0]} by TrainArguments.Data. Keep one.");
        return arguments with { Recipe = null, Data = [word] };
    }

    private static TrainRequest FineTuning(TrainArguments arguments, WorkContext context)
    {
        if (arguments.Recipe is { } named)
            throw new UsageException($"The recipe {named} builds a network of its own, and the setting from begins with a pretrained one: "
                + (Path.Exists(named) ? $"leave one of them out. For the folder of this name write ./{named}."
                    : "leave one of them out. In place of the recipe stands the folder of the pictures."));
        var recipe = Recipes.FineTuning;
        var asked = Setting<RecipeSettings>.Apply(recipe.Settings, RecipeSettings.All, arguments.Assignments);
        if (asked.Network.Length > 0 || asked.HasWhitening || asked.Progressive > 0)
            throw new UsageException("The setting from brings the network and its weights: leave network, whitening and progressive out.");
        if (asked.Data.Name.Length == 0 && arguments.Data.Count == 0)
            throw new UsageException("Which pictures? Give the folder or archive of the data in place of the recipe.");
        var source = DataSource.Of(asked.Data.Name, recipe.Dataset, arguments.Data);
        var areMasks = source.IsPath && ClassFolders.HaveMasks(source.Dataset, asked.Data.Images);
        if (areMasks) recipe = Recipes.MasksOverPretrained;
        var own = asked.HeadOnly ? recipe.Settings with { Training = FineTuningOptions.UsualForHead } : recipe.Settings;
        if (areMasks && (asked.HeadOnly || arguments.Assignments.Any(one => one.Key.Equals("head-epochs",
            StringComparison.OrdinalIgnoreCase))))
            throw new UsageException("Masks are learnt by a decoder over the pretrained body, all at once: leave head-only and "
                + "head-epochs out.");
        var settings = Setting<RecipeSettings>.Apply(own, RecipeSettings.All, arguments.Assignments);
        settings = settings with { Data = settings.Data with { Name = source.Dataset } };
        CheckEffects(arguments.Assignments, settings);
        if (settings.Training is { InitialWeights: null, FrozenLayers.Count: > 0 })
            throw new UsageException("Fine-tuning freezes the body by itself while the head learns: leave frozen-layers out. For the head "
                + "alone: head-only=yes.");
        var pretrained = settings.ChoosePretrained(areMasks ? new ImageSize(Masks.UsualPatch, Masks.UsualPatch) : null);
        foreach (var notice in pretrained.Notices)
            context.Tell(notice);
        return Begun(arguments, recipe, Resolved(settings, pretrained, arguments, areMasks), source) with { Pretrained = pretrained };
    }

    /// <summary>What the file decides, written out: so the run goes on and is judged with the same pictures.</summary>
    private static RecipeSettings Resolved(RecipeSettings settings, Pretrained pretrained, TrainArguments arguments, bool areMasks)
    {
        var input = pretrained.Model.Network.Input;
        bool Asked(string setting) => arguments.Assignments.Any(one => one.Key.Equals(setting, StringComparison.OrdinalIgnoreCase));
        var images = settings.Data.Images;
        if (settings.Data.Images.Size is null && !areMasks) images = images with { Size = new ImageSize(input.Height, input.Width) };
        if (!Asked("image-colours")) images = images with { Colours = input.Channels == 1 ? ImageColours.Gray : ImageColours.Colour };
        if (!Asked("fit") && !areMasks) images = images with { Fit = ImageFit.Crop(pretrained.Preparation?.CropShare ?? 1) };
        return settings with
        {
            From = Path.GetFullPath(pretrained.Source),
            Preparation = pretrained.Preparation,
            BodyEnd = pretrained.BodyEnd,
            Data = settings.Data with { Images = images },
        };
    }
}
