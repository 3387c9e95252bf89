using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The rows of one plane at a time, each with a border of zeros beside it, copied when a window first reaches them and kept as long as it
/// stands over them: the copy stays in the first-level cache, where a padded copy of all planes would go through memory. Rows above and
/// below are one row of zeros. A plane that needs no border is read where it is.
/// </summary>
internal sealed unsafe class RowWindowShape
{
    // Copied rows that share the first-level cache with the outputs.
    private const int CacheFloats = 16 * 1024 / sizeof(float);
    private readonly int before, after, slots;

    /// <param name="height">Rows of the plane.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="before">Zeros to the left of a row.</param>
    /// <param name="after">Zeros to the right.</param>
    /// <param name="outputs">Rows of outputs.</param>
    /// <param name="span">Rows that one of them reads, from the first to the last, less one.</param>
    /// <param name="stride">Rows from what one output reads to what the next one reads.</param>
    /// <param name="unit">Rows of outputs of a block are a multiple of it.</param>
    public RowWindowShape(int height, int width, int before, int after, int outputs, int span, int stride, int unit)
    {
        (Height, Width, this.before, this.after) = (height, width, before, after);
        var fitting = ((CacheFloats / RowFloats) - span - 1) / stride + 1;
        Block = Math.Min(outputs, Math.Max(1, fitting / unit) * unit);
        TableCount = ((Block - 1) * stride) + span + 1;
        slots = Math.Min(TableCount, height);
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Rows of outputs that are computed together.</summary>
    public int Block { get; }

    /// <summary>
    /// Floats of thread memory that a window uses: the table of rows, the numbers of the rows that are copied, the row of zeros and the
    /// copies.
    /// </summary>
    public long ScratchFloats => TableFloats + NumberFloats + ((IsCopied ? slots + 1L : 1L) * RowFloats);

    private int TableCount { get; }

    private bool IsCopied => (before | after) != 0;

    private int RowFloats => (before + Width + after) * LaneLayout.Lanes;

    private long TableFloats => Lines(TableCount * (long)(sizeof(nint) / sizeof(float)));

    private long NumberFloats => Lines(slots);

    /// <summary>A window in this thread's memory; it stands over no plane yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public RowWindow Open(float* scratch)
    {
        var numbers = scratch + TableFloats;
        var zeros = numbers + NumberFloats;
        new Span<float>(zeros, RowFloats).Clear();
        var copies = IsCopied ? zeros + RowFloats : null;
        for (var slot = 0; copies != null && slot < slots; slot++)
        {
            var row = copies + ((nint)slot * RowFloats);
            new Span<float>(row, before * LaneLayout.Lanes).Clear();
            new Span<float>(row + RowFloats - (after * LaneLayout.Lanes), after * LaneLayout.Lanes).Clear();
        }
        return new RowWindow(this, (float**)scratch, (int*)numbers, slots, zeros, copies, RowFloats, before * LaneLayout.Lanes);
    }

    private static long Lines(long floats) => (floats + LaneLayout.Lanes - 1) / LaneLayout.Lanes * LaneLayout.Lanes;
}

/// <summary>The window of a <see cref="RowWindowShape"/> in the memory of one thread.</summary>
internal unsafe struct RowWindow
{
    private readonly float** table;
    private readonly int* numbers;
    private readonly float* zeros, copies;
    private readonly int slots, height, inner;
    private readonly nint rowFloats, before;
    private float* plane;

    public RowWindow(RowWindowShape shape, float** table, int* numbers, int slots, float* zeros, float* copies, nint rowFloats, nint before)
    {
        (height, inner) = (shape.Height, shape.Width * LaneLayout.Lanes);
        (this.slots, this.rowFloats, this.before) = (slots, rowFloats, before);
        this.table = table;
        this.numbers = numbers;
        this.zeros = zeros;
        this.copies = copies;
    }

    /// <summary>Moves to another plane.</summary>
    public void Enter(float* start)
    {
        plane = start;
        new Span<int>(numbers, slots).Fill(-1);
    }

    /// <summary>
    /// A table of rows: pixel 0 of each; zeros stand beside it, and in its place where there is no such row. Valid until the next call.
    /// </summary>
    public readonly float** Rows(int first, int count)
    {
        for (var i = 0; i < count; i++)
            table[i] = Row(first + i);
        return table;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly float* Row(int number)
    {
        if ((uint)number >= (uint)height) return zeros + before;
        var source = plane + ((nint)number * inner);
        if (copies == null) return source;
        var slot = number % slots;
        var target = copies + (slot * rowFloats) + before;
        if (numbers[slot] == number) return target;
        numbers[slot] = number;
        var bytes = (long)inner * sizeof(float);
        Buffer.MemoryCopy(source, target, bytes, bytes);
        return target;
    }
}
