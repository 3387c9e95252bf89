namespace FeatureMap.Extensions;

/// <summary>
/// What waits, in the order in which it came, for a number of threads. Each takes its share of what waits: all of it where the others are
/// busy, a part where they are idle and come for the rest. So no thread stands by while another has more than it computes at once.
/// </summary>
/// <param name="limit">How many may wait.</param>
internal sealed class QuestionQueue<T>(int limit)
{
    private readonly object gate = new();
    private readonly Queue<T> waiting = new();
    private int idle;
    private bool isClosed;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (gate) return waiting.Count;
        }
    }

    /// <summary>Puts one behind the others; false where the queue is full or closed.</summary>
    public bool TryAdd(T question)
    {
        lock (gate)
        {
            if (isClosed || waiting.Count >= limit) return false;
            waiting.Enqueue(question);
            Monitor.Pulse(gate);
            return true;
        }
    }

    /// <summary>Waits until there is something to take. What was there when the queue was closed is taken all the same.</summary>
    /// <param name="taken">Receives what is taken, the first that came first.</param>
    /// <param name="most">How many are taken at most.</param>
    /// <returns>False at the end: the queue is closed and empty.</returns>
    public bool Take(List<T> taken, int most)
    {
        lock (gate)
        {
            idle++;
            while (waiting.Count == 0 && !isClosed) Monitor.Wait(gate);
            var share = Share(waiting.Count, idle, most);
            idle--;
            for (var i = share; i > 0; i--)
                taken.Add(waiting.Dequeue());
            return taken.Count > 0;
        }
    }

    /// <summary>How many of those that wait one of the idle threads takes.</summary>
    internal static int Share(int waiting, int idle, int most) => Math.Min((waiting + idle - 1) / idle, most);

    /// <summary>Takes no more, and lets those end who wait for something to take.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.PulseAll(gate);
        }
    }
}
