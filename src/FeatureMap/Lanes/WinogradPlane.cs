using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>The geometry of a 3x3 correlation with stride 1 that Winograd tiles cover; the planes are the plain ones of a shard, padding is implied.</summary>
internal sealed record WinogradShape
{
    public required int Outputs { get; init; }

    public required int Channels { get; init; }

    public required int InputHeight { get; init; }

    public required int InputWidth { get; init; }

    /// <summary>Zeros implied above and to the left of the input.</summary>
    public required int Top { get; init; }

    public required int Left { get; init; }

    public required int OutputHeight { get; init; }

    public required int OutputWidth { get; init; }

    public int TileRows => (OutputHeight + 1) / 2;

    public int TileColumns => (OutputWidth + 1) / 2;

    public int Tiles => TileRows * TileColumns;

    /// <summary>Tiles taken together so that their transforms stay in the second-level cache; a multiple of the register tile's 3 pixels.</summary>
    public int TilesPerBlock
    {
        get
        {
            const int CacheBytes = 384 * 1024;
            var most = Math.Clamp(CacheBytes / (16 * LaneLayout.Lanes * sizeof(float) * (Channels + Outputs)), 6, 24);
            var blocks = (Tiles + most - 1) / most;
            return ((((Tiles + blocks - 1) / blocks) + 2) / 3) * 3;
        }
    }
}

/// <summary>Transforms the input tiles of a block: V[k][channel][tile][16] for the 16 positions k of a tile.</summary>
internal static unsafe class WinogradInput
{
    /// <summary>Floats from position to position: one cache line more than the content, so that the 16 streams do not fall into the same cache set.</summary>
    public static nint Step(int channels, int tiles) => ((nint)channels * tiles * LaneLayout.Lanes) + LaneLayout.Lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transform<TLanes>(WinogradShape shape, float* input, int firstTile, int tiles, float* target, nint step, int tileCapacity) where TLanes : unmanaged, ILanes<TLanes>
    {
        var rowStep = (nint)shape.InputWidth * LaneLayout.Lanes;
        var planeStep = shape.InputHeight * rowStep;
        var patch = stackalloc float[16 * LaneLayout.Lanes];
        for (var tile = 0; tile < tiles; tile++)
        {
            var (tileRow, tileColumn) = Math.DivRem(firstTile + tile, shape.TileColumns);
            var row = (2 * tileRow) - shape.Top;
            var column = (2 * tileColumn) - shape.Left;
            var isInside = row >= 0 && column >= 0 && row + 4 <= shape.InputHeight && column + 4 <= shape.InputWidth;
            var source = input + (row * rowStep) + ((nint)column * LaneLayout.Lanes);
            var place = target + ((nint)tile * LaneLayout.Lanes);
            for (var channel = 0; channel < shape.Channels; channel++)
            {
                if (isInside)
                {
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                        WinogradTransform.Input<TLanes>(source + part, rowStep, place + part, step);
                }
                else
                {
                    Gather<TLanes>(shape, source, rowStep, row, column, patch);
                    for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                        WinogradTransform.Input<TLanes>(patch + part, 4 * LaneLayout.Lanes, place + part, step);
                }
                source += planeStep;
                place += (nint)tileCapacity * LaneLayout.Lanes;
            }
        }
    }

    /// <summary>A patch at the border: what lies outside of the plane is 0.</summary>
    private static void Gather<TLanes>(WinogradShape shape, float* source, nint rowStep, int row, int column, float* patch) where TLanes : unmanaged, ILanes<TLanes>
    {
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 4; x++, patch += LaneLayout.Lanes)
            {
                var isInside = (uint)(row + y) < (uint)shape.InputHeight && (uint)(column + x) < (uint)shape.InputWidth;
                var from = source + (y * rowStep) + ((nint)x * LaneLayout.Lanes);
                for (var part = 0; part < LaneLayout.Lanes; part += TLanes.Width)
                    TLanes.Store(patch + part, isInside ? TLanes.Load(from + part) : TLanes.Zero);
            }
    }
}
