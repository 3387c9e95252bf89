using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A convolution of which every output channel reads one input channel (depthwise), in either direction, plane by plane. With a multiplier
/// several outputs read the same input; the gradient of that input then is the sum of their gradients, output after output.
/// </summary>
internal sealed unsafe class PlaneFilterMap<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PlaneFilter<TLanes> filter;
    private readonly AlignedBuffer packed;
    private readonly int kernels, taps, kernelsPerTarget, kernelsPerSource, rows;
    private readonly nint sourcePlane, targetPlane;

    private PlaneFilterMap(
        ConvGeometry geometry, Shape source, Shape target, int kernelsPerTarget, int kernelsPerSource, FilterPart[] parts)
    {
        (kernels, taps, rows) = (geometry.OutputChannels, geometry.Taps, target.Height);
        (this.kernelsPerTarget, this.kernelsPerSource) = (kernelsPerTarget, kernelsPerSource);
        sourcePlane = (nint)source.Area * LaneLayout.Lanes;
        targetPlane = (nint)target.Area * LaneLayout.Lanes;
        filter = new PlaneFilter<TLanes>(target.Height, target.Width, parts);
        packed = new AlignedBuffer((long)kernels * filter.PackedFloats);
    }

    public long ScratchFloats(MapPart part) => filter.ScratchFloats;

    public static PlaneFilterMap<TLanes> Forward(ConvGeometry geometry) => new(
        geometry, geometry.Input, geometry.Output, 1, geometry.OutputChannelsPerGroup,
        [new FilterPart(AxisOf(geometry.Vertical), AxisOf(geometry.Horizontal), [.. Enumerable.Range(0, geometry.Taps)])]);

    /// <summary>With a stride the positions of the input fall into phases, each with taps of its own.</summary>
    public static PlaneFilterMap<TLanes> InputGradient(ConvGeometry geometry)
    {
        var width = geometry.Horizontal.Kernel;
        var parts =
            from rows in PhaseAxis.All(geometry.Vertical)
            from columns in PhaseAxis.All(geometry.Horizontal)
            select new FilterPart(
                AxisOf(rows, geometry.Vertical), AxisOf(columns, geometry.Horizontal),
                [.. from row in rows.Taps from column in columns.Taps select (row.Tap * width) + column.Tap]);
        return new(geometry, geometry.Output, geometry.Input, geometry.OutputChannelsPerGroup, 1, [.. parts]);
    }

    /// <summary>What the taps of a convolution read along one axis of its input.</summary>
    public static FilterAxis AxisOf(WindowAxis windows) =>
        new(windows.Input, windows.Outputs, -windows.Before, windows.Stride, windows.Kernel, windows.Dilation);

    public void Pack(float* weights)
    {
        for (var kernel = 0; kernel < kernels; kernel++)
            filter.Pack(weights + ((nint)kernel * taps), packed.Pointer + ((nint)kernel * filter.PackedFloats));
    }

    /// <summary>Planes first, which share nothing; a band of rows reads some rows that the next one reads too.</summary>
    public MapPart[] Cut(int parts) => Array.ConvertAll(
        CutAxis.Cut(new CutAxis(kernels / kernelsPerTarget, 1, 1), new CutAxis(rows, 1, 2), parts),
        part => new MapPart(part.Second, part.First));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch)
    {
        var window = filter.Open(scratch);
        for (var kernel = part.Outputs.First * kernelsPerTarget; kernel < part.Outputs.End * kernelsPerTarget; kernel++)
        {
            var plane = kernel / kernelsPerTarget;
            filter.Run(
                ref window, source + (kernel / kernelsPerSource * sourcePlane), packed.Pointer + ((nint)kernel * filter.PackedFloats),
                target + (plane * targetPlane), bias == null ? 0 : bias[plane], kernel % kernelsPerTarget > 0, part.Rows,
                (kernel + 1) % kernelsPerTarget > 0 ? default : finish with { FirstOutput = plane });
        }
    }

    // The taps of a phase and what they read both go in equal steps.
    private static FilterAxis AxisOf(PhaseAxis phase, WindowAxis windows) => new(
        windows.Outputs, phase.Count, phase.FirstOutput + (phase.Taps.Length == 0 ? 0 : phase.Taps[0].Read), 1, phase.Taps.Length,
        phase.Taps.Length > 1 ? phase.Taps[1].Read - phase.Taps[0].Read : -1)
    {
        FirstTarget = phase.FirstInput,
        TargetStep = windows.Stride,
    };
}

/// <summary>The gradient of the kernels of such a convolution.</summary>
internal sealed unsafe class PlaneFilterWeightGradient<TLanes>(ConvGeometry geometry) : IWeightGradient
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly PlaneFilterGradient<TLanes> sums = new(
        PlaneFilterMap<TLanes>.AxisOf(geometry.Vertical), PlaneFilterMap<TLanes>.AxisOf(geometry.Horizontal));

    /// <summary>Outputs only: all taps of one pass over its gradient together.</summary>
    public GradientPart[] Cut(int parts) => Array.ConvertAll(
        CutAxis.Cut(new CutAxis(geometry.OutputChannels, 1, 1), new CutAxis(geometry.Taps, geometry.Taps, geometry.Taps), parts),
        part => new GradientPart(part.First, part.Second));

    public long ScratchFloats(GradientPart part) => sums.ScratchFloats;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch)
    {
        var window = sums.Open(scratch);
        for (nint output = part.Outputs.First; output < part.Outputs.End; output++)
            sums.Run(
                ref window, input + (output / geometry.OutputChannelsPerGroup * geometry.Input.Area * LaneLayout.Lanes),
                outputGradient + (output * geometry.Output.Area * LaneLayout.Lanes), scratch, weightGradient + (output * geometry.Taps));
    }
}
