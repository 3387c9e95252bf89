using FeatureMap.Interchange;
using FeatureMap.Training;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// The runs below a folder, whoever began them, with what each is doing: a training of a terminal is as visible as one of a studio. Read
/// from their folders alone, and a log only from where it was read before. What is asked for is looked up in the list, so that nobody's
/// text becomes a path; links are left out. Any thread may call.
/// </summary>
/// <example><code>
/// foreach (var run in new RunCatalogue("runs").Runs)
///     Console.WriteLine($"{run.Name}: {run.State}, best {run.Best?.Text} after epoch {run.Best?.Epoch}");
/// </code></example>
public sealed class RunCatalogue
{
    /// <summary>What the ids of runs begin with.</summary>
    public const string Prefix = "run-";

    private const int MostRuns = 500;
    private readonly string? root;
    private readonly Registry? registry;
    private readonly Dictionary<string, RunEntry> entries = [];
    private readonly FreshList<RunEntry> listed;

    /// <summary>A list of runs.</summary>
    /// <param name="root">The folder of all runs; it need not be there yet. None where null.</param>
    public RunCatalogue(string? root) : this(root, null)
    {
    }

    /// <summary>The same for runs that were made with recipes and words of your own.</summary>
    /// <param name="root">The folder of all runs; it need not be there yet. None where null.</param>
    /// <param name="registry">Which recipes and words there are; those of the library where null.</param>
    public RunCatalogue(string? root, Registry? registry)
    {
        (this.root, this.registry) = (FolderWalk.Root(root), registry);
        listed = new FreshList<RunEntry>(Read, TimeSpan.FromMilliseconds(500));
    }

    /// <summary>All runs as they are now, the newest first.</summary>
    public IReadOnlyList<RunSummary> Runs => [.. listed.Items.Select(entry => entry.Summarize()).OrderByDescending(run => run.Begun)
        .ThenByDescending(run => run.Name, StringComparer.Ordinal)];

    /// <summary>Whether there is a run of this id.</summary>
    public bool Has(string id) => Find(id) is not null;

    /// <summary>A run with its log.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    public RunDetail Open(string id) => Get(id).Read();

    /// <summary>How a run is and how many rows its log has, without steps and lines of the log: for whoever looks again and
    /// again.</summary>
    /// <param name="id">The run.</param>
    /// <exception cref="UsageException">There is no such run.</exception>
    public (RunSummary Summary, long Rows) Glance(string id) => Get(id).Glance();

    /// <summary>The folder of a run.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    public string PathOf(string id) => Get(id).Path;

    /// <summary>How the network of a run became what it is, epoch by epoch; without an epoch where that was not kept.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    public RunHistory HistoryOf(string id) => new(PathOf(id));

    /// <summary>The run that a process trains in; null where there is none (yet).</summary>
    /// <param name="process">The number of the process.</param>
    public string? RunOf(int process)
    {
        var holder = $"process {process} on {Environment.MachineName},";
        return listed.ReadNow().FirstOrDefault(entry =>
            FolderLock.HolderOf(entry.Path)?.StartsWith(holder, StringComparison.Ordinal) == true
            && FolderLock.IsHeld(entry.Path))?.Id; // a killed one may have had the same number
    }

    /// <summary>Asks the process that trains a run to stop after its step.</summary>
    /// <exception cref="UsageException">There is no such run.</exception>
    /// <exception cref="DataException">Nobody trains it.</exception>
    public void Stop(string id)
    {
        var entry = Get(id);
        try
        {
            RunFolder.Open(entry.Path).AskToStop();
        }
        catch (DataException error)
        {
            throw new DataException(error.Message.Replace(entry.Path, id[Prefix.Length..], StringComparison.Ordinal), error);
        }
    }

    /// <summary>Keeps what the user writes about a run, in its folder.</summary>
    /// <exception cref="UsageException">There is no such run, or the text is too long.</exception>
    /// <exception cref="DataException">It cannot be written.</exception>
    public void Write(string id, string note)
    {
        ArgumentNullException.ThrowIfNull(note);
        Get(id).WriteNote(note);
    }

    internal RunEntry Get(string id) => Find(id) ?? throw new UsageException($"There is no run '{Descriptions.ValueKind.Shortened(id)}'."
        + NearestName.Suggest(id, listed.Items.Select(entry => entry.Id)));

    private RunEntry? Find(string id) => listed.Find(entry => entry.Id == id);

    private List<RunEntry> Read()
    {
        if (root is null || !Directory.Exists(root)) return [];
        var (found, ids) = (new List<RunEntry>(), new HashSet<string>());
        // In the order of their paths, so that an id means the same run from call to call; a run's own folders are parts of it.
        var runs = Folders(root, ids);
        // Of very many those stay that something was written in last.
        if (runs.Count > MostRuns) runs = [.. runs.OrderByDescending(run => Directory.GetLastWriteTimeUtc(run.Folder)).Take(MostRuns)];
        foreach (var (folder, id) in runs)
        {
            if (!entries.TryGetValue(folder, out var known) || known.Id != id)
                entries[folder] = known = new RunEntry(id, FolderWalk.NameBelow(root, folder), folder, registry);
            found.Add(known);
        }
        foreach (var gone in entries.Keys.Except(found.Select(entry => entry.Path)).ToList()) entries.Remove(gone);
        return found;
    }

    /// <summary>The folders of all runs below a root and their ids, which mean the same runs on every page.</summary>
    internal static List<(string Folder, string Id)> Folders(string root, HashSet<string> ids) =>
    [
        .. FolderWalk.Below(root, folder => !IsRun(folder)).Where(IsRun).Order(StringComparer.Ordinal)
            .Select(folder => (folder, FolderWalk.IdOf(Prefix, FolderWalk.NameBelow(root, folder), ids))),
    ];

    // Others have a config.json too; a log is ours alone, and so is a lock beside a configuration.
    private static bool IsRun(string folder) => File.Exists(Path.Combine(folder, RunLog.JsonFileName))
        || (File.Exists(Path.Combine(folder, "config.json")) && (FolderLock.IsHeld(folder) || FolderLock.HolderOf(folder) is not null
            || File.Exists(Path.Combine(folder, ModelFile.WeightsName))));
}
