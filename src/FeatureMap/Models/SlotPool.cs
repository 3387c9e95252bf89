using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>
/// What callers at the same time need one each of, numbered from 0: made when all are in use, and used again, the last one first while it
/// is in the caches. Taking and giving back need no lock: the idle ones are a list whose head is exchanged in one step.
/// </summary>
/// <param name="create">Makes one more, of the number that it is given; never called by two threads at a time.</param>
internal sealed class SlotPool<T>(Func<int, T> create) where T : class
{
    private readonly Lock growth = new();
    private volatile Entry[] entries = [];
    private bool isClosed;

    // Low half: 1 + number of the first idle one, 0 for none. High half: changes so far, so that a head that came back is not taken for one
    // that never went.
    private long idle;

    /// <summary>How many there are.</summary>
    public int Count => entries.Length;

    public T this[int slot] => entries[slot].Value;

    /// <summary>Takes an idle one, or makes one.</summary>
    /// <exception cref="ObjectDisposedException">The pool is closed.</exception>
    public int Take() => TryTake(out var slot) ? slot : Grow();

    public void Give(int slot)
    {
        long head;
        do
        {
            head = Volatile.Read(ref idle);
            entries[slot].Next = (uint)head;
        }
        while (!Exchange(head, (uint)slot + 1));
    }

    /// <summary>Waits until all have come back and lets nobody take any more.</summary>
    public void Close()
    {
        lock (growth)
        {
            if (isClosed) return;
            isClosed = true;
            var wait = new SpinWait();
            for (var back = 0; back < entries.Length;)
            {
                if (TryTake(out _)) back++;
                else wait.SpinOnce();
            }
        }
    }

    private bool TryTake(out int slot)
    {
        while (true)
        {
            var head = Volatile.Read(ref idle);
            slot = (int)(uint)head - 1;
            if (slot < 0) return false;
            if (Exchange(head, entries[slot].Next)) return true;
        }
    }

    private bool Exchange(long head, uint first) => Interlocked.CompareExchange(ref idle, (((head >> 32) + 1) << 32) | first, head) == head;

    private int Grow()
    {
        lock (growth)
        {
            ObjectDisposedException.ThrowIf(isClosed, typeof(ModelSession));
            var slot = entries.Length;
            entries = [.. entries, new Entry(create(slot))];
            return slot;
        }
    }

    private sealed class Entry(T value)
    {
        public T Value { get; } = value;

        /// <summary>1 + number of the idle one behind this one.</summary>
        public uint Next { get; set; }
    }
}
