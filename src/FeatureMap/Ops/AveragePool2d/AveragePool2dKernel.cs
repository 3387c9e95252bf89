using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>Average pooling on one shard: tables per row and column of windows say where the taps stand and what the sum is multiplied by.</summary>
internal sealed unsafe class AveragePool2dKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PoolGeometry geometry;
    private readonly (int First, int End)[] rowTaps, columnTaps;
    private readonly (int Window, int Tap)[][] rowReaders = [], columnReaders = [];

    // The reciprocal of the divisor of each window: a multiplication instead of a division, with the same one rounding for every width.
    private readonly float[] shares;

    public AveragePool2dKernel(AveragePool2d op, KernelSite site) : base(site)
    {
        geometry = op.Geometry(site.Input.Shape);
        rowTaps = [.. Enumerable.Range(0, geometry.Output.Height).Select(geometry.Vertical.Taps)];
        columnTaps = [.. Enumerable.Range(0, geometry.Output.Width).Select(geometry.Horizontal.Taps)];
        shares = [.. from rows in op.Divisors(geometry.Vertical) from columns in op.Divisors(geometry.Horizontal) select (float)(1.0 / ((double)rows * columns))];
        if (site.InputGradients[0] is null) return;
        rowReaders = geometry.Vertical.Readers();
        columnReaders = geometry.Horizontal.Readers();
    }

    protected override Shape? Channels => Site.Input.Shape;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var x = Site.Input.At(item.Slot, item.Channels.First);
        var y = Site.Output.At(item.Slot, item.Channels.First);
        var rowStep = (nint)geometry.Vertical.Dilation * geometry.Input.Width * LaneLayout.Lanes;
        var columnStep = (nint)geometry.Horizontal.Dilation * LaneLayout.Lanes;
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, x += Site.Input.ChannelStep)
        {
            var window = 0;
            for (var row = 0; row < rowTaps.Length; row++)
            {
                var (firstRow, endRow) = rowTaps[row];
                for (var column = 0; column < columnTaps.Length; column++, window++)
                {
                    var (firstColumn, endColumn) = columnTaps[column];
                    var first = x + ((((nint)geometry.Vertical.Position(row, firstRow) * geometry.Input.Width) + geometry.Horizontal.Position(column, firstColumn)) * LaneLayout.Lanes);
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, y += TLanes.Width)
                    {
                        var sum = TLanes.Zero;
                        var source = first + part;
                        for (var tapRow = firstRow; tapRow < endRow; tapRow++, source += rowStep)
                        {
                            var tap = source;
                            for (var tapColumn = firstColumn; tapColumn < endColumn; tapColumn++, tap += columnStep)
                                sum += TLanes.Load(tap);
                        }
                        TLanes.Store(y, sum * TLanes.Broadcast(shares[window]));
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var dy = Site.OutputGradient!.At(item.Slot, item.Channels.First);
        var dx = Site.InputGradients[0]!.At(item.Slot, item.Channels.First);
        for (var channel = item.Channels.First; channel < item.Channels.End; channel++, dy += Site.OutputGradient.ChannelStep)
        {
            foreach (var rows in rowReaders)
            {
                foreach (var columns in columnReaders)
                {
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, dx += TLanes.Width)
                    {
                        var sum = TLanes.Zero;
                        foreach (var (row, _) in rows)
                        {
                            foreach (var (column, _) in columns)
                            {
                                var window = (row * geometry.Output.Width) + column;
                                sum = TLanes.MultiplyAdd(TLanes.Load(dy + ((nint)window * LaneLayout.Lanes) + part), TLanes.Broadcast(shares[window]), sum);
                            }
                        }
                        TLanes.Store(dx, sum);
                    }
                }
            }
        }
    }
}
