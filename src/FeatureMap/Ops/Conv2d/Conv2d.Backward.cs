using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The input gradient: dx = the transpose of the convolution applied to dy. With stride s the input positions fall into s x s phases; the outputs that
/// read a position of phase a used exactly the taps k with k d = a (mod s). So each phase is a tap sum over dy with its own taps, without a single
/// multiplication by an inserted zero. A transposed convolution runs this kernel forward, with a bias.
/// </summary>
internal sealed unsafe class ConvInputGradient<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ConvGeometry geometry;
    private readonly ConvPhases phases;
    private readonly List<Part> parts = [];

    public ConvInputGradient(ConvGeometry geometry)
    {
        this.geometry = geometry;
        phases = new ConvPhases(geometry);
        for (var group = 0; group < geometry.Groups; group++)
            foreach (var phase in phases.All)
                parts.Add(new Part(TapSums.Of<TLanes>(phase.Shape), phase, group));
    }

    public MapPart[] Cut(int parts) => MapCuts.Of(
        new CutAxis(
            geometry.Input.Height, geometry.Vertical.Stride, Math.Max(geometry.Vertical.Stride, MapCuts.LeastRows(geometry.Input.Width))),
        ConvShapes.GroupAxis(geometry.Input.Channels, geometry.Groups), parts);

    public long ScratchFloats(MapPart part) => CopyFloats(part) + parts.Max(own => own.Sum.ScratchFloats);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights)
    {
        nint perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        foreach (var part in parts)
        {
            // The roles turn: the inputs are computed, the outputs are summed over.
            var first = weights + (part.Group * geometry.OutputChannelsPerGroup * perOutput);
            part.Sum.Pack(first, geometry.Taps, perOutput, part.Phase.TapIndex);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch)
    {
        var groups = GroupsOf(part);
        var (channels, outputs) = (geometry.OutputChannelsPerGroup, geometry.InputChannelsPerGroup);
        var padded =
            phases.Plane.Pad(
                source, scratch, new(groups.First * channels, groups.End * channels), RowsReadBy(part.Rows), out var channelStep);
        foreach (var (sum, phase, group) in parts)
        {
            if (group < groups.First || group >= groups.End) continue;
            sum.Run(
                padded + (group * channels * channelStep) + phase.SourceOffset,
                target + (group * outputs * phase.Shape.OutputChannelStep) + phase.TargetOffset,
                bias == null ? null : bias + (group * outputs),
                new MapPart(
                    phase.Rows.Within(part.Rows, geometry.Vertical.Stride), geometry.Groups == 1 ? part.Outputs : IndexRange.All(outputs)),
                channelStep, default, scratch + CopyFloats(part));
        }
        finish.Part(target, part, geometry.Input.Width, (nint)geometry.Input.Area * LaneLayout.Lanes);
    }

    private nint CopyFloats(MapPart part) =>
        (nint)phases.Plane.CopyFloats(GroupsOf(part).Count * geometry.OutputChannelsPerGroup, RowsReadBy(part.Rows).Count);

    private IndexRange GroupsOf(MapPart part) => ConvShapes.GroupsOf(part.Outputs, geometry.InputChannelsPerGroup, geometry.Groups);

    private IndexRange RowsReadBy(IndexRange rows)
    {
        var (first, end) = (int.MaxValue, 0);
        foreach (var axis in phases.Rows)
        {
            var places = axis.Within(rows, geometry.Vertical.Stride);
            if (axis.Taps.Length == 0 || places.Count <= 0) continue;
            first = Math.Min(first, axis.FirstRead + places.First);
            end = Math.Max(end, axis.LastRead - (axis.Count - places.End) + 1);
        }
        var top = phases.Border.Top;
        return end == 0 && first == int.MaxValue ? new IndexRange(0, 0) : new IndexRange(first + top, end + top);
    }

    private sealed record Part(ITapSum Sum, ConvPhase Phase, int Group);
}

