using System.Text;
using FeatureMap.Interchange;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>A run folder as it was read last: its log is read on from there, its configuration only when the file changed.</summary>
internal sealed class RunEntry(string id, string name, string path, Registry? registry)
{
    private const string NoteName = "note.txt", ConfigName = "config.json";
    private const int MostSteps = 20_000, MostLines = 200, LongestNote = 4000;
    private const long LargestConfig = 1 << 20;

    private readonly Lock gate = new();
    private readonly RunLogReader reader = new(path);
    private readonly List<RunEpoch> epochs = [];
    private readonly List<RunStep> steps = [];
    private readonly List<LayersRecord> layers = [];
    private MetricInfo metric = MetricInfo.Accuracy;
    private RunConfiguration? configuration;
    private IReadOnlyList<RunSetting> settings = [];
    private string fault = "";
    private DateTime configured = DateTime.MinValue;
    private int every = 1;
    private long stepRows;

    public string Id => id;

    public string Path => path;

    public RunConfiguration? Configuration
    {
        get
        {
            lock (gate)
            {
                Configure();
                return configuration;
            }
        }
    }

    public RunDetail Read()
    {
        lock (gate)
        {
            ReadOn();
            return new RunDetail(Summary(), [.. steps], LastLines(), reader.Rows) { Layers = [.. layers] };
        }
    }

    /// <summary>How it is and how many rows its log has: for whoever looks again and again.</summary>
    public (RunSummary Summary, long Rows) Glance()
    {
        lock (gate)
        {
            ReadOn();
            return (Summary(), reader.Rows);
        }
    }

    /// <summary>What stands in a list of many: without steps and lines of the log.</summary>
    public RunSummary Summarize() => Glance().Summary;

    /// <summary>Keeps what the user writes about it.</summary>
    /// <exception cref="UsageException">It is too long.</exception>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void WriteNote(string text)
    {
        if (text.Length > LongestNote)
            throw new UsageException($"A note has at most {LongestNote:N0} characters: received {text.Length:N0}.");
        RunFolder.WriteText(System.IO.Path.Combine(path, NoteName), text);
    }

    public RunState State()
    {
        if (File.Exists(System.IO.Path.Combine(path, ModelFile.WeightsName))) return RunState.Complete;
        if (FolderLock.IsHeld(path)) return RunState.Running;
        return FolderLock.HolderOf(path) is not null ? RunState.Killed : RunState.Stopped;
    }

    private void ReadOn()
    {
        Configure();
        var news = reader.Read();
        if (news.IsRestarted)
        {
            epochs.Clear();
            steps.Clear();
            layers.Clear();
            (every, stepRows) = (1, 0);
        }
        Take(news);
    }

    private void Take(RunLogNews news)
    {
        foreach (var row in news.Epochs)
        {
            metric = row.Metric;
            // A resumed run may have written an epoch again before its log was cut.
            while (epochs.Count > 0 && epochs[^1].Epoch >= row.Epoch) epochs.RemoveAt(epochs.Count - 1);
            epochs.Add(new RunEpoch(row.Epoch, row.Step, row.TrainLoss, row.ValidationLoss, row.TrainMetric, row.ValidationMetric,
                row.LearningRate, row.Seconds, row.TotalSeconds, row.ImagesPerSecond));
        }
        foreach (var row in news.Layers)
        {
            while (layers.Count > 0 && layers[^1].Epoch >= row.Epoch) layers.RemoveAt(layers.Count - 1);
            layers.Add(row);
        }
        foreach (var row in news.Steps)
        {
            if (stepRows++ % every != 0) continue;
            steps.Add(new RunStep(row.Step, row.Epoch, row.Loss, row.LearningRate));
            if (steps.Count < MostSteps) continue;
            var kept = steps.Where((_, place) => place % 2 == 0).ToList();
            steps.Clear();
            steps.AddRange(kept);
            every *= 2;
        }
    }

