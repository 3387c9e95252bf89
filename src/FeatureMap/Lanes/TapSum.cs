using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A prepared tap sum y[o][row][column] = bias[o] + sum over channels and taps of w[o][c][t] x[c][row, column, offset t] on one shard: its geometry, the
/// cut of the outputs into register tiles, and the weights repacked for them. It names no op: a convolution's forward pass is one tap sum per group,
/// its input gradient one per group and phase of the stride.
/// </summary>
internal sealed unsafe class TapSum<TLanes> : ITapSum where TLanes : unmanaged, ILanes<TLanes>
{
    private const int CacheFloats = 16 * 1024 / sizeof(float);
    private readonly TapSumShape shape;
    private readonly OffsetTable offsets;
    private readonly Block[] blocks;
    private readonly TapSumSteps steps;
    private readonly AlignedBuffer packed;
    private readonly bool hasSingles, hasTiles;

    // Pixels that are finished together: those of all outputs share the first-level cache.
    private readonly int together;

    public TapSum(TapSumShape shape)
    {
        this.shape = shape;
        offsets = new OffsetTable(shape.TapOffsets);
        steps = new TapSumSteps
        {
            Channels = shape.Channels,
            Taps = offsets.Count,
            ChannelStep = shape.ChannelStep,
            PixelStep = shape.InputPixelStep,
            OutputChannelStep = shape.OutputChannelStep,
            OutputPixelStep = shape.OutputPixelStep,
            TapOffsets = offsets.Pointer,
        };
        var cut = new List<Block>();
        var perOutput = (long)shape.Channels * offsets.Count;
        var start = 0;
        long place = 0;
        while (start < shape.Outputs)
        {
            // A tile of 8 with one idle output still beats 4 + 3, a tile of 4 with one idle output beats 3 single ones.
            var left = shape.Outputs - start;
            var size = left >= 7 && TLanes.TileOutputs >= 8 ? 8 : left >= TapSumShape.LeastTile ? 4 : 1;
            cut.Add(new Block(start, size, Math.Min(size, left), place));
            place += perOutput * size;
            start += size;
        }
        packed = new AlignedBuffer(place);
        blocks = [.. cut];
        hasSingles = cut.Exists(block => block.Size == 1);
        hasTiles = cut.Exists(block => block.Size > 1);
        together = Math.Max(3, CacheFloats / (shape.Outputs * LaneLayout.Lanes));
    }

    /// <summary>Everything.</summary>
    public MapPart Whole => new(IndexRange.All(shape.Rows), IndexRange.All(shape.Outputs));

    /// <summary>Floats of the repacked weights.</summary>
    public long PackedFloats => packed.Length;

