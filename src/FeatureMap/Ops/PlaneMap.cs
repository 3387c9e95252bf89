using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>What an op that maps planes does to one input: a table for the rows, one for the columns, and a number for places that read no input.</summary>
/// <param name="Rows">Which input rows make an output row.</param>
/// <param name="Columns">Which input columns make an output column.</param>
/// <param name="ChannelsBefore">Output channels before the first input channel, all outside; negative where channels are left out.</param>
/// <param name="Channels">Output channels.</param>
/// <param name="Outside">The number at places that read no input.</param>
internal sealed record PlaneTables(AxisTable Rows, AxisTable Columns, int ChannelsBefore, int Channels, float Outside)
{
    /// <summary>Whether every output is one input as it is, or the outside.</summary>
    public bool IsCopy => Rows.IsCopy && Columns.IsCopy;
}

/// <summary>
/// What resizing and padding share: every output is a weighted sum of a few inputs of one channel, and the weights are a product of one factor per row and one per
/// column. So a plane is mapped along its rows and then along its columns, and the gradient goes back through the transposed tables.
/// </summary>
public abstract class PlaneMap : Op
{
    private protected PlaneMap() { }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterDefinition> Parameters(IReadOnlyList<Shape> inputs) => [];

    /// <inheritdoc/>
    public override Cost Cost(IReadOnlyList<Shape> inputs) => new(0);

    internal override bool TreatsChannelsAlike(IReadOnlyList<Shape> inputs) =>
        Tables(inputs[0]) is { ChannelsBefore: 0 } tables && tables.Channels == inputs[0].Channels;

    internal override GradientReads GradientReads => GradientReads.None;

    internal override bool IsChannelwise => true;

    internal override Kernel CreateKernel<TLanes>(KernelSite site) => new PlaneMapKernel<TLanes>(Tables(site.Input.Shape), site);

    internal abstract PlaneTables Tables(Shape input);

    internal override void ReferenceForward(ReferencePass pass)
    {
        var tables = Tables(pass.Input.Shape);
        ForEachOutput(pass, (image, channel, row, column) =>
        {
            ref var sum = ref pass.Output[image, channel, row, column];
            var from = channel - tables.ChannelsBefore;
            var rows = tables.Rows.Taps(row);
            var columns = tables.Columns.Taps(column);
            var isOutside = from < 0 || from >= pass.Input.Shape.Channels || rows.IsEmpty || columns.IsEmpty;
            sum = isOutside ? tables.Outside : 0;
            if (isOutside) return;
            foreach (var y in rows)
                foreach (var x in columns)
                    sum += (double)y.Weight * x.Weight * pass.Input[image, from, y.Position, x.Position];
        });
    }

    internal override void ReferenceBackward(ReferencePass pass)
    {
        var tables = Tables(pass.Input.Shape);
        Array.Clear(pass.InputGradients[0].Values);
        ForEachOutput(pass, (image, channel, row, column) =>
        {
            var from = channel - tables.ChannelsBefore;
            if (from < 0 || from >= pass.Input.Shape.Channels) return;
            foreach (var y in tables.Rows.Taps(row))
                foreach (var x in tables.Columns.Taps(column))
                    pass.InputGradients[0][image, from, y.Position, x.Position] += (double)y.Weight * x.Weight * pass.OutputGradient![image, channel, row, column];
        });
    }

    private static void ForEachOutput(ReferencePass pass, Action<int, int, int, int> action)
    {
        for (var image = 0; image < pass.Output.Batch; image++)
            for (var channel = 0; channel < pass.Output.Shape.Channels; channel++)
                for (var row = 0; row < pass.Output.Shape.Height; row++)
                    for (var column = 0; column < pass.Output.Shape.Width; column++)
                        action(image, channel, row, column);
    }
}

