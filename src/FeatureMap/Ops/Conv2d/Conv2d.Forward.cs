using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>The forward kernel: y = w * x + b on one shard, one tap sum per group over the (padded) input.</summary>
internal sealed unsafe class ConvForward<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ConvGeometry geometry;
    private readonly PaddedPlane plane;
    private readonly ITapSum[] groups;
    private readonly int[] tapIndex;

    public ConvForward(ConvGeometry geometry)
    {
        this.geometry = geometry;
        plane = ConvShapes.PaddedInput(geometry);
        tapIndex = [.. Enumerable.Range(0, geometry.Taps)];
        var shape = ConvShapes.Forward(geometry, plane);
        groups = [.. Enumerable.Range(0, geometry.Groups).Select(_ => TapSums.Of<TLanes>(shape))];
    }

    public MapPart[] Cut(int parts) => MapCuts.Of(
        new CutAxis(geometry.Output.Height, 1, MapCuts.LeastRows(geometry.Output.Width)),
        ConvShapes.GroupAxis(geometry.OutputChannels, geometry.Groups), parts);

    public long ScratchFloats(MapPart part) => CopyFloats(part) + groups[0].ScratchFloats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights)
    {
        var perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        for (var group = 0; group < groups.Length; group++)
            groups[group].Pack(weights + ((nint)group * geometry.OutputChannelsPerGroup * perOutput), perOutput, tapIndex.Length, tapIndex);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch)
    {
        var range = GroupsOf(part);
        var (channels, outputs) = (geometry.InputChannelsPerGroup, geometry.OutputChannelsPerGroup);
        var padded =
            plane.Pad(source, scratch, new(range.First * channels, range.End * channels), RowsReadBy(part.Rows), out var channelStep);
        for (var group = range.First; group < range.End; group++)
            groups[group].Run(
                padded + (group * channels * channelStep),
                target + ((nint)group * outputs * geometry.Output.Area * LaneLayout.Lanes),
                bias == null ? null : bias + (group * outputs),
                groups.Length == 1 ? part : part with { Outputs = IndexRange.All(outputs) },
                channelStep, finish with { FirstOutput = group * outputs }, scratch + CopyFloats(part));
    }

    private nint CopyFloats(MapPart part) =>
        (nint)plane.CopyFloats(GroupsOf(part).Count * geometry.InputChannelsPerGroup, RowsReadBy(part.Rows).Count);

    private IndexRange GroupsOf(MapPart part) => ConvShapes.GroupsOf(part.Outputs, geometry.OutputChannelsPerGroup, geometry.Groups);

    private IndexRange RowsReadBy(IndexRange rows) =>
        new(
            rows.First * geometry.Vertical.Stride,
            ((rows.End - 1) * geometry.Vertical.Stride) + ((geometry.Vertical.Kernel - 1) * geometry.Vertical.Dilation) + 1);
}

/// <summary>Shapes and offsets that the three convolution kernels share.</summary>
internal static class ConvShapes
{
    /// <summary>Channels of a target, of which those of a group stay together.</summary>
    public static CutAxis GroupAxis(int channels, int groups) =>
        groups == 1 ? new CutAxis(channels, TapSumShape.OutputUnit, MapCuts.LeastOutputs) : new CutAxis(channels, channels / groups, 1);

    /// <summary>The groups whose channels these are.</summary>
    public static IndexRange GroupsOf(IndexRange channels, int perGroup, int groups) =>
        groups == 1 ? IndexRange.All(1) : new(channels.First / perGroup, channels.End / perGroup);

    public static PaddedPlane PaddedInput(ConvGeometry geometry) => new(
        geometry.Input.Height, geometry.Input.Width,
        geometry.Padding.Top, geometry.Padding.Left, geometry.Padding.Bottom, geometry.Padding.Right);

    /// <summary>The tap sum of one group over the padded input.</summary>
    public static TapSumShape Forward(ConvGeometry geometry, PaddedPlane plane) => new()
    {
        Outputs = geometry.OutputChannelsPerGroup,
        Channels = geometry.InputChannelsPerGroup,
        TapOffsets = TapOffsets(geometry, plane),
        IsOneRow = Convolution.IsOneRow(geometry),
        Rows = geometry.Output.Height,
        Columns = geometry.Output.Width,
        ChannelStep = plane.ChannelStep,
        InputRowStep = geometry.Vertical.Stride * plane.RowStep,
        InputPixelStep = (nint)geometry.Horizontal.Stride * LaneLayout.Lanes,
        OutputChannelStep = (nint)geometry.Output.Area * LaneLayout.Lanes,
        OutputRowStep = (nint)geometry.Output.Width * LaneLayout.Lanes,
        OutputPixelStep = LaneLayout.Lanes,
        OccupiedLanes = geometry.OccupiedLanes,
    };

    public static WinogradShape WinogradForward(ConvGeometry geometry) => new()
    {
        Outputs = geometry.OutputChannels,
        Channels = geometry.Input.Channels,
        InputHeight = geometry.Input.Height,
        InputWidth = geometry.Input.Width,
        Top = geometry.Padding.Top,
        Left = geometry.Padding.Left,
        OutputHeight = geometry.Output.Height,
        OutputWidth = geometry.Output.Width,
        Dilation = geometry.Vertical.Dilation,
        OccupiedLanes = geometry.OccupiedLanes,
    };

    /// <summary>The same with the roles of input and output turned: dx is the correlation of dy with the kernels rotated by half a turn.</summary>
    public static WinogradShape WinogradInputGradient(ConvGeometry geometry) => new()
    {
        Outputs = geometry.Input.Channels,
        Channels = geometry.OutputChannels,
        InputHeight = geometry.Output.Height,
        InputWidth = geometry.Output.Width,
        Top = (2 * geometry.Vertical.Dilation) - geometry.Padding.Top,
        Left = (2 * geometry.Horizontal.Dilation) - geometry.Padding.Left,
        OutputHeight = geometry.Input.Height,
        OutputWidth = geometry.Input.Width,
        Dilation = geometry.Vertical.Dilation,
        OccupiedLanes = geometry.OccupiedLanes,
    };

    /// <summary>Where each tap reads in the padded plane, relative to the first.</summary>
    public static nint[] TapOffsets(ConvGeometry geometry, PaddedPlane plane)
    {
        var offsets = new nint[geometry.Taps];
        for (var row = 0; row < geometry.Vertical.Kernel; row++)
            for (var column = 0; column < geometry.Horizontal.Kernel; column++)
                offsets[(row * geometry.Horizontal.Kernel) + column] =
                    (row * geometry.Vertical.Dilation * plane.RowStep) + ((nint)column * geometry.Horizontal.Dilation * LaneLayout.Lanes);
        return offsets;
    }
}
