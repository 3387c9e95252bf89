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

    /// <summary>
    /// Bytes from a pixel's block of 16 channels to what the products of its channels read, [channel][tap], for taps that stand so many
    /// floats away.
    /// </summary>
    public static OffsetTable OfBlock(ReadOnlySpan<nint> tapOffsets)
    {
        var offsets = new nint[LaneLayout.Lanes * tapOffsets.Length];
        for (var i = 0; i < offsets.Length; i++)
            offsets[i] = (tapOffsets[i % tapOffsets.Length] + (i / tapOffsets.Length)) * sizeof(float);
        return new OffsetTable(offsets);
    }

    public int Count { get; }

    public nint* Pointer { get; }
}
