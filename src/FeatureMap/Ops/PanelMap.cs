using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A 1x1 convolution without padding and groups, in either direction, as a product of panels. With a stride forward gathers the pixels that
/// it reads, and the input gradient is 0 (the bias of a transposed convolution) at all others.
/// </summary>
internal sealed unsafe class PanelMap<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PanelSum<TLanes> sum;
    private readonly Shape target;
    private readonly (int Vertical, int Horizontal) stride;
    private readonly (int Rows, int Columns) written;
    private readonly int outputs;
    private readonly nint outputStep, channelStep, planeStep;

    private PanelMap(TapSumShape shape, Shape target, (int Vertical, int Horizontal) stride, nint outputStep, nint channelStep)
    {
        sum = new PanelSum<TLanes>(shape);
        (this.target, this.stride, this.outputStep, this.channelStep) = (target, stride, outputStep, channelStep);
        (written, outputs, planeStep) = ((shape.Rows, shape.Columns), shape.Outputs, shape.ChannelStep);
    }

    public static PanelMap<TLanes> Forward(ConvGeometry geometry) => new(
        ShapeOf(geometry, geometry.Input, geometry.Output, (geometry.Vertical.Stride, geometry.Horizontal.Stride), (1, 1)),
        geometry.Output, (1, 1), geometry.Input.Channels, 1);

    /// <summary>The roles of the channels turn.</summary>
    public static PanelMap<TLanes> InputGradient(ConvGeometry geometry) => new(
        ShapeOf(geometry, geometry.Output, geometry.Input, (1, 1), (geometry.Vertical.Stride, geometry.Horizontal.Stride)),
        geometry.Input, (geometry.Vertical.Stride, geometry.Horizontal.Stride), 1, geometry.Input.Channels);

    /// <summary>Says what becomes of the source before it is multiplied.</summary>
    public void Change(SumFinish source) => sum.Source = source;

    public MapPart[] Cut(int parts) => MapCuts.Of(
        new CutAxis(target.Height, stride.Vertical, Math.Max(stride.Vertical, MapCuts.LeastRows(target.Width))),
        new CutAxis(outputs, TapSumShape.OutputUnit, MapCuts.LeastOutputs), parts);

    public long ScratchFloats(MapPart part) => sum.ScratchFloats;

    public void Pack(float* weights) => sum.Pack(weights, outputStep, channelStep, [0]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch)
    {
        var rows = new IndexRange(First(part.Rows.First), Math.Min(written.Rows, First(part.Rows.End)));
        var isWhole = written == (this.target.Height, this.target.Width);
        if (rows.Count > 0) sum.Run(source, target, bias, part with { Rows = rows }, planeStep, isWhole ? finish : default, scratch);
        if (isWhole) return;
        FillOthers(target, bias, part);
        finish.Part(target, part, this.target.Width, (nint)this.target.Area * LaneLayout.Lanes);
    }

    private static TapSumShape ShapeOf(
        ConvGeometry geometry, Shape source, Shape target, (int Vertical, int Horizontal) read,
        (int Vertical, int Horizontal) write) => new()
        {
            OccupiedLanes = geometry.OccupiedLanes,
            Outputs = target.Channels,
            Channels = source.Channels,
            TapOffsets = [0],
            IsOneRow = Convolution.IsOneRow(geometry),
            Rows = geometry.Output.Height,
            Columns = geometry.Output.Width,
            ChannelStep = (nint)source.Area * LaneLayout.Lanes,
            InputRowStep = (nint)read.Vertical * source.Width * LaneLayout.Lanes,
            InputPixelStep = (nint)read.Horizontal * LaneLayout.Lanes,
            OutputChannelStep = (nint)target.Area * LaneLayout.Lanes,
            OutputRowStep = (nint)write.Vertical * target.Width * LaneLayout.Lanes,
            OutputPixelStep = (nint)write.Horizontal * LaneLayout.Lanes,
        };

    // The first row of the products at or behind a row of the target.
    private int First(int row) => (row + stride.Vertical - 1) / stride.Vertical;

    // Pixels that no product writes: between those of the stride, and behind the last.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillOthers(float* output, float* bias, MapPart part)
    {
        for (var channel = part.Outputs.First; channel < part.Outputs.End; channel++)
        {
            var start = bias == null ? 0 : bias[channel];
            for (var row = part.Rows.First; row < part.Rows.End; row++)
            {
                var line = output + ((((nint)channel * target.Height) + row) * target.Width * LaneLayout.Lanes);
                var hasProducts = row % stride.Vertical == 0 && row / stride.Vertical < written.Rows;
                for (nint column = 0; column < target.Width; column++)
                {
                    if (hasProducts && column % stride.Horizontal == 0 && column / stride.Horizontal < written.Columns) continue;
                    new Span<float>(line + (column * LaneLayout.Lanes), LaneLayout.Lanes).Fill(start);
                }
            }
        }
    }
}
