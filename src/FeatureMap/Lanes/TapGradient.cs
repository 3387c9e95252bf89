using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A prepared weight gradient dw[o][k] = sum over images and pixels of dy[o][p] x[p + offset k] for one shard, where k numbers the (channel, tap) pairs.
/// The pairs of all channels form one list, so that 1x1 kernels fill the tile with channels as 3x3 kernels fill it with taps.
/// </summary>
internal sealed unsafe class TapGradient<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    // dy of one block of 8 outputs is read once per three pairs: rows are taken in blocks that fit the first-level cache (32 to 48 KiB) beside the inputs.
    private const int CacheFloats = 36 * 1024 / sizeof(float);
    private readonly TapGradientShape shape;
    private readonly OffsetTable offsets;
    private readonly int rows, columns;

    public TapGradient(TapGradientShape shape)
    {
        this.shape = shape;
        offsets = new OffsetTable(shape.PairOffsets);
        (rows, columns) = shape.IsOneRow ? (1, shape.Rows * shape.Columns) : (shape.Rows, shape.Columns);
    }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses for some pairs.</summary>
    public static long ScratchFloats(int pairs) => 8L * pairs * LaneLayout.Lanes;

    /// <summary>Writes a part of the sums of one shard to dw, as [output][pair].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* gradient, float* input, float* scratch, float* weightGradient, GradientPart part)
    {
        TapGradientSteps steps = default;
        steps.OutputChannelStep = shape.OutputChannelStep;
        steps.OutputRowStep = shape.OutputRowStep;
        steps.PixelStep = shape.InputPixelStep;
        steps.RowStep = shape.InputRowStep;
        var pairs = part.Columns.Count;
        var sumStep = (nint)pairs * LaneLayout.Lanes;
        for (var start = part.Outputs.First; start < part.Outputs.End;)
        {
            var left = shape.Outputs - start;
            var size = left >= 8 && TLanes.TileOutputs >= 8 ? 8 : left >= 4 ? 4 : 1;
            new Span<float>(scratch, size * pairs * LaneLayout.Lanes).Clear();
            RunBlock(ref steps, size, gradient + (start * steps.OutputChannelStep), input, part.Columns, scratch, sumStep);
            for (var output = 0; output < size; output++)
            {
                var target = weightGradient + ((nint)(start + output) * offsets.Count) + part.Columns.First;
                for (nint pair = 0; pair < pairs; pair++)
                    target[pair] = LaneMath.Sum(scratch + (output * sumStep) + (pair * LaneLayout.Lanes));
            }
            start += size;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBlock(
        ref TapGradientSteps steps, int size, float* gradient, float* input, IndexRange pairs, float* sums, nint sumStep)
    {
        // A single long row is cut along its columns, a plane along its rows.
        var columnBlock = Math.Max(1, Math.Min(columns, CacheFloats / (size * LaneLayout.Lanes)));
        var rowBlock = columnBlock < columns ? 1 : Math.Max(1, CacheFloats / (size * LaneLayout.Lanes * columns));
        for (var row = 0; row < rows; row += rowBlock)
        {
            for (nint column = 0; column < columns; column += columnBlock)
            {
                steps.Columns = (int)Math.Min(columnBlock, columns - column);
                var dy = gradient + (row * steps.OutputRowStep) + (column * LaneLayout.Lanes);
                var x = input + (row * steps.RowStep) + (column * steps.PixelStep);
                var height = Math.Min(rowBlock, rows - row);
                for (var part = 0; part < shape.OccupiedLanes; part += TLanes.Width)
                    RunPairs(ref steps, size, dy + part, x + part, pairs, height, sums + part, sumStep);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPairs(
        ref TapGradientSteps steps, int size, float* dy, float* x, IndexRange range, int height, float* sums, nint sumStep)
    {
        var pairs = range.Count;
        var pair = 0;
        var first = offsets.Pointer + range.First;
        if (size == 1)
        {
            for (; pair + 8 <= pairs; pair += 8)
                TapGradientTile.RunSingle<TLanes, Eight>(ref steps, dy, x, first + pair, height, sums + ((nint)pair * LaneLayout.Lanes));
            for (; pair + 4 <= pairs; pair += 4)
                TapGradientTile.RunSingle<TLanes, Four>(ref steps, dy, x, first + pair, height, sums + ((nint)pair * LaneLayout.Lanes));
            for (; pair < pairs; pair++)
                TapGradientTile.RunSingle<TLanes, One>(ref steps, dy, x, first + pair, height, sums + ((nint)pair * LaneLayout.Lanes));
            return;
        }
        for (; pair < pairs; pair += 3)
        {
            var at = first + pair;
            var target = sums + ((nint)pair * LaneLayout.Lanes);
            switch ((size, pairs - pair))
            {
                case (8, >= 3): TapGradientTile.Run<TLanes, Eight, Three>(ref steps, dy, x, at, height, target, sumStep); break;
                case (8, 2): TapGradientTile.Run<TLanes, Eight, Two>(ref steps, dy, x, at, height, target, sumStep); break;
                case (8, _): TapGradientTile.Run<TLanes, Eight, One>(ref steps, dy, x, at, height, target, sumStep); break;
                case (_, >= 3): TapGradientTile.Run<TLanes, Four, Three>(ref steps, dy, x, at, height, target, sumStep); break;
                case (_, 2): TapGradientTile.Run<TLanes, Four, Two>(ref steps, dy, x, at, height, target, sumStep); break;
                default: TapGradientTile.Run<TLanes, Four, One>(ref steps, dy, x, at, height, target, sumStep); break;
            }
        }
    }
}

/// <summary>The geometry of a weight gradient; steps and offsets in floats.</summary>
internal sealed record TapGradientShape
{
    /// <summary>Outputs at whose multiples a part may begin: tiles stay whole at every register width.</summary>
    public const int OutputUnit = 8;

    /// <summary>Pairs at whose multiples a part may begin: the width of a tile.</summary>
    public const int PairUnit = 3;

    /// <summary>Whether rows follow each other without gaps on either side: one long row.</summary>
    public bool IsOneRow { get; init; }

    /// <summary>Lanes that can have an image: the others have no gradient, and add nothing.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;

    public required int Outputs { get; init; }

    /// <summary>For each (channel, tap) pair, channel by channel, where it reads relative to the first pixel.</summary>
    public required nint[] PairOffsets { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required nint InputRowStep { get; init; }

    public required nint InputPixelStep { get; init; }

    public required nint OutputChannelStep { get; init; }

    public required nint OutputRowStep { get; init; }
}
