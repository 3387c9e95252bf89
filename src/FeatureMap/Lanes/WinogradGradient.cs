using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The weight gradient of a 3x3 correlation with stride 1 on one shard, by Winograd's F(3x3, 2x2): a 4x4 patch of x and the 2x2 numbers of
/// dy that it met give nine numbers of dw in 16 multiplications instead of 36. With B of <see cref="WinogradTransform"/> and
/// <code>
///        | 1  0 |
///    H = | 1  1 |        A^T = | 1  1/2  1/2   0 |
///        | 1 -1 |              | 0  1/2 -1/2   0 |
///        | 0  1 |              | 0  1/2  1/2  -1 |
/// </code>
/// dw = A^T [sum over images and tiles of (B^T x B) . (H dy H^T)] A. The constants are 1, 1/2 and 1/4, so integers stay exact.
/// The sums are 16 matrix products, one per position of a tile: [outputs x tiles and images] times [tiles and images x channels]. Images
/// are what is summed over, so they cannot stay in the lanes: 16 images x 16 channels of a pixel are turned (<see cref="LaneTurn"/>), and
/// channels ride in the lanes. No weight ends in a horizontal sum.
/// <para>
/// Order of a sum: with a dilation the maps that are woven into each other; bands of two rows of tiles, columns of tiles, the rows of the
/// band, images; one chain of multiply-adds that no block of tiles, outputs or channels cuts. A block of weights is large enough that the
/// transforms, paid once per block, are a small part, and small enough that its sums and the factors of a few tiles stay near.
/// </para>
/// </summary>
internal sealed unsafe class WinogradGradient<TLanes>(WinogradShape shape) where TLanes : unmanaged, ILanes<TLanes>
{
    /// <summary>Outputs and channels at whose multiples a block may begin.</summary>
    public const int Unit = LaneLayout.Lanes;

    private const int Taps = 9, Positions = 16, Side = LaneLayout.Lanes, Square = Side * Side;

    // Outputs and channels of a block, rows of tiles in a band.
    private const int Most = 128, BandRows = 2;

    // Turned columns stand in pairs: [row][2][image][16 channels]. Two pairs, as neighbouring patches share one.
    private const int PairRow = 2 * Square, PairFloats = ((2 * BandRows) + 2) * PairRow;

    private readonly int bandColumns = BandColumnsOf(shape);

    // Images and tiles that are summed over at a time.
    private readonly int depthRoom =
        Math.Min(BandRows, shape.TileRows) * Math.Min(BandColumnsOf(shape), shape.TileColumns) * shape.OccupiedLanes;

    /// <summary>Floats of thread memory that a rectangle of the weights needs.</summary>
    public long ScratchFloats(IndexRange outputs, IndexRange channels)
    {
        var size = new Sizes(Even(outputs.Count), Even(channels.Count), depthRoom);
        return (2 * PairFloats) + (Positions * (size.InputStep + size.GradientStep + size.SumStep));
    }

    /// <summary>Floats of the taps of a block, as <see cref="SumTaps"/> writes them.</summary>
    public static nint TapFloats(IndexRange outputs, IndexRange channels) => Taps * TapStep(outputs, channels);

    /// <summary>Writes a rectangle of the gradient of one shard to dw, which stands as [output][channel][tap].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* gradient, float* weightGradient, IndexRange outputs, IndexRange channels, float* scratch)
    {
        var (outputStep, channelStep) = (Even(outputs.Count), Even(channels.Count));
        for (var output = outputs.First; output < outputs.End; output += outputStep)
        {
            for (var channel = channels.First; channel < channels.End; channel += channelStep)
            {
                var block = new Block(
                    new(output, Math.Min(outputs.End, output + outputStep)), new(channel, Math.Min(channels.End, channel + channelStep)),
                    new Sizes(outputStep, channelStep, depthRoom));
                StoreWeights(Sum(input, gradient, block, scratch), weightGradient, block);
            }
        }
    }

    /// <summary>Writes a block of the gradient of one shard as [tap][output][channel], whole registers.</summary>
    public void SumTaps(float* input, float* gradient, float* taps, IndexRange outputs, IndexRange channels, float* scratch)
    {
        var block = new Block(outputs, channels, new Sizes(Even(outputs.Count), Even(channels.Count), depthRoom));
        StoreTaps(Sum(input, gradient, block, scratch), taps, block);
    }

