namespace FeatureMap.Lanes;

/// <summary>
/// Floats on a 64-byte boundary that never move: a pinned managed array, so nobody has to free it. Kernels work on <see cref="Pointer"/>;
/// whoever holds a pointer must hold the buffer too.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int FloatsPerLine = 16;
    private readonly float[] array;

    public AlignedBuffer(long length)
    {
        if (length < 0 || length > Array.MaxLength - (2 * FloatsPerLine))
            throw new FeatureMapException($"A buffer of {length:N0} floats ({length / 268_435_456.0:N1} GiB) is more than one array can hold ({Array.MaxLength:N0}). Use a smaller batch.");
        Length = (int)length;
        // Rounded up to whole lines, so that a vector loop over the numbers may read and write past the last one.
        array = GC.AllocateArray<float>(((Length + FloatsPerLine - 1) / FloatsPerLine * FloatsPerLine) + FloatsPerLine, pinned: true);
        var address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref array[0]);
        Pointer = (float*)((address + 63) & ~(nuint)63);
    }

    public int Length { get; }

    public float* Pointer { get; }

    public Span<float> Span => new(Pointer, Length);
}
