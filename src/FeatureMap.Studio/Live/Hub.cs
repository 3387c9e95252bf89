using System.Text.Json.Nodes;

namespace FeatureMap.Studio;

/// <summary>Something that happened: the topic, its number in it, what, and facts.</summary>
internal sealed record LiveEvent(string Topic, long Number, string Name, JsonNode? Data)
{
    /// <summary>How a client reads it.</summary>
    public JsonObject ToJson() => new() { ["topic"] = Topic, ["seq"] = Number, ["event"] = Name, ["data"] = Data?.DeepClone() };
}

/// <summary>
/// What happens in the studio, by topic: <c>server</c> (files that were sent, models that came or went), and those that others open. Events
/// of a topic are numbered, and the last ones are kept, so that a client that was away goes on without a gap. Any thread may call.
/// </summary>
internal sealed class Hub
{
    /// <summary>The topic of the studio itself.</summary>
    public const string Server = "server";

    private readonly Lock gate = new();
    private readonly Dictionary<string, Topic> topics = new() { [Server] = new() };
    private readonly int mostKept;

    /// <param name="mostKept">Events of a topic that are kept.</param>
    public Hub(int mostKept = 256) => this.mostKept = mostKept;

    /// <summary>A topic that may be watched from now on; its next event has a number after <paramref name="last"/>. Of one that is there
    /// and behind that, the events are forgotten: who knows only them reads the page again.</summary>
    public void Open(string topic, long last = 0)
    {
        lock (gate)
        {
            if (topics.TryAdd(topic, new Topic { Last = last }) || topics[topic].Last >= last) return;
            topics[topic].Last = last;
            topics[topic].Kept.Clear();
        }
    }

    /// <summary>Reads what a page shows, and makes its topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="last">The number of the last event that is in it, for a topic whose numbers are those of a log.</param>
    /// <returns>What was read, and the number of the last event that the page shows already.</returns>
    public (T Shown, long Number) Open<T>(string topic, Func<T> read, Func<T, long>? last = null)
    {
        // Before reading: what happens while it is read is told to the page, though it may show it already.
        var before = LastOf(topic) ?? 0;
        var shown = read();
        var number = last?.Invoke(shown) ?? 0;
        Open(topic, number);
        return (shown, Math.Max(before, number));
    }

    /// <summary>Tells those who watch.</summary>
    /// <param name="topic">A topic that was opened.</param>
    /// <param name="name">What happened, a word.</param>
    /// <param name="data">Facts.</param>
    /// <param name="number">Its number, for a topic whose numbers are those of a log; the next one where null. Not below the last.</param>
    public LiveEvent Publish(string topic, string name, JsonNode? data = null, long? number = null)
    {
        lock (gate)
        {
            var own = topics[topic];
            var one = new LiveEvent(topic, own.Last = number ?? own.Last + 1, name, data);
            own.Kept.Enqueue(one);
            if (own.Kept.Count > mostKept) own.Kept.Dequeue();
            own.Watchers.RemoveAll(watcher => !watcher(one));
            return one;
        }
    }

    /// <summary>Called when somebody begins to watch; must be quick.</summary>
    public Action? Begun { get; set; }

    /// <summary>The topics that somebody watches now.</summary>
    public IReadOnlyList<string> Watched
    {
        get
        {
            lock (gate) return [.. topics.Where(topic => topic.Value.Watchers.Count > 0).Select(topic => topic.Key)];
        }
    }

    /// <summary>The number of the last event of a topic; null where there is no such topic.</summary>
    public long? LastOf(string topic)
    {
        lock (gate) return topics.TryGetValue(topic, out var own) ? own.Last : null;
    }

    /// <summary>Whether there is such a topic.</summary>
    public bool Has(string topic)
    {
        lock (gate) return topics.ContainsKey(topic);
    }

    /// <summary>
    /// Calls <paramref name="watcher"/> for each event from now on, and first for those after a number. It is called one event at a time,
    /// must be quick, and returns false where it wants no more.
    /// </summary>
    /// <param name="topic">A topic that is there.</param>
    /// <param name="after">The number of the last event that the watcher knows; null for none.</param>
    /// <param name="watcher">What is called.</param>
    /// <returns>The number of the last event before, where the watcher joined; null where events after <paramref name="after"/> are not
    /// kept any more, or such a number was never given: then nothing is watched.</returns>
    public long? Watch(string topic, long? after, Func<LiveEvent, bool> watcher)
    {
        lock (gate)
        {
            var own = topics[topic];
            if (after is { } known)
            {
                var first = own.Kept.TryPeek(out var oldest) ? oldest.Number : own.Last + 1;
                if (known > own.Last || known < first - 1) return null;
                foreach (var one in own.Kept.Where(one => one.Number > known)) watcher(one);
            }
            own.Watchers.Add(watcher);
            Begun?.Invoke();
            return own.Last;
        }
    }

    /// <summary>The watcher is not called any more.</summary>
    public void Drop(string topic, Func<LiveEvent, bool> watcher)
    {
        lock (gate)
        {
            if (topics.TryGetValue(topic, out var own)) own.Watchers.RemoveAll(one => one == watcher);
        }
    }

    private sealed class Topic
    {
        public long Last { get; set; }

        public Queue<LiveEvent> Kept { get; } = new();

        public List<Func<LiveEvent, bool>> Watchers { get; } = [];
    }
}
