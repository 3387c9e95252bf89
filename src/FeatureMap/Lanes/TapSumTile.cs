using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>A compile-time number for tiles: the JIT makes one copy per value and drops the branches that cannot be taken.</summary>
internal interface ITileSize
{
    static abstract int Value { get; }
}

internal readonly struct One : ITileSize { public static int Value => 1; }

internal readonly struct Two : ITileSize { public static int Value => 2; }

internal readonly struct Three : ITileSize { public static int Value => 3; }

internal readonly struct Four : ITileSize { public static int Value => 4; }

internal readonly struct Five : ITileSize { public static int Value => 5; }

internal readonly struct Eight : ITileSize { public static int Value => 8; }

/// <summary>Where a tap sum reads and writes; steps in floats.</summary>
internal unsafe struct TapSumSteps
{
    public int Channels, Taps;
    public nint ChannelStep, PixelStep, OutputChannelStep, OutputPixelStep;

    /// <summary>
    /// Where sums go on that were stored before: the step between outputs of a matrix of registers, which stands in the place of the bias.
    /// 0 where they start from a bias.
    /// </summary>
    public nint StartStep;
    public nint* TapOffsets;
}

/// <summary>
/// The register tiles of the tap sum y[o][p] = bias[o] + sum over channels c and taps t of w[o][c][t] x[c][p + offset t]: the heart of every
/// convolution forward and of every input gradient. A tile holds outputs x pixels accumulators in registers. Per tap it loads one vector per pixel,
/// broadcasts one weight per output and multiplies them all: the 8 x 3 tile does 24 multiply-adds per 11 loads, so the two FMA units never wait for the
/// two load units, and 24 independent sums cover their latency. With 16 registers (AVX2) the tile is 4 x 3.
/// Each sum runs over c, then t, starting from the bias, whatever the tile: the bits do not depend on it.
/// </summary>
internal static unsafe class TapSumTile
{
    /// <summary>
    /// Outputs 8 or 4, pixels 3, 2 or 1. Weights stand as [channel][tap][outputs]. Only the first <paramref name="valid"/> outputs are
    /// stored.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLanes, TOutputs, TPixels>(ref TapSumSteps steps, float* input, float* weights, float* bias, float* output, int valid)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOutputs : struct, ITileSize
        where TPixels : struct, ITileSize
    {
        TLanes a00 = TLanes.Zero, a01 = TLanes.Zero, a02 = TLanes.Zero;
        TLanes a10 = TLanes.Zero, a11 = TLanes.Zero, a12 = TLanes.Zero;
        TLanes a20 = TLanes.Zero, a21 = TLanes.Zero, a22 = TLanes.Zero;
        TLanes a30 = TLanes.Zero, a31 = TLanes.Zero, a32 = TLanes.Zero;
        TLanes a40 = TLanes.Zero, a41 = TLanes.Zero, a42 = TLanes.Zero;
        TLanes a50 = TLanes.Zero, a51 = TLanes.Zero, a52 = TLanes.Zero;
        TLanes a60 = TLanes.Zero, a61 = TLanes.Zero, a62 = TLanes.Zero;
        TLanes a70 = TLanes.Zero, a71 = TLanes.Zero, a72 = TLanes.Zero;
        if (steps.StartStep != 0)
        {
            var step = steps.StartStep;
            Load<TLanes, TPixels>(bias, ref a00, ref a01, ref a02);
            Load<TLanes, TPixels>(bias + (1 * step), ref a10, ref a11, ref a12);
            Load<TLanes, TPixels>(bias + (2 * step), ref a20, ref a21, ref a22);
            Load<TLanes, TPixels>(bias + (3 * step), ref a30, ref a31, ref a32);
            if (TOutputs.Value > 4)
            {
                Load<TLanes, TPixels>(bias + (4 * step), ref a40, ref a41, ref a42);
                Load<TLanes, TPixels>(bias + (5 * step), ref a50, ref a51, ref a52);
                Load<TLanes, TPixels>(bias + (6 * step), ref a60, ref a61, ref a62);
                Load<TLanes, TPixels>(bias + (7 * step), ref a70, ref a71, ref a72);
            }
        }
        else if (bias != null)
        {
            if (valid > 0) a00 = a01 = a02 = TLanes.Broadcast(bias[0]);
            if (valid > 1) a10 = a11 = a12 = TLanes.Broadcast(bias[1]);
            if (valid > 2) a20 = a21 = a22 = TLanes.Broadcast(bias[2]);
            if (valid > 3) a30 = a31 = a32 = TLanes.Broadcast(bias[3]);
            if (valid > 4) a40 = a41 = a42 = TLanes.Broadcast(bias[4]);
            if (valid > 5) a50 = a51 = a52 = TLanes.Broadcast(bias[5]);
            if (valid > 6) a60 = a61 = a62 = TLanes.Broadcast(bias[6]);
            if (valid > 7) a70 = a71 = a72 = TLanes.Broadcast(bias[7]);
        }
        var taps = steps.Taps;
        var offsets = steps.TapOffsets;
        var second = steps.PixelStep;
        var third = 2 * steps.PixelStep;
        var channelStep = steps.ChannelStep;
        for (var channel = steps.Channels; channel > 0; channel--)
        {
            for (nint tap = 0; tap < taps; tap++)
            {
                var source = input + offsets[tap];
                var x0 = TLanes.Load(source);
                var x1 = TPixels.Value > 1 ? TLanes.Load(source + second) : x0;
                var x2 = TPixels.Value > 2 ? TLanes.Load(source + third) : x0;
                TLanes w;
                w = TLanes.Broadcast(weights[0]);
                a00 = TLanes.MultiplyAdd(w, x0, a00);
                if (TPixels.Value > 1) a01 = TLanes.MultiplyAdd(w, x1, a01);
                if (TPixels.Value > 2) a02 = TLanes.MultiplyAdd(w, x2, a02);
                w = TLanes.Broadcast(weights[1]);
                a10 = TLanes.MultiplyAdd(w, x0, a10);
                if (TPixels.Value > 1) a11 = TLanes.MultiplyAdd(w, x1, a11);
                if (TPixels.Value > 2) a12 = TLanes.MultiplyAdd(w, x2, a12);
                w = TLanes.Broadcast(weights[2]);
                a20 = TLanes.MultiplyAdd(w, x0, a20);
                if (TPixels.Value > 1) a21 = TLanes.MultiplyAdd(w, x1, a21);
                if (TPixels.Value > 2) a22 = TLanes.MultiplyAdd(w, x2, a22);
                w = TLanes.Broadcast(weights[3]);
                a30 = TLanes.MultiplyAdd(w, x0, a30);
                if (TPixels.Value > 1) a31 = TLanes.MultiplyAdd(w, x1, a31);
                if (TPixels.Value > 2) a32 = TLanes.MultiplyAdd(w, x2, a32);
                if (TOutputs.Value > 4)
                {
                    w = TLanes.Broadcast(weights[4]);
                    a40 = TLanes.MultiplyAdd(w, x0, a40);
                    if (TPixels.Value > 1) a41 = TLanes.MultiplyAdd(w, x1, a41);
                    if (TPixels.Value > 2) a42 = TLanes.MultiplyAdd(w, x2, a42);
                    w = TLanes.Broadcast(weights[5]);
                    a50 = TLanes.MultiplyAdd(w, x0, a50);
                    if (TPixels.Value > 1) a51 = TLanes.MultiplyAdd(w, x1, a51);
                    if (TPixels.Value > 2) a52 = TLanes.MultiplyAdd(w, x2, a52);
                    w = TLanes.Broadcast(weights[6]);
                    a60 = TLanes.MultiplyAdd(w, x0, a60);
                    if (TPixels.Value > 1) a61 = TLanes.MultiplyAdd(w, x1, a61);
                    if (TPixels.Value > 2) a62 = TLanes.MultiplyAdd(w, x2, a62);
                    w = TLanes.Broadcast(weights[7]);
                    a70 = TLanes.MultiplyAdd(w, x0, a70);
                    if (TPixels.Value > 1) a71 = TLanes.MultiplyAdd(w, x1, a71);
                    if (TPixels.Value > 2) a72 = TLanes.MultiplyAdd(w, x2, a72);
                }
                weights += TOutputs.Value;
            }
            input += channelStep;
        }
        var pixelStep = steps.OutputPixelStep;
        var outputStep = steps.OutputChannelStep;
        Store<TLanes, TPixels>(output, pixelStep, a00, a01, a02);
        if (valid > 1) Store<TLanes, TPixels>(output + (1 * outputStep), pixelStep, a10, a11, a12);
        if (valid > 2) Store<TLanes, TPixels>(output + (2 * outputStep), pixelStep, a20, a21, a22);
        if (valid > 3) Store<TLanes, TPixels>(output + (3 * outputStep), pixelStep, a30, a31, a32);
        if (TOutputs.Value > 4 && valid > 4) Store<TLanes, TPixels>(output + (4 * outputStep), pixelStep, a40, a41, a42);
        if (TOutputs.Value > 4 && valid > 5) Store<TLanes, TPixels>(output + (5 * outputStep), pixelStep, a50, a51, a52);
        if (TOutputs.Value > 4 && valid > 6) Store<TLanes, TPixels>(output + (6 * outputStep), pixelStep, a60, a61, a62);
        if (TOutputs.Value > 4 && valid > 7) Store<TLanes, TPixels>(output + (7 * outputStep), pixelStep, a70, a71, a72);
    }

