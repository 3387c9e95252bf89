using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The tap sums of groups of channels of one image, channels in the lanes. A register of outputs runs over the channels that any of its
/// outputs reads, which stand side by side, with weights of 0 for the channels of the others' groups. So groups of any size need nothing
/// rearranged; what is multiplied with 0 is at most a register's width of outputs, and adds nothing to a finite number. (One that is not
/// finite reaches the neighbouring groups of its register as NaN.)
/// </summary>
internal sealed unsafe class ChannelGroupSum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int BandFloats = 64 * 1024;
    private readonly TapSumShape shape;
    private readonly OffsetTable offsets;
    private readonly AlignedBuffer packed, start;
    private readonly Column[] columns;
    private readonly int[] firstColumns;
    private readonly int groups, bandRows, panelBlocks;

    /// <param name="shape">The sum of one group; its channel steps are those from one block of 16 to the next.</param>
    /// <param name="groups">Groups.</param>
    public ChannelGroupSum(TapSumShape shape, int groups)
    {
        (this.shape, this.groups) = (shape, groups);
        offsets = OffsetTable.OfBlock(shape.TapOffsets);
        var blocks = ChannelPanels<TLanes>.Blocks(shape.Outputs * groups);
        panelBlocks = shape.Outputs % LaneLayout.Lanes == 0 ? shape.Outputs / LaneLayout.Lanes : 1;
        var cut = new List<Column>();
        var firsts = new List<int>();
        long place = 0;
        for (var block = 0; block < blocks; block += panelBlocks)
        {
            firsts.Add(cut.Count);
            var end = Math.Min((block + panelBlocks) * LaneLayout.Lanes, shape.Outputs * groups);
            for (var output = block * LaneLayout.Lanes; output < end;)
            {
                var channels = ChannelsOf(output);
                var alike = 1;
                while (output + (alike * TLanes.Width) < end && ChannelsOf(output + (alike * TLanes.Width)) == channels) alike++;
                var registers = alike is 2 or 4 ? 2 : Math.Min(alike, 3);
                cut.Add(new Column(output, registers, channels, place));
                place += (long)registers * TLanes.Width * channels.Count * shape.TapOffsets.Length;
                output += registers * TLanes.Width;
            }
        }
        firsts.Add(cut.Count);
        (columns, firstColumns) = ([.. cut], [.. firsts]);
        packed = new AlignedBuffer(place);
        start = new AlignedBuffer(blocks * LaneLayout.Lanes);
        bandRows = Math.Clamp(BandFloats / (blocks * LaneLayout.Lanes) / shape.Columns, 1, shape.Rows);
    }

    /// <summary>Bands of rows: each can be run by itself.</summary>
    public int Bands => (shape.Rows + bandRows - 1) / bandRows;

    /// <summary>Panels of outputs: any range of them can be run by itself.</summary>
    public int Panels => firstColumns.Length - 1;

    /// <summary>Floats that may be read behind the input's last pixel.</summary>
    public long Slack => ChannelTile.Pixels<TLanes>() * shape.InputPixelStep;

    /// <summary>The first block of 16 outputs of a panel.</summary>
    public int BlockOf(int panel) => panel * panelBlocks;

    /// <summary>The rows of a band: the first, and how many.</summary>
    public (int First, int Count) Band(int band) => (band * bandRows, Math.Min(bandRows, shape.Rows - (band * bandRows)));

    /// <summary>Repacks weights, [output][channel of its group][tap]. A null bias starts from 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, float* bias)
    {
        int taps = shape.TapOffsets.Length, all = shape.Outputs * groups;
        for (var output = 0; bias != null && output < all; output++)
            start.Pointer[output] = bias[output];
        foreach (var column in columns)
        {
            var width = column.Registers * TLanes.Width;
            for (var lane = 0; lane < Math.Min(width, all - column.Output); lane++)
            {
                var output = column.Output + lane;
                var own = (output / shape.Outputs * shape.Channels) - column.Channels.First;
                var target = packed.Pointer + column.Place + ((nint)own * taps * width) + lane;
                var source = weights + ((nint)output * shape.Channels * taps);
                for (var i = 0; i < shape.Channels * taps; i++, target += width)
                    *target = source[i];
            }
        }
    }

    /// <summary>Computes the panels [first, end) of a band; input is what tap offset 0 of pixel (0, 0) reads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, int band, int first, int end)
    {
        var (firstRow, rows) = Band(band);
        input += firstRow * shape.InputRowStep;
        output += firstRow * shape.OutputRowStep;
        var steps = new ChannelTileSteps
        {
            Taps = shape.TapOffsets.Length,
            Offsets = offsets.Pointer,
            PixelStep = shape.InputPixelStep,
            BlockStep = shape.ChannelStep,
            OutputPixelStep = shape.OutputPixelStep,
        };
        var pixels = shape.Columns == 1 ? 1 : ChannelTile.Pixels<TLanes>();
        for (var i = firstColumns[first]; i < firstColumns[end]; i++)
        {
            var column = columns[i];
            steps.Channels = column.Channels.Count;
            steps.FirstLane = column.Channels.First % LaneLayout.Lanes;
            steps.WeightStep = column.Registers * TLanes.Width;
            var source = input + (column.Channels.First / LaneLayout.Lanes * shape.ChannelStep);
            var weights = packed.Pointer + column.Place;
            var begin = start.Pointer + column.Output;
            float* output0 = output + Place(column.Output), output1 = output + Place(column.Output + TLanes.Width);
            var output2 = output + Place(column.Output + (2 * TLanes.Width));
            for (nint row = 0; row < rows; row++)
                for (nint pixel = 0; pixel < shape.Columns; pixel += pixels)
                {
                    var from = source + (row * shape.InputRowStep) + (pixel * shape.InputPixelStep);
                    var at = (row * shape.OutputRowStep) + (pixel * shape.OutputPixelStep);
                    var valid = Math.Min(pixels, shape.Columns - (int)pixel);
                    ChannelPanels<TLanes>.RunTile(
                        ref steps, (pixels, column.Registers), from, weights, begin, output0 + at, output1 + at, output2 + at, valid);
                }
        }
    }

    // The channels that a register of outputs reads.
    private IndexRange ChannelsOf(int output)
    {
        var last = Math.Min(output + TLanes.Width, shape.Outputs * groups) - 1;
        return new(output / shape.Outputs * shape.Channels, ((last / shape.Outputs) + 1) * shape.Channels);
    }

    private nint Place(int output) => (output / LaneLayout.Lanes * shape.OutputChannelStep) + (output % LaneLayout.Lanes);

    /// <summary>
    /// Registers of outputs that are computed together, the channels that they read, and where their weights stand: [channel][tap][output].
    /// </summary>
    private readonly record struct Column(int Output, int Registers, IndexRange Channels, long Place);
}
