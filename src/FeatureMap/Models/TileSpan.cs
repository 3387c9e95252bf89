using FeatureMap.Networks;

namespace FeatureMap.Models;

/// <summary>One tile along an axis: where it starts in the image, and the part of the image, First to End - 1, that is taken from it.</summary>
internal readonly record struct TileSpan(int Start, int First, int End)
{
    /// <summary>The fewest tiles that overlap by so much, at even distances; neighbours share their overlap in the middle. One tile as long as the image needs no overlap.</summary>
    /// <param name="length">Length of the image.</param>
    /// <param name="tile">Length of a tile, at most that of the image.</param>
    /// <param name="overlap">Least overlap of neighbours; below the tile by at least the unit.</param>
    /// <param name="unit">Tiles start at multiples of it; it divides image and tile.</param>
    public static TileSpan[] Cover(int length, int tile, int overlap, int unit = 1)
    {
        if (tile == length) return [new TileSpan(0, 0, length)];
        var step = tile - overlap - (unit - 1);
        var count = 1 + ((length - tile + step - 1) / step);
        var starts = Enumerable.Range(0, count).Select(i => (int)((long)i * (length - tile) / (count - 1)) / unit * unit).ToArray();
        return [.. starts.Select((start, i) => new TileSpan(start, i == 0 ? 0 : Border(i - 1), i == count - 1 ? length : Border(i)))];

        int Border(int i) => (starts[i] + tile + starts[i + 1]) / 2;
    }
}
