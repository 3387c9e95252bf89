namespace FeatureMap.Training;

/// <summary>
/// The folder of one training run, <c>runs/&lt;recipe&gt;-&lt;yyyymmdd-hhmmss&gt;/</c>, and the names of the files in it. What it holds is enough to
/// read the log, to use the network, to go on after a kill and to repeat the run.
/// </summary>
public sealed class RunFolder
{
    private const string ConfigName = "config.json", ModelName = "model.safetensors", NetworkName = "network.json", ReportName =
        "report.html",
        LiveName = "live.json", StopName = "stop";
    private readonly Lock gate = new();
    private FolderLock? held;
    private int holders;

    private RunFolder(string path) => Location = path;

    /// <summary>The folder as a full path.</summary>
    public string Location { get; }

    /// <summary>The name of the run: the last part of <see cref="Location"/>.</summary>
    public string Name => Path.GetFileName(Location);

    /// <summary><c>config.json</c>: everything that is needed to repeat the run.</summary>
    public string ConfigPath => Path.Combine(Location, ConfigName);

    /// <summary><c>log.jsonl</c>: a row per epoch and per logged step.</summary>
    public string LogPath => Path.Combine(Location, RunLog.JsonFileName);

    /// <summary><c>log.csv</c>: a row per epoch.</summary>
    public string CsvPath => Path.Combine(Location, RunLog.CsvFileName);

    /// <summary><c>model.safetensors</c>: the trained weights.</summary>
    public string ModelPath => Path.Combine(Location, ModelName);

    /// <summary><c>network.json</c>: the network that the weights belong to.</summary>
    public string NetworkPath => Path.Combine(Location, NetworkName);

    /// <summary><c>report.html</c>: the report, one self-contained file.</summary>
    public string ReportPath => Path.Combine(Location, ReportName);

    /// <summary><c>live.json</c>: where the training is, as long as it runs; see <see cref="LiveState"/>.</summary>
    public string LivePath => Path.Combine(Location, LiveName);

    /// <summary><c>stop</c>: a file of this name asks the training to stop after the step it is doing.</summary>
    public string StopPath => Path.Combine(Location, StopName);

    /// <summary>The checkpoints of the run, <c>checkpoint-&lt;step&gt;.safetensors</c>.</summary>
    public CheckpointStore Checkpoints => new(Location);

    /// <summary>Makes a new folder. A second run of the same recipe within one second gets the suffix -2, then -3, and so on.</summary>
    /// <param name="root">The folder of all runs, usually <c>runs</c>; it is made where it is missing.</param>
    /// <param name="recipe">The name of the recipe; characters that are not safe in a file name become '-'.</param>
    /// <param name="time">The time in the name; now, in local time, where it is left out.</param>
    /// <param name="configuration">The text of <c>config.json</c>, which is then the first file of the folder, whole or not at all; null
    /// for a run without.</param>
    /// <exception cref="DataException">The folder cannot be made there.</exception>
    public static RunFolder Create(string root, string recipe, DateTime? time = null, string? configuration = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentException.ThrowIfNullOrEmpty(recipe);
        return new RunFolder(NewFolder.Create(root, recipe, configuration is null ? RunLog.JsonFileName : ConfigName, time, configuration ?? ""));
    }

