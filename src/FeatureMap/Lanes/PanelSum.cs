using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A prepared tap sum of a single tap, y[o][p] = b[o] + sum over c of w[o][c] x[c][p]: a matrix product. Its products read the same few
/// pixels of every channel, which lie a whole plane apart, on a page of their own each, and they read them again for every block of
/// outputs. So some pixels of all channels are copied side by side first, one copy for as many products as there are outputs: a panel of
/// three pixels for each part of the lanes, in the order in which the register tiles read it. The tiles are those of <see
/// cref="TapSumTile"/>, and so are the bits.
/// </summary>
internal sealed unsafe class PanelSum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    // Panels are read from the second-level cache once per block of outputs; planes are read in runs of several pixels, as long as a run of
    // all channels fits.
    private const int CacheFloats = 256 * 1024 / sizeof(float), Together = 3, MostPixels = 12;
    private readonly TapSumShape shape;
    private readonly OffsetTable tap = new([0]);
    private readonly AlignedBuffer packed;
    private readonly int run;

    /// <param name="shape">A tap sum whose only tap reads the pixel itself.</param>
    public PanelSum(TapSumShape shape)
    {
        this.shape = shape;
        run = Math.Clamp(CacheFloats / (shape.Channels * LaneLayout.Lanes) / Together * Together, Together, MostPixels);
        long count = 0;
        for (var start = 0; start < shape.Outputs; start += BlockSize(start))
            count += (long)shape.Channels * BlockSize(start);
        packed = new AlignedBuffer(count);
    }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => (long)shape.Channels * run * LaneLayout.Lanes;

    /// <summary>Repacks weights: w[o][c] is read at o x outputStep + c x channelStep.</summary>
    public void Pack(float* weights, nint outputStep, nint channelStep)
    {
        var target = packed.Pointer;
        for (int start = 0, size; start < shape.Outputs; start += size)
        {
            size = BlockSize(start);
            WeightTurn.Block(
                weights + (start * outputStep), outputStep, channelStep, shape.Channels, Math.Min(size, shape.Outputs - start), size, target, size);
            target += shape.Channels * size;
        }
    }

    /// <summary>
    /// Computes a part of one shard's sums; input and output stand at pixel (0, 0) of channel 0. A null bias starts from 0.
    /// </summary>
    public void Run(float* input, float* output, float* bias, MapPart part, float* panel)
    {
        var (rows, columns) = (part.Rows, IndexRange.All(shape.Columns));
        if (shape.IsOneRow) (rows, columns) = (IndexRange.All(1), new IndexRange(rows.First * shape.Columns, rows.End * shape.Columns));
        for (nint row = rows.First; row < rows.End; row++)
        {
            for (nint column = columns.First; column < columns.End; column += run)
            {
                var pixels = (int)Math.Min(run, columns.End - column);
                Fill(input + (row * shape.InputRowStep) + (column * shape.InputPixelStep), pixels, panel);
                var target = output + (row * shape.OutputRowStep) + (column * shape.OutputPixelStep);
                for (nint pixel = 0; pixel < pixels; pixel += Together)
                    Multiply(
                        panel + (pixel * shape.Channels * LaneLayout.Lanes), (int)Math.Min(Together, pixels - pixel),
                        target + (pixel * shape.OutputPixelStep), bias, part.Outputs);
            }
        }
    }

    // A tile of 8 with one idle output still beats two of 4.
    private int BlockSize(int start) => TLanes.TileOutputs >= 8 && shape.Outputs - start >= 7 ? 8 : 4;

    // [three pixels][part of the lanes][channel][pixel]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Fill(float* input, int pixels, float* panel)
    {
        var (channels, channelStep, pixelStep) = (shape.Channels, shape.ChannelStep, shape.InputPixelStep);
        for (nint channel = 0; channel < channels; channel++, input += channelStep)
        {
            var source = input;
            var target = panel;
            for (var left = pixels; left > 0; left -= Together)
            {
                nint count = Math.Min(Together, left);
                var place = channel * count * TLanes.Width;
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, place += channels * count * TLanes.Width)
                    for (nint pixel = 0; pixel < count; pixel++)
                        TLanes.Store(target + place + (pixel * TLanes.Width), TLanes.Load(source + (pixel * pixelStep) + part));
                source += count * pixelStep;
                target += channels * count * LaneLayout.Lanes;
            }
        }
    }

    private void Multiply(float* panel, int pixels, float* output, float* bias, IndexRange outputs)
    {
        var steps = new TapSumSteps
        {
            Channels = shape.Channels,
            Taps = 1,
            ChannelStep = pixels * TLanes.Width,
            PixelStep = TLanes.Width,
            OutputChannelStep = shape.OutputChannelStep,
            OutputPixelStep = shape.OutputPixelStep,
            TapOffsets = tap.Pointer,
        };
        for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width, panel += steps.Channels * steps.ChannelStep)
        {
            for (int start = outputs.First, size; start < outputs.End; start += size)
            {
                size = BlockSize(start);
                var weights = packed.Pointer + ((nint)start * shape.Channels);
                var blockBias = bias == null ? null : bias + start;
                var target = output + (start * steps.OutputChannelStep) + part;
                var valid = Math.Min(size, shape.Outputs - start);
                switch ((size, pixels))
                {
                    case (8, 3): TapSumTile.Run<TLanes, Eight, Three>(ref steps, panel, weights, blockBias, target, valid); break;
                    case (8, 2): TapSumTile.Run<TLanes, Eight, Two>(ref steps, panel, weights, blockBias, target, valid); break;
                    case (8, _): TapSumTile.Run<TLanes, Eight, One>(ref steps, panel, weights, blockBias, target, valid); break;
                    case (_, 3): TapSumTile.Run<TLanes, Four, Three>(ref steps, panel, weights, blockBias, target, valid); break;
                    case (_, 2): TapSumTile.Run<TLanes, Four, Two>(ref steps, panel, weights, blockBias, target, valid); break;
                    default: TapSumTile.Run<TLanes, Four, One>(ref steps, panel, weights, blockBias, target, valid); break;
                }
            }
        }
    }
}
