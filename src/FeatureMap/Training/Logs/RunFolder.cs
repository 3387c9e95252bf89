namespace FeatureMap.Training;

/// <summary>
/// The folder of one training run, <c>runs/&lt;recipe&gt;-&lt;yyyymmdd-hhmmss&gt;/</c>, and the names of the files in it. What it holds is enough to
/// read the log, to use the network, to go on after a kill and to repeat the run.
/// </summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Location = path;

    /// <summary>The folder as a full path.</summary>
    public string Location { get; }

    /// <summary>The name of the run: the last part of <see cref="Location"/>.</summary>
    public string Name => Path.GetFileName(Location);

    /// <summary><c>config.json</c>: everything that is needed to repeat the run.</summary>
    public string ConfigPath => Path.Combine(Location, "config.json");

    /// <summary><c>log.jsonl</c>: a row per epoch and per logged step.</summary>
    public string LogPath => Path.Combine(Location, RunLog.JsonFileName);

    /// <summary><c>log.csv</c>: a row per epoch.</summary>
    public string CsvPath => Path.Combine(Location, RunLog.CsvFileName);

    /// <summary><c>model.safetensors</c>: the trained weights.</summary>
    public string ModelPath => Path.Combine(Location, "model.safetensors");

    /// <summary><c>network.json</c>: the network that the weights belong to.</summary>
    public string NetworkPath => Path.Combine(Location, "network.json");

    /// <summary><c>report.html</c>: the report, one self-contained file.</summary>
    public string ReportPath => Path.Combine(Location, "report.html");

    /// <summary>The checkpoints of the run, <c>checkpoint-&lt;step&gt;.safetensors</c>.</summary>
    public CheckpointStore Checkpoints => new(Location);

    /// <summary>Makes a new folder. A second run of the same recipe within one second gets the suffix -2, then -3, and so on.</summary>
    /// <param name="root">The folder of all runs, usually <c>runs</c>; it is made where it is missing.</param>
    /// <param name="recipe">The name of the recipe; characters that are not safe in a file name become '-'.</param>
    /// <param name="time">The time in the name; now, in local time, where it is left out.</param>
    /// <exception cref="DataException">The folder cannot be made there.</exception>
    public static RunFolder Create(string root, string recipe, DateTime? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentException.ThrowIfNullOrEmpty(recipe);
        return new RunFolder(NewFolder.Create(root, recipe, RunLog.JsonFileName, time));
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
        if (!File.Exists(folder.LogPath) && !File.Exists(folder.ConfigPath) && !File.Exists(folder.ModelPath))
            throw new DataException($"{full} is not a run folder: it has no {RunLog.JsonFileName}, config.json or model.safetensors.");
        return folder;
    }

    /// <summary>Writes one of the text files durably, as UTF-8: the old content stays until the new one is complete on disk.</summary>
    /// <param name="path">One of this folder's paths, such as <see cref="ConfigPath"/>.</param>
    /// <param name="text">The whole content.</param>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the old file is intact.</exception>
    public static void WriteText(string path, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        DurableFile.WriteText(path, text);
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
}
