using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>Where a tile of channels reads and writes; steps in floats.</summary>
internal unsafe struct ChannelTileSteps
{
    /// <summary>Input channels that are summed over, taps of each, and the lane of the first channel in its block of 16.</summary>
    public int Channels, Taps, FirstLane;

    /// <summary>
    /// Bytes from a pixel's block of 16 channels to what each product reads: [channel][tap] (<see cref="OffsetTable.OfBlock"/>).
    /// </summary>
    public nint* Offsets;

    /// <summary>In the input: from one of the tile's pixels to the next, and from 16 channels to the next 16.</summary>
    public nint PixelStep, BlockStep;

    /// <summary>From the weights of a tap to those of the next.</summary>
    public nint WeightStep;

    /// <summary>From one of the tile's pixels to the next in the output.</summary>
    public nint OutputPixelStep;
}

/// <summary>
/// The register tile of a single image, whose channels ride in the lanes: y[p][o] = start[o] + sum over channels c and taps t of
/// x[p + offset t][c] w[c][t][o], pixels x registers of outputs. The roles of <see cref="TapSumTile"/> are exchanged: weights are loaded,
/// inputs broadcast. The 8 x 3 tile does 24 multiply-adds per 11 loads as well. Each sum runs over c, then t, from the same start: the bits
/// are those of a tap sum over images.
/// </summary>
internal static unsafe class ChannelTile
{
    /// <summary>Pixels of a tile: 8 with 32 registers, else 4.</summary>
    public static int Pixels<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => TLanes.TileOutputs;