    /// <summary>The folder of a run under a name of one's own choice, such as one of several trainings of an experiment: made where it is missing.</summary>
    /// <param name="path">The folder itself, not its parent.</param>
    /// <exception cref="DataException">The folder cannot be made there.</exception>
    public static RunFolder At(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(full);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw NewFolder.Failed(full, error);
        }
        return new RunFolder(full);
    }

    /// <summary>Opens the folder of an earlier run.</summary>
    /// <exception cref="DataException">There is no such folder, or no run was made in it.</exception>
    public static RunFolder Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (!Directory.Exists(full))
            throw new DataException($"The run folder {full} does not exist.{Neighbours(full)}");
        var folder = new RunFolder(full);
        if (NewFolder.HoldsNothing(full))
            throw new DataException($"Nothing was trained yet in {full}: the run was stopped before it began, so there is nothing to go "
                + "on with or to look at. Begin a new one.");
        if (!File.Exists(folder.LogPath) && !File.Exists(folder.ConfigPath) && !File.Exists(folder.ModelPath))
            throw new DataException($"{full} is not a run folder: it has no {RunLog.JsonFileName}, config.json or model.safetensors.");
        return folder;
    }

    /// <summary>
    /// Holds the folder for this process until the result is disposed, and removes what a killed process has left half written in it. A
    /// training holds its folder by itself; whoever writes into it before or after holds it around that. Through one object it may be held
    /// several times.
    /// </summary>
    /// <exception cref="DataException">Another process holds it: the message says which. Or the folder is not writable.</exception>
    public IDisposable Hold()
    {
        lock (gate)
        {
            if (holders == 0)
            {
                held = FolderLock.Take(Location);
                held.Sweep(IsOwn);
            }
            holders++;
        }
        return new Holding(this);
    }

    /// <summary>Makes sure that the folder and its log are still where they were.</summary>
    /// <exception cref="DataException">They were moved or deleted while the folder was held.</exception>
    internal void CheckHeld()
    {
        CheckPlace();
        if (!File.Exists(LogPath))
            throw new DataException($"{LogPath} was moved or deleted while it was in use, so the training stopped. Put it back before you "
                + "go on: without it the rows of the epochs so far are lost.");
    }

    /// <summary>Makes sure that the folder is still where it was.</summary>
    /// <exception cref="DataException">It was moved or deleted while it was held.</exception>
    internal void CheckPlace() => held?.Check();

    /// <summary>
    /// Asks the process that trains in the folder to stop: after the step it is doing it saves everything and ends, and the run can be
    /// resumed. Returns at once.
    /// </summary>
    /// <exception cref="DataException">Nobody trains in the folder, or nothing can be written in it.</exception>
    public void AskToStop()
    {
        // A training of two parts holds the whole folder and that of the part it is at.
        string[] held = [.. Directory.EnumerateDirectories(Location).Prepend(Location).Where(FolderLock.IsHeld)];
        if (held.Length == 0)
            throw new DataException($"Nothing runs in {Location}: "
                + (File.Exists(ModelPath) ? "the run is complete." : "the run was stopped or killed before, and can be resumed."));
        foreach (var folder in held)
            WriteText(Path.Combine(folder, StopName), $"asked by process {Environment.ProcessId} at {DateTime.Now:yyyy-MM-dd HH:mm:ss}\n");
    }

    /// <summary>
    /// Whether a folder is that of a run which was stopped before it began: there is no configuration, no checkpoint and no row of a log in
    /// it.
    /// </summary>
    /// <param name="path">The folder.</param>
    public static bool IsUnbegun(string path) => Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).All(entry =>
        Path.GetFileName(entry) is var name && (FolderLock.IsOwn(name) || DurableFile.TargetOf(name) is not null || (name
            is RunLog.JsonFileName or RunLog.CsvFileName && new FileInfo(entry).Length == 0)
            || name is LiveName or StopName));

    /// <summary>Writes one of the text files durably, as UTF-8: the old content stays until the new one is complete on disk.</summary>
    /// <param name="path">One of this folder's paths, such as <see cref="ConfigPath"/>.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old file is intact.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.WriteText(path, text);
    }

    /// <summary>When the folder was taken, by the clock of its disk; the end of time where nobody says so.</summary>
    internal DateTime HeldSince => FolderLock.SinceOf(Location);

    internal static string LiveIn(string folder) => Path.Combine(folder, LiveName);

    private static bool IsOwn(string name) =>
        name is ConfigName or ModelName or NetworkName or ReportName or RunLog.JsonFileName or RunLog.CsvFileName or LiveName
            || CheckpointStore.IsOwn(name);

    private void Release()
    {
        lock (gate)
        {
            if (--holders > 0) return;
            held!.Dispose();
            held = null;
        }
    }

    private static string Neighbours(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is null || !Directory.Exists(parent))
            return "";
        var newest = Directory.EnumerateDirectories(parent).Where(folder => File.Exists(Path.Combine(folder, RunLog.JsonFileName)))
            .OrderByDescending(Directory.GetLastWriteTimeUtc).Take(3).Select(Path.GetFileName).ToList();
        return newest.Count == 0 ? "" : $" The newest runs beside it: {string.Join(", ", newest)}.";
    }

    private sealed class Holding(RunFolder folder) : IDisposable
    {
        private RunFolder? folder = folder;

        public void Dispose() => Interlocked.Exchange(ref folder, null)?.Release();
    }
}
