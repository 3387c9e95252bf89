using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>Where a Winograd product reads and writes; steps in floats.</summary>
internal struct WinogradSteps
{
    public int Channels;

    /// <summary>From one of the row's four positions to the next, and from channel to channel, of the transformed inputs.</summary>
    public nint PositionStep, ChannelStep;

    /// <summary>From output to output of the sums, which stand as [output][tile][4][16].</summary>
    public nint SumStep;
}

/// <summary>
/// The register tile of the Winograd products: outputs x 4 positions x tiles accumulators, so that one row of the products can be multiplied by A while it is
/// still in registers and only its two results go to memory. Per channel the tile 2 x 4 x 3 does 24 multiply-adds on 20 loads, all from the first-level cache.
/// </summary>
internal static unsafe class WinogradTile
{
    /// <summary>Outputs 2 (32 registers) or 1 (16), tiles 3, 2 or 1. Weights stand as [channel][position][outputs]. Row 0 to 3 says how the results add up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLanes, TOutputs, TTiles>(ref WinogradSteps steps, float* input, float* weights, float* sums, int row, bool hasSecond)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOutputs : struct, ITileSize
        where TTiles : struct, ITileSize
    {
        TLanes a000 = TLanes.Zero, a001 = TLanes.Zero, a002 = TLanes.Zero;
        TLanes a010 = TLanes.Zero, a011 = TLanes.Zero, a012 = TLanes.Zero;
        TLanes a020 = TLanes.Zero, a021 = TLanes.Zero, a022 = TLanes.Zero;
        TLanes a030 = TLanes.Zero, a031 = TLanes.Zero, a032 = TLanes.Zero;
        TLanes a100 = TLanes.Zero, a101 = TLanes.Zero, a102 = TLanes.Zero;
        TLanes a110 = TLanes.Zero, a111 = TLanes.Zero, a112 = TLanes.Zero;
        TLanes a120 = TLanes.Zero, a121 = TLanes.Zero, a122 = TLanes.Zero;
        TLanes a130 = TLanes.Zero, a131 = TLanes.Zero, a132 = TLanes.Zero;
        const int Pixel = LaneLayout.Lanes;
        var position = steps.PositionStep;
        var step = steps.ChannelStep;
        for (var channel = steps.Channels; channel > 0; channel--)
        {
            var source = input;
            TLanes x0, x1, x2, w;
            x0 = TLanes.Load(source);
            x1 = TTiles.Value > 1 ? TLanes.Load(source + Pixel) : x0;
            x2 = TTiles.Value > 2 ? TLanes.Load(source + (2 * Pixel)) : x0;
            w = TLanes.Broadcast(weights[0 * TOutputs.Value]);
            a000 = TLanes.MultiplyAdd(w, x0, a000);
            if (TTiles.Value > 1) a001 = TLanes.MultiplyAdd(w, x1, a001);
            if (TTiles.Value > 2) a002 = TLanes.MultiplyAdd(w, x2, a002);
            if (TOutputs.Value > 1)
            {
                w = TLanes.Broadcast(weights[(0 * TOutputs.Value) + 1]);
                a100 = TLanes.MultiplyAdd(w, x0, a100);
                if (TTiles.Value > 1) a101 = TLanes.MultiplyAdd(w, x1, a101);
                if (TTiles.Value > 2) a102 = TLanes.MultiplyAdd(w, x2, a102);
            }
            source += position;
            x0 = TLanes.Load(source);
            x1 = TTiles.Value > 1 ? TLanes.Load(source + Pixel) : x0;
            x2 = TTiles.Value > 2 ? TLanes.Load(source + (2 * Pixel)) : x0;
            w = TLanes.Broadcast(weights[1 * TOutputs.Value]);
            a010 = TLanes.MultiplyAdd(w, x0, a010);
            if (TTiles.Value > 1) a011 = TLanes.MultiplyAdd(w, x1, a011);
            if (TTiles.Value > 2) a012 = TLanes.MultiplyAdd(w, x2, a012);
            if (TOutputs.Value > 1)
            {
                w = TLanes.Broadcast(weights[(1 * TOutputs.Value) + 1]);
                a110 = TLanes.MultiplyAdd(w, x0, a110);
                if (TTiles.Value > 1) a111 = TLanes.MultiplyAdd(w, x1, a111);
                if (TTiles.Value > 2) a112 = TLanes.MultiplyAdd(w, x2, a112);
            }
            source += position;
            x0 = TLanes.Load(source);
            x1 = TTiles.Value > 1 ? TLanes.Load(source + Pixel) : x0;
            x2 = TTiles.Value > 2 ? TLanes.Load(source + (2 * Pixel)) : x0;
            w = TLanes.Broadcast(weights[2 * TOutputs.Value]);
            a020 = TLanes.MultiplyAdd(w, x0, a020);
            if (TTiles.Value > 1) a021 = TLanes.MultiplyAdd(w, x1, a021);
            if (TTiles.Value > 2) a022 = TLanes.MultiplyAdd(w, x2, a022);
            if (TOutputs.Value > 1)
            {
                w = TLanes.Broadcast(weights[(2 * TOutputs.Value) + 1]);
                a120 = TLanes.MultiplyAdd(w, x0, a120);
                if (TTiles.Value > 1) a121 = TLanes.MultiplyAdd(w, x1, a121);
                if (TTiles.Value > 2) a122 = TLanes.MultiplyAdd(w, x2, a122);
            }
            source += position;
            x0 = TLanes.Load(source);
            x1 = TTiles.Value > 1 ? TLanes.Load(source + Pixel) : x0;
            x2 = TTiles.Value > 2 ? TLanes.Load(source + (2 * Pixel)) : x0;
            w = TLanes.Broadcast(weights[3 * TOutputs.Value]);
            a030 = TLanes.MultiplyAdd(w, x0, a030);
            if (TTiles.Value > 1) a031 = TLanes.MultiplyAdd(w, x1, a031);
            if (TTiles.Value > 2) a032 = TLanes.MultiplyAdd(w, x2, a032);
            if (TOutputs.Value > 1)
            {
                w = TLanes.Broadcast(weights[(3 * TOutputs.Value) + 1]);
                a130 = TLanes.MultiplyAdd(w, x0, a130);
                if (TTiles.Value > 1) a131 = TLanes.MultiplyAdd(w, x1, a131);
                if (TTiles.Value > 2) a132 = TLanes.MultiplyAdd(w, x2, a132);
            }
            weights += 4 * TOutputs.Value;
            input += step;
        }
        Gather(sums, Pixel, row, a000, a010, a020, a030);
        if (TTiles.Value > 1) Gather(sums + (4 * Pixel), Pixel, row, a001, a011, a021, a031);
        if (TTiles.Value > 2) Gather(sums + (8 * Pixel), Pixel, row, a002, a012, a022, a032);
        if (TOutputs.Value == 1 || !hasSecond) return;
        sums += steps.SumStep;
        Gather(sums, Pixel, row, a100, a110, a120, a130);
        if (TTiles.Value > 1) Gather(sums + (4 * Pixel), Pixel, row, a101, a111, a121, a131);
        if (TTiles.Value > 2) Gather(sums + (8 * Pixel), Pixel, row, a102, a112, a122, a132);
    }

    /// <summary>
    /// A row times A gives (m0 + m1 + m2, m1 - m2 - m3); the upper outputs are the rows 0 + 1 + 2 of that, the lower ones 1 - 2 - 3. The
    /// 2x2 sums stand a step apart.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather<TLanes>(float* sums, nint step, int row, TLanes m0, TLanes m1, TLanes m2, TLanes m3)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var left = (m0 + m1) + m2;
        var right = (m1 - m2) - m3;
        var low = sums + (2 * step);
        if (row == 0)
        {
            TLanes.Store(sums, left);
            TLanes.Store(sums + step, right);
            return;
        }
        if (row < 3)
        {
            TLanes.Store(sums, TLanes.Load(sums) + left);
            TLanes.Store(sums + step, TLanes.Load(sums + step) + right);
        }
        TLanes.Store(low, row == 1 ? left : TLanes.Load(low) - left);
        TLanes.Store(low + step, row == 1 ? right : TLanes.Load(low + step) - right);
    }
}
