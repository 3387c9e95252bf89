using FeatureMap.Data;
using FeatureMap.Networks;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Loads data sets for commands: where to look, what to say while a download goes on, and whether a run finds its own data again.</summary>
internal static class DataAccess
{
    /// <param name="dataset">The name or path of a data set; null where one of the places is the data.</param>
    /// <param name="places">The values of <c>--data</c>: see <see cref="DataSource"/>.</param>
    /// <param name="terminal">Shows the progress and the notice.</param>
    /// <param name="allowDigits">Whether the digits inside the library may stand in for MNIST.</param>
    /// <param name="images">How image files become a data set.</param>
    public static SplitData Load(string? dataset, IReadOnlyList<string> places, Terminal terminal, bool allowDigits = true, ClassFolderOptions? images = null)
    {
        var source = DataSource.Of(dataset, places);
        var data = Datasets.Get(source.Dataset, Options(source.Folders, terminal) with { AllowEmbeddedDigits = allowDigits, Images = images ?? new() });
        if (data.Notice is { } notice) terminal.Notice(notice);
        return data;
    }

    /// <summary>The data of a run, from the place that it used unless another is given.</summary>
    public static SplitData Load(RunConfiguration configuration, IReadOnlyList<string> places, Terminal terminal)
    {
        var (used, settings) = (configuration.Data, configuration.Settings);
        if (used.Name == "digits" && places.Count == 0) return settings.Choose(Datasets.Digits());
        var dataset = settings.Data.Length > 0 ? settings.Data : Recipes.Get(configuration.Recipe).Dataset;
        if (places.Count == 0 && !Datasets.IsPath(dataset) && Directory.Exists(used.Source)) places = [used.Source];
        if (places.Count == 0 && Datasets.IsPath(dataset) && !Path.Exists(dataset))
            throw new DataException($"{dataset}: the data of the run are not there any more. Give their new place by --data.");
        // The embedded digits are of the MNIST family: they must not judge a network that was trained on it.
        return settings.Choose(Load(dataset, places, terminal, allowDigits: false, settings.ToClassFolderOptions()));
    }

    /// <summary>Data for a model file: image files become images as it takes them, and their classes must be its own.</summary>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static SplitData LoadFor(Model model, string name, string? dataset, IReadOnlyList<string> places, Terminal terminal)
    {
        var input = model.Network.Input;
        var split = Load(dataset, places, terminal, images: new ClassFolderOptions
        {
            Size = new ImageSize(input.Height, input.Width),
            Colours = input.Channels == 1 ? ImageColours.Gray : ImageColours.Colour,
        });
        if (model.ClassNames.Count > 0) CheckClasses(name, model, split);
        return split;
    }

    /// <summary>A label must mean the same to the model and in the data.</summary>
    /// <exception cref="DataException">The data have other classes.</exception>
    public static void CheckClasses(string what, Model model, SplitData split)
    {
        var isKnown = Datasets.All.Any(info => info.Name == split.Name);
        if (!isKnown && !split.Validation.ClassNames.SequenceEqual(model.ClassNames))
            throw new DataException($"{what} tells the classes {string.Join(", ", model.ClassNames)} apart; {split.Source} has {string.Join(", ", split.Validation.ClassNames)}. Its labels would mean other things: give data with the same class folders.");
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
                if (most < 0) terminal.Error.WriteLine(FormattableString.Invariant($"Decoding {value.Total:N0} images of {value.Source}"));
                var now = Environment.TickCount64;
                if (value.Images <= most) return;
                most = value.Images;
                var isDone = value.Images == value.Total;
                if (!terminal.IsInteractive || (now - shown < 100 && !isDone)) return;
                shown = now;
                terminal.Redraw(FormattableString.Invariant($"  {value.Images,9:N0} of {value.Total:N0}"));
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
                terminal.Redraw(FormattableString.Invariant($"  {value.Bytes / 1e6,8:0.0} MB{(value.Total is { } total ? FormattableString.Invariant($" of {total / 1e6:0.0} MB") : "")}"));
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }
}