    /// <summary>One output, pixels 8, 4 or 1: for depthwise convolution and for the few channels that do not fill a tile. Weights stand as [channel][tap].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunSingle<TLanes, TPixels>(ref TapSumSteps steps, float* input, float* weights, float* bias, float* output)
        where TLanes : unmanaged, ILanes<TLanes>
        where TPixels : struct, ITileSize
    {
        var start = bias != null ? TLanes.Broadcast(*bias) : TLanes.Zero;
        TLanes a0 = start, a1 = start, a2 = start, a3 = start, a4 = start, a5 = start, a6 = start, a7 = start;
        var taps = steps.Taps;
        var offsets = steps.TapOffsets;
        var pixelStep = steps.PixelStep;
        var channelStep = steps.ChannelStep;
        for (var channel = steps.Channels; channel > 0; channel--)
        {
            for (nint tap = 0; tap < taps; tap++)
            {
                var source = input + offsets[tap];
                var w = TLanes.Broadcast(*weights++);
                a0 = TLanes.MultiplyAdd(w, TLanes.Load(source), a0);
                if (TPixels.Value > 1)
                {
                    a1 = TLanes.MultiplyAdd(w, TLanes.Load(source + pixelStep), a1);
                    a2 = TLanes.MultiplyAdd(w, TLanes.Load(source + (2 * pixelStep)), a2);
                    a3 = TLanes.MultiplyAdd(w, TLanes.Load(source + (3 * pixelStep)), a3);
                }
                if (TPixels.Value > 4)
                {
                    source += 4 * pixelStep;
                    a4 = TLanes.MultiplyAdd(w, TLanes.Load(source), a4);
                    a5 = TLanes.MultiplyAdd(w, TLanes.Load(source + pixelStep), a5);
                    a6 = TLanes.MultiplyAdd(w, TLanes.Load(source + (2 * pixelStep)), a6);
                    a7 = TLanes.MultiplyAdd(w, TLanes.Load(source + (3 * pixelStep)), a7);
                }
            }
            input += channelStep;
        }
        var outputStep = steps.OutputPixelStep;
        TLanes.Store(output, a0);
        if (TPixels.Value > 1) Store<TLanes, Three>(output + outputStep, outputStep, a1, a2, a3);
        if (TPixels.Value > 4)
        {
            Store<TLanes, Three>(output + (4 * outputStep), outputStep, a4, a5, a6);
            TLanes.Store(output + (7 * outputStep), a7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TLanes, TPixels>(float* source, ref TLanes first, ref TLanes second, ref TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TPixels : struct, ITileSize
    {
        first = TLanes.Load(source);
        if (TPixels.Value > 1) second = TLanes.Load(source + TLanes.Width);
        if (TPixels.Value > 2) third = TLanes.Load(source + (2 * TLanes.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TPixels>(float* target, nint step, TLanes first, TLanes second, TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TPixels : struct, ITileSize
    {
        TLanes.Store(target, first);
        if (TPixels.Value > 1) TLanes.Store(target + step, second);
        if (TPixels.Value > 2) TLanes.Store(target + (2 * step), third);
    }
}
