namespace FeatureMap.Studio;

/// <summary>Where a training is that was begun here.</summary>
internal enum StartState
{
    /// <summary>It waits until nothing else trains.</summary>
    Waiting,

    /// <summary>Its process loads the data and makes the folder of the run.</summary>
    Preparing,

    /// <summary>It trains in a run.</summary>
    Running,

    /// <summary>Its process has ended without a run, or with an error.</summary>
    Failed,

    /// <summary>Its process has ended.</summary>
    Ended,
}

/// <summary>A training that was begun here: what was asked for, and what its process said.</summary>
internal sealed class TrainingStart(string id, IReadOnlyList<string> arguments)
{
    private const int MostLines = 60;

    private readonly Lock gate = new();
    private readonly Queue<string> lines = new();
    private readonly Queue<string> errors = new();

    public string Id => id;

    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>The line that it stands for.</summary>
    public string Command => TrainCommandLine.Text(arguments);

    public StartState State { get; set; }

    /// <summary>The id of its run, when there is one.</summary>
    public string? Run { get; set; }

    /// <summary>Done when there is a run, or it failed.</summary>
    public TaskCompletionSource Known { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What its process wrote, the last lines.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate) return [.. lines];
        }
    }

    /// <summary>Why it failed, in its own words.</summary>
    public string Fault
    {
        get
        {
            const string marks = "error: ";
            lock (gate)
            {
                var told = errors.Where(line => line.StartsWith(marks, StringComparison.Ordinal)).Select(line => line[marks.Length..])
                    .ToList();
                return told.Count > 0 ? string.Join(' ', told) : string.Join(' ', errors.TakeLast(5));
            }
        }
    }

    public void Add(string? line, bool isError)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (gate)
        {
            lines.Enqueue(line);
            if (lines.Count > MostLines) lines.Dequeue();
            if (!isError) return;
            errors.Enqueue(line);
            if (errors.Count > MostLines) errors.Dequeue();
        }
    }
}
