using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// The geometry of a 3x3 correlation with stride 1 that Winograd tiles cover; the planes are the plain ones of a shard, padding is implied.
/// With a dilation d, outputs that lie d apart read inputs that lie d apart: the map falls into d x d maps that are woven into each other,
/// and a tile takes its 2x2 outputs and 4x4 inputs from one of them, so they lie d apart. Tiles are counted along an axis as their first
/// outputs lie: 0 to d - 1, then from 2 d on.
/// </summary>
internal sealed record WinogradShape
{
    /// <summary>Outputs at whose multiples a part may begin: tiles stay whole at every register width.</summary>
    public const int OutputUnit = 8;

    /// <summary>Rows at whose multiples a part may begin.</summary>
    public int RowUnit => 2 * Dilation;

    public required int Outputs { get; init; }

    public required int Channels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    /// <summary>Zeros implied above and to the left of the input.</summary>
    public required int Top { get; init; }

    public required int Left { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    /// <summary>Pixels from one tap to the next, in both directions.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Lanes that can have an image; the others are left out.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;

    public int TileRows => TilesOver(OutputHeight);

    public int TileColumns => TilesOver(OutputWidth);

    /// <summary>The tiles of some rows, row by row.</summary>
    public IndexRange TilesOf(IndexRange rows) => new(
        rows.First / RowUnit * Dilation * TileColumns,
        Math.Min(TileRows, (rows.End + RowUnit - 1) / RowUnit * Dilation) * TileColumns);

    /// <summary>The first output of a tile along an axis; the second lies a dilation behind it.</summary>
    public int FirstOutput(int tile) => Dilation == 1 ? 2 * tile : (tile / Dilation * RowUnit) + (tile % Dilation);

    private int TilesOver(int outputs) => (outputs / RowUnit * Dilation) + Math.Min(Dilation, outputs % RowUnit);
}

internal readonly struct Plus : ITileSize { public static int Value => 1; }

internal readonly struct Minus : ITileSize { public static int Value => -1; }

/// <summary>Reads 4x4 patches of the input planes; what lies outside of a plane is 0.</summary>
internal sealed unsafe class WinogradTiles(WinogradShape shape)
{
    private readonly nint rowStep = (nint)shape.InputWidth * LaneLayout.Lanes;
    private readonly nint pixelStep = (nint)shape.Dilation * LaneLayout.Lanes;

    /// <summary>
    /// Row <paramref name="row"/> (0 to 3) of the transformed patches of some tiles: element j of channel c and tile p goes to
    /// target + j x positionStep + (c x tileCapacity + p) x 16.
    /// </summary>
    public void TransformRow<TLanes>(float* input, int firstTile, int tiles, int row, float* target, nint positionStep, int tileCapacity) where TLanes : unmanaged, ILanes<TLanes>
    {
        if (row == 1) Transform<TLanes, Plus>(input, firstTile, tiles, row, target, positionStep, tileCapacity);
        else Transform<TLanes, Minus>(input, firstTile, tiles, row, target, positionStep, tileCapacity);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Transform<TLanes, TSign>(float* input, int firstTile, int tiles, int row, float* target, nint positionStep, int tileCapacity)
        where TLanes : unmanaged, ILanes<TLanes>
        where TSign : struct, ITileSize
    {
        const int Pixel = LaneLayout.Lanes;
        var planeStep = shape.InputHeight * rowStep;
        var channels = shape.Channels;
        var (step, patch, tileColumns) = (pixelStep, (3 * shape.Dilation) + 1, shape.TileColumns);
        var (first, second) = WinogradTransform.RowPair(row);
        (first, second) = (first * shape.Dilation, second * shape.Dilation);
        for (var tile = 0; tile < tiles; tile++)
        {
            var (tileRow, tileColumn) = Math.DivRem(firstTile + tile, tileColumns);
            var y = shape.FirstOutput(tileRow) - shape.Top;
            var x = shape.FirstOutput(tileColumn) - shape.Left;
            var f = input + ((y + first) * rowStep) + ((nint)x * Pixel);
            var s = input + ((y + second) * rowStep) + ((nint)x * Pixel);
            var place = target + ((nint)tile * Pixel);
            var hasFirst = (uint)(y + first) < (uint)shape.InputHeight;
            var hasSecond = (uint)(y + second) < (uint)shape.InputHeight;
            if (!hasFirst || !hasSecond || x < 0 || x + patch > shape.InputWidth)
            {
                Border<TLanes, TSign>(f, s, hasFirst, hasSecond, x, place, positionStep, tileCapacity);
                continue;
            }
            for (var channel = 0; channel < channels; channel++)
            {
                for (var part = 0; part < Pixel; part += TLanes.Width)
                    WinogradTransform.InputRow(
                        TSign.Value > 0,
                        TLanes.Load(f + part), TLanes.Load(f + step + part),
                        TLanes.Load(f + (2 * step) + part), TLanes.Load(f + (3 * step) + part),
                        TLanes.Load(s + part), TLanes.Load(s + step + part),
                        TLanes.Load(s + (2 * step) + part), TLanes.Load(s + (3 * step) + part),
                        place + part, positionStep);
                f += planeStep;
                s += planeStep;
                place += (nint)tileCapacity * Pixel;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Border<TLanes, TSign>(float* f, float* s, bool hasFirst, bool hasSecond, int x, float* place, nint positionStep, int tileCapacity)
        where TLanes : unmanaged, ILanes<TLanes>
        where TSign : struct, ITileSize
    {
        const int Pixel = LaneLayout.Lanes;
        var planeStep = shape.InputHeight * rowStep;
        var (step, apart) = (pixelStep, shape.Dilation);
        bool in0 = (uint)x < (uint)shape.InputWidth, in1 = (uint)(x + apart) < (uint)shape.InputWidth;
        bool in2 = (uint)(x + (2 * apart)) < (uint)shape.InputWidth, in3 = (uint)(x + (3 * apart)) < (uint)shape.InputWidth;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var part = 0; part < Pixel; part += TLanes.Width)
                WinogradTransform.InputRow(
                    TSign.Value > 0,
                    LoadOrZero<TLanes>(hasFirst && in0, f + part), LoadOrZero<TLanes>(hasFirst && in1, f + step + part),
                    LoadOrZero<TLanes>(hasFirst && in2, f + (2 * step) + part), LoadOrZero<TLanes>(hasFirst && in3, f + (3 * step) + part),
                    LoadOrZero<TLanes>(hasSecond && in0, s + part), LoadOrZero<TLanes>(hasSecond && in1, s + step + part),
                    LoadOrZero<TLanes>(hasSecond && in2, s + (2 * step) + part),
                    LoadOrZero<TLanes>(hasSecond && in3, s + (3 * step) + part),
                    place + part, positionStep);
            f += planeStep;
            s += planeStep;
            place += (nint)tileCapacity * Pixel;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes LoadOrZero<TLanes>(bool isInside, float* source) where TLanes : unmanaged, ILanes<TLanes> => isInside ? TLanes.Load(source) : TLanes.Zero;
}
