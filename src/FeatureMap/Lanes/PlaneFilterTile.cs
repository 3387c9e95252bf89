using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>How rows of a filter are walked; steps in floats, steps over rows in entries of the table of input rows.</summary>
internal unsafe struct PlaneFilterSteps
{
    /// <summary>Pixel 0 of each input row, from the row that the first tap row of the first output row reads.</summary>
    public float** Inputs;

    /// <summary>Input rows from output row to output row, and from tap row to tap row.</summary>
    public nint InputRow, TapRow;

    /// <summary>From pixel 0 of an input row to what the first tap of output 0 reads, from tap to tap, and from output to output.</summary>
    public nint Start, Tap, Pixel;

    /// <summary>From output to output, and from row to row.</summary>
    public nint OutputPixel, OutputRow;

    /// <summary>Outputs of a row, and rows.</summary>
    public int Count, Rows;
}

/// <summary>
/// The inner loops of filters of single planes. Weights stay in registers; an input is loaded for every product, as an operand of the
/// multiply-add, or for two of them where two rows of outputs read it. Outputs do not wait for each other, so the processor overlaps their
/// sums by itself.
/// </summary>
internal static unsafe class PlaneFilterTile
{
    /// <summary>Taps of a row of the kernel that fit the registers.</summary>
    public const int MostTaps = 5;

    /// <summary>Rows of so many taps that fit the registers together: of 16 registers, at most ten hold weights or sums of taps.</summary>
    public static int MostRows(int taps) => taps <= 3 ? 3 : 2;

    /// <summary>How many of the rows that are left come next, so that pieces of at most so many are about equal.</summary>
    public static int Piece(int left, int most)
    {
        var pieces = (left + most - 1) / most;
        return (left + pieces - 1) / pieces;
    }

    /// <summary>Some rows of outputs, one after the other, for a block of taps of at most 3 x 3 or 2 x 5.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Rows<TLanes, TRows, TTaps>(
        ref PlaneFilterSteps steps, nint part, float* weights, float* output, float bias, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
        where TRows : struct, ITileSize
        where TTaps : struct, ITileSize
    {
        var start = TLanes.Broadcast(bias);
        TLanes w00 = start, w01 = start, w02 = start, w03 = start, w04 = start;
        TLanes w10 = start, w11 = start, w12 = start, w13 = start, w14 = start;
        TLanes w20 = start, w21 = start, w22 = start;
        Spread<TLanes, TTaps>(weights, ref w00, ref w01, ref w02, ref w03, ref w04);
        if (TRows.Value > 1) Spread<TLanes, TTaps>(weights + TTaps.Value, ref w10, ref w11, ref w12, ref w13, ref w14);
        if (TRows.Value > 2) Spread<TLanes, TTaps>(weights + (2 * TTaps.Value), ref w20, ref w21, ref w22, ref w22, ref w22);
        var at = steps.Inputs;
        var first = steps.Start + part;
        var (inputRow, tapRow, outputRow) = (steps.InputRow, steps.TapRow, steps.OutputRow);
        var (pixel, outputPixel) = (steps.Pixel, steps.OutputPixel);
        nint o1 = steps.Tap, o2 = 2 * o1, o3 = 3 * o1, o4 = 4 * o1;
        output += part;
        for (var rows = steps.Rows; rows > 0; rows--)
        {
            var x0 = at[0] + first;
            var x1 = TRows.Value > 1 ? at[tapRow] + first : x0;
            var x2 = TRows.Value > 2 ? at[2 * tapRow] + first : x0;
            var y = output;
            for (var count = steps.Count; count > 0; count--)
            {
                var sum = adds ? TLanes.Load(y) : start;
                sum = TLanes.MultiplyAdd(w00, TLanes.Load(x0), sum);
                if (TTaps.Value > 1) sum = TLanes.MultiplyAdd(w01, TLanes.Load(x0 + o1), sum);
                if (TTaps.Value > 2) sum = TLanes.MultiplyAdd(w02, TLanes.Load(x0 + o2), sum);
                if (TTaps.Value > 3) sum = TLanes.MultiplyAdd(w03, TLanes.Load(x0 + o3), sum);
                if (TTaps.Value > 4) sum = TLanes.MultiplyAdd(w04, TLanes.Load(x0 + o4), sum);
                if (TRows.Value > 1)
                {
                    sum = TLanes.MultiplyAdd(w10, TLanes.Load(x1), sum);
                    if (TTaps.Value > 1) sum = TLanes.MultiplyAdd(w11, TLanes.Load(x1 + o1), sum);
                    if (TTaps.Value > 2) sum = TLanes.MultiplyAdd(w12, TLanes.Load(x1 + o2), sum);
                    if (TTaps.Value > 3) sum = TLanes.MultiplyAdd(w13, TLanes.Load(x1 + o3), sum);
                    if (TTaps.Value > 4) sum = TLanes.MultiplyAdd(w14, TLanes.Load(x1 + o4), sum);
                    x1 += pixel;
                }
                if (TRows.Value > 2)
                {
                    sum = TLanes.MultiplyAdd(w20, TLanes.Load(x2), sum);
                    if (TTaps.Value > 1) sum = TLanes.MultiplyAdd(w21, TLanes.Load(x2 + o1), sum);
                    if (TTaps.Value > 2) sum = TLanes.MultiplyAdd(w22, TLanes.Load(x2 + o2), sum);
                    x2 += pixel;
                }
                TLanes.Store(y, sum);
                x0 += pixel;
                y += outputPixel;
            }
            at += inputRow;
            output += outputRow;
        }
    }

