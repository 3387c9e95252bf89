using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>The 3x3 tap sums that Winograd tiles give.</summary>
internal unsafe interface IWinogradSum
{
    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    long ScratchFloats { get; }

    /// <summary>
    /// Transforms and repacks weights: w[o][c][t] is read at o x outputStep + c x channelStep + tapIndex[t], t = 3 x row + column.
    /// </summary>
    void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex);

    /// <summary>Computes a part of one shard's sums.</summary>
    void Run(float* input, float* output, float* bias, float* scratch, MapPart part, in ShardFinish finish = default);
}

/// <summary>
/// A 3x3 tap sum with stride 1 by Winograd tiles of 2x2 outputs: 16 instead of 36 multiplications each. A few tiles at a time go through the four rows of the
/// transformed patch: row by row, because one row's transformed inputs stay in the first-level cache, where all 16 positions would not.
/// </summary>
internal sealed unsafe class WinogradSum<TLanes> : IWinogradSum where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Rows = 4, PerRow = 4, OutputsPerTile = 4;
    private const int CacheBytes = 24 * 1024;
    private readonly WinogradShape shape;
    private readonly WinogradTiles patches;
    private readonly AlignedBuffer packed;
    private readonly int capacity;
    private readonly nint positionStep;

    public WinogradSum(WinogradShape shape)
    {
        this.shape = shape;
        patches = new WinogradTiles(shape);
        // A multiple of the register tile's 3 tiles, so that the transformed row and the sums share the first-level cache.
        capacity = Math.Clamp(CacheBytes / (PerRow * LaneLayout.Lanes * sizeof(float) * (shape.Channels + shape.Outputs)) / 3 * 3, 3, 12);
        // One cache line more than the content, so that the four streams do not fall into the same cache set.
        positionStep = ((nint)shape.Channels * capacity * LaneLayout.Lanes) + LaneLayout.Lanes;
        packed = new AlignedBuffer((long)Rows * RowWeights);
    }

    public long ScratchFloats => (PerRow * positionStep) + (shape.Outputs * SumStep);

    private static int Together => TLanes.TileOutputs >= 8 ? 2 : 1;

    /// <summary>Floats of one row's weights: [outputs / together][channel][position][together], the last block filled up with zeros.</summary>
    private nint RowWeights => (nint)(shape.Outputs + Together - 1) / Together * Together * shape.Channels * PerRow;

    private nint SumStep => (nint)capacity * OutputsPerTile * LaneLayout.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex)
    {
        var taps = stackalloc nint[9];
        for (var tap = 0; tap < 9; tap++)
            taps[tap] = tapIndex[tap];
        for (var output = 0; output < shape.Outputs; output++)
        {
            var source = weights + (output * outputStep);
            var target = packed.Pointer + ((nint)output / Together * shape.Channels * PerRow * Together) + (output % Together);
            for (var channel = 0; channel < shape.Channels; channel++, source += channelStep, target += PerRow * Together)
                WinogradTransform.Kernel(source, taps, target, RowWeights, Together);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, float* bias, float* scratch, MapPart part, in ShardFinish finish = default)
    {
        var sums = scratch + (PerRow * positionStep);
        var all = shape.TilesOf(part.Rows);
        for (var first = all.First; first < all.End; first += capacity)
        {
            var tiles = Math.Min(capacity, all.End - first);
            for (var row = 0; row < Rows; row++)
            {
                patches.TransformRow<TLanes>(input, first, tiles, row, scratch, positionStep, capacity);
                Multiply(scratch, packed.Pointer + (row * RowWeights), sums, row, tiles, part.Outputs);
            }
            StoreOutputs(first, tiles, sums, output, bias, part.Outputs, finish);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* inputs, float* weights, float* sums, int row, int tiles, IndexRange outputs)
    {
        var steps = new WinogradSteps
        {
            Channels = shape.Channels,
            PositionStep = positionStep,
            ChannelStep = (nint)capacity * LaneLayout.Lanes,
            SumStep = SumStep,
        };
        for (var tile = 0; tile < tiles; tile += 3)
        {
            var blockWeights = weights + ((nint)outputs.First * shape.Channels * PerRow);
            for (var output = outputs.First; output < outputs.End; output += Together)
            {
                var target = sums + (output * steps.SumStep) + ((nint)tile * OutputsPerTile * LaneLayout.Lanes);
                var hasSecond = output + 1 < shape.Outputs;
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    var source = inputs + ((nint)tile * LaneLayout.Lanes) + part;
                    if (TLanes.TileOutputs >= 8)
                    {
                        if (tiles - tile >= 3) WinogradTile.Run<TLanes, Two, Three>(ref steps, source, blockWeights, target + part, row, hasSecond);
                        else if (tiles - tile == 2) WinogradTile.Run<TLanes, Two, Two>(ref steps, source, blockWeights, target + part, row, hasSecond);
                        else WinogradTile.Run<TLanes, Two, One>(ref steps, source, blockWeights, target + part, row, hasSecond);
                    }
                    else
                    {
                        if (tiles - tile >= 3) WinogradTile.Run<TLanes, One, Three>(ref steps, source, blockWeights, target + part, row, false);
                        else if (tiles - tile == 2) WinogradTile.Run<TLanes, One, Two>(ref steps, source, blockWeights, target + part, row, false);
                        else WinogradTile.Run<TLanes, One, One>(ref steps, source, blockWeights, target + part, row, false);
                    }
                }
                blockWeights += (nint)shape.Channels * PerRow * Together;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreOutputs(int first, int tiles, float* sums, float* output, float* bias, IndexRange outputs, in ShardFinish finish)
    {
        var rowStep = (nint)shape.OutputWidth * LaneLayout.Lanes;
        var planeStep = shape.OutputHeight * rowStep;
        nint right = shape.Dilation * LaneLayout.Lanes, lower = shape.Dilation * rowStep;
        for (var tile = 0; tile < tiles; tile++)
        {
            var (tileRow, tileColumn) = Math.DivRem(first + tile, shape.TileColumns);
            var (row, column) = (shape.FirstOutput(tileRow), shape.FirstOutput(tileColumn));
            var hasRight = column + shape.Dilation < shape.OutputWidth;
            var hasBottom = row + shape.Dilation < shape.OutputHeight;
            var target = output + (outputs.First * planeStep) + (row * rowStep) + ((nint)column * LaneLayout.Lanes);
            var sum = sums + (outputs.First * SumStep) + ((nint)tile * OutputsPerTile * LaneLayout.Lanes);
            if (finish.IsWanted)
            {
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    finish.Finish!.StoreTile(
                        sum + part, SumStep, LaneLayout.Lanes, target + part, (right, lower, planeStep), (hasRight, hasBottom), bias,
                        outputs, finish.ToSkip);
                continue;
            }
            for (var channel = outputs.First; channel < outputs.End; channel++)
            {
                var start = bias == null ? TLanes.Zero : TLanes.Broadcast(bias[channel]);
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    TLanes.Store(target + part, TLanes.Load(sum + part) + start);
                    if (hasRight) TLanes.Store(target + right + part, TLanes.Load(sum + LaneLayout.Lanes + part) + start);
                    if (!hasBottom) continue;
                    TLanes.Store(target + lower + part, TLanes.Load(sum + (2 * LaneLayout.Lanes) + part) + start);
                    if (hasRight) TLanes.Store(target + lower + right + part, TLanes.Load(sum + (3 * LaneLayout.Lanes) + part) + start);
                }
                target += planeStep;
                sum += SumStep;
            }
        }
    }
}
