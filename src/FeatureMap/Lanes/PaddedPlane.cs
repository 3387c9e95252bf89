using System.Runtime.CompilerServices;

namespace FeatureMap.Lanes;

/// <summary>
/// A shard's planes with a border of zeros. Windows then need no edge tests; the copy reads and writes each number once, against outputs x taps
/// multiply-adds on it. Without a border it is the shard itself and nothing is copied.
/// </summary>
internal sealed unsafe class PaddedPlane(int height, int width, int top, int left, int bottom, int right)
{
    /// <summary>Floats from row to row of the padded plane.</summary>
    public nint RowStep { get; } = (nint)(width + left + right) * LaneLayout.Lanes;

    /// <summary>The rows of the padded plane.</summary>
    public IndexRange Rows { get; } = IndexRange.All(height + top + bottom);

    /// <summary>Floats from channel to channel of the padded plane.</summary>
    public nint ChannelStep { get; } = (nint)(height + top + bottom) * (width + left + right) * LaneLayout.Lanes;

    public bool IsCopied { get; } = (top | left | bottom | right) != 0;

    /// <summary>Floats of thread memory that <see cref="Pad"/> needs for some channels and rows.</summary>
    public long CopyFloats(int partChannels, int partRows) => IsCopied ? (long)partChannels * partRows * RowStep : 0;

    /// <summary>
    /// Some rows of some channels of the padded plane, copied behind each other into <paramref name="scratch"/>: returned is where
    /// channel 0 and row 0 would stand, and the floats from channel to channel. Without a border it is the shard itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float* Pad(float* source, float* scratch, IndexRange channels, IndexRange rows, out nint channelStep)
    {
        channelStep = ChannelStep;
        if (!IsCopied) return source;
        channelStep = rows.Count * RowStep;
        var inner = width * LaneLayout.Lanes;
        var before = left * LaneLayout.Lanes;
        var after = right * LaneLayout.Lanes;
        var target = scratch;
        for (var channel = channels.First; channel < channels.End; channel++)
        {
            var plane = source + ((nint)channel * height * inner);
            for (var row = rows.First; row < rows.End; row++)
            {
                if ((uint)(row - top) >= (uint)height)
                {
                    target = Clear(target, RowStep);
                    continue;
                }
                target = Clear(target, before);
                new Span<float>(plane + ((nint)(row - top) * inner), inner).CopyTo(new Span<float>(target, inner));
                target = Clear(target + inner, after);
            }
        }
        return scratch - (channels.First * channelStep) - (rows.First * RowStep);
    }

    private static float* Clear(float* target, nint count)
    {
        new Span<float>(target, (int)count).Clear();
        return target + count;
    }
}
