using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// The input gradient of a convolution as tap sums over the (padded) gradient of its output, one for each phase of the stride: the same for
/// images in the lanes and for channels in the lanes, where the step from channel to channel is that of a block of 16.
/// </summary>
internal sealed class ConvPhases
{
    public ConvPhases(ConvGeometry geometry)
    {
        var (vertical, horizontal) = (PhaseAxis.All(geometry.Vertical), PhaseAxis.All(geometry.Horizontal));
        var (height, width) = (geometry.Output.Height, geometry.Output.Width);
        Border = new Padding(
            Math.Max(0, -vertical.Min(axis => axis.FirstRead)), Math.Max(0, -horizontal.Min(axis => axis.FirstRead)),
            Math.Max(0, vertical.Max(axis => axis.LastRead) - (height - 1)),
            Math.Max(0, horizontal.Max(axis => axis.LastRead) - (width - 1)));
        Plane = new PaddedPlane(height, width, Border.Top, Border.Left, Border.Bottom, Border.Right);
        Rows = vertical;
        All = [.. from rows in vertical from columns in horizontal select PhaseOf(geometry, rows, columns)];
    }

    /// <summary>Zeros around the source.</summary>
    public Padding Border { get; }

    public PaddedPlane Plane { get; }

    public IReadOnlyList<PhaseAxis> Rows { get; }

    public IReadOnlyList<ConvPhase> All { get; }

    private ConvPhase PhaseOf(ConvGeometry geometry, PhaseAxis rows, PhaseAxis columns)
    {
        var offsets = new List<nint>();
        var index = new List<int>();
        // Taps in the order of the weights, so that the sum does not depend on how the phases are cut.
        foreach (var (tapRow, readRow) in rows.Taps)
            foreach (var (tapColumn, readColumn) in columns.Taps)
            {
                index.Add((tapRow * geometry.Horizontal.Kernel) + tapColumn);
                offsets.Add((readRow * Plane.RowStep) + ((nint)readColumn * LaneLayout.Lanes));
            }
        var shape = new TapSumShape
        {
            Outputs = geometry.InputChannelsPerGroup,
            Channels = geometry.OutputChannelsPerGroup,
            TapOffsets = [.. offsets],
            IsOneRow = Convolution.IsOneRow(geometry),
            Rows = rows.Count,
            Columns = columns.Count,
            ChannelStep = Plane.ChannelStep,
            InputRowStep = Plane.RowStep,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = (nint)geometry.Input.Area * LaneLayout.Lanes,
            OutputRowStep = (nint)geometry.Vertical.Stride * geometry.Input.Width * LaneLayout.Lanes,
            OutputPixelStep = (nint)geometry.Horizontal.Stride * LaneLayout.Lanes,
            OccupiedLanes = geometry.OccupiedLanes,
        };
        return new ConvPhase(
            shape, [.. index], rows,
            ((rows.FirstOutput + Border.Top) * Plane.RowStep) + ((nint)(columns.FirstOutput + Border.Left) * LaneLayout.Lanes),
            (((nint)rows.FirstInput * geometry.Input.Width) + columns.FirstInput) * LaneLayout.Lanes);
    }
}

/// <summary>
/// One phase: its tap sum for one group, the weights that it reads, and where the first pixel of source and target stands.
/// </summary>
internal sealed record ConvPhase(TapSumShape Shape, int[] TapIndex, PhaseAxis Rows, nint SourceOffset, nint TargetOffset);
