using FeatureMap.Data;
using FeatureMap.Models;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>Loads data sets: where to look, what to say while a download goes on, and whether a run finds its own data again.</summary>
public static class DataAccess
{
    /// <summary>Loads data.</summary>
    /// <param name="source">Which data.</param>
    /// <param name="context">Told the progress and notices.</param>
    /// <param name="images">How image files become a data set.</param>
    /// <exception cref="DataException">There is no data set at the place; the message says what was found.</exception>
    public static SplitData Load(DataSource source, WorkContext context, ClassFolderOptions? images = null) =>
        Noted(source.Load(context.Data([]) with { Images = images ?? new() }), context);

    /// <summary>
    /// The data of a run, from the place that it used unless another is given. Where they are not the same any more, a notice says so.
    /// </summary>
    /// <param name="configuration">What the run was made with.</param>
    /// <param name="places">Where the data are now; empty for where they were.</param>
    /// <param name="context">Told the progress and notices.</param>
    /// <param name="input">What images the network takes: files in the place of data of a program become such.</param>
    /// <param name="table">Where the images of a table are, and in which columns; null for what the run has. Nothing else of it is
    /// used.</param>
    /// <exception cref="DataException">The data are not there.</exception>
    public static SplitData Load(RunConfiguration configuration, IReadOnlyList<string> places, WorkContext context, Shape input,
        ClassFolderOptions? table = null)
    {
        var data = LoadAgain(configuration, places, context, input, table);
        // What the settings of a lab's training do not lead to again cannot be compared.
        if (configuration.Lab is null || configuration.Data.ValidationSha256 is not null) context.Tell(configuration.Data.Difference(data));
        return data;
    }

    /// <summary>The same without the comparison.</summary>
    /// <param name="configuration">What the run was made with.</param>
    /// <param name="places">Where the data are now; empty for where they were.</param>
    /// <param name="context">Told the progress and notices.</param>
    /// <param name="input">What images the network takes: files in the place of data of a program become such; null for as they
    /// come.</param>
    /// <param name="table">Where the images of a table are, and in which columns; null for what the run has. Nothing else of it is
    /// used.</param>
    /// <exception cref="DataException">The data are not there.</exception>
    public static SplitData LoadAgain(RunConfiguration configuration, IReadOnlyList<string> places, WorkContext context,
        Shape? input = null, ClassFolderOptions? table = null)
    {
        var settings = configuration.Settings;
        if (BoxAccess.IsOf(configuration)) return settings.Choose(BoxAccess.LoadAgain(configuration, places, context).Split);
        var dataset = settings.Data.Name.Length > 0 ? settings.Data.Name
            : configuration.Recipe.Length > 0 ? context.Registry.Recipe(configuration.Recipe).Dataset : "";
        var images = configuration.Data.Origin == DataOrigin.Program && input is { } taken ? ImagesFor(taken, HaveMasks(places))
            : settings.Data.Images;
        // The images of another table are not those of the run's.
        if (places.Count > 0) images = images with { ImageFolder = "" };
        images = WithTable(images, table);
        return settings.Choose(Noted(configuration.Data.LoadAgain(dataset, places, context.Data([]) with { Images = images }), context));
    }

