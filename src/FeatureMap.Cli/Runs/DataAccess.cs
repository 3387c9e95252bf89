using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Loads data sets for commands: where to look, what to say while a download goes on, and whether a run finds its own data again.</summary>
internal static class DataAccess
{
    /// <param name="source">Which data.</param>
    /// <param name="terminal">Shows the progress and the notice.</param>
    /// <param name="images">How image files become a data set.</param>
    public static SplitData Load(DataSource source, Terminal terminal, ClassFolderOptions? images = null) =>
        Noted(source.Load(Options([], terminal) with { Images = images ?? new() }), terminal);

    /// <summary>
    /// The data of a run, from the place that it used unless another is given. Where they are not the same any more, a notice says so.
    /// </summary>
    public static SplitData Load(RunConfiguration configuration, IReadOnlyList<string> places, Terminal terminal, Shape input)
    {
        var data = LoadAgain(configuration, places, terminal, input);
        // What the settings of a lab's training do not lead to again cannot be compared.
        if ((configuration.Lab is null || configuration.Data.ValidationSha256 is not null) && configuration.Data.Difference(data) is { } difference) terminal.Notice(difference);
        return data;
    }

    /// <summary>The same without the comparison.</summary>
    /// <param name="configuration">What the run was made with.</param>
    /// <param name="places">Where the data are now; empty for where they were.</param>
    /// <param name="terminal">Shows progress and notices.</param>
    /// <param name="input">What images the network takes: files in the place of data of a program become such; null for as they
    /// come.</param>
    public static SplitData LoadAgain(RunConfiguration configuration, IReadOnlyList<string> places, Terminal terminal, Shape? input = null)
    {
        var settings = configuration.Settings;
        var dataset = settings.Data.Name.Length > 0 ? settings.Data.Name
            : configuration.Recipe.Length > 0 ? Recipes.Get(configuration.Recipe).Dataset : "";
        var images = configuration.Data.Origin == DataOrigin.Program && input is { } taken ? ImagesFor(taken) : settings.Data.Images;
        return settings.Choose(Noted(configuration.Data.LoadAgain(dataset, places, Options([], terminal) with { Images = images }),
            terminal));
    }

    private static ClassFolderOptions ImagesFor(Shape input) => new()
    {
        Size = new ImageSize(input.Height, input.Width),
        Colours = input.Channels == 1 ? ImageColours.Gray : ImageColours.Colour,
    };

    /// <summary>Data for a model file: image files become images as it takes them, and their classes must be its own.</summary>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static SplitData LoadFor(Model model, string name, string? dataset, IReadOnlyList<string> places, Terminal terminal)
    {
        var input = model.Network.Input;
        var split = Load(DataSource.Of(dataset, places).WithNameNoted(dataset), terminal, images: ImagesFor(input));
        // The classes of a published set are the same under whatever names a file has for them.
        if (split.Origin is DataOrigin.Named or DataOrigin.Embedded && model.ClassNames.Count == split.ClassCount) NoteClasses(name, model, split, terminal);
        else CheckClasses(name, model, split);
        return split;
    }

    /// <summary>A label must mean the same to the model and in the data.</summary>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static void CheckClasses(string what, Model model, SplitData split)
    {
        if (model.ClassNames.Count > 0 && !split.Validation.ClassNames.SequenceEqual(model.ClassNames))
            throw new DataException($"{what} tells the classes {string.Join(", ", model.ClassNames)} apart; {split.Source} has {string.Join(", ", split.Validation.ClassNames)}. Its labels would mean other things: give data with the same class folders.");
    }

    private static void NoteClasses(string what, Model model, SplitData split, Terminal terminal)
    {
        if (Enumerable.Range(0, split.ClassCount).FirstOrDefault(label => model.ClassNames[label] != split.Validation.ClassNames[label], -1) is >= 0 and var label)
            terminal.Notice($"{what} calls class {label} '{model.ClassNames[label]}', and {split.Name} calls it "
                + $"'{split.Validation.ClassNames[label]}': the classes are compared by their numbers.");
    }

    private static SplitData Noted(SplitData data, Terminal terminal)
    {
        if (data.Notice is { } notice) terminal.Notice(notice);
        return data;
    }

    /// <summary>Where data came from, as the end of a sentence.</summary>
    public static string Origin(SplitData data) => Path.Exists(data.Source) ? $"from {data.Source}" : data.Source;

    public static DataOptions Options(IReadOnlyList<string> folders, Terminal terminal) => new()
    {
        Folders = folders,
        Progress = new DownloadLines(terminal),
        Decoding = new DecodeLine(terminal),
        Cancellation = terminal.Cancellation,
    };

    /// <summary>One line for the decoding of many images, drawn over where a person watches; a few images are not worth it.</summary>
    private sealed class DecodeLine(Terminal terminal) : IProgress<DecodeProgress>
    {
        private const int Few = 1000;
        private readonly Lock gate = new();
        private long shown;
        private int most = -1;

        public void Report(DecodeProgress value)
        {
            lock (gate)
            {
                if (value.Total < Few) return;
                if (most < 0) terminal.Error.WriteLine($"Decoding {value.Total:N0} images of {value.Source}");
                var now = Environment.TickCount64;
                if (value.Images <= most) return;
                most = value.Images;
                var isDone = value.Images == value.Total;
                if (!terminal.IsInteractive || (now - shown < 100 && !isDone)) return;
                shown = now;
                terminal.Redraw($"  {value.Images,9:N0} of {value.Total:N0}");
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }

    /// <summary>A line per file, drawn over while it arrives where a person watches.</summary>
    private sealed class DownloadLines(Terminal terminal) : IProgress<DownloadProgress>
    {
        private readonly Lock gate = new();
        private string file = "";
        private long shown;

        public void Report(DownloadProgress value)
        {
            lock (gate)
            {
                var isNew = value.File != file;
                if (isNew) terminal.Error.WriteLine($"Downloading {value.File} from {value.Mirror.Host}");
                var now = Environment.TickCount64;
                (file, shown) = (value.File, isNew ? 0 : shown);
                var isDone = value.Bytes == value.Total;
                if (!terminal.IsInteractive || (now - shown < 100 && !isDone)) return;
                shown = now;
                terminal.Redraw($"  {value.Bytes / 1e6,8:0.0} MB{(value.Total is { } total ? $" of {total / 1e6:0.0} MB" : "")}");
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }
}