    /// <summary>Writes the taps of a block to dw.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void StoreWeights(float* taps, float* weightGradient, IndexRange outputs, IndexRange channels)
    {
        var step = TapStep(outputs, channels);
        var row = Ceiling(channels.Count, Side) * Side;
        for (var output = outputs.First; output < outputs.End; output++, taps += row)
        {
            var target = weightGradient + ((((nint)output * shape.Channels) + channels.First) * Taps);
            for (var channel = 0; channel < channels.Count; channel++, target += Taps)
                for (var tap = 0; tap < Taps; tap++)
                    target[tap] = taps[(tap * step) + channel];
        }
    }

    // Gives the sums of all positions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float* Sum(float* input, float* gradient, in Block block, float* scratch)
    {
        var pairs = scratch;
        var inputs = pairs + (2 * PairFloats);
        var gradients = inputs + (Positions * block.Sizes.InputStep);
        var sums = gradients + (Positions * block.Sizes.GradientStep);
        var continues = false;
        for (var map = 0; map < shape.Dilation * shape.Dilation; map++)
        {
            var (y, x) = Math.DivRem(map, shape.Dilation);
            var (tileRows, tileColumns) = (TilesFrom(y, shape.OutputHeight), TilesFrom(x, shape.OutputWidth));
            for (var row = 0; row < tileRows; row += BandRows)
            {
                for (var column = 0; column < tileColumns; column += bandColumns)
                {
                    var tiles = new Tiles(
                        y + (row * shape.RowUnit), Math.Min(BandRows, tileRows - row),
                        x + (column * shape.RowUnit), Math.Min(bandColumns, tileColumns - column));
                    TransformInputs(input, pairs, inputs, tiles, block);
                    TransformGradients(gradient, pairs, gradients, tiles, block);
                    Multiply(gradients, inputs, sums, tiles.Rows * tiles.Columns * shape.OccupiedLanes, block, continues);
                    continues = true;
                }
            }
        }
        return sums;

        int TilesFrom(int first, int outputs) => Ceiling(outputs - first, shape.RowUnit);
    }

    // The patches of neighbouring tiles share two of their four columns, so the pairs of columns take turns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformInputs(float* input, float* pairs, float* target, Tiles tiles, in Block block)
    {
        var rows = (2 * tiles.Rows) + 2;
        var (firstRow, firstColumn) = (tiles.Row - shape.Top, tiles.Column - shape.Left);
        var plane = new TurnedPlane(input, shape.InputHeight, shape.InputWidth, block.Channels.First, block.Channels.End);
        for (var group = 0; group < block.Channels.Count; group += Side)
        {
            TurnPair(plane, group, firstRow, firstColumn, rows, pairs);
            for (var column = 0; column < tiles.Columns; column++)
            {
                var left = pairs + ((column & 1) * PairFloats);
                var right = pairs + ((~column & 1) * PairFloats);
                TurnPair(plane, group, firstRow, firstColumn + (shape.RowUnit * (column + 1)), rows, right);
                for (var part = 0; part < Side && group + part < block.Channels.Count; part += TLanes.Width)
                {
                    var (place, step) = block.Panels.Of((group + part) / TLanes.Width, depthRoom);
                    for (var row = 0; row < tiles.Rows; row++)
                    {
                        var tile = (column * tiles.Rows) + row;
                        InputTile(
                            left + (2 * row * PairRow) + part, right + (2 * row * PairRow) + part,
                            target + place + ((nint)tile * shape.OccupiedLanes * step), step, block.Sizes.InputStep, shape.OccupiedLanes);
                    }
                }
            }
        }
    }

    // The gradients are the left factor: [16 outputs][image and tile][output].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformGradients(float* gradient, float* pair, float* target, Tiles tiles, in Block block)
    {
        var plane = new TurnedPlane(gradient, shape.OutputHeight, shape.OutputWidth, block.Outputs.First, block.Outputs.End);
        for (var group = 0; group < block.Outputs.Count; group += Side, target += depthRoom * Side)
        {
            for (var column = 0; column < tiles.Columns; column++)
            {
                TurnPair(plane, group, tiles.Row, tiles.Column + (shape.RowUnit * column), 2 * tiles.Rows, pair);
                for (var row = 0; row < tiles.Rows; row++)
                {
                    var tile = (column * tiles.Rows) + row;
                    for (var part = 0; part < Side; part += TLanes.Width)
                        GradientTile(
                            pair + (2 * row * PairRow) + part, target + ((nint)tile * shape.OccupiedLanes * Side) + part,
                            block.Sizes.GradientStep, shape.OccupiedLanes);
                }
            }
        }
    }

