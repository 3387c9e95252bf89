using System.Text.Json.Nodes;

namespace FeatureMap.Studio;

/// <summary>
/// What one socket watches, and the events that wait to be sent over it. A tab that is slower than what happens does not hold the studio
/// back: of <c>progress</c> the newest event of a topic waits, and a topic with more than 512 waiting events is lost for the tab, which
/// is told so and reads the page again.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage(
    "Design", "CA1001", Justification = "Nobody asks the semaphore for a handle, so it holds nothing to give back.")]
internal sealed class Watching(Hub hub)
{
    private const int MostTopics = 32, MostWaiting = 512;

    private readonly Lock gate = new();
    private readonly HashSet<string> watched = [];
    private readonly LinkedList<LiveEvent> waiting = [];
    private readonly HashSet<string> lost = [];
    private readonly SemaphoreSlim news = new(0);

    /// <summary>Begins to watch topics.</summary>
    /// <returns>What the client is told at once: for each topic where it begins, that it is lost, or that there is none.</returns>
    public IReadOnlyList<JsonObject> Watch(IReadOnlyList<string> topics, IReadOnlyDictionary<string, long> after)
    {
        var told = new List<JsonObject>();
        foreach (var topic in topics)
        {
            // The hub calls Put under a lock of its own: it is never asked under the one of here.
            if (!hub.Has(topic))
            {
                told.Add(new() { ["topic"] = topic, ["problem"] = Unknown(topic).ToJson() });
                continue;
            }
            lock (gate)
            {
                if (watched.Contains(topic)) continue;
                if (watched.Count >= MostTopics)
                {
                    var many = Problem.TooBusy($"{MostTopics} topics are watched by this page already.");
                    told.Add(new() { ["topic"] = topic, ["problem"] = many.ToJson() });
                    continue;
                }
                watched.Add(topic);
            }
            var known = after.TryGetValue(topic, out var number) ? number : (long?)null;
            if (hub.Watch(topic, known, Put) is not { } last)
            {
                lock (gate) watched.Remove(topic);
                told.Add(Lost(topic));
            }
            else if (known is null) told.Add(new() { ["topic"] = topic, ["seq"] = last, ["event"] = "watching", ["data"] = null });
        }
        return told;
    }

    /// <summary>Watches topics no longer; what waits of them is not sent.</summary>
    public void Drop(IEnumerable<string> topics)
    {
        foreach (var topic in topics)
        {
            hub.Drop(topic, Put);
            lock (gate)
            {
                watched.Remove(topic);
                Forget(topic);
            }
        }
    }

    /// <summary>Watches nothing any longer.</summary>
    public void End()
    {
        string[] all;
        lock (gate) all = [.. watched];
        Drop(all);
    }

    /// <summary>The next message, when there is one.</summary>
    public async Task<JsonObject> Next(CancellationToken cancellation)
    {
        while (true)
        {
            await news.WaitAsync(cancellation);
            lock (gate)
            {
                if (lost.Count > 0)
                {
                    var topic = lost.First();
                    lost.Remove(topic);
                    return Lost(topic);
                }
                if (waiting.First is not { } first) continue; // it was replaced or dropped meanwhile
                waiting.RemoveFirst();
                return first.Value.ToJson();
            }
        }
    }

    private bool Put(LiveEvent one)
    {
        lock (gate)
        {
            if (!watched.Contains(one.Topic)) return false;
            if (one.Name == "progress")
                for (var place = waiting.First; place is not null; place = place.Next)
                    if (place.Value.Topic == one.Topic && place.Value.Name == one.Name)
                    {
                        waiting.Remove(place);
                        break;
                    }
            var hasRoom = waiting.Count(other => other.Topic == one.Topic) < MostWaiting;
            if (hasRoom) waiting.AddLast(one);
            else
            {
                Forget(one.Topic);
                watched.Remove(one.Topic);
                lost.Add(one.Topic);
            }
            news.Release();
            return hasRoom;
        }
    }

    private void Forget(string topic)
    {
        for (var place = waiting.First; place is not null;)
        {
            var next = place.Next;
            if (place.Value.Topic == topic) waiting.Remove(place);
            place = next;
        }
    }

    private static Problem Unknown(string topic) => new(404, "No such topic", $"Nothing is told of '{Problem.Shortened(topic)}'.")
    {
        Where = "watch",
        Received = Problem.Shortened(topic),
        Expected = Hub.Server,
    };

    private static JsonObject Lost(string topic) => new() { ["lost"] = topic };
}
