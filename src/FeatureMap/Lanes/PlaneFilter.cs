using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// One part of a filter: the outputs that read the same taps, and for each of these taps, row by row, its place in the kernel's weights.
/// </summary>
internal sealed record FilterPart(FilterAxis Rows, FilterAxis Columns, int[] TapIndex);

/// <summary>
/// A prepared filter of single planes: y[row][column] = bias + sum over taps of w[t] x[row, column, offset t], where each output plane
/// reads one input plane. Nothing is shared between outputs but the plane itself, so what counts is how often a number is loaded: weights
/// stay in registers, and a 3x3 kernel whose outputs lie as far apart as its taps computes two rows at a time, which read four rows of the
/// input and share two of them. Larger kernels go a few rows of taps at a time, with the sums in the first-level cache. Each sum runs from
/// the bias over the taps in the order of the weights, however the plane is cut.
/// </summary>
internal sealed unsafe class PlaneFilter<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly RowWindowShape window;
    private readonly FilterPart[] parts;
    private readonly int[] places;
    private readonly bool hasPairs;
    private readonly nint outputRow;

    /// <param name="outputHeight">Rows of the plane that is written.</param>
    /// <param name="outputWidth">Its columns.</param>
    /// <param name="parts">Parts that together write all of it, each over the same input plane; rows of at most <see
    /// cref="PlaneFilterTile.MostTaps"/> taps.</param>
    public PlaneFilter(int outputHeight, int outputWidth, FilterPart[] parts)
    {
        this.parts = parts;
        outputRow = (nint)outputWidth * LaneLayout.Lanes;
        places = new int[parts.Length];
        for (var i = 1; i < parts.Length; i++)
            places[i] = places[i - 1] + parts[i - 1].TapIndex.Length;
        PackedFloats = parts.Sum(part => part.TapIndex.Length);
        hasPairs = parts is [{ Rows: { Taps: 3, TargetStep: 1 } rows, Columns: { Taps: 3, TargetStep: 1 } }]
            && Math.Abs(rows.TapStep) == rows.Stride;
        // In rows of the target: what TargetStep of them read lies Stride rows apart, for each part; parts lie side by side.
        var span = parts.Max(part => part.Rows.Greatest(0)) - parts.Min(part => part.Rows.Least(0)) + parts.Max(part => part.Rows.Stride);
        window = new RowWindowShape(
            parts[0].Rows.Input, parts[0].Columns.Input, parts.Max(part => part.Columns.Before), parts.Max(part => part.Columns.After),
            outputHeight, span, parts.Max(part => part.Rows.Stride), hasPairs ? 2 : 1);
    }

    /// <summary>Floats of the repacked weights of one kernel.</summary>
    public int PackedFloats { get; }

    /// <summary>Floats of thread memory that a window uses.</summary>
    public long ScratchFloats => window.ScratchFloats;

    /// <summary>The weights of one kernel, part by part.</summary>
    public void Pack(float* kernel, float* packed)
    {
        foreach (var part in parts)
            foreach (var tap in part.TapIndex)
                *packed++ = kernel[tap];
    }

    /// <summary>A window over the input planes, in the memory of a thread.</summary>
    public RowWindow Open(float* scratch) => window.Open(scratch);

    /// <summary>Computes some rows of one output plane.</summary>
    /// <param name="input">A window.</param>
    /// <param name="plane">The plane that is read.</param>
    /// <param name="weights">Packed weights.</param>
    /// <param name="target">Row 0 of the plane that is written.</param>
    /// <param name="bias">What the sums start from.</param>
    /// <param name="adds">Whether they go on from what stands in the target instead.</param>
    /// <param name="range">The rows.</param>
    /// <param name="finish">What becomes of the sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(
        ref RowWindow input, float* plane, float* weights, float* target, float bias, bool adds, IndexRange range, in ShardFinish finish)
    {
        input.Enter(plane);
        for (var row = range.First; row < range.End; row += window.Block)
        {
            var block = new IndexRange(row, Math.Min(range.End, row + window.Block));
            RunBlock(ref input, block, weights, target, bias, adds);
            if (finish.IsWanted) finish.Pixels(target + (row * outputRow), 0, block.Count * (int)(outputRow / LaneLayout.Lanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBlock(ref RowWindow input, IndexRange block, float* weights, float* target, float bias, bool adds)
    {
        var (least, greatest) = (int.MaxValue, int.MinValue);
        foreach (var part in parts)
        {
            if (part.Rows.Writing(block) is not { Count: > 0 } numbers || part.TapIndex.Length == 0) continue;
            least = Math.Min(least, part.Rows.Least(numbers.First));
            greatest = Math.Max(greatest, part.Rows.Greatest(numbers.End - 1));
        }
        var table = least > greatest ? null : input.Rows(least, greatest - least + 1);
        for (var i = 0; i < parts.Length; i++)
        {
            var (rows, columns) = (parts[i].Rows, parts[i].Columns);
            var numbers = rows.Writing(block);
            if (numbers.Count <= 0) continue;
            var steps = new PlaneFilterSteps
            {
                Inputs = table + (rows.First + (numbers.First * rows.Stride) - least),
                InputRow = rows.Stride,
                TapRow = rows.TapStep,
                Start = (nint)columns.First * LaneLayout.Lanes,
                Tap = (nint)columns.TapStep * LaneLayout.Lanes,
                Pixel = (nint)columns.Stride * LaneLayout.Lanes,
                OutputPixel = (nint)columns.TargetStep * LaneLayout.Lanes,
                OutputRow = rows.TargetStep * outputRow,
                Count = columns.Outputs,
                Rows = numbers.Count,
            };
            var firstRow = (nint)rows.FirstTarget + (numbers.First * rows.TargetStep);
            var output = target + (firstRow * outputRow) + ((nint)columns.FirstTarget * LaneLayout.Lanes);
            if (parts[i].TapIndex.Length > 0) RunPart(ref steps, parts[i], weights + places[i], output, bias, adds);
            else if (!adds) Fill(in steps, output, bias);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunPart(ref PlaneFilterSteps steps, FilterPart filter, float* weights, float* output, float bias, bool adds)
    {
        if (hasPairs && steps.Rows > 1)
        {
            var all = steps.Rows;
            steps.Rows = all / 2 * 2;
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                PlaneFilterTile.Pairs<TLanes>(ref steps, part, weights, output, bias, adds);
            steps.Inputs += steps.Rows * steps.InputRow;
            output += steps.Rows * steps.OutputRow;
            steps.Rows = all - steps.Rows;
        }
        for (int row = 0, height; steps.Rows > 0 && row < filter.Rows.Taps; row += height, adds = true)
        {
            height = PlaneFilterTile.Piece(filter.Rows.Taps - row, PlaneFilterTile.MostRows(filter.Columns.Taps));
            for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                RunTaps(ref steps, (height, filter.Columns.Taps), part, weights, output, bias, adds);
            weights += height * filter.Columns.Taps;
            steps.Inputs += height * steps.TapRow;
        }
    }

    // No tap reaches these outputs.
    private static void Fill(in PlaneFilterSteps steps, float* output, float bias)
    {
        for (nint row = 0; row < steps.Rows; row++)
            for (nint column = 0; column < steps.Count; column++)
                new Span<float>(output + (row * steps.OutputRow) + (column * steps.OutputPixel), LaneLayout.Lanes).Fill(bias);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTaps(
        ref PlaneFilterSteps steps, (int Rows, int Taps) size, nint part, float* weights, float* output, float bias, bool adds)
    {
        switch (size)
        {
            case (1, 1): PlaneFilterTile.Rows<TLanes, One, One>(ref steps, part, weights, output, bias, adds); break;
            case (1, 2): PlaneFilterTile.Rows<TLanes, One, Two>(ref steps, part, weights, output, bias, adds); break;
            case (1, 3): PlaneFilterTile.Rows<TLanes, One, Three>(ref steps, part, weights, output, bias, adds); break;
            case (1, 4): PlaneFilterTile.Rows<TLanes, One, Four>(ref steps, part, weights, output, bias, adds); break;
            case (1, 5): PlaneFilterTile.Rows<TLanes, One, Five>(ref steps, part, weights, output, bias, adds); break;
            case (2, 1): PlaneFilterTile.Rows<TLanes, Two, One>(ref steps, part, weights, output, bias, adds); break;
            case (2, 2): PlaneFilterTile.Rows<TLanes, Two, Two>(ref steps, part, weights, output, bias, adds); break;
            case (2, 3): PlaneFilterTile.Rows<TLanes, Two, Three>(ref steps, part, weights, output, bias, adds); break;
            case (2, 4): PlaneFilterTile.Rows<TLanes, Two, Four>(ref steps, part, weights, output, bias, adds); break;
            case (2, 5): PlaneFilterTile.Rows<TLanes, Two, Five>(ref steps, part, weights, output, bias, adds); break;
            case (3, 1): PlaneFilterTile.Rows<TLanes, Three, One>(ref steps, part, weights, output, bias, adds); break;
            case (3, 2): PlaneFilterTile.Rows<TLanes, Three, Two>(ref steps, part, weights, output, bias, adds); break;
            case (3, 3): PlaneFilterTile.Rows<TLanes, Three, Three>(ref steps, part, weights, output, bias, adds); break;
            default: throw new InvalidOperationException($"No tile for {size.Rows} x {size.Taps} taps.");
        }
    }
}
