using System.Runtime.CompilerServices;
using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// y = w * x + b of one image with channels in the lanes, cut into bands of rows and panels of outputs that can be run by themselves.
/// </summary>
internal unsafe interface IChannelMap
{
    int Bands { get; }

    int Panels { get; }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    long ScratchFloats { get; }

    /// <summary>Floats behind the input that are read, and not looked at.</summary>
    long Slack { get; }

    void Pack(float* weights, float* bias);

    /// <summary>The part of each plane of the output that a band fills: where it begins and how much it is, in floats.</summary>
    (nint Place, nint Floats) Band(int band);

    /// <summary>The first block of 16 outputs of a panel.</summary>
    int BlockOf(int panel);

    void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch);
}

/// <summary>A map that is one tap sum over the (padded) input.</summary>
internal sealed unsafe class ChannelTapMap<TLanes>(ChannelTapSum<TLanes> sum, nint outputStep, nint channelStep, int taps) : IChannelMap
    where TLanes : unmanaged, ILanes<TLanes>
{
    public int Bands => sum.Bands;

    public int Panels => sum.Panels;

    public long ScratchFloats => 0;

    public long Slack => sum.Slack;

    /// <summary>A convolution without groups, over its padded input.</summary>
    public static ChannelTapMap<TLanes> Forward(ConvGeometry geometry)
    {
        var plane = ConvShapes.PaddedInput(geometry);
        var sum = new ChannelTapSum<TLanes>(ConvShapes.Forward(geometry, plane));
        return new(sum, (nint)geometry.Input.Channels * geometry.Taps, geometry.Taps, geometry.Taps);
    }

    /// <summary>A dense product of vectors.</summary>
    public static ChannelTapMap<TLanes> Dense(int outputs, int inputs) => Forward(ConvMaps.DenseGeometry(inputs, outputs));

    public void Pack(float* weights, float* bias) => sum.Pack(weights, outputStep, channelStep, [.. Enumerable.Range(0, taps)], bias);

    public (nint Place, nint Floats) Band(int band)
    {
        var (place, rows, pixels) = sum.Band(band);
        return (place, (nint)rows * pixels * LaneLayout.Lanes);
    }

    public int BlockOf(int panel) => sum.BlockOf(panel);

    public void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch) =>
        sum.Run(source, target, band, firstPanel, endPanel);
}

/// <summary>A 3x3 convolution with stride 1 by Winograd tiles, or the same turned round.</summary>
internal sealed unsafe class ChannelWinogradMap<TLanes>(ConvGeometry geometry, bool isTurned = false) : IChannelMap
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ChannelWinograd<TLanes> sum =
        new(isTurned ? ConvShapes.WinogradInputGradient(geometry) : ConvShapes.WinogradForward(geometry));
    private readonly int width = isTurned ? geometry.Input.Width : geometry.Output.Width;

    public int Bands => sum.Bands;

    public int Panels => sum.Panels;

    public long ScratchFloats => sum.ScratchFloats;

    public long Slack => 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, float* bias)
    {
        var perOutput = (nint)geometry.Input.Channels * 9;
        if (isTurned) sum.Pack(weights, 9, perOutput, [8, 7, 6, 5, 4, 3, 2, 1, 0], bias);
        else sum.Pack(weights, perOutput, 9, [0, 1, 2, 3, 4, 5, 6, 7, 8], bias);
    }

    public (nint Place, nint Floats) Band(int band)
    {
        var (first, count) = sum.Band(band);
        var row = (nint)width * LaneLayout.Lanes;
        return (first * row, count * row);
    }

    public int BlockOf(int panel) => sum.BlockOf(panel);

    public void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch) =>
        sum.Run(source, target, band, firstPanel, endPanel, scratch);
}

