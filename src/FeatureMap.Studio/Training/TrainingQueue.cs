using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// Begins trainings, labs and range tests, one at a time: each is a process of its own with the arguments that a user would type, of lower
/// priority, and the rest waits. What was begun elsewhere in the same folder of runs is waited for too. A trial of some steps waits only
/// for other trials, because it is to tell the time on this machine as it is. The end of the studio leaves the process alone; what waits
/// then is not begun.
/// </summary>
internal sealed class TrainingQueue : IAsyncDisposable
{
    private const int MostStarts = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TrainingTool? tool;
    private readonly RunCatalogue catalogue;
    private readonly LabCatalogue labs;
    private readonly Hub hub;
    private readonly Lock gate = new();
    private readonly List<TrainingStart> starts = [];
    private readonly Timer pump;
    private int number, pumping;

    public TrainingQueue(TrainingTool? tool, RunCatalogue catalogue, LabCatalogue labs, Hub hub)
    {
        (this.tool, this.catalogue, this.labs, this.hub) = (tool, catalogue, labs, hub);
        pump = new Timer(_ => Pump(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether trainings can be begun here.</summary>
    public bool CanTrain => tool is not null;

    /// <summary>Those that were begun since the studio started, the newest first.</summary>
    public IReadOnlyList<TrainingStart> Starts
    {
        get
        {
            lock (gate) return [.. starts.AsEnumerable().Reverse()];
        }
    }

    /// <summary>One of them; null where there is none of this id.</summary>
    public TrainingStart? Find(string id)
    {
        lock (gate) return starts.FirstOrDefault(one => one.Id == id);
    }

    /// <summary>Begins something when nothing else trains.</summary>
    /// <param name="arguments">What is typed behind the name of the tool.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="page">The page that shows it, by the id of the start; null for that of its run or lab.</param>
    /// <param name="file">The file that it replaces as it goes; empty for none.</param>
    /// <exception cref="ProblemException">Nothing can be begun here, or too many wait.</exception>
    public TrainingStart Begin(IReadOnlyList<string> arguments, StartKind kind = StartKind.Training, Func<string, string>? page = null,
        string file = "")
    {
        if (tool is null) throw new ProblemException(NoTool);
        TrainingStart start;
        lock (gate)
        {
            if (starts.Count(one => one.State == StartState.Waiting) >= MostStarts)
                throw new ProblemException(Problem.TooBusy($"{MostStarts} trainings wait already."));
            var id = $"start-{++number}";
            start = new TrainingStart(id, kind, arguments) { Page = page?.Invoke(id) ?? "", File = file };
            starts.Add(start);
            if (starts.Count > 2 * MostStarts) starts.RemoveAll(one => one.State is StartState.Ended or StartState.Failed && one != start);
        }
        Tell();
        pump.Change(TimeSpan.Zero, Interval);
        return start;
    }

    /// <summary>Takes something out that waits, has failed, or keeps nothing that could go on: the process of a range test or of a trial is
    /// ended.</summary>
    /// <exception cref="ProblemException">There is none of this id, or it has begun.</exception>
    public void Drop(string id)
    {
        lock (gate)
        {
            var start = starts.FirstOrDefault(one => one.Id == id) ?? throw new ProblemException(new Problem(404, "No such training",
                $"No training '{Problem.Shortened(id)}' was begun here.")
            { Where = "path", Received = Problem.Shortened(id), Expected = "the id of a training that waits", Fix = "Look at /runs." });
            if (start.State is StartState.Preparing or StartState.Running && !start.IsShort)
                throw new ProblemException(new Problem(409, "It has begun", "This training does not wait any more.")
                { Where = "path", Received = id, Fix = "Stop its run." });
            starts.Remove(start);
            start.Known.TrySetResult();
            Kill(start);
        }
        Tell();
        pump.Change(TimeSpan.Zero, Interval);
    }

    /// <summary>The processes go on; nothing that waits is begun any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await pump.DisposeAsync();
        lock (gate)
            foreach (var start in starts) start.Process?.Dispose();
    }

    internal static Problem NoTool { get; } = new(409, "Nothing can be trained here",
        "This studio was begun by a program that names no tool "
        + "that trains.")
    { Where = "StudioOptions.Tool", Fix = "Copy the command and type it in a terminal." };

    private void Pump()
    {
        if (Interlocked.Exchange(ref pumping, 1) == 1) return;
        try
        {
            TrainingStart? waiting, trial;
            var hasNews = false;
            lock (gate)
            {
                foreach (var start in starts.Where(one => one.State == StartState.Preparing && one.Run is null)) Look(start);
                foreach (var start in starts.Where(IsTelling)) hasNews |= HasNews(start);
                waiting = Next(starts.Where(one => one.Kind != StartKind.Trial));
                trial = Next(starts.Where(one => one.Kind == StartKind.Trial));
                // Whoever asked for one that has to wait need not wait for it.
                foreach (var start in starts.Where(one => one.State == StartState.Waiting && one != waiting && one != trial))
                    start.Known.TrySetResult();
                if (waiting is null && trial is null && !starts.Any(one => one.State is StartState.Waiting or StartState.Preparing
                    || IsTelling(one)))
                    pump.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            if (hasNews) Tell();
            if (trial is not null) Start(trial);
            if (waiting is null) return;
            if (IsIdle) Start(waiting);
            else waiting.Known.TrySetResult();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The folder of runs cannot be read now; the next look may. A timer that throws would end the studio.
        }
        finally
        {
            Volatile.Write(ref pumping, 0);
        }
    }

    // Nobody else trains in the folder of runs, or runs a lab in it, which between two trainings has none.
    private bool IsIdle => catalogue.Runs.All(run => run.State != RunState.Running) && labs.Labs.All(lab => lab.State != RunState.Running);

    private static TrainingStart? Next(IEnumerable<TrainingStart> ofOneQueue)
    {
        var all = ofOneQueue.ToList();
        return all.Any(one => one.State is StartState.Preparing or StartState.Running) ? null
            : all.FirstOrDefault(one => one.State == StartState.Waiting);
    }

    // What replaces a file as it goes is looked at as long as it runs.
    private static bool IsTelling(TrainingStart start) => start.State == StartState.Running && start.File.Length > 0;

    private static bool HasNews(TrainingStart start)
    {
        var time = File.GetLastWriteTimeUtc(start.File);
        if (time == start.Seen) return false;
        start.Seen = time;
        return true;
    }

    private void Start(TrainingStart start)
    {
        var info = new ProcessStartInfo(tool!.File)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        foreach (var argument in tool.Before.Concat(start.Arguments)) info.ArgumentList.Add(argument);
        // The page reads what the trial tells; a person who types the command gets it as text.
        if (start.Kind == StartKind.Trial) info.ArgumentList.Add("--json");
        info.Environment[TrainingTool.DetachedVariable] = "1";
        var child = new Process { StartInfo = info, EnableRaisingEvents = true };
        child.OutputDataReceived += (_, line) => start.Add(line.Data, isError: false);
        child.ErrorDataReceived += (_, line) => start.Add(line.Data, isError: true);
        lock (gate)
        {
            if (start.State != StartState.Waiting || !starts.Contains(start))
            {
                child.Dispose(); // it was taken out meanwhile
                return;
            }
            start.State = StartState.Preparing;
            try
            {
                child.Start();
            }
            catch (Exception error) when (error is Win32Exception or InvalidOperationException or IOException)
            {
                start.Add($"error: {tool.File} cannot be started: {error.Message}", isError: true);
                End(start, code: 1);
                child.Dispose();
                return;
            }
            start.Process = child;
            if (start.IsShort)
            {
                start.State = StartState.Running;
                start.Known.TrySetResult();
            }
        }
        Lower(child);
        child.StandardInput.Close();
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        _ = Ended(child, start);
        Tell();
    }

    private async Task Ended(Process child, TrainingStart start)
    {
        try
        {
            await child.WaitForExitAsync(); // and for what it wrote
            lock (gate)
            {
                if (start.Run is null) Look(start);
                End(start, child.ExitCode);
                start.Process = null;
            }
            child.Dispose();
            Tell();
            pump.Change(TimeSpan.Zero, Interval);
        }
        catch (Exception error) when (error is InvalidOperationException)
        {
            // The studio has ended.
        }
    }

    // Under the gate.
    private void Look(TrainingStart start)
    {
        try
        {
            start.Run = start.Kind switch
            {
                StartKind.Training => (start.Process is { } child ? catalogue.RunOf(child.Id) : null) ?? NamedRun(start),
                StartKind.Lab => (start.Process is { } child ? labs.LabOf(child.Id) : null)
                    ?? (start.Process is { HasExited: false } ? null
                        : labs.Labs.FirstOrDefault(lab => Names(start, "Folder", lab.Name))?.Id),
                _ => null,
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FeatureMapException
            or InvalidOperationException)
        {
            return;
        }
        if (start.Run is null) return;
        start.State = StartState.Running;
        start.Known.TrySetResult();
        hub.Publish(RunWatcher.All, "started", new JsonObject { ["id"] = start.Run });
    }

    private string? NamedRun(TrainingStart start) => catalogue.Runs.FirstOrDefault(run => Names(start, "Run", run.Name))?.Id;

    // What the process said before it ended: a run may be done before anybody looks.
    private static bool Names(TrainingStart start, string head, string name) => start.Lines.Any(line =>
        line.StartsWith(head, StringComparison.Ordinal) && line.TrimEnd() is var shown && shown.EndsWith(name, StringComparison.Ordinal)
        && shown[..^name.Length] is [.., ' ' or '/' or '\\']);

    // Under the gate. One that was stopped ends with a code too, and can go on.
    private static void End(TrainingStart start, int code)
    {
        var wasStopped = code == 1 && start.Lines.Any(line => line.StartsWith("Stopped after step", StringComparison.Ordinal)
            || line.StartsWith("Stopped; everything is saved", StringComparison.Ordinal));
        start.State = code == 0 || wasStopped ? StartState.Ended : StartState.Failed;
        start.Known.TrySetResult();
    }

    // Under the gate.
    private static void Kill(TrainingStart start)
    {
        try
        {
            start.Process?.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private static void Lower(Process child)
    {
        try
        {
            child.PriorityClass = ProcessPriorityClass.BelowNormal;
        }
        catch (Exception error) when (error is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            // It has ended already, or the system does not let its priority be changed: then it trains as a terminal's would.
        }
    }

    private void Tell() => hub.Publish(RunWatcher.All, "changed");
}
