using System.Text.Json.Nodes;
using FeatureMap.Workbench;

namespace FeatureMap.Studio;

/// <summary>
/// Tells what happens to labs: <c>lab/ID</c> says when a training of it came to its end (<c>training</c>), where it is (<c>progress</c>)
/// and how it <c>ended</c>. A lab has no log, so its events have numbers of their own.
/// </summary>
internal sealed class LabTopics(LabCatalogue catalogue, Hub hub)
{
    private const string OfLab = "lab/";

    private readonly Dictionary<string, Known> known = [];

    /// <summary>The topic of a lab.</summary>
    public static string TopicOf(string id) => OfLab + id;

    public static bool IsOne(string topic) => topic.StartsWith(OfLab, StringComparison.Ordinal);

    /// <summary>What a list of labs shows of each: it changes where the list does.</summary>
    public IEnumerable<string> List => catalogue.Labs.Select(lab => $"{lab.Id} {lab.State} {lab.Progress?.Lab.Trainings}");

    /// <summary>Reads a lab for a page that shows it, and makes its topic.</summary>
    /// <returns>The lab, and the number of the last event that the page shows already.</returns>
    public (LabSummary Lab, long Number) Open(string id) => hub.Open(TopicOf(id), () => catalogue.Open(id));

    public void Look(IReadOnlyList<string> watched)
    {
        foreach (var gone in known.Keys.Except(watched).ToList()) known.Remove(gone);
        foreach (var topic in watched.Where(IsOne)) LookAt(topic, topic[OfLab.Length..]);
    }

    private void LookAt(string topic, string id)
    {
        if (!catalogue.Has(id))
        {
            if (known.Remove(topic)) hub.Publish(topic, "ended", new JsonObject { ["state"] = "lost" });
            return;
        }
        var lab = catalogue.Open(id);
        var now = new Known(lab.State, lab.Progress?.Lab.Trainings ?? 0, lab.Progress?.Lab.Time ?? default, lab.Progress?.Training?.Time
            ?? default);
        known.TryGetValue(topic, out var before);
        known[topic] = now;
        // At the first look everything is told: the page may show another state, and one that ended meanwhile would seem to run for ever.
        if (before is not null && now.Trainings != before.Trainings) hub.Publish(topic, "training",
            new JsonObject { ["trainings"] = now.Trainings });
        if (lab is { State: RunState.Running, Progress: { } progress } && (before is null || (now.Time, now.OfTraining) != (before.Time,
            before.OfTraining)))
            hub.Publish(topic, "progress", LabJson.Live(progress));
        if (now.State != before?.State)
            hub.Publish(topic, now.State == RunState.Running ? "started" : "ended", new JsonObject { ["state"] = RunJson.Word(now.State) });
    }

    private sealed record Known(RunState State, int Trainings, DateTime Time, DateTime OfTraining);
}