    /// <summary>Pixels 8, 4 or 1, registers 3, 2 or 1.</summary>
    /// <param name="steps">The geometry.</param>
    /// <param name="input">What tap offset 0 of the first pixel reads in lane 0 of the first channel's block.</param>
    /// <param name="weights">[channel][tap][outputs], from the tile's first output on.</param>
    /// <param name="start">Where the sums begin, per output; null where they go on from what the outputs hold.</param>
    /// <param name="output0">The first pixel's first register of outputs; the other two likewise.</param>
    /// <param name="output1">The second register.</param>
    /// <param name="output2">The third.</param>
    /// <param name="valid">Pixels that are stored; the inputs of the others are read all the same.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLanes, TPixels, TRegisters>(
        ref ChannelTileSteps steps, float* input, float* weights, float* start, float* output0, float* output1, float* output2, int valid)
        where TLanes : unmanaged, ILanes<TLanes>
        where TPixels : struct, ITileSize
        where TRegisters : struct, ITileSize
    {
        TLanes a00 = TLanes.Zero, a01 = TLanes.Zero, a02 = TLanes.Zero;
        TLanes a10 = TLanes.Zero, a11 = TLanes.Zero, a12 = TLanes.Zero;
        TLanes a20 = TLanes.Zero, a21 = TLanes.Zero, a22 = TLanes.Zero;
        TLanes a30 = TLanes.Zero, a31 = TLanes.Zero, a32 = TLanes.Zero;
        TLanes a40 = TLanes.Zero, a41 = TLanes.Zero, a42 = TLanes.Zero;
        TLanes a50 = TLanes.Zero, a51 = TLanes.Zero, a52 = TLanes.Zero;
        TLanes a60 = TLanes.Zero, a61 = TLanes.Zero, a62 = TLanes.Zero;
        TLanes a70 = TLanes.Zero, a71 = TLanes.Zero, a72 = TLanes.Zero;
        var pixelStep = steps.OutputPixelStep;
        if (start != null)
        {
            a00 = a10 = a20 = a30 = a40 = a50 = a60 = a70 = TLanes.Load(start);
            if (TRegisters.Value > 1) a01 = a11 = a21 = a31 = a41 = a51 = a61 = a71 = TLanes.Load(start + TLanes.Width);
            if (TRegisters.Value > 2) a02 = a12 = a22 = a32 = a42 = a52 = a62 = a72 = TLanes.Load(start + (2 * TLanes.Width));
        }
        else
        {
            nint at;
            // Pixels that are not stored start from the first one's numbers, so that nothing behind the output is read.
            a00 = TLanes.Load(output0);
            if (TRegisters.Value > 1) a01 = TLanes.Load(output1);
            if (TRegisters.Value > 2) a02 = TLanes.Load(output2);
            if (TPixels.Value > 1)
            {
                at = valid > 1 ? pixelStep : 0;
                a10 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a11 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a12 = TLanes.Load(output2 + at);
                at = valid > 2 ? 2 * pixelStep : 0;
                a20 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a21 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a22 = TLanes.Load(output2 + at);
                at = valid > 3 ? 3 * pixelStep : 0;
                a30 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a31 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a32 = TLanes.Load(output2 + at);
            }
            if (TPixels.Value > 4)
            {
                at = valid > 4 ? 4 * pixelStep : 0;
                a40 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a41 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a42 = TLanes.Load(output2 + at);
                at = valid > 5 ? 5 * pixelStep : 0;
                a50 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a51 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a52 = TLanes.Load(output2 + at);
                at = valid > 6 ? 6 * pixelStep : 0;
                a60 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a61 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a62 = TLanes.Load(output2 + at);
                at = valid > 7 ? 7 * pixelStep : 0;
                a70 = TLanes.Load(output0 + at);
                if (TRegisters.Value > 1) a71 = TLanes.Load(output1 + at);
                if (TRegisters.Value > 2) a72 = TLanes.Load(output2 + at);
            }
        }

        nint taps = steps.Taps, weightStep = steps.WeightStep, blockStep = steps.BlockStep, step = steps.PixelStep;
        var threeSteps = 3 * step;
        var offsets = steps.Offsets;
        nint firstLane = steps.FirstLane;
        for (var end = steps.FirstLane + steps.Channels; end > 0; end -= LaneLayout.Lanes, input += blockStep, firstLane = 0)
        {
            // One loop over channels and taps: with one tap, the usual case, a loop of its own would cost as much as some products.
            var last = Math.Min(end, LaneLayout.Lanes) * taps;
            for (var i = firstLane * taps; i < last; i++)
            {
                var source = (float*)((byte*)input + offsets[i]);
                var w0 = TLanes.Load(weights);
                var w1 = TRegisters.Value > 1 ? TLanes.Load(weights + TLanes.Width) : w0;
                var w2 = TRegisters.Value > 2 ? TLanes.Load(weights + (2 * TLanes.Width)) : w0;
                weights += weightStep;
                var x = TLanes.Broadcast(*source);
                a00 = TLanes.MultiplyAdd(w0, x, a00);
                if (TRegisters.Value > 1) a01 = TLanes.MultiplyAdd(w1, x, a01);
                if (TRegisters.Value > 2) a02 = TLanes.MultiplyAdd(w2, x, a02);
                if (TPixels.Value == 1) continue;
                x = TLanes.Broadcast(source[step]);
                a10 = TLanes.MultiplyAdd(w0, x, a10);
                if (TRegisters.Value > 1) a11 = TLanes.MultiplyAdd(w1, x, a11);
                if (TRegisters.Value > 2) a12 = TLanes.MultiplyAdd(w2, x, a12);
                x = TLanes.Broadcast(source[2 * step]);
                a20 = TLanes.MultiplyAdd(w0, x, a20);
                if (TRegisters.Value > 1) a21 = TLanes.MultiplyAdd(w1, x, a21);
                if (TRegisters.Value > 2) a22 = TLanes.MultiplyAdd(w2, x, a22);
                x = TLanes.Broadcast(source[threeSteps]);
                a30 = TLanes.MultiplyAdd(w0, x, a30);
                if (TRegisters.Value > 1) a31 = TLanes.MultiplyAdd(w1, x, a31);
                if (TRegisters.Value > 2) a32 = TLanes.MultiplyAdd(w2, x, a32);
                if (TPixels.Value == 4) continue;
                source += 4 * step;
                x = TLanes.Broadcast(*source);
                a40 = TLanes.MultiplyAdd(w0, x, a40);
                if (TRegisters.Value > 1) a41 = TLanes.MultiplyAdd(w1, x, a41);
                if (TRegisters.Value > 2) a42 = TLanes.MultiplyAdd(w2, x, a42);
                x = TLanes.Broadcast(source[step]);
                a50 = TLanes.MultiplyAdd(w0, x, a50);
                if (TRegisters.Value > 1) a51 = TLanes.MultiplyAdd(w1, x, a51);
                if (TRegisters.Value > 2) a52 = TLanes.MultiplyAdd(w2, x, a52);
                x = TLanes.Broadcast(source[2 * step]);
                a60 = TLanes.MultiplyAdd(w0, x, a60);
                if (TRegisters.Value > 1) a61 = TLanes.MultiplyAdd(w1, x, a61);
                if (TRegisters.Value > 2) a62 = TLanes.MultiplyAdd(w2, x, a62);
                x = TLanes.Broadcast(source[threeSteps]);
                a70 = TLanes.MultiplyAdd(w0, x, a70);
                if (TRegisters.Value > 1) a71 = TLanes.MultiplyAdd(w1, x, a71);
                if (TRegisters.Value > 2) a72 = TLanes.MultiplyAdd(w2, x, a72);
            }
        }

        End<TLanes, TRegisters>(output0, output1, output2, 0, a00, a01, a02);
        if (TPixels.Value == 1) return;
        if (valid > 1) End<TLanes, TRegisters>(output0, output1, output2, pixelStep, a10, a11, a12);
        if (valid > 2) End<TLanes, TRegisters>(output0, output1, output2, 2 * pixelStep, a20, a21, a22);
        if (valid > 3) End<TLanes, TRegisters>(output0, output1, output2, 3 * pixelStep, a30, a31, a32);
        if (TPixels.Value == 4) return;
        if (valid > 4) End<TLanes, TRegisters>(output0, output1, output2, 4 * pixelStep, a40, a41, a42);
        if (valid > 5) End<TLanes, TRegisters>(output0, output1, output2, 5 * pixelStep, a50, a51, a52);
        if (valid > 6) End<TLanes, TRegisters>(output0, output1, output2, 6 * pixelStep, a60, a61, a62);
        if (valid > 7) End<TLanes, TRegisters>(output0, output1, output2, 7 * pixelStep, a70, a71, a72);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End<TLanes, TRegisters>(float* o0, float* o1, float* o2, nint at, TLanes a0, TLanes a1, TLanes a2)
        where TLanes : unmanaged, ILanes<TLanes>
        where TRegisters : struct, ITileSize
    {
        TLanes.Store(o0 + at, a0);
        if (TRegisters.Value > 1) TLanes.Store(o1 + at, a1);
        if (TRegisters.Value > 2) TLanes.Store(o2 + at, a2);
    }
}