/// <summary>The weight gradient: dw = the correlation of x with dy, summed over the images of a shard; one tap gradient per group.</summary>
internal sealed unsafe class ConvWeightGradient<TLanes> : IWeightGradient where TLanes : unmanaged, ILanes<TLanes>
{
    // Enough for the dy of a block, which is read once per three pairs, to pay for its way into the cache.
    private const int LeastPairs = 36;
    private readonly ConvGeometry geometry;
    private readonly PaddedPlane plane;
    private readonly TapGradient<TLanes> sums;

    public ConvWeightGradient(ConvGeometry geometry)
    {
        this.geometry = geometry;
        plane = ConvShapes.PaddedInput(geometry);
        sums = new TapGradient<TLanes>(new TapGradientShape
        {
            OccupiedLanes = geometry.OccupiedLanes,
            Outputs = geometry.OutputChannelsPerGroup,
            PairOffsets = PairOffsets(),
            IsOneRow = Convolution.IsOneRow(geometry),
            Rows = geometry.Output.Height,
            Columns = geometry.Output.Width,
            InputRowStep = geometry.Vertical.Stride * plane.RowStep,
            InputPixelStep = (nint)geometry.Horizontal.Stride * LaneLayout.Lanes,
            OutputChannelStep = (nint)geometry.Output.Area * LaneLayout.Lanes,
            OutputRowStep = (nint)geometry.Output.Width * LaneLayout.Lanes,
        });
    }

    /// <summary>
    /// Columns first: a part pads only the channels that it reads, and they are read again for every 8 outputs, so fewer stay closer.
    /// Groups are cut as they are.
    /// </summary>
    public GradientPart[] Cut(int parts)
    {
        var columns = geometry.InputChannelsPerGroup * geometry.Taps;
        var outputs = geometry.Groups == 1
            ? new CutAxis(geometry.OutputChannels, TapGradientShape.OutputUnit, 2 * TapGradientShape.OutputUnit)
            : new CutAxis(geometry.OutputChannels, geometry.OutputChannelsPerGroup, geometry.OutputChannelsPerGroup);
        var pairs =
            geometry.Groups == 1 ? new CutAxis(columns, TapGradientShape.PairUnit, LeastPairs) : new CutAxis(columns, columns, columns);
        return Array.ConvertAll(CutAxis.Cut(pairs, outputs, parts), part => new GradientPart(part.Second, part.First));
    }

    public long ScratchFloats(GradientPart part) =>
        TapGradient<TLanes>.ScratchFloats(part.Columns.Count) + plane.CopyFloats(ChannelsOf(part).Count, plane.Rows.Count);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch)
    {
        var groups = GroupsOf(part);
        var (channels, outputs) = (geometry.InputChannelsPerGroup, geometry.OutputChannelsPerGroup);
        var source = plane.Pad(input, scratch + TapGradient<TLanes>.ScratchFloats(part.Columns.Count), ChannelsOf(part), plane.Rows, out _);
        for (var group = groups.First; group < groups.End; group++)
            sums.Run(
                outputGradient + ((nint)group * outputs * geometry.Output.Area * LaneLayout.Lanes),
                source + (group * channels * plane.ChannelStep),
                scratch,
                weightGradient + ((nint)group * outputs * channels * geometry.Taps),
                geometry.Groups == 1 ? part : part with { Outputs = IndexRange.All(outputs) });
    }

    private IndexRange GroupsOf(GradientPart part) => ConvShapes.GroupsOf(part.Outputs, geometry.OutputChannelsPerGroup, geometry.Groups);

    private IndexRange ChannelsOf(GradientPart part)
    {
        var (first, end) = (part.Columns.First / geometry.Taps, (part.Columns.End + geometry.Taps - 1) / geometry.Taps);
        var groups = GroupsOf(part);
        return new((groups.First * geometry.InputChannelsPerGroup) + first, ((groups.End - 1) * geometry.InputChannelsPerGroup) + end);
    }

    private nint[] PairOffsets()
    {
        var taps = ConvShapes.TapOffsets(geometry, plane);
        var pairs = new nint[geometry.InputChannelsPerGroup * taps.Length];
        for (var channel = 0; channel < geometry.InputChannelsPerGroup; channel++)
            for (var tap = 0; tap < taps.Length; tap++)
                pairs[(channel * taps.Length) + tap] = (channel * plane.ChannelStep) + taps[tap];
        return pairs;
    }
}
