namespace FeatureMap.Networks;

/// <summary>One tile along an axis: where it starts in the image, and the part of the image, First to End - 1, that is taken from it.</summary>
internal readonly record struct TileSpan(int Start, int First, int End)
{
    /// <summary>The fewest tiles that overlap by so much, at even distances; neighbours share their overlap in the middle. One tile as long as the image needs no overlap.</summary>
    public static TileSpan[] Cover(int length, int tile, int overlap)
    {
        if (tile == length) return [new TileSpan(0, 0, length)];
        var step = tile - overlap;
        var count = 1 + ((length - tile + step - 1) / step);
        var starts = Enumerable.Range(0, count).Select(i => (int)((long)i * (length - tile) / (count - 1))).ToArray();
        return [.. starts.Select((start, i) => new TileSpan(start, i == 0 ? 0 : Border(i - 1), i == count - 1 ? length : Border(i)))];

        int Border(int i) => (starts[i] + tile + starts[i + 1]) / 2;
    }
}
