using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>The geometry of a 3x3 correlation with stride 1 that Winograd tiles cover; the planes are the plain ones of a shard, padding is implied.</summary>
internal sealed record WinogradShape
{
    /// <summary>Rows and outputs at whose multiples a part may begin: tiles stay whole at every register width.</summary>
    public const int RowUnit = 2, OutputUnit = 8;

    public required int Outputs { get; init; }

    public required int Channels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    /// <summary>Zeros implied above and to the left of the input.</summary>
    public required int Top { get; init; }

    public required int Left { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    /// <summary>Lanes that can have an image; the others are left out.</summary>
    public int OccupiedLanes { get; init; } = LaneLayout.Lanes;

    public int TileRows => (OutputHeight + 1) / 2;

    public int TileColumns => (OutputWidth + 1) / 2;

    public int Tiles => TileRows * TileColumns;
}

internal readonly struct Plus : ITileSize { public static int Value => 1; }

internal readonly struct Minus : ITileSize { public static int Value => -1; }

/// <summary>Reads 4x4 patches of the input planes; what lies outside of a plane is 0.</summary>
internal sealed unsafe class WinogradTiles(WinogradShape shape)
{
    private readonly nint rowStep = (nint)shape.InputWidth * LaneLayout.Lanes;

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
        var (first, second) = WinogradTransform.RowPair(row);
        for (var tile = 0; tile < tiles; tile++)
        {
            var (tileRow, tileColumn) = Math.DivRem(firstTile + tile, shape.TileColumns);
            var y = (2 * tileRow) - shape.Top;
            var x = (2 * tileColumn) - shape.Left;
            var f = input + ((y + first) * rowStep) + ((nint)x * Pixel);
            var s = input + ((y + second) * rowStep) + ((nint)x * Pixel);
            var place = target + ((nint)tile * Pixel);
            var hasFirst = (uint)(y + first) < (uint)shape.InputHeight;
            var hasSecond = (uint)(y + second) < (uint)shape.InputHeight;
            if (!hasFirst || !hasSecond || x < 0 || x + 4 > shape.InputWidth)
            {
                Border<TLanes, TSign>(f, s, hasFirst, hasSecond, x, place, positionStep, tileCapacity);
                continue;
            }
            for (var channel = 0; channel < channels; channel++)
            {
                for (var part = 0; part < Pixel; part += TLanes.Width)
                    WinogradTransform.InputRow(
                        TSign.Value > 0,
                        TLanes.Load(f + part), TLanes.Load(f + Pixel + part), TLanes.Load(f + (2 * Pixel) + part), TLanes.Load(f + (3 * Pixel) + part),
                        TLanes.Load(s + part), TLanes.Load(s + Pixel + part), TLanes.Load(s + (2 * Pixel) + part), TLanes.Load(s + (3 * Pixel) + part),
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
        bool in0 = (uint)x < (uint)shape.InputWidth, in1 = (uint)(x + 1) < (uint)shape.InputWidth;
        bool in2 = (uint)(x + 2) < (uint)shape.InputWidth, in3 = (uint)(x + 3) < (uint)shape.InputWidth;
        for (var channel = 0; channel < shape.Channels; channel++)
        {
            for (var part = 0; part < Pixel; part += TLanes.Width)
                WinogradTransform.InputRow(
                    TSign.Value > 0,
                    LoadOrZero<TLanes>(hasFirst && in0, f + part), LoadOrZero<TLanes>(hasFirst && in1, f + Pixel + part),
                    LoadOrZero<TLanes>(hasFirst && in2, f + (2 * Pixel) + part), LoadOrZero<TLanes>(hasFirst && in3, f + (3 * Pixel) + part),
                    LoadOrZero<TLanes>(hasSecond && in0, s + part), LoadOrZero<TLanes>(hasSecond && in1, s + Pixel + part),
                    LoadOrZero<TLanes>(hasSecond && in2, s + (2 * Pixel) + part), LoadOrZero<TLanes>(hasSecond && in3, s + (3 * Pixel) + part),
                    place + part, positionStep);
            f += planeStep;
            s += planeStep;
            place += (nint)tileCapacity * Pixel;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes LoadOrZero<TLanes>(bool isInside, float* source) where TLanes : unmanaged, ILanes<TLanes> => isInside ? TLanes.Load(source) : TLanes.Zero;
}
