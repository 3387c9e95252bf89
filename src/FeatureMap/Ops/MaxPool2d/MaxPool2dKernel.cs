using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// Max pooling on one shard. In training the number of each window's winning tap (row-major, as a float) is kept per lane; the gradient then needs neither
/// the input nor the output again, and no lane depends on another, so ties and NaN are settled lane by lane.
/// </summary>
internal sealed unsafe class MaxPool2dKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PoolGeometry geometry;
    private readonly LaneTensor? winners;
    private readonly (int First, int End)[] rowTaps, columnTaps;
    private readonly (int Window, int Tap)[][] rowReaders = [], columnReaders = [];

    public MaxPool2dKernel(PoolGeometry geometry, KernelSite site) : base(site)
    {
        this.geometry = geometry;
        rowTaps = [.. Enumerable.Range(0, geometry.Output.Height).Select(geometry.Vertical.Taps)];
        columnTaps = [.. Enumerable.Range(0, geometry.Output.Width).Select(geometry.Horizontal.Taps)];
        if (site.InputGradients[0] is null) return;
        winners = site.Reserve(geometry.Output);
        rowReaders = geometry.Vertical.Readers();
        columnReaders = geometry.Horizontal.Readers();
    }

    protected override Shape? Channels => Site.Input.Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        // Nobody asks for the winners where there is no way back.
        if (geometry.IsTwoByTwo && winners is null) ForwardTwoByTwo<No>(item);
        else if (geometry.IsTwoByTwo) ForwardTwoByTwo<Yes>(item);
        else if (winners is null) ForwardWindows<No>(item);
        else ForwardWindows<Yes>(item);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        if (geometry.IsTwoByTwo) BackwardTwoByTwo(item);
        else BackwardWindows(item);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardTwoByTwo<TPlaces>(in WorkItem item) where TPlaces : struct, IAnswer
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var winner = TPlaces.IsYes ? winners!.At(item.Slot, item.Channels.First) : null;
        var below = (nint)geometry.Input.Width * LaneLayout.Lanes;
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, x += Site.Input.ChannelStep)
        {
            for (nint row = 0; row < geometry.Output.Height; row++)
            {
                var source = x + (2 * row * below);
                for (var column = 0; column < geometry.Output.Width; column++, source += 2 * LaneLayout.Lanes)
                {
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    {
                        var largest = TLanes.Load(source + part);
                        var index = TLanes.Zero;
                        var lower = source + below + part;
                        RunningMaximum<TLanes>.Challenge<TPlaces>(
                            ref largest, ref index, TLanes.Load(source + LaneLayout.Lanes + part), 1);
                        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(lower), 2);
                        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(lower + LaneLayout.Lanes), 3);
                        TLanes.Store(y + part, largest);
                        if (TPlaces.IsYes) TLanes.Store(winner + part, index);
                    }
                    y += LaneLayout.Lanes;
                    if (TPlaces.IsYes) winner += LaneLayout.Lanes;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardTwoByTwo(in WorkItem item)
    {
        var dy = Site.OutputGradient!.At(item.Slot, item.Channels.First);
        var winner = winners!.At(item.Slot, item.Channels.First);
        var dx = Site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        var below = geometry.Input.Width * LaneLayout.Lanes;
        var unreadColumn = geometry.Input.Width % 2 * LaneLayout.Lanes;
        var unreadRow = geometry.Input.Height % 2 * below;
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            for (var row = 0; row < geometry.Output.Height; row++)
            {
                for (var column = 0; column < geometry.Output.Width; column++)
                {
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    {
                        var gradient = TLanes.Load(dy + part);
                        var index = TLanes.Load(winner + part);
                        TLanes.Store(dx + part, Won(index, 0, gradient));
                        TLanes.Store(dx + LaneLayout.Lanes + part, Won(index, 1, gradient));
                        TLanes.Store(dx + below + part, Won(index, 2, gradient));
                        TLanes.Store(dx + below + LaneLayout.Lanes + part, Won(index, 3, gradient));
                    }
                    dy += LaneLayout.Lanes;
                    winner += LaneLayout.Lanes;
                    dx += 2 * LaneLayout.Lanes;
                }
                new Span<float>(dx, unreadColumn).Clear();
                new Span<float>(dx + below, unreadColumn).Clear();
                dx += unreadColumn + below;
            }
            new Span<float>(dx, unreadRow).Clear();
            dx += unreadRow;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardWindows<TPlaces>(in WorkItem item) where TPlaces : struct, IAnswer
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var winner = TPlaces.IsYes ? winners!.At(item.Slot, item.Channels.First) : null;
        var rowStep = (nint)geometry.Vertical.Dilation * geometry.Input.Width * LaneLayout.Lanes;
        var columnStep = (nint)geometry.Horizontal.Dilation * LaneLayout.Lanes;
        var isThree = geometry is { Vertical.Kernel: 3, Horizontal.Kernel: 3 };
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, x += Site.Input.ChannelStep)
        {
            for (var row = 0; row < rowTaps.Length; row++)
            {
                var (firstRow, endRow) = rowTaps[row];
                var line = x + ((nint)geometry.Vertical.Position(row, firstRow) * geometry.Input.Width * LaneLayout.Lanes);
                for (var column = 0; column < columnTaps.Length; column++)
                {
                    var (firstColumn, endColumn) = columnTaps[column];
                    var first = line + ((nint)geometry.Horizontal.Position(column, firstColumn) * LaneLayout.Lanes);
                    var isWhole = isThree && endRow - firstRow == 3 && endColumn - firstColumn == 3;
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    {
                        var source = first + part;
                        var largest = TLanes.Load(source);
                        var index = TPlaces.IsYes ? TLanes.Broadcast((firstRow * geometry.Horizontal.Kernel) + firstColumn) : TLanes.Zero;
                        if (isWhole)
                        {
                            Nine<TPlaces>(source, rowStep, columnStep, ref largest, ref index);
                        }
                        else
                        {
                            for (var tapRow = firstRow; tapRow < endRow; tapRow++, source += rowStep)
                            {
                                var tap = source;
                                var number = (tapRow * geometry.Horizontal.Kernel) + firstColumn;
                                for (var tapColumn = firstColumn; tapColumn < endColumn; tapColumn++, tap += columnStep, number++)
                                    RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(tap), number);
                            }
                        }
                        TLanes.Store(y + part, largest);
                        if (TPlaces.IsYes) TLanes.Store(winner + part, index);
                    }
                    y += LaneLayout.Lanes;
                    if (TPlaces.IsYes) winner += LaneLayout.Lanes;
                }
            }
        }
    }

    /// <summary>The taps of a 3x3 window behind the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Nine<TPlaces>(float* source, nint rowStep, nint columnStep, ref TLanes largest, ref TLanes index)
        where TPlaces : struct, IAnswer
    {
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + columnStep), 1);
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + (2 * columnStep)), 2);
        source += rowStep;
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source), 3);
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + columnStep), 4);
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + (2 * columnStep)), 5);
        source += rowStep;
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source), 6);
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + columnStep), 7);
        RunningMaximum<TLanes>.Challenge<TPlaces>(ref largest, ref index, TLanes.Load(source + (2 * columnStep)), 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardWindows(in WorkItem item)
    {
        var dy = Site.OutputGradient!.At(item.Slot, item.Channels.First);
        var winner = winners!.At(item.Slot, item.Channels.First);
        var dx = Site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++)
        {
            foreach (var rows in rowReaders)
            {
                foreach (var columns in columnReaders)
                {
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dx += TLanes.Width)
                    {
                        var sum = TLanes.Zero;
                        foreach (var (row, tapRow) in rows)
                        {
                            foreach (var (column, tapColumn) in columns)
                            {
                                var window = ((((nint)row * geometry.Output.Width) + column) * LaneLayout.Lanes) + part;
                                sum += Won(TLanes.Load(winner + window), (tapRow * geometry.Horizontal.Kernel) + tapColumn, TLanes.Load(dy + window));
                            }
                        }
                        TLanes.Store(dx, sum);
                    }
                }
            }
            dy += Site.OutputGradient.ChannelStep;
            winner += winners.ChannelStep;
        }
    }

    /// <summary>The gradient where this tap won, 0 elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Won(TLanes index, int tap, TLanes gradient) => TLanes.And(TLanes.EqualTo(index, TLanes.Broadcast(tap)), gradient);
}
