namespace FeatureMap.Lanes;

/// <summary>
/// A shard's planes with a border of zeros. Windows then need no edge tests; the copy reads and writes each number once, against outputs x taps
/// multiply-adds on it. Without a border it is the shard itself and nothing is copied.
/// </summary>
internal sealed unsafe class PaddedPlane(int channels, int height, int width, int top, int left, int bottom, int right)
{
    /// <summary>Floats from row to row of the padded plane.</summary>
    public nint RowStep { get; } = (nint)(width + left + right) * LaneLayout.Lanes;

    /// <summary>Floats from channel to channel of the padded plane.</summary>
    public nint ChannelStep { get; } = (nint)(height + top + bottom) * (width + left + right) * LaneLayout.Lanes;

    public bool IsCopied { get; } = (top | left | bottom | right) != 0;

    /// <summary>Floats of thread memory that <see cref="Pad"/> needs.</summary>
    public long CopyFloats => IsCopied ? (long)channels * ChannelStep : 0;

    /// <summary>The shard with its border, in <paramref name="scratch"/>; or the shard itself.</summary>
    public float* Pad(float* source, float* scratch)
    {
        if (!IsCopied) return source;
        var inner = width * LaneLayout.Lanes;
        var before = left * LaneLayout.Lanes;
        var after = right * LaneLayout.Lanes;
        var target = scratch;
        for (var channel = 0; channel < channels; channel++)
        {
            target = Clear(target, top * RowStep);
            for (var row = 0; row < height; row++)
            {
                target = Clear(target, before);
                new Span<float>(source, inner).CopyTo(new Span<float>(target, inner));
                source += inner;
                target = Clear(target + inner, after);
            }
            target = Clear(target, bottom * RowStep);
        }
        return scratch;
    }

    private static float* Clear(float* target, nint count)
    {
        new Span<float>(target, (int)count).Clear();
        return target + count;
    }
}
