using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>Where a tap gradient reads; steps in floats.</summary>
internal struct TapGradientSteps
{
    /// <summary>Steps of the gradient of the outputs: from channel to channel and from row to row (pixels are 16 apart).</summary>
    public nint OutputChannelStep, OutputRowStep;

    /// <summary>Steps of the inputs: from the pixel of one output to that of the next, along a row and down.</summary>
    public nint PixelStep, RowStep;

    public int Columns;
}

/// <summary>
/// The register tiles of the weight gradient dw[o][k] = sum over pixels p of dy[o][p] x[p + offset k], where k numbers the (channel, tap) pairs. A tile holds
/// outputs x taps accumulators, lane-wise: each lane sums its own image; the 16 lanes are added once, at the very end. The sums are loaded from memory
/// and stored back, so that the caller can go block by block over the rows and keep dy in the first-level cache while every k passes over it.
/// </summary>
internal static unsafe class TapGradientTile
{
    /// <summary>Outputs 8 or 4, taps 3, 2 or 1. Sums stand as [output][k][16]: <paramref name="sumStep"/> floats from output to output.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run<TLanes, TOutputs, TTaps>(ref TapGradientSteps steps, float* gradient, float* input, nint* offsets, int rows, float* sums, nint sumStep)
        where TLanes : unmanaged, ILanes<TLanes>
        where TOutputs : struct, ITileSize
        where TTaps : struct, ITileSize
    {
        TLanes a00 = TLanes.Zero, a01 = TLanes.Zero, a02 = TLanes.Zero;
        TLanes a10 = TLanes.Zero, a11 = TLanes.Zero, a12 = TLanes.Zero;
        TLanes a20 = TLanes.Zero, a21 = TLanes.Zero, a22 = TLanes.Zero;
        TLanes a30 = TLanes.Zero, a31 = TLanes.Zero, a32 = TLanes.Zero;
        TLanes a40 = TLanes.Zero, a41 = TLanes.Zero, a42 = TLanes.Zero;
        TLanes a50 = TLanes.Zero, a51 = TLanes.Zero, a52 = TLanes.Zero;
        TLanes a60 = TLanes.Zero, a61 = TLanes.Zero, a62 = TLanes.Zero;
        TLanes a70 = TLanes.Zero, a71 = TLanes.Zero, a72 = TLanes.Zero;
        Load<TLanes, TTaps>(sums + (0 * sumStep), ref a00, ref a01, ref a02);
        Load<TLanes, TTaps>(sums + (1 * sumStep), ref a10, ref a11, ref a12);
        Load<TLanes, TTaps>(sums + (2 * sumStep), ref a20, ref a21, ref a22);
        Load<TLanes, TTaps>(sums + (3 * sumStep), ref a30, ref a31, ref a32);
        if (TOutputs.Value > 4)
        {
            Load<TLanes, TTaps>(sums + (4 * sumStep), ref a40, ref a41, ref a42);
            Load<TLanes, TTaps>(sums + (5 * sumStep), ref a50, ref a51, ref a52);
            Load<TLanes, TTaps>(sums + (6 * sumStep), ref a60, ref a61, ref a62);
            Load<TLanes, TTaps>(sums + (7 * sumStep), ref a70, ref a71, ref a72);
        }
        var input0 = input + offsets[0];
        var second = TTaps.Value > 1 ? offsets[1] - offsets[0] : 0;
        var third = TTaps.Value > 2 ? offsets[2] - offsets[0] : 0;
        var step = steps.OutputChannelStep;
        var pixelStep = steps.PixelStep;
        for (; rows > 0; rows--)
        {
            var dy = gradient;
            var x = input0;
            for (var column = steps.Columns; column > 0; column--)
            {
                var x0 = TLanes.Load(x);
                var x1 = TTaps.Value > 1 ? TLanes.Load(x + second) : x0;
                var x2 = TTaps.Value > 2 ? TLanes.Load(x + third) : x0;
                TLanes g;
                g = TLanes.Load(dy);
                a00 = TLanes.MultiplyAdd(g, x0, a00);
                if (TTaps.Value > 1) a01 = TLanes.MultiplyAdd(g, x1, a01);
                if (TTaps.Value > 2) a02 = TLanes.MultiplyAdd(g, x2, a02);
                g = TLanes.Load(dy + (1 * step));
                a10 = TLanes.MultiplyAdd(g, x0, a10);
                if (TTaps.Value > 1) a11 = TLanes.MultiplyAdd(g, x1, a11);
                if (TTaps.Value > 2) a12 = TLanes.MultiplyAdd(g, x2, a12);
                g = TLanes.Load(dy + (2 * step));
                a20 = TLanes.MultiplyAdd(g, x0, a20);
                if (TTaps.Value > 1) a21 = TLanes.MultiplyAdd(g, x1, a21);
                if (TTaps.Value > 2) a22 = TLanes.MultiplyAdd(g, x2, a22);
                g = TLanes.Load(dy + (3 * step));
                a30 = TLanes.MultiplyAdd(g, x0, a30);
                if (TTaps.Value > 1) a31 = TLanes.MultiplyAdd(g, x1, a31);
                if (TTaps.Value > 2) a32 = TLanes.MultiplyAdd(g, x2, a32);
                if (TOutputs.Value > 4)
                {
                    g = TLanes.Load(dy + (4 * step));
                    a40 = TLanes.MultiplyAdd(g, x0, a40);
                    if (TTaps.Value > 1) a41 = TLanes.MultiplyAdd(g, x1, a41);
                    if (TTaps.Value > 2) a42 = TLanes.MultiplyAdd(g, x2, a42);
                    g = TLanes.Load(dy + (5 * step));
                    a50 = TLanes.MultiplyAdd(g, x0, a50);
                    if (TTaps.Value > 1) a51 = TLanes.MultiplyAdd(g, x1, a51);
                    if (TTaps.Value > 2) a52 = TLanes.MultiplyAdd(g, x2, a52);
                    g = TLanes.Load(dy + (6 * step));
                    a60 = TLanes.MultiplyAdd(g, x0, a60);
                    if (TTaps.Value > 1) a61 = TLanes.MultiplyAdd(g, x1, a61);
                    if (TTaps.Value > 2) a62 = TLanes.MultiplyAdd(g, x2, a62);
                    g = TLanes.Load(dy + (7 * step));
                    a70 = TLanes.MultiplyAdd(g, x0, a70);
                    if (TTaps.Value > 1) a71 = TLanes.MultiplyAdd(g, x1, a71);
                    if (TTaps.Value > 2) a72 = TLanes.MultiplyAdd(g, x2, a72);
                }
                dy += LaneLayout.Lanes;
                x += pixelStep;
            }
            gradient += steps.OutputRowStep;
            input0 += steps.RowStep;
        }
        Store<TLanes, TTaps>(sums + (0 * sumStep), a00, a01, a02);
        Store<TLanes, TTaps>(sums + (1 * sumStep), a10, a11, a12);
        Store<TLanes, TTaps>(sums + (2 * sumStep), a20, a21, a22);
        Store<TLanes, TTaps>(sums + (3 * sumStep), a30, a31, a32);
        if (TOutputs.Value > 4)
        {
            Store<TLanes, TTaps>(sums + (4 * sumStep), a40, a41, a42);
            Store<TLanes, TTaps>(sums + (5 * sumStep), a50, a51, a52);
            Store<TLanes, TTaps>(sums + (6 * sumStep), a60, a61, a62);
            Store<TLanes, TTaps>(sums + (7 * sumStep), a70, a71, a72);
        }
    }

