using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>Offsets in floats that never move in memory, for kernels that walk them by pointer.</summary>
internal sealed unsafe class OffsetTable
{
    private readonly nint[] array;

    public OffsetTable(ReadOnlySpan<nint> offsets)
    {
        array = GC.AllocateArray<nint>(Math.Max(1, offsets.Length), pinned: true);
        offsets.CopyTo(array);
        Count = offsets.Length;
        Pointer = (nint*)Unsafe.AsPointer(ref array[0]);
    }

    public int Count { get; }

    public nint* Pointer { get; }
}