    /// <summary>Data for a model file: image files become images as it takes them, and their classes must be its own.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What its file is called, for messages.</param>
    /// <param name="dataset">The name of a data set; null where the places are the data.</param>
    /// <param name="places">Where the data are; empty for everywhere.</param>
    /// <param name="context">Told the progress and notices.</param>
    /// <param name="table">Where the images of a table are, and in which columns; null for its own folder. Nothing else of it is
    /// used.</param>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static SplitData LoadFor(Model model, string name, string? dataset, IReadOnlyList<string> places, WorkContext context,
        ClassFolderOptions? table = null)
    {
        var input = model.Network.Input;
        table = ForTable(model, places, table);
        var images = ImagesFor(input, HaveMasks(places), model.Fit);
        if (images.Task == DataTask.Masks) images = images with { MaskClasses = string.Join(',', model.ClassNames) };
        var split = Load(DataSource.Of(dataset, places).WithNameNoted(dataset), context, images: WithTable(images, table));
        // The classes of a published set are the same under whatever names a file has for them.
        if (split.Origin is DataOrigin.Named or DataOrigin.Embedded && model.ClassNames.Count == split.ClassCount) NoteClasses(name, model, split, context);
        else CheckClasses(name, model, split);
        return split;
    }

    /// <summary>A label must mean the same to the model and in the data.</summary>
    /// <param name="what">What has the model, as the beginning of a sentence.</param>
    /// <param name="model">The model.</param>
    /// <param name="split">The data.</param>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static void CheckClasses(string what, Model model, SplitData split)
    {
        var areNumbers = split.Validation.Targets is { Kind: TargetKind.Quantities };
        if (model.GivesQuantities != areNumbers)
            throw new DataException($"{what} gives "
                + $"{(model.GivesQuantities ? $"the numbers {string.Join(", ", model.ClassNames)}" : "no numbers")}"
                + $", and {split.Source} has {(split.Validation.Targets is { } said ? $"{said}" : "classes")}. Say what the table has by "
                + "task=numbers and number-column, or give data of the same kind.");
        // Images with other targets than classes are all of one class, and nobody tells it apart.
        if (model.ClassNames.Count > 0 && !split.ClassNames.SequenceEqual(model.ClassNames)
            && !split.Validation.ClassNames.SequenceEqual(model.ClassNames))
            throw new DataException($"{what} tells the classes {string.Join(", ", model.ClassNames)} apart; {split.Source} has "
                + $"{string.Join(", ", split.ClassNames)}. Its labels would mean other things: give data with the same "
                + $"{(Masks.Are(split) ? "classes, or say what the numbers of the masks are by mask-classes" : "class folders")}.");
    }

    private static ClassFolderOptions WithTable(ClassFolderOptions images, ClassFolderOptions? table) => table is null ? images
        : images with
        {
            Task = table.Task ?? images.Task,
            ImageFolder = table.ImageFolder.Length > 0 ? table.ImageFolder : images.ImageFolder,
            FileColumn = table.FileColumn.Length > 0 ? table.FileColumn : images.FileColumn,
            LabelColumn = table.LabelColumn.Length > 0 ? table.LabelColumn : images.LabelColumn,
            LabelSeparator = table.LabelSeparator.Length > 0 ? table.LabelSeparator : images.LabelSeparator,
            LabelNames = table.LabelNames.Length > 0 ? table.LabelNames : images.LabelNames,
            NumberColumn = table.NumberColumn.Length > 0 ? table.NumberColumn : images.NumberColumn,
            MaskClasses = table.MaskClasses.Length > 0 ? table.MaskClasses : images.MaskClasses,
            MaskIgnore = table.MaskIgnore ?? images.MaskIgnore,
            MaskColours = table.MaskColours.Length > 0 ? table.MaskColours : images.MaskColours,
        };

    /// <summary>What a model answers, said of another table than the one that it was trained on: its columns and labels, in its
    /// order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="places">Where the data are; nothing is said where they are no table.</param>
    /// <param name="table">What the user says of the table, which counts first; null for nothing.</param>
    internal static ClassFolderOptions? ForTable(Model model, IReadOnlyList<string> places, ClassFolderOptions? table)
    {
        var areLabels = model.Network.OutputValues == OutputValues.IndependentProbabilities && model.ClassNames.Count > 0;
        var isSaid = table is { Task: not null } or { NumberColumn.Length: > 0 } or { LabelColumn.Length: > 0 }
            or { LabelNames.Length: > 0 };
        if (isSaid || !(model.GivesQuantities || areLabels) || places is not [var place] || !IsTable(place)
            || model.ClassNames.Any(name => name.Contains(',', StringComparison.Ordinal))) return table;
        var names = string.Join(',', model.ClassNames);
        return model.GivesQuantities ? (table ?? new()) with { Task = DataTask.Numbers, NumberColumn = names }
            : (table ?? new()) with { Task = DataTask.Labels, LabelNames = names };
    }

    private static bool IsTable(string place) => File.Exists(place)
        && (place.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || place.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase));

    private static bool HaveMasks(IReadOnlyList<string> places) => places is [var place] && ClassFolders.HaveMasks(place);

    // Images with masks keep their size: a network for them reads patches.
    private static ClassFolderOptions ImagesFor(Shape input, bool haveMasks, ImageFit? fit = null) => new()
    {
        Task = haveMasks ? DataTask.Masks : null,
        Fit = haveMasks ? null : fit,
        Size = haveMasks ? null : new ImageSize(input.Height, input.Width),
        Colours = input.Channels == 1 ? ImageColours.Gray : ImageColours.Colour,
    };

    private static void NoteClasses(string what, Model model, SplitData split, WorkContext context)
    {
        if (Enumerable.Range(0, split.ClassCount).FirstOrDefault(label => model.ClassNames[label] != split.Validation.ClassNames[label], -1) is >= 0 and var label)
            context.Tell($"{what} calls class {label} '{model.ClassNames[label]}', and {split.Name} calls it "
                + $"'{split.Validation.ClassNames[label]}': the classes are compared by their numbers.");
    }

    private static SplitData Noted(SplitData data, WorkContext context)
    {
        context.Tell(data.Notice);
        return data;
    }

    /// <summary>Where data came from, as the end of a sentence.</summary>
    public static string Origin(SplitData data) => Path.Exists(data.Source) ? $"from {data.Source}" : data.Source;
}
