using System.Diagnostics;
using System.Text;

namespace FeatureMap.Studio;

/// <summary>What was begun here.</summary>
internal enum StartKind
{
    /// <summary>A training, which has a run.</summary>
    Training,

    /// <summary>A lab, which has a folder of its own among the runs.</summary>
    Lab,

    /// <summary>A range test of the learning rate, which has a file.</summary>
    RateTest,

    /// <summary>A few steps that tell how long a training will take; what it writes is its result.</summary>
    Trial,
}

/// <summary>Where something is that was begun here.</summary>
internal enum StartState
{
    /// <summary>It waits until nothing else trains.</summary>
    Waiting,

    /// <summary>Its process loads the data and makes the folder of the run.</summary>
    Preparing,

    /// <summary>It trains in a run, runs a lab, or does its steps.</summary>
    Running,

    /// <summary>Its process has ended without a run, or with an error.</summary>
    Failed,

    /// <summary>Its process has ended.</summary>
    Ended,
}

/// <summary>Something that was begun here: what was asked for, and what its process said.</summary>
internal sealed class TrainingStart(string id, StartKind kind, IReadOnlyList<string> arguments)
{
    private const int MostLines = 60, MostOutput = 64 * 1024;

    private readonly Lock gate = new();
    private readonly Queue<string> lines = new();
    private readonly Queue<string> errors = new();

    private readonly StringBuilder output = new();

    public string Id => id;

    public StartKind Kind => kind;

    /// <summary>The page that shows it, where it has neither run nor lab.</summary>
    public string Page { get; init; } = "";

    /// <summary>The file that it replaces as it goes; empty for none.</summary>
    public string File { get; init; } = "";

    /// <summary>When that file was last seen to change.</summary>
    public DateTime Seen { get; set; }

    /// <summary>Its process, as long as it runs.</summary>
    public Process? Process { get; set; }

    /// <summary>Whether it can be ended without a loss: it keeps nothing that could go on.</summary>
    public bool IsShort => kind is StartKind.RateTest or StartKind.Trial;

    public IReadOnlyList<string> Arguments => arguments;

    /// <summary>The line that it stands for.</summary>
    public string Command => TrainCommandLine.Text(arguments);

    public StartState State { get; set; }

    /// <summary>The id of its run or lab, when there is one.</summary>
    public string? Run { get; set; }

    /// <summary>Done when there is a run or lab, or it failed.</summary>
    public TaskCompletionSource Known { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What its process wrote, the last lines.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate) return [.. lines];
        }
    }

    /// <summary>What a trial wrote: one document.</summary>
    public string Output
    {
        get
        {
            lock (gate) return output.ToString();
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
            if (kind == StartKind.Trial && !isError && output.Length < MostOutput) output.Append(line).Append('\n');
            lines.Enqueue(line);
            if (lines.Count > MostLines) lines.Dequeue();
            if (!isError) return;
            errors.Enqueue(line);
            if (errors.Count > MostLines) errors.Dequeue();
        }
    }
}
