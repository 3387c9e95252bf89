using FeatureMap.Lanes;

namespace FeatureMap.Ops;

/// <summary>
/// A 3x3 convolution with stride 1 by Winograd tiles, in either direction. Of the two kernels, which give the same bits, the one that is
/// faster with these channels and registers.
/// </summary>
internal sealed unsafe class WinogradMap<TLanes> : ILinearMap where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WinogradShape shape;
    private readonly IWinogradSum sum;
    private readonly nint outputStep, channelStep;
    private readonly int[] tapIndex;

    private WinogradMap(WinogradShape shape, nint outputStep, nint channelStep, int[] tapIndex)
    {
        this.shape = shape;
        sum = Math.Min(shape.Channels, shape.Outputs) >= WinogradProducts<TLanes>.LeastChannels(shape.OccupiedLanes)
            ? new WinogradProducts<TLanes>(shape)
            : new WinogradSum<TLanes>(shape);
        (this.outputStep, this.channelStep, this.tapIndex) = (outputStep, channelStep, tapIndex);
    }

    public MapPart[] Cut(int parts) => MapCuts.Of(
        new CutAxis(shape.OutputHeight, shape.RowUnit, MapCuts.LeastRows(shape.OutputWidth)),
        new CutAxis(shape.Outputs, WinogradShape.OutputUnit, MapCuts.LeastOutputs), parts);

    public long ScratchFloats(MapPart part) => sum.ScratchFloats;

    public static WinogradMap<TLanes> Forward(ConvGeometry geometry) => new(
        ConvShapes.WinogradForward(geometry), geometry.InputChannelsPerGroup * geometry.Taps, geometry.Taps,
        [.. Enumerable.Range(0, geometry.Taps)]);

    /// <summary>The roles of the channels turn, and so do the kernels, by half a turn.</summary>
    public static WinogradMap<TLanes> InputGradient(ConvGeometry geometry) => new(
        ConvShapes.WinogradInputGradient(geometry), geometry.Taps, geometry.InputChannelsPerGroup * geometry.Taps,
        [.. Enumerable.Range(0, geometry.Taps).Reverse()]);

    public void Pack(float* weights) => sum.Pack(weights, outputStep, channelStep, tapIndex);

    public void Run(float* source, float* target, float* bias, MapPart part, in ShardFinish finish, float* scratch) =>
        sum.Run(source, target, bias, scratch, part, finish);
}

/// <summary>The weight gradient of such a convolution by Winograd tiles, shard by shard.</summary>
internal sealed unsafe class WinogradWeightGradient<TLanes>(ConvGeometry geometry) : IWeightGradient
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WinogradGradient<TLanes> kernel = new(ConvShapes.WinogradForward(geometry));

    public GradientPart[] Cut(int parts) => TurnedCuts.Of(geometry, parts);

    public long ScratchFloats(GradientPart part) => kernel.ScratchFloats(part.Outputs, TurnedCuts.ChannelsOf(geometry, part));

    public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch) =>
        kernel.Run(input, outputGradient, weightGradient, part.Outputs, TurnedCuts.ChannelsOf(geometry, part), scratch);
}

/// <summary>The same over all shards, block by block; the same bits, as the sums of the shards meet in the same tree.</summary>
internal sealed unsafe class WinogradBlockGradient<TLanes> : BlockGradient where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly WinogradGradient<TLanes> kernel;
    private readonly (IndexRange Outputs, IndexRange Channels)[] blocks;

    /// <param name="geometry">The convolution.</param>
    /// <param name="shards">Shards of a full batch.</param>
    public WinogradBlockGradient(ConvGeometry geometry, int shards) : base(shards)
    {
        // Blocks for many threads, of which each still pays for its transforms.
        var count = (geometry.OutputChannels + 63) / 64 * ((geometry.Input.Channels + 127) / 128);
        kernel = new(ConvShapes.WinogradForward(geometry));
        blocks = Array.ConvertAll(TurnedCuts.Of(geometry, count), part => (part.Outputs, TurnedCuts.ChannelsOf(geometry, part)));
        NodeFloats = blocks.Max(block => WinogradGradient<TLanes>.TapFloats(block.Outputs, block.Channels));
        WorkFloats = blocks.Max(block => kernel.ScratchFloats(block.Outputs, block.Channels));
    }

    public override int Items => blocks.Length;

    protected override nint NodeFloats { get; }

    protected override long WorkFloats { get; }

    protected override nint Numbers(int item) => WinogradGradient<TLanes>.TapFloats(blocks[item].Outputs, blocks[item].Channels);

    protected override void Sum(int item, float* input, float* outputGradient, float* sums, float* work) =>
        kernel.SumTaps(input, outputGradient, sums, blocks[item].Outputs, blocks[item].Channels, work);

    protected override void Store(int item, float* sums, float* weightGradient) =>
        kernel.StoreWeights(sums, weightGradient, blocks[item].Outputs, blocks[item].Channels);
}