/// <summary>
/// Plane by plane: where every output is one input, a copy; else along the rows into thread memory, and from there along the columns. Back, the transposed tables in
/// the opposite order.
/// </summary>
internal sealed unsafe class PlaneMapKernel<TLanes> : ShardKernel where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PlaneTables tables;
    private readonly AxisTable? rowReaders, columnReaders;
    private readonly int[] rowSources, columnSources;
    private readonly bool hasGaps;

    public PlaneMapKernel(PlaneTables tables, KernelSite site) : base(site)
    {
        this.tables = tables;
        (rowSources, columnSources) = (Sources(tables.Rows), Sources(tables.Columns));
        hasGaps = tables.Rows.HasGaps || tables.Columns.HasGaps;
        // Between the two passes a plane has the input's rows and the output's columns, in both directions.
        site.Scratch((long)tables.Rows.Inputs * tables.Columns.Outputs * LaneLayout.Lanes);
        if (site.InputGradients[0] is null) return;
        (rowReaders, columnReaders) = (tables.Rows.Transposed(), tables.Columns.Transposed());
    }

    private nint RowStep => (nint)tables.Columns.Outputs * LaneLayout.Lanes;

    protected override Shape? Channels => tables.ChannelsBefore == 0 && tables.Channels == Site.Input.Shape.Channels ? Site.Output.Shape : null;

    private IndexRange ChannelsOf(in WorkItem item, int all) => Channels is null ? IndexRange.All(all) : item.Channels;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(in WorkItem item)
    {
        var channels = ChannelsOf(item, tables.Channels);
        var y = Site.Output.At(item.Slot, channels.First);
        for (var channel = channels.First; channel < channels.End; channel++, y += Site.Output.ChannelStep)
        {
            var from = channel - tables.ChannelsBefore;
            if (from < 0 || from >= Site.Input.Shape.Channels)
            {
                Fill(y, tables.Rows.Outputs * RowStep);
                continue;
            }
            var x = Site.Input.At(item.Slot) + (from * Site.Input.ChannelStep);
            if (tables.IsCopy)
            {
                Copy(x, y);
                continue;
            }
            tables.Columns.Apply<TLanes>(x, item.Scratch, tables.Rows.Inputs, LaneLayout.Lanes);
            tables.Rows.Apply<TLanes>(item.Scratch, y, 1, RowStep);
            if (hasGaps) FillGaps(y);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Backward(in WorkItem item)
    {
        var channels = ChannelsOf(item, Site.Input.Shape.Channels);
        var dx = Site.InputGradients[0]!.At(item.Slot, channels.First);
        for (var channel = channels.First; channel < channels.End; channel++, dx += Site.Input.ChannelStep)
        {
            var to = channel + tables.ChannelsBefore;
            if (to < 0 || to >= tables.Channels)
            {
                new Span<float>(dx, (int)Site.Input.ChannelStep).Clear();
                continue;
            }
            var dy = Site.OutputGradient!.At(item.Slot) + (to * Site.Output.ChannelStep);
            rowReaders!.Apply<TLanes>(dy, item.Scratch, 1, RowStep);
            columnReaders!.Apply<TLanes>(item.Scratch, dx, tables.Rows.Inputs, LaneLayout.Lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Copy(float* x, float* y)
    {
        foreach (var row in rowSources)
        {
            if (row < 0)
            {
                Fill(y, RowStep);
                y += RowStep;
                continue;
            }
            var line = x + ((nint)row * tables.Columns.Inputs * LaneLayout.Lanes);
            foreach (var column in columnSources)
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, y += TLanes.Width)
                    TLanes.Store(y, column < 0 ? TLanes.Broadcast(tables.Outside) : TLanes.Load(line + ((nint)column * LaneLayout.Lanes) + part));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillGaps(float* y)
    {
        foreach (var row in rowSources)
        {
            if (row < 0)
                Fill(y, RowStep);
            else
                for (var column = 0; column < columnSources.Length; column++)
                    if (columnSources[column] < 0)
                        Fill(y + ((nint)column * LaneLayout.Lanes), LaneLayout.Lanes);
            y += RowStep;
        }
    }

    private void Fill(float* target, nint count) => new Span<float>(target, (int)count).Fill(tables.Outside);

    /// <summary>The first input position that each output reads; -1 for none.</summary>
    private static int[] Sources(AxisTable table) => [.. Enumerable.Range(0, table.Outputs).Select(output => table.Taps(output) is [var first, ..] ? first.Position : -1)];
}
