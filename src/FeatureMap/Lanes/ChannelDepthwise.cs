using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>Windows along one axis of a depthwise tap sum; sizes in pixels.</summary>
/// <param name="Input">Pixels of the input.</param>
/// <param name="Taps">Taps of a window.</param>
/// <param name="Stride">From window to window.</param>
/// <param name="Dilation">From tap to tap.</param>
/// <param name="Before">Pixels of padding before the first of the input.</param>
/// <param name="On">For each window, the first tap that stands on the input and the one behind the last.</param>
internal sealed record ChannelWindows(int Input, int Taps, int Stride, int Dilation, int Before, (int First, int End)[] On)
{
    public int Outputs => On.Length;

    /// <summary>The windows whose taps all stand on the input: First up to and without End. They follow each other.</summary>
    public (int First, int End) Inner { get; } = (
        Math.Max(0, Array.FindIndex(On, taps => taps == (0, Taps))), Array.FindLastIndex(On, taps => taps == (0, Taps)) + 1);
}

/// <summary>
/// Each channel of one image with a kernel of its own, channels in the lanes: every tap is one register of weights and one of inputs. Taps
/// on the border are left out instead of multiplied with zeros, so nothing is copied. The sums run over the taps from the bias.
/// </summary>
internal sealed unsafe class ChannelDepthwise<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Pixel = LaneLayout.Lanes, BandFloats = 16 * 1024;
    private readonly ChannelWindows rows, columns;
    private readonly int channels, bandRows, taps;
    private readonly AlignedBuffer packed, start;

    public ChannelDepthwise(int channels, ChannelWindows rows, ChannelWindows columns)
    {
        (this.channels, this.rows, this.columns) = (channels, rows, columns);
        taps = rows.Taps * columns.Taps;
        Blocks = ChannelPanels<TLanes>.Blocks(channels);
        bandRows = Math.Clamp(BandFloats / (columns.Outputs * Pixel), 1, rows.Outputs);
        packed = new AlignedBuffer((long)Blocks * taps * Pixel);
        start = new AlignedBuffer((long)Blocks * Pixel);
    }

    public int Blocks { get; }

    public int Bands => (rows.Outputs + bandRows - 1) / bandRows;

    /// <summary>Repacks weights, [channel][tap]. A null bias starts from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, float* bias)
    {
        for (var channel = 0; channel < channels; channel++)
        {
            if (bias != null) start.Span[channel] = bias[channel];
            for (var tap = 0; tap < taps; tap++)
                packed.Span[(((channel / Pixel * taps) + tap) * Pixel) + (channel % Pixel)] = weights[(channel * taps) + tap];
        }
    }

    /// <summary>The output rows of a band: the first, and how many.</summary>
    public (int First, int Count) Band(int band) => (band * bandRows, Math.Min(bandRows, rows.Outputs - (band * bandRows)));

    /// <summary>Computes a band of one block of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, int band, int block)
    {
        var (first, count) = Band(band);
        input += (nint)block * rows.Input * columns.Input * Pixel;
        output += (nint)block * rows.Outputs * columns.Outputs * Pixel;
        var weights = packed.Pointer + ((nint)block * taps * Pixel);
        var (innerFirst, innerEnd) = columns.Inner;
        for (var row = first; row < first + count; row++)
        {
            var target = output + ((nint)row * columns.Outputs * Pixel);
            for (var part = 0; part < Pixel; part += TLanes.Width)
            {
                var bias = TLanes.Load(start.Pointer + (block * Pixel) + part);
                for (var column = 0; column < innerFirst; column++)
                    Edge(input + part, target + part, weights + part, bias, row, column);
                var at = innerFirst;
                for (; at + 8 <= innerEnd; at += 8)
                    Inner<Eight>(input + part, target + part, weights + part, bias, row, at);
                for (; at + 4 <= innerEnd; at += 4)
                    Inner<Four>(input + part, target + part, weights + part, bias, row, at);
                for (; at < columns.Outputs; at++)
                    Edge(input + part, target + part, weights + part, bias, row, at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Edge(float* input, float* target, float* weights, TLanes sum, int row, int column)
    {
        var (firstRow, endRow) = rows.On[row];
        var (firstColumn, endColumn) = columns.On[column];
        for (var tapRow = firstRow; tapRow < endRow; tapRow++)
        {
            var source = Source(input, row, tapRow, column);
            for (var tap = firstColumn; tap < endColumn; tap++)
            {
                var weight = TLanes.Load(weights + (((tapRow * columns.Taps) + tap) * Pixel));
                sum = TLanes.MultiplyAdd(weight, TLanes.Load(source + ((nint)tap * columns.Dilation * Pixel)), sum);
            }
        }
        TLanes.Store(target + ((nint)column * Pixel), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Inner<TPixels>(float* input, float* target, float* weights, TLanes bias, int row, int column)
        where TPixels : struct, ITileSize
    {
        TLanes a0 = bias, a1 = bias, a2 = bias, a3 = bias, a4 = bias, a5 = bias, a6 = bias, a7 = bias;
        nint step = (nint)columns.Stride * Pixel, tapStep = (nint)columns.Dilation * Pixel;
        var (firstRow, endRow) = rows.On[row];
        for (var tapRow = firstRow; tapRow < endRow; tapRow++)
        {
            var source = Source(input, row, tapRow, column);
            var own = weights + ((nint)tapRow * columns.Taps * Pixel);
            for (var tap = 0; tap < columns.Taps; tap++, source += tapStep, own += Pixel)
            {
                var weight = TLanes.Load(own);
                a0 = TLanes.MultiplyAdd(weight, TLanes.Load(source), a0);
                a1 = TLanes.MultiplyAdd(weight, TLanes.Load(source + step), a1);
                a2 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (2 * step)), a2);
                a3 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (3 * step)), a3);
                if (TPixels.Value == 4) continue;
                a4 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (4 * step)), a4);
                a5 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (5 * step)), a5);
                a6 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (6 * step)), a6);
                a7 = TLanes.MultiplyAdd(weight, TLanes.Load(source + (7 * step)), a7);
            }
        }
        target += (nint)column * Pixel;
        TLanes.Store(target, a0);
        TLanes.Store(target + Pixel, a1);
        TLanes.Store(target + (2 * Pixel), a2);
        TLanes.Store(target + (3 * Pixel), a3);
        if (TPixels.Value == 4) return;
        TLanes.Store(target + (4 * Pixel), a4);
        TLanes.Store(target + (5 * Pixel), a5);
        TLanes.Store(target + (6 * Pixel), a6);
        TLanes.Store(target + (7 * Pixel), a7);
    }

    // What the first tap of a row of taps reads for an output pixel.
    private float* Source(float* input, int row, int tapRow, int column)
    {
        nint y = (row * rows.Stride) - rows.Before + (tapRow * rows.Dilation), x = (column * columns.Stride) - columns.Before;
        return input + (((y * columns.Input) + x) * Pixel);
    }
}
