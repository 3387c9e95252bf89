using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A prepared gradient of the taps of a filter of single planes: dw[t] = sum over images and pixels of dy[p] x[p + offset t] for one plane
/// of one shard. The sums of nine or ten taps stay in registers while a block of rows passes, so dy is loaded once for all of them. Lane by
/// lane; the 16 lanes are added once, at the end. Each sum runs over the pixels in their order.
/// </summary>
internal sealed unsafe class PlaneFilterGradient<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly FilterAxis rows, columns;
    private readonly RowWindowShape window;

    /// <param name="rows">What tap rows read.</param>
    /// <param name="columns">What the taps of a row read, at most <see cref="PlaneFilterTile.MostTaps"/>.</param>
    public PlaneFilterGradient(FilterAxis rows, FilterAxis columns)
    {
        (this.rows, this.columns) = (rows, columns);
        window = new RowWindowShape(rows.Input, columns.Input, columns.Before, columns.After, rows.Outputs, rows.Span, rows.Stride, 1);
    }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses: the sums and the window.</summary>
    public long ScratchFloats => SumFloats + window.ScratchFloats;

    private int SumFloats => rows.Taps * columns.Taps * LaneLayout.Lanes;

    /// <summary>A window over the input planes, in the memory of a thread.</summary>
    public RowWindow Open(float* scratch) => window.Open(scratch + SumFloats);

    /// <summary>Writes the sums of one plane, as [tap row][tap].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(ref RowWindow input, float* plane, float* gradient, float* scratch, float* weightGradient)
    {
        new Span<float>(scratch, SumFloats).Clear();
        input.Enter(plane);
        var steps = new PlaneFilterSteps
        {
            InputRow = rows.Stride,
            TapRow = rows.TapStep,
            Start = (nint)columns.First * LaneLayout.Lanes,
            Tap = (nint)columns.TapStep * LaneLayout.Lanes,
            Pixel = (nint)columns.Stride * LaneLayout.Lanes,
            OutputRow = (nint)columns.Outputs * LaneLayout.Lanes,
            Count = columns.Outputs,
        };
        for (var row = 0; row < rows.Outputs; row += window.Block)
        {
            steps.Rows = Math.Min(window.Block, rows.Outputs - row);
            steps.Inputs = input.Rows(rows.First + (row * rows.Stride), ((steps.Rows - 1) * rows.Stride) + rows.Span + 1);
            for (int tapRow = 0, height; tapRow < rows.Taps; tapRow += height)
            {
                height = PlaneFilterTile.Piece(rows.Taps - tapRow, PlaneFilterTile.MostRows(columns.Taps));
                var sums = scratch + (tapRow * columns.Taps * LaneLayout.Lanes);
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    RunTaps(ref steps, (height, columns.Taps), part, gradient + (row * steps.OutputRow), sums);
                steps.Inputs += height * steps.TapRow;
            }
        }
        for (var tap = 0; tap < rows.Taps * columns.Taps; tap++)
            weightGradient[tap] = LaneMath.Sum(scratch + (tap * LaneLayout.Lanes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTaps(ref PlaneFilterSteps steps, (int Rows, int Taps) size, nint part, float* gradient, float* sums)
    {
        switch (size)
        {
            case (1, 1): PlaneFilterTile.Gradient<TLanes, One, One>(ref steps, part, gradient, sums); break;
            case (1, 2): PlaneFilterTile.Gradient<TLanes, One, Two>(ref steps, part, gradient, sums); break;
            case (1, 3): PlaneFilterTile.Gradient<TLanes, One, Three>(ref steps, part, gradient, sums); break;
            case (1, 4): PlaneFilterTile.Gradient<TLanes, One, Four>(ref steps, part, gradient, sums); break;
            case (1, 5): PlaneFilterTile.Gradient<TLanes, One, Five>(ref steps, part, gradient, sums); break;
            case (2, 1): PlaneFilterTile.Gradient<TLanes, Two, One>(ref steps, part, gradient, sums); break;
            case (2, 2): PlaneFilterTile.Gradient<TLanes, Two, Two>(ref steps, part, gradient, sums); break;
            case (2, 3): PlaneFilterTile.Gradient<TLanes, Two, Three>(ref steps, part, gradient, sums); break;
            case (2, 4): PlaneFilterTile.Gradient<TLanes, Two, Four>(ref steps, part, gradient, sums); break;
            case (2, 5): PlaneFilterTile.Gradient<TLanes, Two, Five>(ref steps, part, gradient, sums); break;
            case (3, 1): PlaneFilterTile.Gradient<TLanes, Three, One>(ref steps, part, gradient, sums); break;
            case (3, 2): PlaneFilterTile.Gradient<TLanes, Three, Two>(ref steps, part, gradient, sums); break;
            case (3, 3): PlaneFilterTile.Gradient<TLanes, Three, Three>(ref steps, part, gradient, sums); break;
            default: throw new InvalidOperationException($"No tile for {size.Rows} x {size.Taps} taps.");
        }
    }
}