    private RunSummary Summary()
    {
        var state = State();
        var live = state is RunState.Running or RunState.Killed ? Live() : null;
        var hasMetric = epochs.Any(epoch => double.IsFinite(epoch.ValidationMetric));
        double Value(RunEpoch epoch) => hasMetric ? epoch.ValidationMetric : epoch.ValidationLoss;
        bool IsBetter(double value, double than) => hasMetric ? metric.IsBetter(value, than) : value < than || double.IsNaN(than);
        RunValue? Told(RunEpoch? epoch) => epoch is null || double.IsNaN(Value(epoch)) ? null
            : new(epoch.Epoch, Value(epoch), hasMetric ? metric.Format(Value(epoch)) : $"{Value(epoch):0.0000}");
        var best = epochs.Aggregate((RunEpoch?)null, (known, one) => known is null || IsBetter(Value(one), Value(known)) ? one : known);
        return new RunSummary(id, name, state)
        {
            Recipe = configuration?.Recipe ?? "",
            Data = configuration?.Data.Name ?? "",
            Images = configuration is { Data: var data } ? (data.Training, data.Validation) : default,
            Fault = fault,
            DamagedRows = reader.Damaged,
            Metric = hasMetric || epochs.Count == 0 ? metric.Name : "loss",
            HigherIsBetter = hasMetric ? metric.HigherIsBetter : epochs.Count == 0,
            Epochs = [.. epochs],
            EpochCount = live?.Epochs ?? configuration?.Settings.Training.Epochs ?? 0,
            Best = Told(best),
            Last = Told(epochs is [.., var last] ? last : null),
            Live = live,
            Begun = configured == DateTime.MinValue ? Directory.GetCreationTime(path) : configured.ToLocalTime(),
            Seconds = epochs is [.., var ended] ? ended.TotalSeconds : double.NaN,
            Note = ReadNote(),
            Settings = settings,
            HasReport = File.Exists(System.IO.Path.Combine(path, "report.html")),
            Format = metric.Format,
        };
    }

    // A training of two parts is live in the folder of the part.
    private RunLive? Live()
    {
        string[] places = [path, System.IO.Path.Combine(path, ProgressiveTraining.FolderName), System.IO.Path.Combine(path,
            FineTuning.HeadFolderName)];
        var found = places.Select(LiveState.Read).OfType<LiveState>().MaxBy(one => one.Time);
        return found is null ? null : new RunLive(found.Step, found.TotalSteps, found.Epoch, found.Epochs, found.Loss, found.EpochLoss,
            found.EpochMetric, found.LearningRate, found.ImagesPerSecond, found.RemainingSeconds, found.Process, found.Time);
    }

    private void Configure()
    {
        var file = new FileInfo(System.IO.Path.Combine(path, ConfigName));
        if (!file.Exists)
        {
            (configuration, settings, fault) = (null, [], "It has no config.json, so it is not known how it was made.");
            return;
        }
        if (file.LastWriteTimeUtc == configured) return;
        configured = file.LastWriteTimeUtc;
        (configuration, settings, fault) = (null, [], "");
        try
        {
            if (file.Length > LargestConfig) throw new DataException($"config.json has {file.Length:N0} bytes.");
            configuration = RunConfiguration.Read(RunFolder.Open(path), registry);
            settings = SettingsOf(configuration);
        }
        catch (FeatureMapException error)
        {
            fault = error.Message.Replace(path + System.IO.Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        }
    }

    private IReadOnlyList<RunSetting> SettingsOf(RunConfiguration made)
    {
        var known = registry ?? Registry.Default;
        var usual = made.Recipe.Length > 0 && made.Lab is null ? known.Recipe(made.Recipe).Settings : new RecipeSettings();
        var only = made.OnlyInCode.ToDictionary(custom => custom.Setting, custom => custom.What);
        return [.. RecipeSettings.All.Where(setting => !setting.IsPart && (setting.HasEffect(made.Settings)
            || !setting.IsSame(made.Settings, usual)))
            .Select(setting => new RunSetting(setting.Name, only.GetValueOrDefault(setting.Name) ?? setting.Format(made.Settings),
                setting.Format(usual)))];
    }

    private string ReadNote()
    {
        try
        {
            var file = new FileInfo(System.IO.Path.Combine(path, NoteName));
            return !file.Exists || file.Length > 4 * LongestNote ? "" : File.ReadAllText(file.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private IReadOnlyList<string> LastLines()
    {
        const int most = 64 * 1024;
        try
        {
            using var stream = new FileStream(System.IO.Path.Combine(path, RunLog.JsonFileName), FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete);
            var start = Math.Max(0, stream.Length - most);
            stream.Position = start;
            var content = new byte[stream.Length - start];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            var lines = Encoding.UTF8.GetString(content, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return [.. lines.Skip(start > 0 ? 1 : 0).TakeLast(MostLines)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
