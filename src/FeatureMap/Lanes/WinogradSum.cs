using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A 3x3 tap sum with stride 1 by Winograd tiles: for each block of tiles the inputs are transformed, each of the 16 positions is a matrix product over the
/// channels (the same register tile as the direct path), and the products are transformed back. 16 instead of 36 multiplications per 2x2 outputs.
/// </summary>
internal sealed unsafe class WinogradSum<TLanes> where TLanes : unmanaged, ILanes<TLanes>
{
    private const int Positions = 16;
    private readonly WinogradShape shape;
    private readonly TapSum<TLanes>[] products;
    private readonly AlignedBuffer transformed;
    private readonly int tilesPerBlock;
    private readonly nint inputStep, outputStep;

    public WinogradSum(WinogradShape shape)
    {
        this.shape = shape;
        tilesPerBlock = shape.TilesPerBlock;
        inputStep = WinogradInput.Step(shape.Channels, tilesPerBlock);
        outputStep = WinogradInput.Step(shape.Outputs, tilesPerBlock);
        transformed = new AlignedBuffer((long)Positions * shape.Outputs * shape.Channels);
        var product = new TapSumShape
        {
            Outputs = shape.Outputs,
            Channels = shape.Channels,
            TapOffsets = [0],
            Rows = 1,
            Columns = tilesPerBlock,
            ChannelStep = (nint)tilesPerBlock * LaneLayout.Lanes,
            InputRowStep = 0,
            InputPixelStep = LaneLayout.Lanes,
            OutputChannelStep = (nint)tilesPerBlock * LaneLayout.Lanes,
            OutputRowStep = 0,
            OutputPixelStep = LaneLayout.Lanes,
        };
        products = [.. Enumerable.Range(0, Positions).Select(_ => new TapSum<TLanes>(product))];
    }

    /// <summary>Floats of thread memory that <see cref="Run"/> uses.</summary>
    public long ScratchFloats => Positions * (inputStep + outputStep);

    /// <summary>Transforms and repacks weights: w[o][c][t] is read at o x outputStep + c x channelStep + tapIndex[t], t = 3 x row + column.</summary>
    public void Pack(float* weights, nint weightOutputStep, nint weightChannelStep, ReadOnlySpan<int> tapIndex)
    {
        Span<float> kernel = stackalloc float[9];
        Span<float> spread = stackalloc float[Positions];
        for (var output = 0; output < shape.Outputs; output++)
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                var source = weights + (output * weightOutputStep) + (channel * weightChannelStep);
                for (var tap = 0; tap < 9; tap++)
                    kernel[tap] = source[tapIndex[tap]];
                WinogradTransform.Kernel(kernel, spread);
                for (var position = 0; position < Positions; position++)
                    transformed.Pointer[(((nint)position * shape.Outputs) + output) * shape.Channels + channel] = spread[position];
            }
        for (var position = 0; position < Positions; position++)
            products[position].Pack(transformed.Pointer + ((nint)position * shape.Outputs * shape.Channels), shape.Channels, 1, [0]);
    }

    public void Run(float* input, float* output, float* bias, float* scratch)
    {
        var inputs = scratch;
        var outputs = scratch + (Positions * inputStep);
        for (var first = 0; first < shape.Tiles; first += tilesPerBlock)
        {
            var tiles = Math.Min(tilesPerBlock, shape.Tiles - first);
            WinogradInput.Transform<TLanes>(shape, input, first, tiles, inputs, inputStep, tilesPerBlock);
            for (var position = 0; position < Positions; position++)
                products[position].RunColumns(inputs + (position * inputStep), outputs + (position * outputStep), tiles);
            StoreOutputs(first, tiles, outputs, output, bias);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreOutputs(int first, int tiles, float* products, float* output, float* bias)
    {
        var rowStep = (nint)shape.OutputWidth * LaneLayout.Lanes;
        var planeStep = shape.OutputHeight * rowStep;
        for (var tile = 0; tile < tiles; tile++)
        {
            var (tileRow, tileColumn) = Math.DivRem(first + tile, shape.TileColumns);
            var hasRight = (2 * tileColumn) + 1 < shape.OutputWidth;
            var hasBottom = (2 * tileRow) + 1 < shape.OutputHeight;
            var target = output + (2 * tileRow * rowStep) + ((nint)2 * tileColumn * LaneLayout.Lanes);
            var source = products + ((nint)tile * LaneLayout.Lanes);
            for (var channel = 0; channel < shape.Outputs; channel++)
            {
                var start = bias == null ? TLanes.Zero : TLanes.Broadcast(bias[channel]);
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                {
                    WinogradTransform.Output(source + part, outputStep, out TLanes y00, out var y01, out var y10, out var y11);
                    var at = target + part;
                    TLanes.Store(at, y00 + start);
                    if (hasRight) TLanes.Store(at + LaneLayout.Lanes, y01 + start);
                    if (!hasBottom) continue;
                    TLanes.Store(at + rowStep, y10 + start);
                    if (hasRight) TLanes.Store(at + rowStep + LaneLayout.Lanes, y11 + start);
                }
                target += planeStep;
                source += (nint)tilesPerBlock * LaneLayout.Lanes;
            }
        }
    }
}
