using FeatureMap.Descriptions;
using FeatureMap.Zoo;

namespace FeatureMap.Workbench;

/// <summary>
/// The labs below a folder of runs, whoever began them, with what each is doing. Read from their folders alone. What is asked for is looked
/// up in the list, so that nobody's text becomes a path; links are left out. Any thread may call.
/// </summary>
/// <example><code>
/// foreach (var lab in new LabCatalogue("runs").Labs)
///     Console.WriteLine($"{lab.Name}: {lab.State}, {lab.Progress?.Share:P0}");
/// </code></example>
public sealed class LabCatalogue
{
    /// <summary>What the ids of labs begin with.</summary>
    public const string Prefix = "lab-";

    private readonly string? root;
    private readonly Registry? registry;
    private readonly Dictionary<string, LabEntry> entries = [];
    private readonly FreshList<LabEntry> listed;

    /// <summary>A list of labs.</summary>
    /// <param name="root">The folder of all runs; it need not be there yet. None where null.</param>
    /// <param name="registry">Which labs there are; those of the library where null.</param>
    public LabCatalogue(string? root, Registry? registry = null)
    {
        (this.root, this.registry) = (FolderWalk.Root(root), registry);
        listed = new FreshList<LabEntry>(Read, TimeSpan.FromMilliseconds(500));
    }

    /// <summary>All of them as they are now, the newest first.</summary>
    public IReadOnlyList<LabSummary> Labs => [.. listed.Items.Select(entry => entry.Summarize()).OrderByDescending(lab => lab.Begun)
        .ThenByDescending(lab => lab.Name, StringComparer.Ordinal)];

    /// <summary>Whether there is one of this id.</summary>
    public bool Has(string id) => listed.Find(entry => entry.Id == id) is not null;

    /// <summary>One of them.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    public LabSummary Open(string id) => Get(id).Summarize();

    /// <summary>Its folder.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    public string PathOf(string id) => Get(id).Path;

    /// <summary>The lab that a process runs; null where there is none (yet).</summary>
    /// <param name="process">The number of the process.</param>
    public string? LabOf(int process)
    {
        var holder = $"process {process} on {Environment.MachineName},";
        return listed.ReadNow().FirstOrDefault(entry =>
            FolderLock.HolderOf(entry.Path)?.StartsWith(holder, StringComparison.Ordinal) == true
            && FolderLock.IsHeld(entry.Path) && LabLive.Read(entry.Path) is not null)?.Id;
    }

    /// <summary>Asks the process that runs a lab to stop after its step.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    /// <exception cref="DataException">Nobody runs it.</exception>
    public void Stop(string id)
    {
        var entry = Get(id);
        try
        {
            LabRun.AskToStop(entry.Path);
        }
        catch (DataException error)
        {
            throw new DataException(error.Message.Replace(entry.Path, id[Prefix.Length..], StringComparison.Ordinal), error);
        }
    }

    /// <summary>The text of a lab's page.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    /// <exception cref="DataException">It has no page, or one that is too large or cannot be read.</exception>
    public string Page(string id)
    {
        const long largest = 32 << 20;
        var file = new FileInfo(Path.Combine(Get(id).Path, LabRun.PageName));
        if (!file.Exists) throw new DataException($"{id} has no page yet: it is written when the lab is done.");
        if (file.LinkTarget is not null) throw new DataException($"The page of {id} is a link, and links are not followed.");
        if (file.Length > largest) throw new DataException($"The page of {id} has {file.Length:N0} bytes; at most {largest:N0} are shown.");
        try
        {
            return File.ReadAllText(file.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The page of {id} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>How long a lab with these settings may take, from a complete one of the same lab: by the images that both show where the
    /// lab says how many, otherwise only from one of the same settings. Null where there was none.</summary>
    /// <param name="lab">The lab.</param>
    /// <param name="settings">Its settings.</param>
    public LabEstimate? Estimate(Lab lab, LabSettings settings)
    {
        ArgumentNullException.ThrowIfNull(lab);
        ArgumentNullException.ThrowIfNull(settings);
        var asked = Texts(settings.All.Select(one => (one.Name, settings.Format(one))));
        LabEstimate? byImages = null;
        foreach (var made in Labs.Where(one => one.Lab?.Name == lab.Name && one.Figures is { Seconds: > 0 }))
        {
            var seconds = made.Figures!.Seconds;
            if (Texts(made.Settings.Select(one => (one.Name, one.Text))).SetEquals(asked)) return new(seconds, made.Name, IsSame: true);
            var (wanted, then) = (lab.Plan(settings)?.Images ?? 0, PlanOf(made)?.Images ?? 0);
            if (byImages is null && wanted > 0 && then > 0) byImages = new(seconds * wanted / then, made.Name, IsSame: false);
        }
        return byImages;
    }

    // Threads and seed change no amount of work.
    private static HashSet<string> Texts(IEnumerable<(string Name, string Text)> settings) =>
        [.. settings.Where(one => one.Name is not ("seed" or "threads" or "data")).Select(one => $"{one.Name}={one.Text}")];

    private static LabPlan? PlanOf(LabSummary made)
    {
        var settings = made.Settings.Aggregate(LabSettings.Of(made.Lab!), (known, one) => known.With(one.Name, one.Text));
        return made.Lab!.Plan(settings);
    }

    private LabEntry Get(string id) => listed.Find(entry => entry.Id == id)
        ?? throw new UsageException($"There is no lab '{ValueKind.Shortened(id)}'." + NearestName.Suggest(id, listed.Items.Select(entry =>
            entry.Id)));

    private List<LabEntry> Read()
    {
        if (root is null || !Directory.Exists(root)) return [];
        var (found, ids) = (new List<LabEntry>(), new HashSet<string>());
        // In the order of their paths, so that an id means the same lab from call to call; a lab's own folders are parts of it.
        foreach (var folder in FolderWalk.Below(root, folder => !LabRun.IsAt(folder)).Where(LabRun.IsAt).Order(StringComparer.Ordinal))
        {
            var id = FolderWalk.IdOf(Prefix, FolderWalk.NameBelow(root, folder), ids);
            if (!entries.TryGetValue(folder, out var known) || known.Id != id)
                entries[folder] = known = new LabEntry(id, FolderWalk.NameBelow(root, folder), folder, registry);
            found.Add(known);
        }
        foreach (var gone in entries.Keys.Except(found.Select(entry => entry.Path)).ToList()) entries.Remove(gone);
        return found;
    }
}

/// <summary>How long a lab may take.</summary>
/// <param name="Seconds">All its trainings.</param>
/// <param name="Lab">The lab that was timed.</param>
/// <param name="IsSame">Whether that had the same settings; otherwise it is scaled by the images that both show.</param>
public sealed record LabEstimate(double Seconds, string Lab, bool IsSame);
