using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The outputs of a product with channels in the lanes, cut into panels of 48 or 32 (16 where there are no more) whose weights stand
/// together: [chunk of channels][panel][channel][tap][outputs of the panel]. A chunk's panel stays in the first-level cache while many
/// pixels run over it; sums go through the output from chunk to chunk, in the order of the channels.
/// </summary>
internal sealed unsafe class ChannelPanels<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    // 128 to 192 products per output in a chunk: a panel of 48 then takes 24 to 36 KiB.
    private const int ProductsOfChunk = 160;
    private readonly int channels, taps, chunk;
    private readonly int[] starts;

    /// <param name="outputs">Output channels.</param>
    /// <param name="channels">Input channels.</param>
    /// <param name="taps">Taps of each.</param>
    public ChannelPanels(int outputs, int channels, int taps)
    {
        (this.channels, this.taps) = (channels, taps);
        chunk = Math.Max(1, ProductsOfChunk / Math.Max(1, taps) / LaneLayout.Lanes) * LaneLayout.Lanes;
        var blocks = Blocks(outputs);
        var cut = new List<int> { 0 };
        for (var left = blocks; left > 0;)
        {
            var width = left is 2 or 4 ? 2 : Math.Min(left, 3);
            cut.Add((cut[^1] + (width * LaneLayout.Lanes)));
            left -= width;
        }
        starts = [.. cut];
    }

    public int Count => starts.Length - 1;

    /// <summary>Channels whose weights stand together for a panel.</summary>
    public int Chunk => chunk;

    /// <summary>Outputs of all panels together: rounded up to 16.</summary>
    public int Outputs => starts[^1];

    /// <summary>Floats of the weights.</summary>
    public long Floats => (long)Outputs * channels * taps;

    /// <summary>The blocks of 16 lanes that a number of channels fills.</summary>
    public static int Blocks(int channels) => (channels + LaneLayout.Lanes - 1) / LaneLayout.Lanes;

    /// <summary>The first output of a panel.</summary>
    public int Start(int panel) => starts[panel];

    /// <summary>Where the weights of a panel for a channel stand: [tap][outputs of the panel].</summary>
    public nint Row(int panel, int channel)
    {
        var first = channel / chunk * chunk;
        var here = Math.Min(chunk, channels - first);
        var width = starts[panel + 1] - starts[panel];
        return ((nint)first * taps * Outputs) + ((nint)starts[panel] * here * taps) + ((nint)(channel - first) * taps * width);
    }

    /// <summary>
    /// Runs the panels [first, end) over rows of pixels. The steps' numbers of channels and of floats per weight are set here.
    /// </summary>
    /// <param name="steps">Taps, and where pixels and blocks stand.</param>
    /// <param name="weights">All weights.</param>
    /// <param name="start">Where the sums begin, per output of all panels.</param>
    /// <param name="first">The first panel.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="rows">The rows of pixels.</param>
    /// <param name="outputBlockStep">In the output: floats from 16 channels to the next 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(ref ChannelTileSteps steps, float* weights, float* start, int first, int end, in ChannelRows rows, nint outputBlockStep)
    {
        for (var channel = 0; channel < channels; channel += chunk)
        {
            steps.Channels = Math.Min(chunk, channels - channel);
            var chunkWeights = weights + ((nint)channel * taps * Outputs);
            var input = rows.Input + (channel / LaneLayout.Lanes * steps.BlockStep);
            for (var panel = first; panel < end; panel++)
            {
                var width = starts[panel + 1] - starts[panel];
                steps.WeightStep = width;
                var panelWeights = chunkWeights + ((nint)starts[panel] * steps.Channels * taps);
                var panelStart = channel == 0 ? start + starts[panel] : null;
                var output = rows.Output + (starts[panel] / LaneLayout.Lanes * outputBlockStep);
                RunPanel(ref steps, width, input, panelWeights, panelStart, output, rows, outputBlockStep);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunPanel(
        ref ChannelTileSteps steps, int width, float* input, float* weights, float* start, float* output, in ChannelRows rows,
        nint blockStep)
    {
        var pixels = rows.Pixels == 1 ? 1 : ChannelTile.Pixels<TLanes>();
        // Registers of a tile: 3 or 2 that divide the panel; with registers of 16 lanes that is the whole panel.
        var registers = width / TLanes.Width % 3 == 0 ? 3 : width / TLanes.Width % 2 == 0 ? 2 : 1;
        for (var sub = 0; sub < width; sub += registers * TLanes.Width)
        {
            float* output0 = output + Place(sub, blockStep), output1 = output + Place(sub + TLanes.Width, blockStep);
            var output2 = output + Place(sub + (2 * TLanes.Width), blockStep);
            var own = start == null ? null : start + sub;
            for (var row = 0; row < rows.Rows; row++)
                for (var pixel = 0; pixel < rows.Pixels; pixel += pixels)
                {
                    var source = input + (row * rows.InputStep) + (pixel * steps.PixelStep);
                    var at = (row * rows.OutputStep) + (pixel * steps.OutputPixelStep);
                    RunTile(
                        ref steps, (pixels, registers), source, weights + sub, own, output0 + at, output1 + at, output2 + at,
                        Math.Min(pixels, rows.Pixels - pixel));
                }
        }
    }

    /// <summary>Runs a tile of pixels x registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunTile(
        ref ChannelTileSteps steps, (int Pixels, int Registers) tile, float* input, float* weights, float* start,
        float* output0, float* output1, float* output2, int valid)
    {
        switch (tile)
        {
            case (8, 3): ChannelTile.Run<TLanes, Eight, Three>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (8, 2): ChannelTile.Run<TLanes, Eight, Two>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (8, _): ChannelTile.Run<TLanes, Eight, One>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (4, 3): ChannelTile.Run<TLanes, Four, Three>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (4, 2): ChannelTile.Run<TLanes, Four, Two>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (4, _): ChannelTile.Run<TLanes, Four, One>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (_, 3): ChannelTile.Run<TLanes, One, Three>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            case (_, 2): ChannelTile.Run<TLanes, One, Two>(ref steps, input, weights, start, output0, output1, output2, valid); break;
            default: ChannelTile.Run<TLanes, One, One>(ref steps, input, weights, start, output0, output1, output2, valid); break;
        }
    }

    private static nint Place(int output, nint blockStep) => (output / LaneLayout.Lanes * blockStep) + (output % LaneLayout.Lanes);
}

/// <summary>Rows of pixels that a product runs over; steps in floats.</summary>
internal readonly unsafe struct ChannelRows
{
    /// <summary>What tap offset 0 of the first pixel reads, and where its first output goes.</summary>
    public float* Input { get; init; }

    public float* Output { get; init; }

    public int Rows { get; init; }

    public int Pixels { get; init; }

    /// <summary>From row to row.</summary>
    public nint InputStep { get; init; }

    public nint OutputStep { get; init; }
}
