using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The tap sum of one image whose channels ride in the lanes: planes stand as [channels / 16][row][column][16], and where <see
/// cref="TapSumShape"/> speaks of the step from channel to channel it is here from one block of 16 to the next. The same numbers as <see
/// cref="TapSum{TLanes}"/> gives, to the bit.
/// </summary>
internal sealed unsafe class ChannelTapSum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int BandFloats = 64 * 1024, LargestTile = 8;
    private readonly TapSumShape shape;
    private readonly ChannelPanels<TLanes> panels;
    private readonly OffsetTable offsets;
    private readonly AlignedBuffer packed, start;
    private readonly int rows, columns, bandRows, bandPixels;

    public ChannelTapSum(TapSumShape shape)
    {
        this.shape = shape;
        offsets = OffsetTable.OfBlock(shape.TapOffsets);
        panels = new ChannelPanels<TLanes>(shape.Outputs, shape.Channels, shape.TapOffsets.Length);
        packed = new AlignedBuffer(panels.Floats);
        start = new AlignedBuffer(panels.Outputs);
        (rows, columns) = shape.IsOneRow ? (1, shape.Rows * shape.Columns) : (shape.Rows, shape.Columns);
        // A band's sums stay in the second-level cache from chunk to chunk.
        var pixels = Math.Max(ChannelTile.Pixels<TLanes>(), BandFloats / panels.Outputs);
        bandRows = shape.IsOneRow ? 1 : Math.Clamp(pixels / columns, 1, rows);
        bandPixels = shape.IsOneRow ? Math.Max(1, pixels / LargestTile) * LargestTile : columns;
    }

    /// <summary>Bands that the outputs fall into: each can be run by itself.</summary>
    public int Bands => shape.IsOneRow ? (columns + bandPixels - 1) / bandPixels : (rows + bandRows - 1) / bandRows;

    /// <summary>Panels of outputs: any range of them can be run by itself.</summary>
    public int Panels => panels.Count;

    /// <summary>The first block of 16 outputs of a panel.</summary>
    public int BlockOf(int panel) => panels.Start(panel) / LaneLayout.Lanes;

    /// <summary>Floats that may be read behind the input's last pixel.</summary>
    public long Slack => ChannelTile.Pixels<TLanes>() * shape.InputPixelStep;

    /// <summary>Repacks weights: w[o][c][t] is read at o x outputStep + c x channelStep + tapIndex[t]. A null bias starts from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex, float* bias)
    {
        for (var output = 0; bias != null && output < shape.Outputs; output++)
            start.Pointer[output] = bias[output];
        fixed (int* index = tapIndex)
            for (var panel = 0; panel < panels.Count; panel++)
                for (var channel = 0; channel < shape.Channels; channel += panels.Chunk)
                    PackChunk(weights + (channel * channelStep), outputStep, channelStep, index, panel, channel);
    }

    /// <summary>Rows of a band, where it is no part of one long row.</summary>
    public int BandRows => bandRows;

    /// <summary>
    /// The pixels of a band: where in a plane of the output it begins, in floats, how many rows it has and how many pixels each.
    /// </summary>
    public (nint Place, int Rows, int Pixels) Band(int band) => shape.IsOneRow
        ? (band * (nint)bandPixels * shape.OutputPixelStep, 1, Math.Min(bandPixels, columns - (band * bandPixels)))
        : (band * bandRows * shape.OutputRowStep, Math.Min(bandRows, rows - (band * bandRows)), columns);

    /// <summary>
    /// Computes the panels [first, end) of a band; <paramref name="input"/> is what tap offset 0 of output pixel (0, 0) reads.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, int band, int first, int end)
    {
        if (!shape.IsOneRow)
        {
            RunRows(input, output, new IndexRange(band * bandRows, Math.Min(rows, (band + 1) * bandRows)), first, end);
            return;
        }
        var pixel = band * (nint)bandPixels;
        Run(
            input + (pixel * shape.InputPixelStep), output + (pixel * shape.OutputPixelStep), 1,
            Math.Min(bandPixels, columns - (int)pixel), first, end);
    }

    /// <summary>The same for some rows, where the plane is no long row.</summary>
    public void RunRows(float* input, float* output, IndexRange some, int first, int end)
    {
        if (some.Count > 0)
            Run(input + (some.First * shape.InputRowStep), output + (some.First * shape.OutputRowStep), some.Count, columns, first, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(float* input, float* output, int rowCount, int pixels, int first, int end)
    {
        var steps = new ChannelTileSteps
        {
            Taps = shape.TapOffsets.Length,
            Offsets = offsets.Pointer,
            PixelStep = shape.InputPixelStep,
            BlockStep = shape.ChannelStep,
            OutputPixelStep = shape.OutputPixelStep,
        };
        panels.Run(ref steps, packed.Pointer, start.Pointer, first, end, new ChannelRows
        {
            Input = input,
            Output = output,
            Rows = rowCount,
            Pixels = pixels,
            InputStep = shape.InputRowStep,
            OutputStep = shape.OutputRowStep,
        }, shape.OutputChannelStep);
    }

    // Output by output: its weights are read as they stand, and what is written of a chunk stays in the first-level cache.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void PackChunk(float* weights, nint outputStep, nint channelStep, int* tapIndex, int panel, int channel)
    {
        int first = panels.Start(panel), width = panels.Start(panel + 1) - first;
        var channels = Math.Min(panels.Chunk, shape.Channels - channel);
        var chunk = packed.Pointer + panels.Row(panel, channel);
        for (var output = 0; output < Math.Min(width, shape.Outputs - first); output++)
        {
            var target = chunk + output;
            var source = weights + ((first + output) * outputStep);
            for (var i = 0; i < channels; i++, source += channelStep)
                for (var tap = 0; tap < shape.TapOffsets.Length; tap++, target += width)
                    *target = source[tapIndex[tap]];
        }
    }
}
