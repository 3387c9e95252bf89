using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// Begins trainings, one at a time: each is a process of its own with the arguments that a user would type, of lower priority, and the rest
/// waits. A training that was begun elsewhere in the same folder of runs is waited for too. The end of the studio leaves the process alone;
/// what waits then is not begun.
/// </summary>
internal sealed class TrainingQueue : IAsyncDisposable
{
    private const int MostStarts = 50;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly TrainingTool? tool;
    private readonly RunCatalogue catalogue;
    private readonly Hub hub;
    private readonly Lock gate = new();
    private readonly List<TrainingStart> starts = [];
    private readonly Timer pump;
    private Process? process;
    private int number, pumping;

    public TrainingQueue(TrainingTool? tool, RunCatalogue catalogue, Hub hub)
    {
        (this.tool, this.catalogue, this.hub) = (tool, catalogue, hub);
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

    /// <summary>Begins a training when nothing else trains.</summary>
    /// <exception cref="ProblemException">Nothing can be begun here, or too many wait.</exception>
    public TrainingStart Begin(IReadOnlyList<string> arguments)
    {
        if (tool is null) throw new ProblemException(NoTool);
        TrainingStart start;
        lock (gate)
        {
            if (starts.Count(one => one.State == StartState.Waiting) >= MostStarts)
                throw new ProblemException(Problem.TooBusy($"{MostStarts} trainings wait already."));
            start = new TrainingStart($"start-{++number}", arguments);
            starts.Add(start);
            if (starts.Count > 2 * MostStarts) starts.RemoveAll(one => one.State is StartState.Ended or StartState.Failed && one != start);
        }
        Tell();
        pump.Change(TimeSpan.Zero, Interval);
        return start;
    }

    /// <summary>Takes a training out that waits or has failed.</summary>
    /// <exception cref="ProblemException">There is none of this id, or it has begun.</exception>
    public void Drop(string id)
    {
        lock (gate)
        {
            var start = starts.FirstOrDefault(one => one.Id == id) ?? throw new ProblemException(new Problem(404, "No such training",
                $"No training '{Problem.Shortened(id)}' was begun here.")
            { Where = "path", Received = Problem.Shortened(id), Expected = "the id of a training that waits", Fix = "Look at /runs." });
            if (start.State is StartState.Preparing or StartState.Running)
                throw new ProblemException(new Problem(409, "It has begun", "This training does not wait any more.")
                { Where = "path", Received = id, Fix = "Stop its run." });
            starts.Remove(start);
            start.Known.TrySetResult();
        }
        Tell();
    }

    /// <summary>The processes go on; nothing that waits is begun any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await pump.DisposeAsync();
        lock (gate) process?.Dispose();
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
            TrainingStart? waiting;
            lock (gate)
            {
                foreach (var start in starts.Where(one => one.State == StartState.Preparing && one.Run is null)) Look(start);
                var isBusy = starts.Any(one => one.State is StartState.Preparing or StartState.Running);
                waiting = isBusy ? null : starts.FirstOrDefault(one => one.State == StartState.Waiting);
                // Whoever asked for one that has to wait need not wait for it.
                foreach (var start in starts.Where(one => one.State == StartState.Waiting && one != waiting)) start.Known.TrySetResult();
                if (waiting is null && !starts.Any(one => one.State is StartState.Waiting or StartState.Preparing))
                    pump.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
            if (waiting is null) return;
            if (catalogue.Runs.All(run => run.State != RunState.Running)) Start(waiting);
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
        info.Environment[TrainingTool.DetachedVariable] = "1";
        var child = new Process { StartInfo = info, EnableRaisingEvents = true };
        child.OutputDataReceived += (_, line) => start.Add(line.Data, isError: false);
        child.ErrorDataReceived += (_, line) => start.Add(line.Data, isError: true);
        lock (gate)
        {
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
            process = child;
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
                if (process == child) process = null;
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
            start.Run = (process is { } child ? catalogue.RunOf(child.Id) : null)
                ?? catalogue.Runs.FirstOrDefault(run => start.Lines.Any(line => line.StartsWith("Run", StringComparison.Ordinal)
                    && line.TrimEnd() is var shown && shown.EndsWith(run.Name, StringComparison.Ordinal)
                    && shown[..^run.Name.Length] is [.., ' ' or '/' or '\\']))?.Id;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FeatureMapException)
        {
            return;
        }
        if (start.Run is null) return;
        start.State = StartState.Running;
        start.Known.TrySetResult();
        hub.Publish(RunWatcher.All, "started", new JsonObject { ["id"] = start.Run });
    }

    // Under the gate. One that was stopped ends with a code too, and has a run.
    private static void End(TrainingStart start, int code)
    {
        var wasStopped = code == 1 && start.Lines.Any(line => line.StartsWith("Stopped after step", StringComparison.Ordinal));
        start.State = code == 0 || wasStopped ? StartState.Ended : StartState.Failed;
        start.Known.TrySetResult();
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