/// <summary>A depthwise convolution; a panel is one block of channels.</summary>
internal sealed unsafe class ChannelDepthwiseMap<TLanes>(ConvGeometry geometry) : IChannelMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ChannelDepthwise<TLanes> sum = new(geometry.OutputChannels, Windows(geometry.Vertical), Windows(geometry.Horizontal));

    public int Bands => sum.Bands;

    public int Panels => sum.Blocks;

    public long ScratchFloats => 0;

    public long Slack => 0;

    public void Pack(float* weights, float* bias) => sum.Pack(weights, bias);

    public (nint Place, nint Floats) Band(int band)
    {
        var (first, count) = sum.Band(band);
        var row = (nint)geometry.Output.Width * LaneLayout.Lanes;
        return (first * row, count * row);
    }

    public int BlockOf(int panel) => panel;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch)
    {
        for (var block = firstPanel; block < endPanel; block++)
            sum.Run(source, target, band, block);
    }

    private static ChannelWindows Windows(WindowAxis axis) => new(
        axis.Input, axis.Kernel, axis.Stride, axis.Dilation, axis.Before, [.. Enumerable.Range(0, axis.Outputs).Select(axis.Taps)]);
}

/// <summary>A convolution with groups, over its padded input.</summary>
internal sealed unsafe class ChannelGroupMap<TLanes>(ConvGeometry geometry) : IChannelMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ChannelGroupSum<TLanes> sum = new(ConvShapes.Forward(geometry, ConvShapes.PaddedInput(geometry)), geometry.Groups);

    public int Bands => sum.Bands;

    public int Panels => sum.Panels;

    public long ScratchFloats => 0;

    public long Slack => sum.Slack;

    public void Pack(float* weights, float* bias) => sum.Pack(weights, bias);

    public (nint Place, nint Floats) Band(int band)
    {
        var (first, count) = sum.Band(band);
        var row = (nint)geometry.Output.Width * LaneLayout.Lanes;
        return (first * row, count * row);
    }

    public int BlockOf(int panel) => sum.BlockOf(panel);

    public void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch) =>
        sum.Run(source, target, band, firstPanel, endPanel);
}

/// <summary>A convolution without groups turned round: a tap sum for each phase of the stride, over the padded input.</summary>
internal sealed unsafe class ChannelPhaseMap<TLanes> : IChannelMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly ConvGeometry geometry;
    private readonly ConvPhases phases;
    private readonly ChannelTapSum<TLanes>[] sums;
    private readonly int bandRows;

    public ChannelPhaseMap(ConvGeometry geometry)
    {
        this.geometry = geometry;
        phases = new ConvPhases(geometry);
        sums = [.. phases.All.Select(phase => new ChannelTapSum<TLanes>(phase.Shape with { IsOneRow = false }))];
        bandRows = Math.Min(sums[0].BandRows * geometry.Vertical.Stride, geometry.Input.Height);
    }

    public Padding Border => phases.Border;

    public int Bands => (geometry.Input.Height + bandRows - 1) / bandRows;

    public int Panels => sums[0].Panels;

    public long ScratchFloats => 0;

    public long Slack => sums.Max(sum => sum.Slack);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, float* bias)
    {
        // The roles turn: the inputs of the convolution are computed, its outputs are summed over.
        foreach (var (i, phase) in phases.All.Index())
            sums[i].Pack(weights, geometry.Taps, (nint)geometry.Input.Channels * geometry.Taps, phase.TapIndex, bias);
    }

    public (nint Place, nint Floats) Band(int band)
    {
        var row = (nint)geometry.Input.Width * LaneLayout.Lanes;
        var rows = RowsOf(band);
        return (rows.First * row, rows.Count * row);
    }

    public int BlockOf(int panel) => sums[0].BlockOf(panel);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* source, float* target, int band, int firstPanel, int endPanel, float* scratch)
    {
        for (var i = 0; i < sums.Length; i++)
        {
            var phase = phases.All[i];
            var rows = phase.Rows.Within(RowsOf(band), geometry.Vertical.Stride);
            sums[i].RunRows(source + phase.SourceOffset, target + phase.TargetOffset, rows, firstPanel, endPanel);
        }
    }

    private IndexRange RowsOf(int band) => new(band * bandRows, Math.Min(geometry.Input.Height, (band + 1) * bandRows));
}
