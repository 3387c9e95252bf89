namespace FeatureMap.Lanes;

/// <summary>The memory of a plan: one block, one slot per shard (or per thread, where no phase lets the batch meet).</summary>
internal sealed unsafe class Arena
{
    private AlignedBuffer? buffer;

    public long SlotFloats { get; private set; }

    public float* Pointer { get; private set; }

    public long Floats => buffer?.Length ?? 0;

    public void Allocate(int slots, long slotFloats)
    {
        SlotFloats = slotFloats;
        buffer = new AlignedBuffer(slots * slotFloats);
        Pointer = buffer.Pointer;
    }
}
