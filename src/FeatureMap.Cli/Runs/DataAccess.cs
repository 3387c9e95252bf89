using FeatureMap.Data;
using FeatureMap.Zoo;

namespace FeatureMap.Cli;

/// <summary>Loads data sets for commands: where to look, what to say while a download goes on, and whether a run finds its own data again.</summary>
internal static class DataAccess
{
    public static SplitData Load(string dataset, IReadOnlyList<string> folders, Terminal terminal, bool allowDigits = true)
    {
        var data = Datasets.Get(dataset, Options(folders, terminal) with { AllowEmbeddedDigits = allowDigits });
        if (data.Notice is { } notice) terminal.Notice(notice);
        return data;
    }

    /// <summary>The data of a run, from the place that it used unless another is given.</summary>
    public static SplitData Load(RunConfiguration configuration, IReadOnlyList<string> folders, Terminal terminal)
    {
        var used = configuration.Data;
        if (used.Name == "digits" && folders.Count == 0) return configuration.Settings.Choose(Datasets.Digits());
        if (folders.Count == 0 && Directory.Exists(used.Source)) folders = [used.Source];
        // The embedded digits are of the MNIST family: they must not judge a network that was trained on it.
        return configuration.Settings.Choose(Load(Recipes.Get(configuration.Recipe).Dataset, folders, terminal, allowDigits: false));
    }

    /// <summary>Where data came from, as the end of a sentence.</summary>
    public static string Origin(SplitData data) => Directory.Exists(data.Source) ? $"from {data.Source}" : data.Source;

    public static DataOptions Options(IReadOnlyList<string> folders, Terminal terminal) => new()
    {
        Folders = folders,
        Progress = new DownloadLines(terminal),
        Cancellation = terminal.Cancellation,
    };

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
                terminal.Error.Write(FormattableString.Invariant($"\r  {value.Bytes / 1e6,8:0.0} MB{(value.Total is { } total ? FormattableString.Invariant($" of {total / 1e6:0.0} MB") : "")}"));
                if (isDone) terminal.Error.WriteLine();
            }
        }
    }
}
