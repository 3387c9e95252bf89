using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A 3x3 tap sum with stride 1 by Winograd tiles on one image whose channels ride in the lanes, [channels / 16][row][column][16]. Some tiles
/// at a time: their patches are transformed into 16 matrices [tile][channel], each is multiplied with the weights of its position, and 2x2
/// outputs are made of the 16 products. Every number is added up in the order of <see cref="WinogradSum{TLanes}"/>: the same bits.
/// </summary>
internal sealed unsafe class ChannelWinograd<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Positions = 16, Pixel = LaneLayout.Lanes;

    // Transformed inputs and products of a band, in the second-level cache; more where there are many channels, as the weights are read
    // once per band, and come from far away.
    private const int BandBytes = 640 * 1024, LeastTiles = 64;
    private readonly WinogradShape shape;
    private readonly ChannelPanels<TLanes> panels;
    private readonly OffsetTable noOffset = OffsetTable.OfBlock([0]);
    private readonly AlignedBuffer packed, start, zeros;
    private readonly int blocks, capacity, bandRows;
    private readonly nint tileStep, positionStep, productStep, weightStep;

    public ChannelWinograd(WinogradShape shape)
    {
        this.shape = shape;
        panels = new ChannelPanels<TLanes>(shape.Outputs, shape.Channels, 1);
        blocks = ChannelPanels<TLanes>.Blocks(shape.Channels);
        // One line more than the channels, so that the rows of a matrix do not fall into the same cache set; likewise the positions.
        tileStep = (nint)(blocks + 1) * Pixel;
        var fitting = BandBytes / (Positions * sizeof(float) * ((int)tileStep + panels.Outputs)) / 8 * 8;
        // Whole rows of outputs: with a dilation, rows of tiles are woven into each other.
        var rows = Math.Max(LeastTiles, fitting) / shape.TileColumns / shape.Dilation * shape.Dilation;
        bandRows = Math.Min(Math.Max(rows, shape.Dilation), shape.TileRows);
        capacity = ((bandRows * shape.TileColumns) + 7) / 8 * 8;
        positionStep = (capacity * tileStep) + Pixel;
        productStep = ((nint)capacity * panels.Outputs) + Pixel;
        weightStep = (nint)panels.Floats + Pixel;
        packed = new AlignedBuffer(Positions * weightStep);
        start = new AlignedBuffer(panels.Outputs);
        zeros = new AlignedBuffer(panels.Outputs);
    }

    /// <summary>Bands of tile rows that the outputs fall into: each can be run by itself.</summary>
    public int Bands => (shape.TileRows + bandRows - 1) / bandRows;

    /// <summary>Panels of outputs: any range of them can be run by itself.</summary>
    public int Panels => panels.Count;

    /// <summary>The first block of 16 outputs of a panel.</summary>
    public int BlockOf(int panel) => panels.Start(panel) / Pixel;

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => Positions * (positionStep + productStep);

    /// <summary>
    /// Transforms and repacks weights: w[o][c][t] is read at o x outputStep + c x channelStep + tapIndex[t], t = 3 x row + column.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pack(float* weights, nint outputStep, nint channelStep, ReadOnlySpan<int> tapIndex, float* bias)
    {
        for (var output = 0; bias != null && output < shape.Outputs; output++)
            start.Pointer[output] = bias[output];
        // Kernels of 16 outputs side by side, so that a register of them is transformed at once.
        var kernels = stackalloc float[9 * Pixel];
        var taps = stackalloc int[9];
        for (var tap = 0; tap < 9; tap++)
            taps[tap] = tapIndex[tap];
        for (var panel = 0; panel < panels.Count; panel++)
            for (var first = panels.Start(panel); first < panels.Start(panel + 1); first += Pixel)
                for (var channel = 0; channel < shape.Channels; channel++)
                {
                    var source = weights + (first * outputStep) + (channel * channelStep);
                    for (var output = 0; output < Math.Min(Pixel, shape.Outputs - first); output++, source += outputStep)
                        for (var tap = 0; tap < 9; tap++)
                            kernels[(tap * Pixel) + output] = source[taps[tap]];
                    var target = packed.Pointer + panels.Row(panel, channel) + (first - panels.Start(panel));
                    for (var part = 0; part < Pixel; part += TLanes.Width)
                        WinogradTransform.Kernels<TLanes>(kernels + part, Pixel, target + part, 4 * weightStep, weightStep);
                }
    }

    /// <summary>The output rows of a band: the first, and how many.</summary>
    public (int First, int Count) Band(int band)
    {
        var first = 2 * band * bandRows;
        return (first, Math.Min(2 * bandRows, shape.OutputHeight - first));
    }

    /// <summary>Computes the panels [first, end) of a band.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(float* input, float* output, int band, int first, int end, float* scratch)
    {
        var firstTile = band * bandRows * shape.TileColumns;
        var tiles = Math.Min(bandRows, shape.TileRows - (band * bandRows)) * shape.TileColumns;
        var products = scratch + (Positions * positionStep);
        Transform(input, firstTile, tiles, scratch);
        var steps = new ChannelTileSteps
        {
            Taps = 1,
            Offsets = noOffset.Pointer,
            PixelStep = tileStep,
            BlockStep = Pixel,
            OutputPixelStep = panels.Outputs,
        };
        for (var position = 0; position < Positions; position++)
        {
            panels.Run(ref steps, packed.Pointer + (position * weightStep), zeros.Pointer, first, end, new ChannelRows
            {
                Input = scratch + (position * positionStep),
                Output = products + (position * productStep),
                Rows = 1,
                Pixels = tiles,
            }, Pixel);
        }
        StoreOutputs(products, output, firstTile, tiles, panels.Start(first), panels.Start(end));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform(float* input, int firstTile, int tiles, float* target)
    {
        nint rowStep = (nint)shape.InputWidth * Pixel, planeStep = shape.InputHeight * rowStep;
        var last = 3 * shape.Dilation;
        for (var block = 0; block < blocks; block++, input += planeStep, target += Pixel)
            for (var tile = 0; tile < tiles; tile++)
            {
                var (tileRow, tileColumn) = Math.DivRem(firstTile + tile, shape.TileColumns);
                int y = shape.FirstOutput(tileRow) - shape.Top, x = shape.FirstOutput(tileColumn) - shape.Left;
                var isInside = y >= 0 && x >= 0 && y + last < shape.InputHeight && x + last < shape.InputWidth;
                for (var part = 0; part < Pixel; part += TLanes.Width)
                {
                    var patch = input + (y * rowStep) + ((nint)x * Pixel) + part;
                    var place = target + (tile * tileStep) + part;
                    if (isInside) Inner(patch, rowStep, place);
                    else Border(patch, rowStep, y, x, place);
                }
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Inner(float* patch, nint rowStep, float* place)
    {
        var pixel = (nint)shape.Dilation * Pixel;
        rowStep *= shape.Dilation;
        for (var row = 0; row < 4; row++)
        {
            var (first, second) = WinogradTransform.RowPair(row);
            float* f = patch + (first * rowStep), s = patch + (second * rowStep);
            WinogradTransform.InputRow(
                row == 1,
                TLanes.Load(f), TLanes.Load(f + pixel), TLanes.Load(f + (2 * pixel)), TLanes.Load(f + (3 * pixel)),
                TLanes.Load(s), TLanes.Load(s + pixel), TLanes.Load(s + (2 * pixel)), TLanes.Load(s + (3 * pixel)),
                place + (4 * row * positionStep), positionStep);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Border(float* patch, nint rowStep, int y, int x, float* place)
    {
        for (var row = 0; row < 4; row++)
        {
            var (first, second) = WinogradTransform.RowPair(row);
            WinogradTransform.InputRow(
                row == 1,
                At(first, 0), At(first, 1), At(first, 2), At(first, 3), At(second, 0), At(second, 1), At(second, 2), At(second, 3),
                place + (4 * row * positionStep), positionStep);
        }

        TLanes At(int row, int column)
        {
            (row, column) = (row * shape.Dilation, column * shape.Dilation);
            return (uint)(y + row) < (uint)shape.InputHeight && (uint)(x + column) < (uint)shape.InputWidth
                ? TLanes.Load(patch + (row * rowStep) + ((nint)column * Pixel))
                : TLanes.Zero;
        }
    }

    // The order of the additions is that of WinogradTile.Gather, row after row, and of WinogradSum, which adds the bias last.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreOutputs(float* products, float* output, int firstTile, int tiles, int firstOutput, int endOutput)
    {
        nint rowStep = (nint)shape.OutputWidth * Pixel, planeStep = shape.OutputHeight * rowStep;
        nint right = shape.Dilation * Pixel, lower = shape.Dilation * rowStep;
        for (var channel = firstOutput; channel < endOutput; channel += Pixel)
        {
            var plane = output + (channel / Pixel * planeStep);
            for (var tile = 0; tile < tiles; tile++)
            {
                var (tileRow, tileColumn) = Math.DivRem(firstTile + tile, shape.TileColumns);
                var (row, column) = (shape.FirstOutput(tileRow), shape.FirstOutput(tileColumn));
                var hasRight = column + shape.Dilation < shape.OutputWidth;
                var hasBottom = row + shape.Dilation < shape.OutputHeight;
                var target = plane + (row * rowStep) + ((nint)column * Pixel);
                var source = products + ((nint)tile * panels.Outputs) + channel;
                for (var part = 0; part < Pixel; part += TLanes.Width, target += TLanes.Width, source += TLanes.Width)
                {
                    var bias = TLanes.Load(start.Pointer + channel + part);
                    var (left0, right0) = Row(source);
                    var (left1, right1) = Row(source + (4 * productStep));
                    var (left2, right2) = Row(source + (8 * productStep));
                    var (left3, right3) = Row(source + (12 * productStep));
                    TLanes.Store(target, ((left0 + left1) + left2) + bias);
                    if (hasRight) TLanes.Store(target + right, ((right0 + right1) + right2) + bias);
                    if (!hasBottom) continue;
                    TLanes.Store(target + lower, ((left1 - left2) - left3) + bias);
                    if (hasRight) TLanes.Store(target + lower + right, ((right1 - right2) - right3) + bias);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (TLanes Left, TLanes Right) Row(float* source)
    {
        TLanes m0 = TLanes.Load(source), m1 = TLanes.Load(source + productStep);
        TLanes m2 = TLanes.Load(source + (2 * productStep)), m3 = TLanes.Load(source + (3 * productStep));
        return ((m0 + m1) + m2, (m1 - m2) - m3);
    }
}
