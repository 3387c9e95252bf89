namespace FeatureMap.Lanes;

/// <summary>The memory of a plan: one slot per shard (or per thread or caller, where no phase lets the batch meet).</summary>
internal sealed unsafe class Arena
{
    private readonly List<AlignedBuffer> blocks = [];
    private float*[] slots = [];

    public long SlotFloats { get; private set; }

    public int Slots => slots.Length;

    /// <summary>The first float of a slot.</summary>
    public float* At(int slot) => slots[slot];

    /// <summary>Takes one block for all slots.</summary>
    public void Allocate(int count, long slotFloats)
    {
        SlotFloats = slotFloats;
        Add(count);
    }

    /// <summary>
    /// Adds slots in a block of their own, while others may be in use: those stay where they are. Not for two callers at a time.
    /// </summary>
    public void Add(int count)
    {
        var block = new AlignedBuffer(count * SlotFloats);
        blocks.Add(block);
        var all = new float*[slots.Length + count];
        slots.CopyTo(all, 0);
        for (var i = 0; i < count; i++)
            all[slots.Length + i] = block.Pointer + (i * SlotFloats);
        slots = all;
    }
}