    // Two columns of 16 channels.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TurnPair(in TurnedPlane plane, int group, int firstRow, int firstColumn, int rows, float* target)
    {
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < 2; column++, target += Square)
                for (var part = 0; part < Side; part += TLanes.Width)
                    plane.Turn<TLanes>(
                        group + part, firstRow + (row * shape.Dilation), firstColumn + (column * shape.Dilation), target + part, Side,
                        shape.OccupiedLanes);
    }

    // B^T x B of the images of one tile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void InputTile(float* left, float* right, float* target, nint step, nint position, int images)
    {
        for (var image = 0; image < images; image++, left += Side, right += Side, target += step)
        {
            var to = target;
            var d0 = TLanes.Load(left + (2 * PairRow));
            var d1 = TLanes.Load(left + (2 * PairRow) + Square);
            var d2 = TLanes.Load(right + (2 * PairRow));
            var d3 = TLanes.Load(right + (2 * PairRow) + Square);
            PutRow(
                to, position, TLanes.Load(left) - d0, TLanes.Load(left + Square) - d1,
                TLanes.Load(right) - d2, TLanes.Load(right + Square) - d3);
            var b0 = TLanes.Load(left + PairRow);
            var b1 = TLanes.Load(left + PairRow + Square);
            var b2 = TLanes.Load(right + PairRow);
            var b3 = TLanes.Load(right + PairRow + Square);
            to += 4 * position;
            PutRow(to, position, b0 + d0, b1 + d1, b2 + d2, b3 + d3);
            to += 4 * position;
            PutRow(to, position, d0 - b0, d1 - b1, d2 - b2, d3 - b3);
            to += 4 * position;
            PutRow(
                to, position, b0 - TLanes.Load(left + (3 * PairRow)), b1 - TLanes.Load(left + (3 * PairRow) + Square),
                b2 - TLanes.Load(right + (3 * PairRow)), b3 - TLanes.Load(right + (3 * PairRow) + Square));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutRow(float* target, nint position, TLanes p0, TLanes p1, TLanes p2, TLanes p3)
    {
        TLanes.Store(target, p0 - p2);
        TLanes.Store(target + position, p1 + p2);
        TLanes.Store(target + (2 * position), p2 - p1);
        TLanes.Store(target + (3 * position), p1 - p3);
    }

    // H dy H^T of the images of one tile.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void GradientTile(float* source, float* target, nint position, int images)
    {
        for (var image = 0; image < images; image++, source += Side, target += Side)
        {
            var to = target;
            var g00 = TLanes.Load(source);
            var g01 = TLanes.Load(source + Square);
            var g10 = TLanes.Load(source + PairRow);
            var g11 = TLanes.Load(source + PairRow + Square);
            PutSpread(to, position, g00, g01);
            to += 4 * position;
            PutSpread(to, position, g00 + g10, g01 + g11);
            to += 4 * position;
            PutSpread(to, position, g00 - g10, g01 - g11);
            to += 4 * position;
            PutSpread(to, position, g10, g11);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutSpread(float* target, nint position, TLanes g0, TLanes g1)
    {
        TLanes.Store(target, g0);
        TLanes.Store(target + position, g0 + g1);
        TLanes.Store(target + (2 * position), g0 - g1);
        TLanes.Store(target + (3 * position), g1);
    }

    // A panel of inputs stays in the first-level cache while all outputs pass.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* gradients, float* inputs, float* sums, int depth, in Block block, bool continues)
    {
        var (size, panels) = (block.Sizes, block.Panels);
        for (var position = 0; position < Positions; position++)
        {
            for (int register = 0, registers; register < block.Registers; register += registers)
            {
                registers = panels.Size(register);
                var (place, step) = panels.Of(register, depthRoom);
                var panelSums = sums + panels.Of(register, size.Outputs).Place;
                for (var output = 0; output < block.Outputs.Count; output += TLanes.TileOutputs)
                {
                    var left = gradients + ((nint)output / Side * depthRoom * Side) + (output % Side);
                    var target = panelSums + ((nint)output * step);
                    PanelTile.Run<TLanes>(registers, left, Side, inputs + place, step, depth, target, step, continues);
                }
            }
            gradients += size.GradientStep;
            inputs += size.InputStep;
            sums += size.SumStep;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreWeights(float* sums, float* weightGradient, in Block block)
    {
        var taps = stackalloc float[Taps * Side];
        for (var register = 0; register < block.Registers; register++)
        {
            var (place, step) = block.Panels.Of(register, block.Sizes.Outputs);
            var channel = register * TLanes.Width;
            var count = Math.Min(TLanes.Width, block.Channels.Count - channel);
            for (var output = 0; output < block.Outputs.Count; output++)
            {
                WeightTile(sums + place + ((nint)output * step), block.Sizes.SumStep, taps, TLanes.Width);
                var row = (nint)(block.Outputs.First + output) * shape.Channels;
                var target = weightGradient + ((row + block.Channels.First + channel) * Taps);
                for (var lane = 0; lane < count; lane++, target += Taps)
                    for (var tap = 0; tap < Taps; tap++)
                        target[tap] = taps[(tap * TLanes.Width) + lane];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreTaps(float* sums, float* taps, in Block block)
    {
        var tapStep = TapStep(block.Outputs, block.Channels);
        nint row = Ceiling(block.Channels.Count, Side) * Side;
        for (var register = 0; register < block.Registers; register++)
        {
            var (place, step) = block.Panels.Of(register, block.Sizes.Outputs);
            for (var output = 0; output < block.Outputs.Count; output++)
                WeightTile(
                    sums + place + ((nint)output * step), block.Sizes.SumStep, taps + (output * row) + (register * TLanes.Width), tapStep);
        }
    }

    // A^T m A, as nine registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WeightTile(float* source, nint position, float* target, nint tapStep)
    {
        var row = 4 * position;
        var (a0, a1, a2) = Narrow(source, position);
        var (b0, b1, b2) = Narrow(source + row, position);
        var (c0, c1, c2) = Narrow(source + (2 * row), position);
        var (d0, d1, d2) = Narrow(source + (3 * row), position);
        var half = TLanes.Broadcast(0.5f);
        PutColumn(target, tapStep, a0, b0 * half, c0 * half, d0);
        PutColumn(target + tapStep, tapStep, a1, b1 * half, c1 * half, d1);
        PutColumn(target + (2 * tapStep), tapStep, a2, b2 * half, c2 * half, d2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TLanes, TLanes, TLanes) Narrow(float* source, nint position)
    {
        var half = TLanes.Broadcast(0.5f);
        var m1 = TLanes.Load(source + position) * half;
        var m2 = TLanes.Load(source + (2 * position)) * half;
        return (TLanes.Load(source) + (m1 + m2), m1 - m2, (m1 + m2) - TLanes.Load(source + (3 * position)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutColumn(float* target, nint tapStep, TLanes m0, TLanes m1, TLanes m2, TLanes m3)
    {
        TLanes.Store(target, m0 + (m1 + m2));
        TLanes.Store(target + (3 * tapStep), m1 - m2);
        TLanes.Store(target + (6 * tapStep), (m1 + m2) - m3);
    }

    // Columns of tiles that are transformed together: more of few images, so that the sums are continued less often.
    private static int BandColumnsOf(WinogradShape shape) => shape.OccupiedLanes < LaneLayout.Lanes ? 8 : 4;

    private static int Ceiling(int count, int divisor) => (count + divisor - 1) / divisor;

    // Blocks of whole squares, as equal as they can be.
    private static int Even(int count) => Ceiling(Ceiling(count, Side), Ceiling(count, Most)) * Side;

    // One cache line more than the content, so that the nine streams do not fall into the same cache set.
    private static nint TapStep(IndexRange outputs, IndexRange channels) =>
        ((nint)outputs.Count * Ceiling(channels.Count, Side) * Side) + Side;

    /// <summary>Tiles that are transformed together: where the outputs of the first begin, and how many there are.</summary>
    private readonly record struct Tiles(int Row, int Rows, int Column, int Columns);

    /// <summary>Room for the largest block of a rectangle, and the floats from one position to the next of what belongs to it.</summary>
    private readonly record struct Sizes(int Outputs, int Channels, nint Depth)
    {
        // One cache line more than the content here, too.
        public nint InputStep => (Depth * Channels) + Side;

        public nint GradientStep => (Depth * Outputs) + Side;

        public nint SumStep => ((nint)Outputs * Channels) + Side;
    }

    /// <summary>Weights that are summed together.</summary>
    private readonly record struct Block(IndexRange Outputs, IndexRange Channels, Sizes Sizes)
    {
        /// <summary>Of channels.</summary>
        public int Registers => Ceiling(Channels.Count, TLanes.Width);

        public Panels Panels => new(Registers, TLanes.Width);
    }
}
