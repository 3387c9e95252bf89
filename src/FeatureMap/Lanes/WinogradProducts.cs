using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The sums of <see cref="WinogradSum{TLanes}"/>, bit by bit, for many channels. There the products of a tile are combined while they are
/// in registers, so a register tile holds all four positions of a row and reads four transformed inputs per channel: more than the
/// second-level cache gives once they outgrow the first. Here a row is four matrix products, [outputs x channels] times [channels x tiles
/// and images], one position after the other (<see cref="PanelTile"/>): a panel of inputs stays in the first-level cache while the weights
/// of all outputs stream past it, and the products go through memory once more. That costs as much per output as it saves per channel.
/// Measured against WinogradSum: with 16 registers, whose tile there has but one output, 1.1 times as fast with 16 channels and 2.5 to 3.6
/// times with 64 to 512; with 32 registers from 64 channels on.
/// <para>
/// Where batches have at most 4 or 8 images, columns of several tiles share a register: the lanes that no image can have cost no products.
/// </para>
/// </summary>
internal sealed unsafe class WinogradProducts<TLanes> : IWinogradSum where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Rows = 4, PerRow = 4, OutputsPerTile = 4;

    // Columns of a product (of tiles and images), and channels whose panel shares the first-level cache with the weights.
    private const int MostColumns = 96, MostChannels = 192;

    // Planes that are read for all tiles of a product before the next ones. A plane of a large map is a power of two of bytes away from
    // the next, so the same place in all of them is one set of each cache, and neighbouring tiles, which share columns, would find nothing
    // of them there any more. Measured with 4 lanes on maps of 256x256: 1.3 times as fast as all planes for one tile after the other.
    private const int PlanesTogether = 4;

    /// <summary>
    /// Channels on both sides from which this is faster than <see cref="WinogradSum{TLanes}"/>, which computes in idle lanes as well.
    /// </summary>
    public static int LeastChannels(int occupiedLanes) => TLanes.TileOutputs >= 8 && occupiedLanes >= TLanes.Width ? 64 : 16;

    // Maps with idle lanes that no cache holds go past all of them: memory then does not read the lines first that are written whole.
    private const long StreamedBytes = 32 << 20;

    private readonly WinogradShape shape;
    private readonly int images, mostTiles;
    private readonly bool streams;
    private readonly AlignedBuffer packed;
    private readonly int outputRoom, channelBlock;
    private readonly nint inputStep, weightStep;

    public WinogradProducts(WinogradShape shape)
    {
        (this.shape, images, mostTiles) = (shape, shape.OccupiedLanes, MostColumns / shape.OccupiedLanes);
        streams = images < LaneLayout.Lanes
            && (long)shape.Outputs * shape.OutputHeight * shape.OutputWidth * LaneLayout.Lanes * sizeof(float) > StreamedBytes;
        outputRoom = Ceiling(shape.Outputs, TLanes.TileOutputs) * TLanes.TileOutputs;
        channelBlock = Ceiling(shape.Channels, Ceiling(shape.Channels, MostChannels));
        // One cache line more than the content, so that streams do not fall into the same cache set: four of inputs, 16 of weights.
        inputStep = ((nint)shape.Channels * MostColumns) + LaneLayout.Lanes;
        weightStep = ((nint)shape.Channels * outputRoom) + LaneLayout.Lanes;
        packed = new AlignedBuffer(Rows * PerRow * (long)weightStep);
    }

    public long ScratchFloats => PerRow * (inputStep + ProductStep) + ((long)shape.Outputs * MostColumns * OutputsPerTile);

    private nint ProductStep => ((nint)outputRoom * 3 * TLanes.Width) + LaneLayout.Lanes;

    /// <summary>
    /// Weights stand as [position][block of channels][outputs / those of a register tile][channel][output]. Outputs and channels of a tile
    /// lie side by side, so registers of kernels are transformed together, some channels at a time whose kernels were turned before.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex)
    {
        const int ChannelsAtATime = 16;
        var size = TLanes.TileOutputs;
        nint tapStep = ChannelsAtATime * size;
        var kernels = stackalloc float[9 * (int)tapStep];
        var places = stackalloc nint[9];
        for (var tap = 0; tap < 9; tap++)
            places[tap] = tap * tapStep;
        for (int first = 0, count; first < shape.Channels; first += count)
        {
            count = BlockOf(first).Count;
            for (var output = 0; output < shape.Outputs; output += size)
            {
                var target = packed.Pointer + ((nint)first * outputRoom) + ((nint)output * count);
                for (int channel = 0, channels; channel < count; channel += channels)
                {
                    channels = Math.Min(ChannelsAtATime, count - channel);
                    for (var tap = 0; tap < 9; tap++)
                        WeightTurn.Block(
                            weights + (output * outputStep) + ((first + channel) * channelStep) + tapIndex[tap], outputStep, channelStep,
                            channels, Math.Min(size, shape.Outputs - output), size, kernels + (tap * tapStep), size);
                    var numbers = channels * size;
                    var number = 0;
                    for (; number + TLanes.Width <= numbers; number += TLanes.Width, target += TLanes.Width)
                        WinogradTransform.Kernels<TLanes>(kernels + number, tapStep, target, PerRow * weightStep, weightStep);
                    for (; number < numbers; number++, target++)
                        WinogradTransform.Kernel(kernels + number, places, target, PerRow * weightStep, weightStep);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, float* bias, float* scratch, MapPart part, in ShardFinish finish = default)
    {
        if (images >= TLanes.Width) Run<TLanes>(input, output, bias, scratch, part, finish);
        else if (images == Lanes256.Width) Run<Lanes256>(input, output, bias, scratch, part, finish);
        else Run<Lanes128>(input, output, bias, scratch, part, finish);
    }

    // A tile has a column for each image: whole registers, or a part of one.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run<TPart>(float* input, float* output, float* bias, float* scratch, MapPart part, in ShardFinish finish)
        where TPart : unmanaged, ILanes<TPart>
    {
        var tiles = stackalloc Tile[mostTiles];
        var products = scratch + (PerRow * inputStep);
        var sums = products + (PerRow * ProductStep);
        var all = shape.TilesOf(part.Rows);
        for (var first = all.First; first < all.End; first += mostTiles)
        {
            var count = Math.Min(mostTiles, all.End - first);
            for (var tile = 0; tile < count; tile++)
                tiles[tile] = new Tile(shape, first + tile);
            var registers = Ceiling(count * images, TLanes.Width);
            var panels = new Panels(registers, TLanes.Width);
            for (var row = 0; row < Rows; row++)
            {
                if (row == 1) Transform<TPart, Plus>(input, tiles, count, row, panels, scratch);
                else Transform<TPart, Minus>(input, tiles, count, row, panels, scratch);
                for (int register = 0, size; register < registers; register += size)
                {
                    size = panels.Size(register);
                    Multiply(scratch, products, row, panels, register, part.Outputs);
                    var place = OutputsPerTile * panels.Of(register, part.Outputs.Count).Place;
                    Gather(products, row, part.Outputs.Count * size, sums + place);
                }
            }
            Store<TPart>(sums, tiles, count, panels, output, bias, part.Outputs, finish);
        }
    }

    private static int Ceiling(int count, int divisor) => (count + divisor - 1) / divisor;

    private (int First, int Count) BlockOf(int channel)
    {
        var first = channel / channelBlock * channelBlock;
        return (first, Math.Min(channelBlock, shape.Channels - first));
    }

    // One row of B^T d B of all tiles, channel by channel, as panels.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform<TPart, TSign>(float* input, Tile* tiles, int count, int row, Panels panels, float* target)
        where TPart : unmanaged, ILanes<TPart>
        where TSign : struct, ITileSize
    {
        const int Pixel = LaneLayout.Lanes;
        var rowStep = (nint)shape.InputWidth * Pixel;
        var planeStep = shape.InputHeight * rowStep;
        var (apart, gap) = (shape.Dilation, (nint)shape.Dilation * Pixel);
        var (first, second) = WinogradTransform.RowPair(row);
        (first, second) = (first * apart, second * apart);
        for (int start = 0, channels; start < shape.Channels; start += channels)
        {
            channels = Math.Min(PlanesTogether, shape.Channels - start);
            var planes = input + (start * planeStep);
            for (var tile = 0; tile < count; tile++)
            {
                var (y, x) = (tiles[tile].InputRow, tiles[tile].InputColumn);
                var source = planes + ((((nint)y * shape.InputWidth) + x) * Pixel);
                var hasFirst = (uint)(y + first) < (uint)shape.InputHeight;
                var hasSecond = (uint)(y + second) < (uint)shape.InputHeight;
                var isInside = hasFirst && hasSecond && x >= 0 && x + (3 * apart) < shape.InputWidth;
                bool in0 = (uint)x < (uint)shape.InputWidth, in1 = (uint)(x + apart) < (uint)shape.InputWidth;
                bool in2 = (uint)(x + (2 * apart)) < (uint)shape.InputWidth, in3 = (uint)(x + (3 * apart)) < (uint)shape.InputWidth;
                for (var lane = 0; lane < images; lane += TPart.Width)
                {
                    var (register, offset) = Math.DivRem((tile * images) + lane, TLanes.Width);
                    var (place, step) = panels.Of(register, shape.Channels);
                    var to = target + place + ((nint)start * step) + offset;
                    var f = source + (first * rowStep) + lane;
                    var s = source + (second * rowStep) + lane;
                    if (isInside)
                    {
                        for (var channel = channels; channel > 0; channel--, f += planeStep, s += planeStep, to += step)
                            WinogradTransform.InputRow(
                                TSign.Value > 0,
                                TPart.Load(f), TPart.Load(f + gap), TPart.Load(f + (2 * gap)), TPart.Load(f + (3 * gap)),
                                TPart.Load(s), TPart.Load(s + gap), TPart.Load(s + (2 * gap)), TPart.Load(s + (3 * gap)),
                                to, inputStep);
                        continue;
                    }
                    for (var channel = channels; channel > 0; channel--, f += planeStep, s += planeStep, to += step)
                        WinogradTransform.InputRow(
                            TSign.Value > 0,
                            LoadOrZero<TPart>(hasFirst && in0, f), LoadOrZero<TPart>(hasFirst && in1, f + gap),
                            LoadOrZero<TPart>(hasFirst && in2, f + (2 * gap)), LoadOrZero<TPart>(hasFirst && in3, f + (3 * gap)),
                            LoadOrZero<TPart>(hasSecond && in0, s), LoadOrZero<TPart>(hasSecond && in1, s + gap),
                            LoadOrZero<TPart>(hasSecond && in2, s + (2 * gap)), LoadOrZero<TPart>(hasSecond && in3, s + (3 * gap)),
                            to, inputStep);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TPart LoadOrZero<TPart>(bool isInside, float* source) where TPart : unmanaged, ILanes<TPart> =>
        isInside ? TPart.Load(source) : TPart.Zero;

    // The four products of a row for one panel, as [position][output][registers of the panel].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* inputs, float* products, int row, Panels panels, int register, IndexRange outputs)
    {
        var size = panels.Size(register);
        var (place, step) = panels.Of(register, shape.Channels);
        for (var position = 0; position < PerRow; position++)
        {
            var right = inputs + (position * inputStep) + place;
            var target = products + (position * ProductStep);
            var weights = packed.Pointer + (((row * PerRow) + position) * weightStep);
            for (int channel = 0, channels; channel < shape.Channels; channel += channels)
            {
                channels = Math.Min(channelBlock, shape.Channels - channel);
                var left = weights + ((nint)channel * outputRoom) + ((nint)outputs.First * channels);
                for (var output = 0; output < outputs.Count; output += TLanes.TileOutputs)
                {
                    PanelTile.Run<TLanes>(
                        size, left + ((nint)output * channels), TLanes.TileOutputs, right + ((nint)channel * step), step, channels,
                        target + ((nint)output * step), step, channel > 0);
                }
            }
        }
    }

    // A row times A, added up as in WinogradTile; sums stand as [output][registers of the panel][2x2].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(float* products, int row, int count, float* sums)
    {
        var position = ProductStep;
        for (; count > 0; count--, products += TLanes.Width, sums += OutputsPerTile * TLanes.Width)
            WinogradTile.Gather(
                sums, TLanes.Width, row, TLanes.Load(products), TLanes.Load(products + position),
                TLanes.Load(products + (2 * position)), TLanes.Load(products + (3 * position)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Store<TPart>(
        float* sums, Tile* tiles, int count, Panels panels, float* output, float* bias, IndexRange outputs, in ShardFinish finish)
        where TPart : unmanaged, ILanes<TPart>
    {
        const int Pixel = LaneLayout.Lanes;
        var rowStep = (nint)shape.OutputWidth * Pixel;
        var planeStep = shape.OutputHeight * rowStep;
        nint right = shape.Dilation * Pixel, lower = shape.Dilation * rowStep;
        for (var tile = 0; tile < count; tile++)
        {
            var (hasRight, hasBottom) = (tiles[tile].HasRight, tiles[tile].HasBottom);
            for (var lane = 0; lane < images; lane += TPart.Width)
            {
                var (register, offset) = Math.DivRem((tile * images) + lane, TLanes.Width);
                var (place, step) = panels.Of(register, outputs.Count);
                var source = sums + (OutputsPerTile * place) + offset;
                var target = output + (outputs.First * planeStep) + (tiles[tile].OutputPixel * Pixel) + lane;
                if (finish.IsWanted)
                {
                    finish.Finish!.StoreTile(
                        source, OutputsPerTile * step, TLanes.Width, target, (right, lower, planeStep), (hasRight, hasBottom), bias,
                        outputs, finish.ToSkip, images, clears: lane == 0, streams);
                    continue;
                }
                var blanks = lane == 0 ? Pixel : images; // idle lanes become 0
                for (var channel = outputs.First; channel < outputs.End; channel++, target += planeStep, source += OutputsPerTile * step)
                {
                    var start = bias == null ? TPart.Zero : TPart.Broadcast(bias[channel]);
                    Put(target, TPart.Load(source) + start, blanks);
                    if (hasRight) Put(target + right, TPart.Load(source + TLanes.Width) + start, blanks);
                    if (!hasBottom) continue;
                    Put(target + lower, TPart.Load(source + (2 * TLanes.Width)) + start, blanks);
                    if (hasRight) Put(target + lower + right, TPart.Load(source + (3 * TLanes.Width)) + start, blanks);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Put(float* pixel, TPart value, int blanks)
        {
            if (streams)
            {
                TPart.Stream(pixel, value);
                for (var lane = images; lane < blanks; lane += TPart.Width)
                    TPart.Stream(pixel + lane, TPart.Zero);
                return;
            }
            for (var lane = images; lane < blanks; lane += TPart.Width)
                TPart.Store(pixel + lane, TPart.Zero);
            TPart.Store(pixel, value);
        }
    }

    /// <summary>A tile of 2x2 outputs: where its patch begins, and where it goes.</summary>
    private readonly struct Tile
    {
        public readonly int InputRow, InputColumn;
        public readonly nint OutputPixel;
        public readonly bool HasRight, HasBottom;

        public Tile(WinogradShape shape, int number)
        {
            var (row, column) = Math.DivRem(number, shape.TileColumns);
            (row, column) = (shape.FirstOutput(row), shape.FirstOutput(column));
            (InputRow, InputColumn) = (row - shape.Top, column - shape.Left);
            OutputPixel = ((nint)row * shape.OutputWidth) + column;
            (HasRight, HasBottom) = (column + shape.Dilation < shape.OutputWidth, row + shape.Dilation < shape.OutputHeight);
        }
    }
}
