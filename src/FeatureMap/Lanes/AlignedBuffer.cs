using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FeatureMap.Lanes;

/// <summary>
/// Floats on a 64-byte boundary that never move, all 0 at first. Kernels work on <see cref="Pointer"/>; whoever holds a pointer must hold
/// the buffer too. The memory is native and goes back when the owner frees it (<see cref="BufferOwner"/>), or else when the collector finds
/// that nobody holds the buffer. Numbers that users hold spans of are collected memory instead, which a span keeps alive.
/// </summary>
internal sealed unsafe class AlignedBuffer
{
    private const int FloatsPerLine = 16, LineBytes = FloatsPerLine * sizeof(float);

    // The system gives large blocks whole pages, so all would begin at the same place of a page: rows of several buffers that are read
    // together would fall on the same lines of the first-level cache. Each begins a line further than the one before.
    private const int LargeBytes = 64 * 1024, PageLines = 61;
    private static long nativeBytes;
    private static int large;
    private readonly float[]? array;
    private readonly long bytes;
    private nint memory;

    /// <param name="length">Floats.</param>
    /// <param name="isCollected">Whether the memory is the collector's: for numbers that outlive every plan and that nobody frees, such as
    /// weights.</param>
    public AlignedBuffer(long length, bool isCollected = false)
    {
        if (length < 0 || length > Array.MaxLength - (2 * FloatsPerLine))
            throw new FeatureMapException($"A buffer of {length:N0} floats ({length / 268_435_456.0:N1} GiB) is more than one array can hold ({Array.MaxLength:N0}). Use a smaller batch.");
        Length = (int)length;
        // Rounded up to whole lines, so that a vector loop over the numbers may read and write past the last one; and one line more to
        // begin on a boundary.
        var floats = ((Length + FloatsPerLine - 1) / FloatsPerLine * FloatsPerLine) + FloatsPerLine;
        if (isCollected)
        {
            GC.SuppressFinalize(this);
            array = GC.AllocateArray<float>(floats, pinned: true);
            Pointer = Align((nint)Unsafe.AsPointer(ref array[0]));
            return;
        }
        // Not cleared by hand: what comes fresh from the system is 0, and takes no memory before it is written.
        var shift = (long)floats * sizeof(float) < LargeBytes ? 0 : (int)((uint)Interlocked.Increment(ref large) % PageLines * LineBytes);
        bytes = ((long)floats * sizeof(float)) + shift;
        memory = (nint)NativeMemory.AllocZeroed((nuint)bytes);
        Pointer = Align(memory) + (shift / sizeof(float));
        GC.AddMemoryPressure(bytes);
        Interlocked.Add(ref nativeBytes, bytes);
        BufferOwner.Register(this);
    }

    ~AlignedBuffer() => Release();

    /// <summary>Native memory that all buffers of the process hold together.</summary>
    public static long NativeBytes => Volatile.Read(ref nativeBytes);

    public int Length { get; }

    /// <summary>The first float; null when the memory has been freed.</summary>
    public float* Pointer { get; private set; }

    public Span<float> Span => array is null ? new(Pointer, Pointer is null ? 0 : Length) : array.AsSpan((int)(Pointer - (float*)Unsafe.AsPointer(ref array[0])), Length);

    /// <summary>Gives native memory back at once. Nobody may work on it any more.</summary>
    public void Free()
    {
        if (array is null) Release(); // the finaliser then finds nothing to do
    }

    private static float* Align(nint address) => (float*)((address + LineBytes - 1) & ~(nint)(LineBytes - 1));

    private void Release()
    {
        var own = Interlocked.Exchange(ref memory, 0);
        if (own == 0) return;
        Pointer = null;
        NativeMemory.Free((void*)own);
        GC.RemoveMemoryPressure(bytes);
        Interlocked.Add(ref nativeBytes, -bytes);
    }
}
