using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// Tells what happens to runs and labs, from their folders alone, whoever trains them: the topic <c>runs</c> says that the lists have
/// changed, <c>lab/ID</c> is told by <see cref="LabTopics"/>, and
/// <c>run/ID</c> has an event for each row of the log that came (<c>epoch</c>, <c>steps</c>), where the training is (<c>progress</c>, at
/// most four times a second) and how it <c>ended</c>. Events of a run have the numbers of the rows of its log or, where a state comes
/// between, later ones, so that a page that was away goes on without a gap, in another studio too. Looks only while somebody watches.
/// </summary>
internal sealed class RunWatcher : IAsyncDisposable
{
    /// <summary>The topic of the list.</summary>
    public const string All = "runs";

    private const string OfRun = "run/";
    private const int ListEvery = 4;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly RunCatalogue catalogue;
    private readonly LabTopics labs;
    private readonly Hub hub;
    private readonly Timer timer;
    private readonly Dictionary<string, Known> known = [];
    private string? list;
    private int looking, turn;

    public RunWatcher(RunCatalogue catalogue, LabCatalogue labs, Hub hub)
    {
        (this.catalogue, this.labs, this.hub) = (catalogue, new LabTopics(labs, hub), hub);
        hub.Open(All);
        timer = new Timer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        hub.Begun = () => timer.Change(Interval, Interval);
    }

    /// <summary>The topic of a run.</summary>
    public static string TopicOf(string id) => OfRun + id;

    /// <summary>Reads a run for a page that shows it, and makes its topic.</summary>
    /// <param name="id">The run.</param>
    /// <param name="read">Reads it.</param>
    /// <returns>The run, and the number of the last event that the page shows already.</returns>
    public (RunDetail Run, long Number) Open(string id, Func<string, RunDetail> read) =>
        hub.Open(TopicOf(id), () => read(id), run => run.Rows);

    /// <summary>Reads a lab for a page that shows it, and makes its topic.</summary>
    /// <returns>The lab, and the number of the last event that the page shows already.</returns>
    public (LabSummary Lab, long Number) OpenLab(string id) => labs.Open(id);

    public ValueTask DisposeAsync()
    {
        hub.Begun = null;
        return timer.DisposeAsync();
    }

    private void Look()
    {
        if (Interlocked.Exchange(ref looking, 1) == 1) return;
        try
        {
            // Before looking: who begins to watch meanwhile starts it anew.
            timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var watched = hub.Watched;
            if (watched.Any(topic => topic == All || topic.StartsWith(OfRun, StringComparison.Ordinal)
                || LabTopics.IsOne(topic))) timer.Change(Interval, Interval);
            foreach (var gone in known.Keys.Except(watched).ToList()) known.Remove(gone);
            foreach (var topic in watched)
                if (topic.StartsWith(OfRun, StringComparison.Ordinal)) LookAt(topic, topic[OfRun.Length..]);
            labs.Look(watched);
            if (watched.Contains(All) && turn++ % ListEvery == 0) LookAtList();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A folder that is being moved, or one that no page can read either, which says why; the next look is soon. A timer that
            // throws would end the studio.
        }
        finally
        {
            Volatile.Write(ref looking, 0);
        }
    }

    private void LookAtList()
    {
        var now = string.Join('\n', [.. catalogue.Runs.Select(run => $"{run.Id} {run.State} {run.Epochs.Count} {run.Note.Length}"),
            .. labs.List]);
        // Also at the first look: it may have changed between a page and that.
        if (list != now) hub.Publish(All, "changed");
        list = now;
    }

    private void LookAt(string topic, string id)
    {
        if (!catalogue.Has(id))
        {
            if (known.Remove(topic)) hub.Publish(topic, "ended", new JsonObject { ["state"] = "lost" });
            return;
        }
        var (run, rows) = catalogue.Glance(id);
        var now = new Known(rows, run.Epochs.Count, run.State, run.Live?.Time ?? default);
        if (known.TryGetValue(topic, out var before))
        {
            if (now.Rows != before.Rows)
                hub.Publish(topic, now.Epochs != before.Epochs ? "epoch" : "steps", new JsonObject { ["epochs"] = now.Epochs },
                    Math.Max(now.Rows, (hub.LastOf(topic) ?? 0) + 1));
            if (now.Time != before.Time && run.Live is { } live)
                hub.Publish(topic, "progress", RunJson.Live(run, live), hub.LastOf(topic));
            if (now.State != before.State) TellState(topic, now.State);
        }
        else
        {
            if (run is { State: RunState.Running, Live: { } live })
                hub.Publish(topic, "progress", RunJson.Live(run, live), hub.LastOf(topic));
            // Rows that came between the page and its first look.
            if (hub.LastOf(topic) < now.Rows)
                hub.Publish(topic, now.Epochs == 0 ? "steps" : "epoch", new JsonObject { ["epochs"] = now.Epochs }, now.Rows);
            // The page may show another state: one that ended meanwhile would seem to run for ever.
            TellState(topic, now.State);
        }
        known[topic] = now;
    }

    private void TellState(string topic, RunState state) =>
        hub.Publish(topic, state == RunState.Running ? "started" : "ended", new JsonObject { ["state"] = RunJson.Word(state) });

    private sealed record Known(long Rows, int Epochs, RunState State, DateTime Time);
}
