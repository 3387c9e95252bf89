using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The largest number of each bin on one shard. In training the pixel that won is kept per lane, as the bits of a whole number; back, the planes are cleared and
/// every bin adds its gradient to its pixel, lane by lane and in the order of the bins: there are few bins, and no pixel has to look for the bins that it won.
/// </summary>
internal sealed unsafe class BinMaximumKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly IReadOnlyList<BinGrid> grids;
    private readonly LaneTensor? winners;
    private readonly int channels, width;

    public BinMaximumKernel(IReadOnlyList<BinGrid> grids, KernelSite site) : base(site)
    {
        this.grids = grids;
        (channels, width) = (site.Input.Shape.Channels, site.Input.Shape.Width);
        if (site.InputGradients[0] is not null)
            winners = site.Reserve(site.Output.Shape);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        var winner = winners is null ? null : winners.At(item.Slot);
        for (var number = 0; number < grids.Count; number++)
        {
            var (rows, columns) = (grids[number].Rows, grids[number].Columns);
            var x = Site.Input.At(item.Slot);
            for (var channel = 0; channel < channels; channel++, x += Site.Input.ChannelStep)
                for (var i = 0; i < rows.Count; i++)
                    for (var j = 0; j < columns.Count; j++)
                    {
                        Bin(x, y, winner, rows.Bins[i], columns.Bins[j]);
                        y += LaneLayout.Lanes;
                        if (winner != null) winner += LaneLayout.Lanes;
                    }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Bin(float* x, float* y, float* winner, (int First, int End) rows, (int First, int End) columns)
    {
        var first = (rows.First * width) + columns.First;
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var largest = TLanes.Load(x + ((nint)first * LaneLayout.Lanes) + part);
            var place = Place(first);
            for (var row = rows.First; row < rows.End; row++)
            {
                var pixel = (row * width) + columns.First;
                var source = x + ((nint)pixel * LaneLayout.Lanes) + part;
                for (var column = columns.First; column < columns.End; column++, pixel++, source += LaneLayout.Lanes)
                    RunningMaximum<TLanes>.Challenge(ref largest, ref place, TLanes.Load(source), Place(pixel));
            }
            TLanes.Store(y + part, largest);
            if (winner != null) TLanes.Store(winner + part, place);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var dy = Site.OutputGradient!.At(item.Slot);
        var winner = (int*)winners!.At(item.Slot);
        NativeMemory.Clear(Site.InputGradients[0]!.At(item.Slot), (nuint)Site.InputGradients[0]!.Floats * sizeof(float));
        for (var number = 0; number < grids.Count; number++)
        {
            var dx = Site.InputGradients[0]!.At(item.Slot);
            for (var channel = 0; channel < channels; channel++, dx += Site.Input.ChannelStep)
                for (var bin = 0; bin < grids[number].Count; bin++, dy += LaneLayout.Lanes, winner += LaneLayout.Lanes)
                    for (var lane = 0; lane < LaneLayout.Lanes; lane++)
                        dx[((nint)winner[lane] * LaneLayout.Lanes) + lane] += dy[lane];
        }
    }

    /// <summary>A pixel's number as raw bits: it is only selected and stored, never calculated with, so every number is exact.</summary>
    private static TLanes Place(int pixel) => TLanes.Broadcast(BitConverter.Int32BitsToSingle(pixel));
}

/// <summary>The mean of each bin on one shard. Back, every pixel gathers from the bins that cover it and is written once.</summary>
internal sealed unsafe class BinMeanKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly IReadOnlyList<BinGrid> grids;
    private readonly int channels, height, width;

    // Per grid: the reciprocal of the pixels of each bin, and per row and column of the plane the bins that cover it.
    private readonly float[][] shares;
    private readonly (int First, int End)[][] rowReaders, columnReaders;

    public BinMeanKernel(IReadOnlyList<BinGrid> grids, KernelSite site) : base(site)
    {
        this.grids = grids;
        (channels, height, width) = (site.Input.Shape.Channels, site.Input.Shape.Height, site.Input.Shape.Width);
        shares = [.. grids.Select(grid => (
            from rows in grid.Rows.Bins
            from columns in grid.Columns.Bins
            select (float)(1.0 / ((double)(rows.End - rows.First) * (columns.End - columns.First)))).ToArray())];
        rowReaders = [.. grids.Select(grid => grid.Rows.Readers())];
        columnReaders = [.. grids.Select(grid => grid.Columns.Readers())];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var y = Site.Output.At(item.Slot);
        for (var number = 0; number < grids.Count; number++)
        {
            var (rows, columns) = (grids[number].Rows, grids[number].Columns);
            var x = Site.Input.At(item.Slot);
            for (var channel = 0; channel < channels; channel++, x += Site.Input.ChannelStep)
                for (var i = 0; i < rows.Count; i++)
                    for (var j = 0; j < columns.Count; j++, y += LaneLayout.Lanes)
                        Bin(x, y, rows.Bins[i], columns.Bins[j], shares[number][(i * columns.Count) + j]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Bin(float* x, float* y, (int First, int End) rows, (int First, int End) columns, float share)
    {
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
        {
            var sum = TLanes.Zero;
            for (var row = rows.First; row < rows.End; row++)
                sum += PlaneSum<TLanes>.Of(x + ((((nint)row * width) + columns.First) * LaneLayout.Lanes) + part, columns.End - columns.First);
            TLanes.Store(y + part, sum * TLanes.Broadcast(share));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var dx = Site.InputGradients[0]!.At(item.Slot);
        for (var channel = 0; channel < channels; channel++)
            for (var row = 0; row < height; row++)
                for (var column = 0; column < width; column++)
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dx += TLanes.Width)
                        TLanes.Store(dx, Gathered(Site.OutputGradient!.At(item.Slot) + part, channel, row, column));
    }

    /// <summary>The gradient of one pixel: from each bin that covers it the bin's share, in the order of the grids and bins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TLanes Gathered(float* dy, int channel, int row, int column)
    {
        var sum = TLanes.Zero;
        for (var number = 0; number < grids.Count; number++)
        {
            var (firstRow, endRow) = rowReaders[number][row];
            var (firstColumn, endColumn) = columnReaders[number][column];
            var bins = grids[number].Count;
            for (var i = firstRow; i < endRow; i++)
                for (var j = firstColumn; j < endColumn; j++)
                {
                    var bin = (i * grids[number].Columns.Count) + j;
                    sum = TLanes.MultiplyAdd(
                        TLanes.Load(dy + ((((nint)channel * bins) + bin) * LaneLayout.Lanes)), TLanes.Broadcast(shares[number][bin]), sum);
                }
            dy += (nint)channels * bins * LaneLayout.Lanes;
        }
        return sum;
    }
}