    /// <summary>One output, taps 8, 4 or 1: for depthwise convolution and for the few channels that do not fill a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunSingle<TLanes, TTaps>(ref TapGradientSteps steps, float* gradient, float* input, nint* offsets, int rows, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        TLanes a0 = TLanes.Load(sums), a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TLanes a4 = TLanes.Zero, a5 = TLanes.Zero, a6 = TLanes.Zero, a7 = TLanes.Zero;
        nint o1 = 0, o2 = 0, o3 = 0, o4 = 0, o5 = 0, o6 = 0, o7 = 0;
        if (TTaps.Value > 1)
        {
            Load<TLanes, Three>(sums + LaneLayout.Lanes, ref a1, ref a2, ref a3);
            (o1, o2, o3) = (offsets[1] - offsets[0], offsets[2] - offsets[0], offsets[3] - offsets[0]);
        }
        if (TTaps.Value > 4)
        {
            Load<TLanes, Three>(sums + (4 * LaneLayout.Lanes), ref a4, ref a5, ref a6);
            a7 = TLanes.Load(sums + (7 * LaneLayout.Lanes));
            (o4, o5, o6, o7) = (offsets[4] - offsets[0], offsets[5] - offsets[0], offsets[6] - offsets[0], offsets[7] - offsets[0]);
        }
        var input0 = input + offsets[0];
        var pixelStep = steps.PixelStep;
        for (; rows > 0; rows--)
        {
            var dy = gradient;
            var x = input0;
            for (var column = steps.Columns; column > 0; column--)
            {
                var g = TLanes.Load(dy);
                a0 = TLanes.MultiplyAdd(g, TLanes.Load(x), a0);
                if (TTaps.Value > 1)
                {
                    a1 = TLanes.MultiplyAdd(g, TLanes.Load(x + o1), a1);
                    a2 = TLanes.MultiplyAdd(g, TLanes.Load(x + o2), a2);
                    a3 = TLanes.MultiplyAdd(g, TLanes.Load(x + o3), a3);
                }
                if (TTaps.Value > 4)
                {
                    a4 = TLanes.MultiplyAdd(g, TLanes.Load(x + o4), a4);
                    a5 = TLanes.MultiplyAdd(g, TLanes.Load(x + o5), a5);
                    a6 = TLanes.MultiplyAdd(g, TLanes.Load(x + o6), a6);
                    a7 = TLanes.MultiplyAdd(g, TLanes.Load(x + o7), a7);
                }
                dy += LaneLayout.Lanes;
                x += pixelStep;
            }
            gradient += steps.OutputRowStep;
            input0 += steps.RowStep;
        }
        TLanes.Store(sums, a0);
        if (TTaps.Value > 1) Store<TLanes, Three>(sums + LaneLayout.Lanes, a1, a2, a3);
        if (TTaps.Value > 4)
        {
            Store<TLanes, Three>(sums + (4 * LaneLayout.Lanes), a4, a5, a6);
            TLanes.Store(sums + (7 * LaneLayout.Lanes), a7);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TLanes, TTaps>(float* source, ref TLanes first, ref TLanes second, ref TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        first = TLanes.Load(source);
        if (TTaps.Value > 1) second = TLanes.Load(source + LaneLayout.Lanes);
        if (TTaps.Value > 2) third = TLanes.Load(source + (2 * LaneLayout.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TTaps>(float* target, TLanes first, TLanes second, TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        TLanes.Store(target, first);
        if (TTaps.Value > 1) TLanes.Store(target + LaneLayout.Lanes, second);
        if (TTaps.Value > 2) TLanes.Store(target + (2 * LaneLayout.Lanes), third);
    }
}
