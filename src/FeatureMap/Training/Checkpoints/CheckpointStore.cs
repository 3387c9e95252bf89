using System.Globalization;
using FeatureMap.Interchange;

namespace FeatureMap.Training;

/// <summary>
/// The checkpoints of one run: files <c>checkpoint-&lt;step&gt;.safetensors</c> in a folder. Each is written durably and carries the
/// SHA-256 of its own content inside its metadata, so one rename publishes data and checksum together: a kill between any two system
/// calls leaves no half. The last two are kept; loading takes the newest that verifies. One process writes at a time.
/// </summary>
public sealed class CheckpointStore
{
    private const string Prefix = "checkpoint-", Suffix = ".safetensors";

    private readonly HashSet<long> broken = [];
    private bool wasThere;

    /// <summary>
    /// Opens the store of a folder, which need not exist yet: the first checkpoint makes it then. A folder that is moved or deleted later
    /// is not made again.
    /// </summary>
    /// <param name="folder">The folder, usually that of the run.</param>
    /// <param name="keep">How many checkpoints to keep, at least 2: the newest and one to fall back on.</param>
    public CheckpointStore(string folder, int keep = 2)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (keep < 2)
            throw new UsageException($"A run keeps at least 2 checkpoints, the newest and one to fall back on: received {keep}.");
        Folder = Path.GetFullPath(folder);
        Keep = keep;
        wasThere = Directory.Exists(Folder);
    }

    /// <summary>The folder of the checkpoints, as a full path.</summary>
    public string Folder { get; }

    /// <summary>How many checkpoints are kept.</summary>
    public int Keep { get; }

    /// <summary>The steps of the checkpoints in the folder, newest first, verified or not; empty where the folder does not exist.</summary>
    /// <exception cref="DataException">The folder cannot be read.</exception>
    public IReadOnlyList<long> Steps()
    {
        if (!Directory.Exists(Folder))
            return [];
        try
        {
            return [.. Directory.EnumerateFiles(Folder, Prefix + "*" + Suffix).Select(StepOf).OfType<long>().OrderDescending()];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The folder {Folder} cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The path of the checkpoint of a step, whether it exists or not.</summary>
    public string PathOf(long step) => Path.Combine(Folder, Name(step) + Suffix);

    /// <summary>
    /// Writes a checkpoint durably, then removes those that are no longer needed: older than the last <see cref="Keep"/>, and those that
    /// <see cref="LoadNewest"/> of this store found broken. Returns the path.
    /// </summary>
    /// <exception cref="DataException">The disk is full or the folder is not writable; the checkpoints before are intact.</exception>
    /// <exception cref="UsageException">Two tensors have one name.</exception>
    public string Save(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoint.Step);
        var path = PathOf(checkpoint.Step);
        try
        {
            if (!wasThere) Directory.CreateDirectory(Folder);
            wasThere = true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Failed(path, error);
        }
        SafetensorsFile.Write(path, checkpoint.Tensors, CheckpointFormat.Metadata(checkpoint));
        broken.Remove(checkpoint.Step);
        Prune(checkpoint.Step);
        return path;
    }

    /// <summary>Loads the newest checkpoint that verifies and says why newer ones were passed over. Never throws for a broken file.</summary>
    /// <exception cref="DataException">The folder cannot be read.</exception>
    public CheckpointSearch LoadNewest()
    {
        var skipped = new List<string>();
        foreach (var step in Steps())
        {
            try
            {
                return new CheckpointSearch(Load(step), skipped);
            }
            catch (DataException error)
            {
                broken.Add(step);
                skipped.Add(error.Message);
            }
        }
        return new CheckpointSearch(null, skipped);
    }

    /// <summary>Loads and verifies the checkpoint of one step.</summary>
    /// <exception cref="DataException">It is missing, cut short, changed, or no checkpoint.</exception>
    public Checkpoint Load(long step) => Verify(SafetensorsFile.Read(PathOf(step), Name(step)), step);

    /// <summary>What a file holds, where it is a whole checkpoint of the step.</summary>
    internal static Checkpoint Verify(SafetensorsFile file, long step)
    {
        var (checkpoint, written) = CheckpointFormat.Read(file, Name(step));
        return written == Text(step) ? checkpoint
            : throw new DataException($"{Name(step)} holds the state after step {written ?? "none"}: the file was renamed. Give it back "
            + "its name.");
    }

    // Later steps than the one just written belong to a future that was given up; they are replaced when training gets there.
    private void Prune(long newest)
    {
        try
        {
            foreach (var step in Steps().Where(step => step <= newest && !broken.Contains(step)).Skip(Keep).Concat(broken))
                File.Delete(PathOf(step));
            broken.Clear();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DataException)
        {
            // A file too many is no reason to stop training; the next save tries again.
        }
    }

    /// <summary>Whether a file of that name is a checkpoint.</summary>
    internal static bool IsOwn(string name) => StepOf(name) is not null;

    private static string Name(long step) => Prefix + Text(step);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // Only the canonical spelling counts: checkpoint-007 is not checkpoint-7.
    private static long? StepOf(string path)
    {
        var name = Path.GetFileName(path);
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !name.EndsWith(Suffix, StringComparison.Ordinal))
            return null;
        var digits = name[Prefix.Length..^Suffix.Length];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && Text(step) == digits ? step : null;
    }
}