/// <summary>How weight gradients with the channels in the lanes are cut.</summary>
internal static class TurnedCuts
{
    // Whole squares of images and channels; blocks of which each still pays for turning what it reads.
    private const int Unit = LaneLayout.Lanes, Least = 4 * Unit;

    // Where there are not enough of them, smaller ones, but of those only a part of what was asked for: the pieces of the input gradient,
    // which are taken behind them, fill the rest.
    private const int SmallOfLarge = 4;

    /// <summary>
    /// Channels first: what a part turns and transforms again then are the gradients, and there are more numbers of the inputs: all that
    /// taps read.
    /// </summary>
    public static GradientPart[] Of(ConvGeometry geometry, int parts)
    {
        var (channels, taps) = (geometry.Input.Channels, geometry.Taps);
        var cut = Cut(Least, parts);
        var least = (parts + SmallOfLarge - 1) / SmallOfLarge;
        if (cut.Length < least) cut = Cut(Unit, least);
        return Array.ConvertAll(cut, part => new GradientPart(part.Second, part.First));

        (IndexRange First, IndexRange Second)[] Cut(int unit, int count) => CutAxis.Cut(
            new CutAxis(channels * taps, unit * taps, Least * taps), new CutAxis(geometry.OutputChannels, unit, Least), count);
    }

    /// <summary>The channels whose taps are the columns of a part.</summary>
    public static IndexRange ChannelsOf(ConvGeometry geometry, GradientPart part) =>
        new(part.Columns.First / geometry.Taps, part.Columns.End / geometry.Taps);
}

/// <summary>The weight gradient of any convolution of one group with the channels in the lanes, shard by shard.</summary>
internal sealed unsafe class ConvTurnedGradient<TLanes>(ConvGeometry geometry) : IWeightGradient
    where TLanes : unmanaged, ILanes<TLanes>
{
    private readonly TurnedGradient<TLanes> kernel = new(ShapeOf(geometry));

    public GradientPart[] Cut(int parts) => TurnedCuts.Of(geometry, parts);

    public long ScratchFloats(GradientPart part) => kernel.ScratchFloats(part.Outputs, TurnedCuts.ChannelsOf(geometry, part));

    public void Run(float* input, float* outputGradient, float* weightGradient, GradientPart part, float* scratch) =>
        kernel.Run(input, outputGradient, weightGradient, part.Outputs, TurnedCuts.ChannelsOf(geometry, part), scratch);

    private static TurnedGradientShape ShapeOf(ConvGeometry geometry)
    {
        // A plane whose rows follow each other without gaps is one long row: fewer ragged ends.
        var isOneRow = Convolution.IsOneRow(geometry) && geometry.Vertical is { Kernel: 1, Before: 0, After: 0 };
        return new TurnedGradientShape
        {
            Channels = geometry.Input.Channels,
            InputHeight = isOneRow ? 1 : geometry.Input.Height,
            InputWidth = isOneRow ? geometry.Input.Area : geometry.Input.Width,
            OutputHeight = isOneRow ? 1 : geometry.Output.Height,
            OutputWidth = isOneRow ? geometry.Output.Area : geometry.Output.Width,
            TapRows = [.. Enumerable.Range(0, geometry.Vertical.Kernel).Select(tap => tap * geometry.Vertical.Dilation)],
            TapColumns = [.. Enumerable.Range(0, geometry.Horizontal.Kernel).Select(tap => tap * geometry.Horizontal.Dilation)],
            Top = geometry.Vertical.Before,
            Left = geometry.Horizontal.Before,
            RowStride = geometry.Vertical.Stride,
            ColumnStride = geometry.Horizontal.Stride,
            OccupiedLanes = geometry.OccupiedLanes,
        };
    }
}