    public long ScratchFloats => 0;

    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex) => Pack(weights, outputStep, channelStep, tapIndex, packed.Pointer);

    /// <summary>Repacks weights that differ from shard to shard into memory of the caller.</summary>
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex, float* packedWeights)
    {
        foreach (var block in blocks)
            WeightTurn.Taps(
                weights + (block.Start * outputStep), outputStep, channelStep, shape.Channels, tapIndex, block.Valid, block.Size,
                packedWeights + block.Place);
    }

    /// <summary>
    /// Computes a part of one shard's sums; <paramref name="input"/> is what tap offset 0 of output pixel (0, 0) reads. A null bias starts
    /// from 0.
    /// </summary>
    public void Run(float* input, float* output, float* bias, MapPart part) =>
        Run(input, output, bias, packed.Pointer, part, shape.ChannelStep, default);

    public void Run(float* input, float* output, float* bias, MapPart part, nint channelStep, in ShardFinish finish, float* scratch) =>
        Run(input, output, bias, packed.Pointer, part, channelStep, finish);

    /// <summary>Computes the sums with weights that the caller packed into memory of its own.</summary>
    public void Run(float* input, float* output, float* bias, float* packedWeights) => Run(input, output, bias, packedWeights, Whole);

    public void Run(float* input, float* output, float* bias, float* packedWeights, MapPart part) =>
        Run(input, output, bias, packedWeights, part, shape.ChannelStep, default);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(
        float* input, float* output, float* bias, float* packedWeights, MapPart part, nint channelStep, in ShardFinish finish)
    {
        var steps = this.steps;
        steps.ChannelStep = channelStep;
        var (rows, columns) = (part.Rows, IndexRange.All(shape.Columns));
        if (shape.IsOneRow) (rows, columns) = (IndexRange.All(1), new IndexRange(rows.First * shape.Columns, rows.End * shape.Columns));
        for (nint row = rows.First; row < rows.End; row++)
        {
            var rowInput = input + (row * shape.InputRowStep) + (columns.First * steps.PixelStep);
            var rowOutput = output + (row * shape.OutputRowStep) + (columns.First * steps.OutputPixelStep);
            var finished = 0;
            for (nint column = 0; hasTiles && column < columns.Count; column += 3)
            {
                RunTiles(
                    ref steps, part.Outputs, rowInput + (column * steps.PixelStep), rowOutput + (column * steps.OutputPixelStep),
                    bias, packedWeights, columns.Count - (int)column);
                if (!finish.IsWanted || hasSingles || column + 3 - finished < together) continue;
                Finish(steps, rowOutput, part.Outputs, new IndexRange(finished, Math.Min(columns.Count, (int)column + 3)), finish);
                finished = (int)column + 3;
            }
            if (hasSingles)
                RunSingles(ref steps, part.Outputs, rowInput, rowOutput, bias, packedWeights, columns.Count);
            if (finish.IsWanted && finished < columns.Count)
                Finish(steps, rowOutput, part.Outputs, new IndexRange(finished, columns.Count), finish);
        }
    }

    // Some pixels of all outputs while they are in the first-level cache.
    private static void Finish(in TapSumSteps steps, float* row, IndexRange outputs, IndexRange pixels, in ShardFinish finish) =>
        finish.Tile(
        row + (outputs.First * steps.OutputChannelStep) + (pixels.First * steps.OutputPixelStep), outputs.First,
        (outputs.Count, pixels.Count, LaneLayout.Lanes), steps.OutputChannelStep, steps.OutputPixelStep);

    // All output blocks on the same pixels: the inputs stay in the first-level cache, and weights are the cheaper stream (4 bytes serve 3 x 16 products).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunTiles(
        ref TapSumSteps steps, IndexRange outputs, float* input, float* output, float* bias, float* packedWeights, int pixels)
    {
        foreach (var block in blocks)
        {
            if (block.Size == 1 || block.Start < outputs.First) continue;
            if (block.Start >= outputs.End) break;
            var weights = packedWeights + block.Place;
            var blockBias = bias == null ? null : bias + block.Start;
            var target = output + (block.Start * steps.OutputChannelStep);
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                switch ((block.Size, pixels))
                {
                    case (8, >= 3): TapSumTile.Run<TLanes, Eight, Three>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                    case (8, 2): TapSumTile.Run<TLanes, Eight, Two>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                    case (8, _): TapSumTile.Run<TLanes, Eight, One>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                    case (_, >= 3): TapSumTile.Run<TLanes, Four, Three>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                    case (_, 2): TapSumTile.Run<TLanes, Four, Two>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                    default: TapSumTile.Run<TLanes, Four, One>(ref steps, input + part, weights, blockBias, target + part, block.Valid); break;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunSingles(
        ref TapSumSteps steps, IndexRange outputs, float* input, float* output, float* bias, float* packedWeights, int columns)
    {
        foreach (var block in blocks)
        {
            if (block.Size != 1 || block.Start < outputs.First) continue;
            if (block.Start >= outputs.End) break;
            var weights = packedWeights + block.Place;
            var blockBias = bias == null ? null : bias + block.Start;
            var target = output + (block.Start * steps.OutputChannelStep);
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
            {
                nint column = 0;
                for (; column + 8 <= columns; column += 8)
                    TapSumTile.RunSingle<TLanes, Eight>(ref steps, input + part + (column * steps.PixelStep), weights, blockBias, target + part + (column * steps.OutputPixelStep));
                for (; column + 4 <= columns; column += 4)
                    TapSumTile.RunSingle<TLanes, Four>(ref steps, input + part + (column * steps.PixelStep), weights, blockBias, target + part + (column * steps.OutputPixelStep));
                for (; column < columns; column++)
                    TapSumTile.RunSingle<TLanes, One>(ref steps, input + part + (column * steps.PixelStep), weights, blockBias, target + part + (column * steps.OutputPixelStep));
            }
        }
    }

    /// <summary>Outputs that one tile computes together: the first, the tile's size, how many are real, and where their weights stand.</summary>
    private readonly record struct Block(int Start, int Size, int Valid, long Place);
}

/// <summary>The geometry of a tap sum; steps and offsets in floats.</summary>
internal sealed record TapSumShape
{
    /// <summary>Outputs from which they share a tile; fewer are computed one by one.</summary>
    public const int LeastTile = 3;

    /// <summary>Outputs at whose multiples a part may begin: tiles stay whole at every register width.</summary>
    public const int OutputUnit = 8;

    /// <summary>
    /// Whether rows follow each other without gaps on either side: the plane then is one long row, which leaves at most one ragged tile.
    /// </summary>
    public bool IsOneRow { get; init; }

    /// <summary>Lanes that can have an image; panels leave the others out.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;

    public required int Outputs { get; init; }

    public required int Channels { get; init; }

    public required nint[] TapOffsets { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    public required nint ChannelStep { get; init; }

    public required nint InputRowStep { get; init; }

    public required nint InputPixelStep { get; init; }

    public required nint OutputChannelStep { get; init; }

    public required nint OutputRowStep { get; init; }

    public required nint OutputPixelStep { get; init; }
}