    /// <summary>
    /// Pairs of rows of outputs of a 3x3 kernel: the leader reads input rows 0, 1 and 2, the follower 1, 2 and 3. The leader is the upper
    /// row, or the lower one where the kernel is turned; the steps are those of the upper row, <paramref name="output"/> too.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Pairs<TLanes>(ref PlaneFilterSteps steps, nint part, float* weights, float* output, float bias, bool adds)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        var start = TLanes.Broadcast(bias);
        TLanes w0 = TLanes.Broadcast(weights[0]), w1 = TLanes.Broadcast(weights[1]), w2 = TLanes.Broadcast(weights[2]);
        TLanes w3 = TLanes.Broadcast(weights[3]), w4 = TLanes.Broadcast(weights[4]), w5 = TLanes.Broadcast(weights[5]);
        TLanes w6 = TLanes.Broadcast(weights[6]), w7 = TLanes.Broadcast(weights[7]), w8 = TLanes.Broadcast(weights[8]);
        nint o1 = steps.Tap, o2 = 2 * o1;
        var (pixel, outputPixel) = (steps.Pixel, steps.OutputPixel);
        var isTurned = steps.TapRow < 0;
        var at = isTurned ? steps.Inputs + steps.InputRow : steps.Inputs;
        output += part;
        for (var rows = steps.Rows; rows > 0; rows -= 2)
        {
            var offset = steps.Start + part;
            float* row0 = at[0] + offset, row1 = at[steps.TapRow] + offset;
            float* row2 = at[2 * steps.TapRow] + offset, row3 = at[3 * steps.TapRow] + offset;
            var leader = isTurned ? output + steps.OutputRow : output;
            var follower = isTurned ? output : output + steps.OutputRow;
            for (var count = steps.Count; count > 0; count--)
            {
                var first = adds ? TLanes.Load(leader) : start;
                var second = adds ? TLanes.Load(follower) : start;
                first = TLanes.MultiplyAdd(w0, TLanes.Load(row0), first);
                first = TLanes.MultiplyAdd(w1, TLanes.Load(row0 + o1), first);
                first = TLanes.MultiplyAdd(w2, TLanes.Load(row0 + o2), first);
                var x = TLanes.Load(row1);
                first = TLanes.MultiplyAdd(w3, x, first);
                second = TLanes.MultiplyAdd(w0, x, second);
                x = TLanes.Load(row1 + o1);
                first = TLanes.MultiplyAdd(w4, x, first);
                second = TLanes.MultiplyAdd(w1, x, second);
                x = TLanes.Load(row1 + o2);
                first = TLanes.MultiplyAdd(w5, x, first);
                second = TLanes.MultiplyAdd(w2, x, second);
                x = TLanes.Load(row2);
                first = TLanes.MultiplyAdd(w6, x, first);
                second = TLanes.MultiplyAdd(w3, x, second);
                x = TLanes.Load(row2 + o1);
                first = TLanes.MultiplyAdd(w7, x, first);
                second = TLanes.MultiplyAdd(w4, x, second);
                x = TLanes.Load(row2 + o2);
                first = TLanes.MultiplyAdd(w8, x, first);
                second = TLanes.MultiplyAdd(w5, x, second);
                TLanes.Store(leader, first);
                second = TLanes.MultiplyAdd(w6, TLanes.Load(row3), second);
                second = TLanes.MultiplyAdd(w7, TLanes.Load(row3 + o1), second);
                second = TLanes.MultiplyAdd(w8, TLanes.Load(row3 + o2), second);
                TLanes.Store(follower, second);
                row0 += pixel;
                row1 += pixel;
                row2 += pixel;
                row3 += pixel;
                leader += outputPixel;
                follower += outputPixel;
            }
            at += 2 * steps.InputRow;
            output += 2 * steps.OutputRow;
        }
    }

    /// <summary>
    /// The gradient of a block of taps: each sums dy[p] x[p + offset] over rows of outputs, lane by lane, in a register of its own. Sums
    /// stand as [tap row][tap][16]; they are loaded and stored back, so that the caller can go on with the next rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Gradient<TLanes, TRows, TTaps>(ref PlaneFilterSteps steps, nint part, float* gradient, float* sums)
        where TLanes : unmanaged, ILanes<TLanes>
        where TRows : struct, ITileSize
        where TTaps : struct, ITileSize
    {
        TLanes a00 = TLanes.Zero, a01 = a00, a02 = a00, a03 = a00, a04 = a00;
        TLanes a10 = a00, a11 = a00, a12 = a00, a13 = a00, a14 = a00;
        TLanes a20 = a00, a21 = a00, a22 = a00;
        sums += part;
        Load<TLanes, TTaps>(sums, ref a00, ref a01, ref a02, ref a03, ref a04);
        if (TRows.Value > 1) Load<TLanes, TTaps>(sums + (TTaps.Value * LaneLayout.Lanes), ref a10, ref a11, ref a12, ref a13, ref a14);
        if (TRows.Value > 2) Load<TLanes, TTaps>(sums + (2 * TTaps.Value * LaneLayout.Lanes), ref a20, ref a21, ref a22, ref a22, ref a22);
        var at = steps.Inputs;
        var first = steps.Start + part;
        var (inputRow, tapRow, outputRow) = (steps.InputRow, steps.TapRow, steps.OutputRow);
        nint o1 = steps.Tap, o2 = 2 * o1, o3 = 3 * o1, o4 = 4 * o1;
        var pixel = steps.Pixel;
        gradient += part;
        for (var rows = steps.Rows; rows > 0; rows--)
        {
            var dy = gradient;
            var x0 = at[0] + first;
            var x1 = TRows.Value > 1 ? at[tapRow] + first : x0;
            var x2 = TRows.Value > 2 ? at[2 * tapRow] + first : x0;
            for (var count = steps.Count; count > 0; count--)
            {
                var g = TLanes.Load(dy);
                a00 = TLanes.MultiplyAdd(g, TLanes.Load(x0), a00);
                if (TTaps.Value > 1) a01 = TLanes.MultiplyAdd(g, TLanes.Load(x0 + o1), a01);
                if (TTaps.Value > 2) a02 = TLanes.MultiplyAdd(g, TLanes.Load(x0 + o2), a02);
                if (TTaps.Value > 3) a03 = TLanes.MultiplyAdd(g, TLanes.Load(x0 + o3), a03);
                if (TTaps.Value > 4) a04 = TLanes.MultiplyAdd(g, TLanes.Load(x0 + o4), a04);
                if (TRows.Value > 1)
                {
                    a10 = TLanes.MultiplyAdd(g, TLanes.Load(x1), a10);
                    if (TTaps.Value > 1) a11 = TLanes.MultiplyAdd(g, TLanes.Load(x1 + o1), a11);
                    if (TTaps.Value > 2) a12 = TLanes.MultiplyAdd(g, TLanes.Load(x1 + o2), a12);
                    if (TTaps.Value > 3) a13 = TLanes.MultiplyAdd(g, TLanes.Load(x1 + o3), a13);
                    if (TTaps.Value > 4) a14 = TLanes.MultiplyAdd(g, TLanes.Load(x1 + o4), a14);
                    x1 += pixel;
                }
                if (TRows.Value > 2)
                {
                    a20 = TLanes.MultiplyAdd(g, TLanes.Load(x2), a20);
                    if (TTaps.Value > 1) a21 = TLanes.MultiplyAdd(g, TLanes.Load(x2 + o1), a21);
                    if (TTaps.Value > 2) a22 = TLanes.MultiplyAdd(g, TLanes.Load(x2 + o2), a22);
                    x2 += pixel;
                }
                dy += LaneLayout.Lanes;
                x0 += pixel;
            }
            gradient += outputRow;
            at += inputRow;
        }
        Store<TLanes, TTaps>(sums, a00, a01, a02, a03, a04);
        if (TRows.Value > 1) Store<TLanes, TTaps>(sums + (TTaps.Value * LaneLayout.Lanes), a10, a11, a12, a13, a14);
        if (TRows.Value > 2) Store<TLanes, TTaps>(sums + (2 * TTaps.Value * LaneLayout.Lanes), a20, a21, a22, a22, a22);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<TLanes, TTaps>(
        float* source, ref TLanes first, ref TLanes second, ref TLanes third, ref TLanes fourth, ref TLanes fifth)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        first = TLanes.Broadcast(source[0]);
        if (TTaps.Value > 1) second = TLanes.Broadcast(source[1]);
        if (TTaps.Value > 2) third = TLanes.Broadcast(source[2]);
        if (TTaps.Value > 3) fourth = TLanes.Broadcast(source[3]);
        if (TTaps.Value > 4) fifth = TLanes.Broadcast(source[4]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<TLanes, TTaps>(
        float* source, ref TLanes first, ref TLanes second, ref TLanes third, ref TLanes fourth, ref TLanes fifth)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        first = TLanes.Load(source);
        if (TTaps.Value > 1) second = TLanes.Load(source + LaneLayout.Lanes);
        if (TTaps.Value > 2) third = TLanes.Load(source + (2 * LaneLayout.Lanes));
        if (TTaps.Value > 3) fourth = TLanes.Load(source + (3 * LaneLayout.Lanes));
        if (TTaps.Value > 4) fifth = TLanes.Load(source + (4 * LaneLayout.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLanes, TTaps>(float* target, TLanes first, TLanes second, TLanes third, TLanes fourth, TLanes fifth)
        where TLanes : unmanaged, ILanes<TLanes>
        where TTaps : struct, ITileSize
    {
        TLanes.Store(target, first);
        if (TTaps.Value > 1) TLanes.Store(target + LaneLayout.Lanes, second);
        if (TTaps.Value > 2) TLanes.Store(target + (2 * LaneLayout.Lanes), third);
        if (TTaps.Value > 3) TLanes.Store(target + (3 * LaneLayout.Lanes), fourth);
        if (TTaps.Value > 4) TLanes.Store(target + (4 * LaneLayout.Lanes), fifth);
    }
}
