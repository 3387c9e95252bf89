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
    private readonly PaddedPlane plane;
    private readonly List<PhaseAxis> vertical;
    private readonly int top;
    private readonly List<Part> parts = [];

    public ConvInputGradient(ConvGeometry geometry)
    {
        this.geometry = geometry;
        var (vertical, horizontal) = (PhaseAxis.All(geometry.Vertical), PhaseAxis.All(geometry.Horizontal));
        var top = Math.Max(0, -vertical.Min(axis => axis.FirstRead));
        var left = Math.Max(0, -horizontal.Min(axis => axis.FirstRead));
        this.vertical = vertical;
        this.top = top;
        plane = new PaddedPlane(
            geometry.Output.Height, geometry.Output.Width, top, left,
            Math.Max(0, vertical.Max(axis => axis.LastRead) - (geometry.Output.Height - 1)),
            Math.Max(0, horizontal.Max(axis => axis.LastRead) - (geometry.Output.Width - 1)));
        for (var group = 0; group < geometry.Groups; group++)
            foreach (var rows in vertical)
                foreach (var columns in horizontal)
                    parts.Add(PartOf(group, rows, columns, top, left));
    }

    public MapPart[] Cut(int parts) => MapCuts.Of(
        new CutAxis(
            geometry.Input.Height, geometry.Vertical.Stride, Math.Max(geometry.Vertical.Stride, MapCuts.LeastRows(geometry.Input.Width))),
        ConvShapes.GroupAxis(geometry.Input.Channels, geometry.Groups), parts);

    public long ScratchFloats(MapPart part) =>
        plane.CopyFloats(GroupsOf(part).Count * geometry.OutputChannelsPerGroup, RowsReadBy(part.Rows).Count);

    public void Pack(float* weights)
    {
        nint perOutput = geometry.InputChannelsPerGroup * geometry.Taps;
        foreach (var part in parts)
        {
            // The roles turn: the inputs are computed, the outputs are summed over.
            var first = weights + (part.Group * geometry.OutputChannelsPerGroup * perOutput);
            part.Sum.Pack(first, geometry.Taps, perOutput, part.TapIndex);
        }
    }

    public void Run(float* source, float* target, float* bias, MapPart part, float* scratch)
    {
        var groups = GroupsOf(part);
        var (channels, outputs) = (geometry.OutputChannelsPerGroup, geometry.InputChannelsPerGroup);
        var padded =
            plane.Pad(source, scratch, new(groups.First * channels, groups.End * channels), RowsReadBy(part.Rows), out var channelStep);
        foreach (var phase in parts)
        {
            if (phase.Group < groups.First || phase.Group >= groups.End) continue;
            phase.Sum.Run(
                padded + (phase.Group * channels * channelStep) + phase.SourceOffset, target + phase.TargetOffset,
                bias == null ? null : bias + (phase.Group * outputs),
                new MapPart(
                    phase.Rows.Within(part.Rows, geometry.Vertical.Stride), geometry.Groups == 1 ? part.Outputs : IndexRange.All(outputs)),
                channelStep);
        }
    }

    private IndexRange GroupsOf(MapPart part) => ConvShapes.GroupsOf(part.Outputs, geometry.InputChannelsPerGroup, geometry.Groups);

    private IndexRange RowsReadBy(IndexRange rows)
    {
        var (first, end) = (int.MaxValue, 0);
        foreach (var axis in vertical)
        {
            var places = axis.Within(rows, geometry.Vertical.Stride);
            if (axis.Taps.Length == 0 || places.Count <= 0) continue;
            first = Math.Min(first, axis.FirstRead + places.First);
            end = Math.Max(end, axis.LastRead - (axis.Count - places.End) + 1);
        }
        return end == 0 && first == int.MaxValue ? new IndexRange(0, 0) : new IndexRange(first + top, end + top);
    }

    private Part PartOf(int group, PhaseAxis rows, PhaseAxis columns, int top, int left)
    {
        var offsets = new List<nint>();
        var index = new List<int>();
        // Taps in the order of the weights, so that the sum does not depend on how the phases are cut.
        foreach (var (tapRow, readRow) in rows.Taps)
            foreach (var (tapColumn, readColumn) in columns.Taps)
            {
                index.Add((tapRow * geometry.Horizontal.Kernel) + tapColumn);
                offsets.Add((readRow * plane.RowStep) + ((nint)readColumn * LaneLayout.Lanes));
            }
        var sum = new TapSum<TLanes>(new TapSumShape
        {
            Outputs = geometry.InputChannelsPerGroup,
            Channels = geometry.OutputChannelsPerGroup,
            TapOffsets = [.. offsets],
            IsOneRow = Convolution.IsOneRow(geometry),
            Rows = rows.Count,
            Columns = columns.Count,
            ChannelStep = plane.ChannelStep,
            InputRowStep = plane.RowStep,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = (nint)geometry.Input.Area * LaneLayout.Lanes,
            OutputRowStep = (nint)geometry.Vertical.Stride * geometry.Input.Width * LaneLayout.Lanes,
            OutputPixelStep = (nint)geometry.Horizontal.Stride * LaneLayout.Lanes,
        });
        return new Part(
            sum,
            [.. index],
            group,
            rows,
            ((rows.FirstOutput + top) * plane.RowStep) + ((nint)(columns.FirstOutput + left) * LaneLayout.Lanes),
            (((nint)group * geometry.InputChannelsPerGroup * geometry.Input.Area) + ((nint)rows.FirstInput * geometry.Input.Width) + columns.FirstInput) * LaneLayout.Lanes);
    }

    private sealed record Part(TapSum<TLanes> Sum, int[] TapIndex, int Group, PhaseAxis Rows, nint SourceOffset, nint TargetOffset);
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
