using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// How the columns of a matrix are cut into panels: three registers each, the last ones two (one only where there is but one), so that no
/// tile has too few sums for the latency of the multiply-add. A panel stands as [row][registers of the panel], one behind the other: what a
/// tile reads is one stream.
/// </summary>
internal readonly struct Panels(int registers, int width)
{
    private readonly int threes = registers % 3 == 1 ? Math.Max(0, (registers - 4) / 3) : registers / 3;

    /// <summary>Columns, whole registers.</summary>
    public int Columns => registers * width;

    /// <summary>Registers of the panel that begins with the given register.</summary>
    public int Size(int first) => first < 3 * threes ? 3 : Math.Min(2, registers - first);

    /// <summary>Where a register of row 0 stands in a matrix with room for so many rows, and the step from row to row.</summary>
    public (nint Place, int Step) Of(int register, nint rows)
    {
        var first = register < 3 * threes ? register / 3 * 3 : (3 * threes) + ((register - (3 * threes)) / 2 * 2);
        return ((first * rows * width) + ((register - first) * width), Size(first) * width);
    }
}

/// <summary>
/// The register tile of a matrix product, sums[o][j] (+)= sum over k of left[k][o] right[k][j], for 8 or 4 rows o and a panel of 3, 2 or 1
/// registers. Per k it loads the panel once and broadcasts one number per row: 24 multiply-adds on 11 loads with 32 registers, 12 on 7 with
/// 16. Each sum is one chain of multiply-adds over k, continued where it was stored, so neither blocks of k nor the size of the tile change
/// a bit.
/// </summary>
internal static unsafe class PanelTile
{
    /// <summary>Steps in floats: from k to k on the left and on the right, and from row to row of the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run<TLanes>(
        int registers, float* left, nint leftStep, float* right, nint rightStep, int depth, float* sums, nint sumStep, bool continues)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        if (registers == 3) Run<TLanes, Three>(left, leftStep, right, rightStep, depth, sums, sumStep, continues);
        else if (registers == 2) Run<TLanes, Two>(left, leftStep, right, rightStep, depth, sums, sumStep, continues);
        else Run<TLanes, One>(left, leftStep, right, rightStep, depth, sums, sumStep, continues);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Run<TLanes, TRegisters>(
        float* left, nint leftStep, float* right, nint rightStep, int depth, float* sums, nint sumStep, bool continues)
        where TLanes : unmanaged, ILanes<TLanes>
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
        if (continues)
        {
            Load<TLanes, TRegisters>(sums + (0 * sumStep), ref a00, ref a01, ref a02);
            Load<TLanes, TRegisters>(sums + (1 * sumStep), ref a10, ref a11, ref a12);
            Load<TLanes, TRegisters>(sums + (2 * sumStep), ref a20, ref a21, ref a22);
            Load<TLanes, TRegisters>(sums + (3 * sumStep), ref a30, ref a31, ref a32);
            if (TLanes.TileOutputs > 4)
            {
                Load<TLanes, TRegisters>(sums + (4 * sumStep), ref a40, ref a41, ref a42);
                Load<TLanes, TRegisters>(sums + (5 * sumStep), ref a50, ref a51, ref a52);
                Load<TLanes, TRegisters>(sums + (6 * sumStep), ref a60, ref a61, ref a62);
                Load<TLanes, TRegisters>(sums + (7 * sumStep), ref a70, ref a71, ref a72);
            }
        }
        for (; depth > 0; depth--)
        {
            var x0 = TLanes.Load(right);
            var x1 = TRegisters.Value > 1 ? TLanes.Load(right + TLanes.Width) : x0;
            var x2 = TRegisters.Value > 2 ? TLanes.Load(right + (2 * TLanes.Width)) : x0;
            TLanes w;
            w = TLanes.Broadcast(left[0]);
            a00 = TLanes.MultiplyAdd(w, x0, a00);
            if (TRegisters.Value > 1) a01 = TLanes.MultiplyAdd(w, x1, a01);
            if (TRegisters.Value > 2) a02 = TLanes.MultiplyAdd(w, x2, a02);
            w = TLanes.Broadcast(left[1]);
            a10 = TLanes.MultiplyAdd(w, x0, a10);
            if (TRegisters.Value > 1) a11 = TLanes.MultiplyAdd(w, x1, a11);
            if (TRegisters.Value > 2) a12 = TLanes.MultiplyAdd(w, x2, a12);
            w = TLanes.Broadcast(left[2]);
            a20 = TLanes.MultiplyAdd(w, x0, a20);
            if (TRegisters.Value > 1) a21 = TLanes.MultiplyAdd(w, x1, a21);
            if (TRegisters.Value > 2) a22 = TLanes.MultiplyAdd(w, x2, a22);
            w = TLanes.Broadcast(left[3]);
            a30 = TLanes.MultiplyAdd(w, x0, a30);
            if (TRegisters.Value > 1) a31 = TLanes.MultiplyAdd(w, x1, a31);
            if (TRegisters.Value > 2) a32 = TLanes.MultiplyAdd(w, x2, a32);
            if (TLanes.TileOutputs > 4)
            {
                w = TLanes.Broadcast(left[4]);
                a40 = TLanes.MultiplyAdd(w, x0, a40);
                if (TRegisters.Value > 1) a41 = TLanes.MultiplyAdd(w, x1, a41);
                if (TRegisters.Value > 2) a42 = TLanes.MultiplyAdd(w, x2, a42);
                w = TLanes.Broadcast(left[5]);
                a50 = TLanes.MultiplyAdd(w, x0, a50);
                if (TRegisters.Value > 1) a51 = TLanes.MultiplyAdd(w, x1, a51);
                if (TRegisters.Value > 2) a52 = TLanes.MultiplyAdd(w, x2, a52);
                w = TLanes.Broadcast(left[6]);
                a60 = TLanes.MultiplyAdd(w, x0, a60);
                if (TRegisters.Value > 1) a61 = TLanes.MultiplyAdd(w, x1, a61);
                if (TRegisters.Value > 2) a62 = TLanes.MultiplyAdd(w, x2, a62);
                w = TLanes.Broadcast(left[7]);
                a70 = TLanes.MultiplyAdd(w, x0, a70);
                if (TRegisters.Value > 1) a71 = TLanes.MultiplyAdd(w, x1, a71);
                if (TRegisters.Value > 2) a72 = TLanes.MultiplyAdd(w, x2, a72);
            }
            left += leftStep;
            right += rightStep;
        }
        Store<TLanes, TRegisters>(sums + (0 * sumStep), a00, a01, a02);
        Store<TLanes, TRegisters>(sums + (1 * sumStep), a10, a11, a12);
        Store<TLanes, TRegisters>(sums + (2 * sumStep), a20, a21, a22);
        Store<TLanes, TRegisters>(sums + (3 * sumStep), a30, a31, a32);
        if (TLanes.TileOutputs > 4)
        {
            Store<TLanes, TRegisters>(sums + (4 * sumStep), a40, a41, a42);
            Store<TLanes, TRegisters>(sums + (5 * sumStep), a50, a51, a52);
            Store<TLanes, TRegisters>(sums + (6 * sumStep), a60, a61, a62);
            Store<TLanes, TRegisters>(sums + (7 * sumStep), a70, a71, a72);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TLanes, TRegisters>(float* source, ref TLanes first, ref TLanes second, ref TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TRegisters : struct, ITileSize
    {
        first = TLanes.Load(source);
        if (TRegisters.Value > 1) second = TLanes.Load(source + TLanes.Width);
        if (TRegisters.Value > 2) third = TLanes.Load(source + (2 * TLanes.Width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TRegisters>(float* target, TLanes first, TLanes second, TLanes third)
        where TLanes : unmanaged, ILanes<TLanes>
        where TRegisters : struct, ITileSize
    {
        TLanes.Store(target, first);
        if (TRegisters.Value > 1) TLanes.Store(target + TLanes.Width, second);
        if (TRegisters.Value > 2) TLanes.Store(target + (2 * TLanes.Width), third);
    }
}
